#!/bin/sh
# schemathesis against a real node: what docs/reference/openapi.json says of `/v1` is what is answered, to what fits it and to
# what does not.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
mkdir -p "${SUITE_DIR:-$root/target/suites/openapi}"
venv=$(CDPATH= cd -- "${SUITE_DIR:-$root/target/suites/openapi}" && pwd)
command -v python3 >/dev/null || { echo "skipped: python3 is not installed" >&2; exit 77; }

# 1: the part of others
. "$root/suites/venv.sh"
own_venv "$here" "$venv" || { echo "skipped: the PyPI packages cannot be installed" >&2; exit 77; }

# 2: a node of its own, on an address that the system picks
bailiwick=${BAILIWICK:-$root/target/debug/bailiwick}
[ -n "${BAILIWICK:-}" ] || (cd "$root" && cargo build --quiet --locked -p bailiwick)
. "$root/suites/node.sh"
own_node "$bailiwick" --listen 127.0.0.1:0

# 3: something to ask about
cat >"$work/documents.yaml" <<D
{kind: person, name: ann, roles: [break-glass], uid: $(id -u)}
---
{kind: person, name: bob, roles: [administrator]}
---
{kind: agent, name: helper, owner: ann, contact: nobody, run_by: own, autonomy: execute, role: notes, review: "2030-01-01"}
---
{kind: agent, name: scout, owner: ann, contact: nobody, run_by: own, autonomy: execute, role: notes, review: "2030-01-01"}
---
{kind: role, name: notes, allow: [{tools: ["memory/*"], effects: [read, write]}]}
---
kind: template
name: remember
purpose: notes
intent: "Keep notes"
start: {who: [anyone], agents: [helper]}
window: 1h
grant: [{tools: ["memory/*"], effects: [read, write]}]
---
{kind: mandate, name: monthly, giver: ann, for: {agents: [helper]}, meters: {records: {most: "1000", per: month in Europe/Berlin}}}
---
{kind: server, name: memory, transport: {stdio: {command: "true"}}}
D
"$bailiwick" --home "$home" apply "$work/documents.yaml" >/dev/null
people=$(sed -n 's/^people open \(.*\)\/$/\1/p' "$work/serve.log")

# 4: what is asked, and what must hold of each answer
(cd "$work" && "$venv/venv/bin/python" "$here/run.py" "$root/docs/reference/openapi.json" "$home/node.sock" "$people")
