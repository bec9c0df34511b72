#!/bin/sh
# The pages for people in a real Chromium with its virtual authenticator: a person is invited, makes a passkey, signs in,
# starts a task by its form, consents, ends it, signs out; and what must be refused.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built;
# CHROMIUM names the browser. Screenshots of a phone's size are in target/suites/browser/shots.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=${SUITE_DIR:-$here/../../target/suites/browser}

# 1: the browser, and what drives it
for need in node npm; do
    command -v "$need" >/dev/null || { echo "skipped: $need is not installed" >&2; exit 77; }
done
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || :)}
[ -x "$chromium" ] || { echo "skipped: there is no Chromium" >&2; exit 77; }
mkdir -p "$work"
work=$(CDPATH= cd -- "$work" && pwd)
if ! cmp -s "$here/package.json" "$work/package.json"; then
    rm -rf "$work/fresh" "$work/node_modules"
    mkdir "$work/fresh"
    cp "$here/package.json" "$work/fresh/"
    npm install --prefix "$work/fresh" --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error >&2 \
        || { echo "skipped: playwright-core cannot be installed" >&2; exit 77; }
    # the package.json comes last: an installation that was cut short is begun again
    mv "$work/fresh/node_modules" "$work/fresh/package.json" "$work/"
fi
# modules are looked up beside the file that names them
cp "$here/run.mjs" "$here/browser.mjs" "$here/agent.mjs" "$work/"

# 2: a node of its own, on an address that the system picks
bailiwick=${BAILIWICK:-$here/../../target/debug/bailiwick}
[ -n "${BAILIWICK:-}" ] || (cd "$here/../.." && cargo build --quiet --locked -p bailiwick)
home=$(mktemp -d)
: >"$home/said"
bailiwick=$(CDPATH= cd -- "$(dirname -- "$bailiwick")" && pwd)/bailiwick
# the bank is a program of the same binary
PATH=$(dirname "$bailiwick"):$PATH "$bailiwick" --home "$home" serve --listen 127.0.0.1:0 2>"$home/said" &
node=$!
trap 'kill "$node" 2>/dev/null; wait "$node" 2>/dev/null || :; rm -rf "$home"' EXIT
tries=0
until url=$(sed -n 's/^people open \(.*\)\/$/\1/p' "$home/said") && [ -n "$url" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] && kill -0 "$node" || { cat "$home/said" >&2; exit 1; }
    sleep 0.1
done

# 3: two people, an agent with its key, a server that was looked at, a template
"$bailiwick" --home "$home" apply "$here/documents.yaml" >/dev/null 2>&1
"$bailiwick" --home "$home" agent key clerk --out "$home/clerk.pem" --enroll >/dev/null 2>&1
# the node looks at a server that it has not seen within a second or so
tries=0
until "$bailiwick" --home "$home" server review bank --yes --accept-finding '*:unbound' >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { "$bailiwick" --home "$home" server show bank >&2; exit 1; }
    sleep 0.1
done
agents=$(sed -n 's/^agents reach it at \(.*\)\/mcp$/\1/p' "$home/said")

# 4: what is expected, a line each
rm -rf "$work/shots"
mkdir "$work/shots"
node "$work/run.mjs" "$url" "$agents" "$home" "$bailiwick" "$chromium" "$work/shots"
