#!/bin/sh
# oauth4webapi and the MCP client 2.x of others against a real node: metadata, keys, tokens by JWT bearer with DPoP,
# introspection, revocation, token exchange (RFC 8693), calls over HTTP, and what must be refused. Authlib hands on as well, and
# one agent on the SDK of TypeScript to another on that of Python.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=${SUITE_DIR:-$here/../../target/suites/oauth}

# 1: the parts of others
mkdir -p "$work"
work=$(CDPATH= cd -- "$work" && pwd)
command -v npm >/dev/null || { echo "skipped: npm is not installed" >&2; exit 77; }
if ! cmp -s "$here/package.json" "$work/package.json"; then
    rm -rf "$work/fresh" "$work/node_modules"
    mkdir "$work/fresh"
    cp "$here/package.json" "$work/fresh/"
    npm install --prefix "$work/fresh" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error >&2 \
        || { echo "skipped: the suite cannot be installed" >&2; exit 77; }
    # the package.json comes last: an installation that was cut short is begun again
    mv "$work/fresh/node_modules" "$work/fresh/package.json" "$work/"
fi
# modules are looked up beside the file that names them
cp "$here/run.mjs" "$here/waiting.mjs" "$here/pending.mjs" "$here/handing.mjs" "$here/person.mjs" "$here/passkey.mjs" "$work/"

# 2: a node of its own, on an address that the system picks
bailiwick=${BAILIWICK:-$here/../../target/debug/bailiwick}
[ -n "${BAILIWICK:-}" ] || (cd "$here/../.." && cargo build --quiet --locked -p bailiwick)
home=$(mktemp -d)
"$bailiwick" --home "$home" serve --listen 127.0.0.1:0 2>"$home/said" &
node=$!
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null || :; rm -rf "$home"' EXIT
tries=0
until url=$(sed -n 's/^agents reach it at \(.*\)\/mcp$/\1/p' "$home/said") && [ -n "$url" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] && kill -0 "$node" || { cat "$home/said" >&2; exit 1; }
    sleep 0.1
done

# 3: an agent with its key, a server, a template
"$bailiwick" agent key helper --out "$home/helper.pem" >"$home/keys.yaml" 2>/dev/null
"$bailiwick" agent key scout --out "$home/scout.pem" >"$home/scout.yaml" 2>/dev/null
cat >"$home/documents.yaml" <<D
kind: agent
name: helper
owner: "uid:$(id -u)"
contact: nobody
run_by: own
autonomy: execute
role: notes
review: "2030-01-01"
$(cat "$home/keys.yaml")
---
kind: role
name: notes
allow:
  - {tools: ["memory/*"], effects: [read, write]}
  - {tools: ["bailiwick/delegate"], effects: [delegate]}
---
kind: agent
name: scout
owner: "uid:$(id -u)"
contact: nobody
run_by: own
autonomy: execute
role: notes
review: "2030-01-01"
$(cat "$home/scout.yaml")
---
kind: template
name: together
purpose: notes
intent: "Keep notes together"
start: {who: [anyone], agents: [helper]}
grant:
  - {tools: ["memory/*"], effects: [read, write]}
delegate: {agents: [scout]}
---
kind: server
name: memory
transport:
  stdio:
    command: $(command -v node)
    args: ["$work/node_modules/@modelcontextprotocol/server-memory/dist/index.js"]
    env: {MEMORY_FILE_PATH: "$home/memory.json"}
---
kind: template
name: remember
purpose: notes
intent: "Keep notes"
start: {who: [anyone], agents: [helper]}
window: 1h
grant:
  - {tools: ["memory/*"], effects: [read, write]}
---
kind: person
name: bea
roles: [boss]
---
kind: template
name: careful
purpose: notes
intent: "Keep notes with care"
start: {who: [anyone], agents: [helper]}
window: 1h
grant:
  - {tools: ["memory/*"], effects: [read, write]}
ask:
  - {who: "role:boss"}
---
kind: template
name: careful-together
purpose: care
intent: "Keep notes together, with care"
start: {who: [anyone], agents: [helper]}
grant:
  - {tools: ["memory/*"], effects: [read, write]}
delegate: {agents: [scout]}
---
kind: policy
name: handed-with-care
cedar: |
  @step_up("role:boss")
  forbid (principal, action == Action::"bailiwick/delegate", resource) when { context.purpose == "care" };
D
"$bailiwick" --home "$home" apply "$home/documents.yaml" >/dev/null
# the node looks at a server that it has not seen within a second or so
tries=0
until "$bailiwick" --home "$home" server review memory --yes --accept-finding '*:unbound' >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { "$bailiwick" --home "$home" server show memory >&2; cat "$home/said" >&2; exit 1; }
    sleep 0.1
done

# 4: what is expected, a line each
node "$work/run.mjs" "$url" "$home" "$bailiwick"
people=$(sed -n 's/^people open \(.*\)\/$/\1/p' "$home/said")
node "$work/waiting.mjs" "$url" "$people" "$home" "$bailiwick"
node "$work/pending.mjs" "$url" "$people" "$home" "$bailiwick"

# 5: two agents in two processes, on the SDKs of TypeScript and of Python; then the hand-over by the client of Authlib
command -v python3 >/dev/null || { echo "skipped: python3 is not installed, so its SDK and authlib are left out" >&2; exit 0; }
. "$here/../venv.sh"
own_venv "$here" "$work" || { echo "skipped: Python's SDK and authlib cannot be installed" >&2; exit 0; }
node "$work/handing.mjs" "$url" "$home" "$bailiwick" "$work/venv/bin/python" "$here/scout.py"
"$work/venv/bin/python" "$here/exchange.py" "$url" "$home" "$bailiwick"
