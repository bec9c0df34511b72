#!/bin/sh
# The second verifier, on what the product exports: confirmed as it is, caught by name once a byte is changed.
# `run.sh BUNDLE KEY` checks a bundle of yours instead; KEY is the log's key or a file with it. Needs python3 and nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 > /dev/null || { echo "skipped: there is no python3" >&2; exit 77; }

if [ $# -gt 0 ]; then
    [ $# -eq 2 ] || { echo "expected BUNDLE KEY"; exit 2; }
    key=$2
    # as `bailiwick log key > log.key` wrote it
    if [ -f "$key" ]; then key=$(cat "$key"); fi
    exec python3 "$here/verify.py" --log-key "$key" "$1"
fi

echo "1. yeses of passkeys, as a browser made them and spoilt"
python3 "$here/test_assertion.py"

echo "2. build the binary, or take the one that BAILIWICK names"
cd "$here/../.."
[ -n "${BAILIWICK:-}" ] || cargo build --quiet --locked -p bailiwick

echo "3. start a node in a home of its own"
. suites/small_log.sh
small_log "${BAILIWICK:-${CARGO_TARGET_DIR:-$PWD/target}/debug/bailiwick}"

echo "4. consent to a task, end it"
end_tasks 1

echo "5. export the task and the whole log"
"$bailiwick" --home "$home" log export "$task" --output "$work/task.bwb" 2> /dev/null
"$bailiwick" --home "$home" log export --whole --output "$work/log.bwb" 2> /dev/null

echo "6. both are confirmed"
python3 "$here/verify.py" --log-key "$key" "$work/task.bwb"
python3 "$here/verify.py" --log-key "$key" "$work/log.bwb"

echo "7. a byte of the task's end changed is caught by name"
sed 's/completed/completeD/' "$work/task.bwb" > "$work/changed.bwb"
if python3 "$here/verify.py" --log-key "$key" "$work/changed.bwb" > "$work/said"; then
    echo "a changed event was confirmed"
    exit 1
fi
grep event_changed "$work/said"

echo "8. the key may stand in a file; one of another log is caught by name"
"$bailiwick" --home "$home" log key > "$work/log.key"
sh "$here/run.sh" "$work/task.bwb" "$work/log.key"

python3 - "$key" > "$work/other.key" << 'PY'
import base64, hashlib, sys
# C2SP signed-note: a name, the beginning of a hash, and the kind of key before its bytes
name, other = sys.argv[1].split("+")[0], b"\x01" + bytes(range(32))
mark = hashlib.sha256(name.encode() + b"\n" + other).digest()[:4].hex()
print(f"{name}+{mark}+{base64.b64encode(other).decode()}")
PY
if sh "$here/run.sh" "$work/task.bwb" "$work/other.key" > "$work/said"; then
    echo "a bundle of another log was confirmed"
    exit 1
fi
grep -i key "$work/said"
