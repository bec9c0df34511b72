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

echo "1. build the binary"
cd "$here/../.."
cargo build --quiet --locked -p bailiwick
bailiwick=${CARGO_TARGET_DIR:-$PWD/target}/debug/bailiwick

echo "2. start a node in a home of its own"
. suites/node.sh
own_node "$bailiwick" --user

echo "3. describe a server, consent to a task, end it"
cat > "$work/server.yaml" << 'YAML'
kind: server
name: bank
transport: {wrapped: {command: ["bank"]}}
YAML
"$bailiwick" --home "$home" apply "$work/server.yaml" > /dev/null 2>&1
"$bailiwick" --home "$home" task start read-only server=bank --agent personal --yes > "$work/task" 2> /dev/null
task=$(sed -n 's/^task \([0-9a-f]*\).*/\1/p' "$work/task")
"$bailiwick" --home "$home" task complete "$task" > /dev/null

echo "4. export the task and the whole log"
key=$("$bailiwick" --home "$home" log key)
"$bailiwick" --home "$home" log export "$task" --output "$work/task.bwb" 2> /dev/null
"$bailiwick" --home "$home" log export --whole --output "$work/log.bwb" 2> /dev/null

echo "5. both are confirmed"
python3 "$here/verify.py" --log-key "$key" "$work/task.bwb"
python3 "$here/verify.py" --log-key "$key" "$work/log.bwb"

echo "6. a byte of the task's end changed is caught by name"
sed 's/completed/completeD/' "$work/task.bwb" > "$work/changed.bwb"
if python3 "$here/verify.py" --log-key "$key" "$work/changed.bwb" > "$work/said"; then
    echo "a changed event was confirmed"
    exit 1
fi
grep event_changed "$work/said"
