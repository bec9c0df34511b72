#!/bin/sh
# Every suite, one after another: its time, and where it was skipped, why. Fails when one of them fails.
set -u
cd "$(dirname "$0")/.." || exit 3
failed=""
total=0

suite() { # NAME COMMAND...
    name=$1; shift
    printf '== %s\n' "$name"
    begin=$(date +%s)
    "$@"
    code=$?
    took=$(($(date +%s) - begin))
    total=$((total + took))
    case $code in
        0) printf '== %s: passed, %s s\n\n' "$name" "$took" ;;
        77) printf '== %s: SKIPPED (it says why above)\n\n' "$name" ;;
        *) printf '== %s: FAILED with %s, %s s\n\n' "$name" "$code" "$took"; failed="$failed $name" ;;
    esac
}

suite build cargo build --locked -p bailiwick
suite rust cargo test --workspace --locked --quiet
suite vectors python3 vectors/make.py --check
suite first_hour sh suites/first_hour/run.sh
suite oauth sh suites/oauth/run.sh

printf '%s s in all\n' "$total"
if [ -n "$failed" ]; then
    printf 'FAILED:%s\n' "$failed"
    exit 1
fi
