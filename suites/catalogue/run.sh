#!/bin/sh
# The catalogue files that come with Bailiwick (examples/catalogue), against the servers that they speak of: each tool is
# described, each of its arguments is bound or called harmless, and no place is named that its schema cannot have. And what
# `server review --write` guesses of each of them, which has to be documents that a node takes.
#
# The servers are those that `first_hour` installs; without them there is nothing to look at.
# Exit 0 as expected, 1 not, 77 what the suite needs is not there. BAILIWICK names the binary.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
cd "$root"
installed=${FIRST_HOUR:-$root/target/suites/first_hour}
for need in node python3 git; do
    command -v "$need" >/dev/null || { echo "skipped: $need is not installed" >&2; exit 77; }
done
[ -d "$installed/node_modules" ] && [ -d "$installed/venv" ] \
    || { echo "skipped: suites/first_hour has not installed the servers yet" >&2; exit 77; }

# 1: a node of its own
bailiwick=${BAILIWICK:-$root/target/debug/bailiwick}
[ -n "${BAILIWICK:-}" ] || cargo build --quiet --locked -p bailiwick
. suites/node.sh
own_node "$bailiwick" --listen 127.0.0.1:0

# 2: each server is started, looked at, reviewed and described
python3 "$here/run.py" "$bailiwick" "$home" "$root/examples/catalogue" "$installed" "$work"
