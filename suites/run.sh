#!/bin/sh
# Every suite, one after another, each with its time; where one was skipped, why. Fails when one of them fails.
#
# BAILIWICK_SUITES names suites that may not be skipped ("first_hour conformance"), or is "required": none may be.
set -u
cd "$(dirname "$0")/.." || exit 3
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT
passed=0
failed=""
failures=0
skipped=""
skips=0
total=0

suite() { # NAME COMMAND...
    name=$1; shift
    printf '== %s\n' "$name"
    begin=$(date +%s)
    # what it says is passed on, and kept: for the reason of a skip, and for the end, where a failure says why again
    mkfifo "$said/words" "$said/lines"
    tee "$said/kept" <"$said/words" >&2 &
    words=$!
    tee "$said/$name" <"$said/lines" &
    "$@" 2>"$said/words" >"$said/lines"
    code=$?
    wait "$words" $!
    rm "$said/words" "$said/lines"
    took=$(($(date +%s) - begin))
    total=$((total + took))
    case " ${BAILIWICK_SUITES:-} " in *" required "* | *" $name "*) needed=yes ;; *) needed=no ;; esac
    # a suite that ran may have left out a part, and says so in the same words
    reason=$(sed -n 's/^skipped: //p' "$said/kept" | sort -u | paste -s -d ';' -)
    if [ "$code" = 77 ] || [ -n "$reason" ]; then
        skipped="$skipped
  $name: ${reason:-it did not say why}"
        [ "$needed" = no ] || code=77
    fi
    if [ "$code" = 77 ] && [ "$needed" = no ]; then
        skips=$((skips + 1))
        printf '== %s: SKIPPED, %s s\n\n' "$name" "$took"
    elif [ "$code" = 0 ]; then
        passed=$((passed + 1))
        printf '== %s: passed, %s s\n\n' "$name" "$took"
    else
        failures=$((failures + 1))
        failed="$failed $name"
        printf '== %s: FAILED with %s, %s s\n\n' "$name" "$code" "$took"
        { tail -n 30 "$said/kept"; tail -n 30 "$said/$name"; } | cut -c1-1000 >"$said/$name.failed"
    fi
}

vectors() {
    command -v python3 >/dev/null || { echo "skipped: there is no python3 to make the vectors a second time" >&2; return 77; }
    python3 vectors/make.py --check
}

# how long the simulation draws new seeds
export BAILIWICK_SIM_SECONDS="${BAILIWICK_SIM_SECONDS:-60}"

# one build: what the tests are built with serves every suite. `--workspace` alone has other features than the tests,
# and so another build of what stands on them
suite build cargo test --workspace --locked --no-run
export BAILIWICK="${CARGO_TARGET_DIR:-$PWD/target}/debug/bailiwick"
suite rust cargo test --workspace --locked --no-fail-fast --quiet
suite vectors vectors
suite demo "$BAILIWICK" demo --json
suite verify_python sh suites/verify-python/run.sh
suite tiles sh suites/tiles/run.sh
suite first_hour sh suites/first_hour/run.sh
suite catalogue sh suites/catalogue/run.sh
suite conformance sh suites/conformance/run.sh
suite oauth sh suites/oauth/run.sh
suite notices sh suites/notices/run.sh
suite opa sh suites/opa/run.sh
suite proof sh suites/proof/run.sh
suite install sh suites/install/run.sh
suite browser sh suites/browser/run.sh
suite openapi sh suites/openapi/run.sh

printf '%s s in all\n' "$total"
[ -z "$skipped" ] || printf 'skipped, because this machine cannot run it:%s\n' "$skipped"
for name in $failed; do
    printf '\n== %s failed; the last of what it said:\n' "$name"
    cat "$said/$name.failed"
done
[ -z "$failed" ] || printf 'FAILED:%s\n' "$failed"
printf 'suites: %s passed, %s failed, %s skipped\n' "$passed" "$failures" "$skips"
[ -z "$failed" ]
