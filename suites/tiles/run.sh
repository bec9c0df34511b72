#!/bin/sh
# A log as static files (C2SP tlog-tiles), read and proven by crates of others; caught once a byte of it is changed.
# `run.sh DIR KEY [CHECKPOINT]` checks a directory of yours instead. Needs Rust and Python 3.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
command -v python3 > /dev/null || { echo "skipped: there is no python3" >&2; exit 77; }
target=${CARGO_TARGET_DIR:-$PWD/target}
build() { CARGO_TARGET_DIR="$target/suites/tiles" cargo build --quiet --locked --manifest-path suites/tiles/Cargo.toml; }
if ! build 2> "$target/tiles.log"; then
    # without a registry there is nothing to check with; a program that does not compile is another matter
    if grep -q "failed to\( download\|  *get\| query\| fetch\)" "$target/tiles.log"; then
        echo "skipped: the crates \`tlog_tiles\` and \`signed_note\` cannot be had here" >&2
        exit 77
    fi
    cat "$target/tiles.log" >&2
    exit 1
fi
check=$target/suites/tiles/debug/tiles-check
[ $# -eq 0 ] || exec "$check" "$@"

echo "1. build the binary, or take the one that BAILIWICK names"
[ -n "${BAILIWICK:-}" ] || cargo build --quiet --locked -p bailiwick

echo "2. start a node in a home of its own"
. suites/small_log.sh
small_log "${BAILIWICK:-$target/debug/bailiwick}"

echo "3. a log of a few events, as files"
end_tasks 3
"$bailiwick" --home "$home" log tiles "$work/public"
"$check" "$work/public" "$key"
cp "$work/public/checkpoint" "$work/kept"

echo "4. it grows past a full tile; the log that was kept is its beginning"
end_tasks 90
"$bailiwick" --home "$home" log tiles "$work/public"
"$check" "$work/public" "$key" "$work/kept"
[ -f "$work/public/tile/0/000" ] || { echo "no tile is full: the test tests less than it says"; exit 1; }

echo "5. a byte changed in any file is caught"
find "$work/public" -type f | while read -r file; do
    case $file in *.p/*) [ -f "${file%.p/*}" ] && continue ;; esac # of an earlier size: nobody reads it any more
    cp "$file" "$work/whole"
    python3 - "$file" << 'PY'
import sys
with open(sys.argv[1], "r+b") as file:
    data = bytearray(file.read())
    data[len(data) // 2] ^= 1
    file.seek(0)
    file.write(data)
PY
    if "$check" "$work/public" "$key" "$work/kept" > /dev/null 2> "$work/said"; then
        echo "a changed ${file#"$work"/} was not noticed"
        exit 1
    fi
    echo "${file#"$work"/}: $(head -c 100 "$work/said" | head -n 1)"
    cp "$work/whole" "$file"
done
"$check" "$work/public" "$key" "$work/kept"
