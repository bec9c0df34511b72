#!/bin/sh
# Every suite, each with its time; where one was skipped, why. Fails when one of them fails. After the build two lanes run at
# once: tests of the product, and others' clients and servers, which mostly wait. The second lane's words are printed as each
# of its suites ends.
#
# BAILIWICK_SUITES names suites that may not be skipped ("first_hour conformance"), or is "required": none may be.
set -u
cd "$(dirname "$0")/.." || exit 3
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

suite() { # NAME COMMAND...: the result is a file, `NAME.passed`, `.skipped` or `.failed`
    name=$1; shift
    printf '== %s\n' "$name"
    begin=$(date +%s)
    # what it says is passed on, and kept: for the reason of a skip, and for the end, where a failure says why again
    mkfifo "$said/$name.words" "$said/$name.lines"
    tee "$said/$name.kept" <"$said/$name.words" >&2 &
    words=$!
    tee "$said/$name.out" <"$said/$name.lines" &
    "$@" 2>"$said/$name.words" >"$said/$name.lines"
    code=$?
    wait "$words" $!
    took=$(($(date +%s) - begin))
    case " ${BAILIWICK_SUITES:-} " in *" required "* | *" $name "*) needed=yes ;; *) needed=no ;; esac
    # a suite that ran may have left out a part, and says so in the same words
    reason=$(sed -n 's/^skipped: //p' "$said/$name.kept" | sort -u | paste -s -d ';' -)
    if [ "$code" = 77 ] || [ -n "$reason" ]; then
        printf '  %s: %s\n' "$name" "${reason:-it did not say why}" >"$said/$name.left"
        [ "$needed" = no ] || code=77
    fi
    if [ "$code" = 77 ] && [ "$needed" = no ]; then
        : >"$said/$name.skipped"
        printf '== %s: SKIPPED, %s s\n\n' "$name" "$took"
    elif [ "$code" = 0 ]; then
        : >"$said/$name.passed"
        printf '== %s: passed, %s s\n\n' "$name" "$took"
    else
        printf '== %s: FAILED with %s, %s s\n\n' "$name" "$code" "$took"
        { tail -n 30 "$said/$name.kept"; tail -n 30 "$said/$name.out"; } | cut -c1-1000 >"$said/$name.failed"
    fi
}

whole() { # NAME COMMAND...: a suite whose words come in one piece
    printf '== %s: begun beside\n' "$1"
    suite "$@" >"$said/$1.piece" 2>&1
    cat "$said/$1.piece"
}

vectors() {
    command -v python3 >/dev/null || { echo "skipped: there is no python3 to make the vectors a second time" >&2; return 77; }
    python3 vectors/make.py --check
}

beside() {
    # what others wrote is built as it is
    unset RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS
    whole first_hour sh suites/first_hour/run.sh
    whole conformance sh suites/conformance/run.sh
    whole browser sh suites/browser/run.sh
    whole openapi sh suites/openapi/run.sh
    whole oauth sh suites/oauth/run.sh
    whole notices sh suites/notices/run.sh
    whole catalogue sh suites/catalogue/run.sh
}

# how long the simulation draws new seeds
export BAILIWICK_SIM_SECONDS="${BAILIWICK_SIM_SECONDS:-60}"
begun=$(date +%s)

# one build: what the tests are built with serves every suite. `--workspace` alone has other features than the tests,
# and so another build of what stands on them
suite build cargo test --workspace --locked --no-run
export BAILIWICK="${CARGO_TARGET_DIR:-$PWD/target}/debug/bailiwick"
if [ -e "$said/build.passed" ]; then
    beside &
    lane=$!
    suite rust cargo test --workspace --locked --no-fail-fast --quiet
    suite vectors vectors
    suite demo "$BAILIWICK" demo --json
    suite verify_python sh suites/verify-python/run.sh
    suite tiles env -u RUSTC_WORKSPACE_WRAPPER sh suites/tiles/run.sh
    suite opa sh suites/opa/run.sh
    suite proof sh suites/proof/run.sh
    wait "$lane"
    # it makes accounts and an installation of this machine: nothing else runs meanwhile
    suite install sh suites/install/run.sh
fi

count() { find "$said" -name "*.$1" | wc -l; }
printf '%s s in all\n' "$(($(date +%s) - begun))"
if [ "$(count left)" != 0 ]; then
    printf 'skipped, because this machine cannot run it:\n'
    cat "$said"/*.left
fi
failed=""
for told in "$said"/*.failed; do
    [ -e "$told" ] || continue
    name=$(basename "$told" .failed)
    failed="$failed $name"
    printf '\n== %s failed; the last of what it said:\n' "$name"
    cat "$told"
done
[ -z "$failed" ] || printf 'FAILED:%s\n' "$failed"
printf 'suites: %s passed, %s failed, %s skipped\n' "$(count passed)" "$(count failed)" "$(count skipped)"
[ -z "$failed" ]
