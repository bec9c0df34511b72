#!/bin/sh
# The protocol's conformance suite against the fixture server: directly, and through a gateway in front of it.
#
#   run.sh [--fixture ADDR:PORT] [--through URL]
#
# Directly every scored scenario must pass. Through the gateway every scenario must give what it gives directly, but for
# those that baseline.json names. The gateway is a node of this run's own (BAILIWICK names the binary), with the fixture
# over stdio; or, with --through, whatever is at URL and in front of the fixture's http://ADDR:PORT/mcp.
# Exit 0 as expected, 1 not, 2 wrong use, 77 what the suite needs cannot be had here.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=${SUITE_DIR:-$here/../../target/suites/conformance}
fixture=127.0.0.1:0
through=
while [ $# -gt 0 ]; do
    case $1 in
        --fixture) fixture=${2:?"--fixture needs ADDR:PORT"}; shift 2 ;;
        --through) through=${2:?"--through needs a URL"}; shift 2 ;;
        *) sed -n '4s/^# *//p' "$0" >&2; exit 2 ;;
    esac
done

# 1: the suite, and a Node that it runs on
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
suite=$work/node_modules/@modelcontextprotocol/conformance
node=$work/node_modules/.bin/node
# modules are looked up beside the file that names them
cp "$here/asking.mjs" "$here/across.mjs" "$here/lasting.mjs" "$work/"
"$node" --test "$here/compare.test.mjs" >"$work/compare.log" || { cat "$work/compare.log"; exit 1; }

# 2: the fixture server
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$(CDPATH= cd -- "$here/../.." && pwd)/target/suites/cargo}"
cargo build --quiet --locked --manifest-path "$here/../Cargo.toml"
mkfifo "$work/said.$$"
"$CARGO_TARGET_DIR/debug/fixture-server" --http "$fixture" 2>"$work/said.$$" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$work/said.$$"' EXIT
exec 3<"$work/said.$$"
read -r line <&3
url=${line#listening on }
case $url in http*) ;; *) echo "the fixture server said: $line" >&2; exit 1 ;; esac
cat <&3 >"$work/fixture.log" &

# 3: a gateway in front of it: a node, an agent with a key, a task that lets it use the fixture, and a bridge that brings
# the agent's token, because the suite's client has none
if [ -z "$through" ]; then
    root=$(CDPATH= cd -- "$here/../.." && pwd)
    if [ -z "${BAILIWICK:-}" ]; then
        (unset CARGO_TARGET_DIR; cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick)
        BAILIWICK=$root/target/debug/bailiwick
    fi
    home=$(mktemp -d)
    mkfifo "$home/node" "$home/bridge"
    trap 'kill "$server" ${node_is:-} 2>/dev/null; wait; rm -rf "$work/said.$$" "$home"' EXIT
    "$BAILIWICK" --home "$home" serve --listen 127.0.0.1:0 2>"$home/node" &
    node_is=$!
    exec 4<"$home/node"
    gateway=
    while [ -z "$gateway" ]; do
        read -r line <&4 || { echo "the node ended" >&2; exit 1; }
        case $line in "agents reach it at "*) gateway=${line#agents reach it at } ;; esac
    done
    cat <&4 >"$work/node.log" &
    # of the newer era the fixture itself; of the older one the same behind `older`: one agent, task and bridge each
    cp "$here/gateway.yaml" "$home/gateway.yaml"
    for of in fixture older asking lasting; do
        key=$("$BAILIWICK" --home "$home" agent key "$of" --out "$home/$of.key" 2>/dev/null | sed -n 's/^ *- //p')
        sed -i "s|KEY-$(echo $of | tr a-z A-Z)|$key|" "$home/gateway.yaml"
    done
    sed -i -e "s|FIXTURE|$CARGO_TARGET_DIR/debug/fixture-server|" -e "s|\"NODE\"|\"$node\"|" -e "s|OLDER|$here/older.mjs|" \
        -e "s|ASKING|$work/asking.mjs|" -e "s|LOG|$home/asking.log|" -e "s|HEARD|$here/heard.mjs|" -e "s|BOOK|$home/book|" \
        -e "s|EVERYTHING|$work/node_modules/@modelcontextprotocol/server-everything/dist/index.js|" "$home/gateway.yaml"
    "$BAILIWICK" --home "$home" apply "$home/gateway.yaml" >/dev/null
    bridges=
    for of in fixture older; do
        agent=suite
        [ $of = fixture ] || agent=suite-older
        "$BAILIWICK" --home "$home" task start conformance "server=$of" --agent $agent --yes --yes-privileged >/dev/null 2>&1
        "$node" "$here/bridge.mjs" $agent "$home/$of.key" "$gateway/$of" >"$home/bridge" 2>"$work/bridge-$of.log" &
        bridges="$bridges $!"
        trap 'kill "$server" ${node_is:-} $bridges 2>/dev/null; wait; rm -rf "$work/said.$$" "$home"' EXIT
        read -r line <"$home/bridge"
        url_of=${line#listening on }
        # the node starts the fixture when it is first asked for; a person then takes what it offers as it is
        "$node" -e 'const ask = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25",
                capabilities: {}, clientInfo: { name: "first", version: "1" } } };
            const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
            const { ok } = await fetch(process.argv[1], { method: "POST", headers, body: JSON.stringify(ask) });
            process.exit(ok ? 0 : 1);' --input-type=module "$url_of"
        # the fixture stands behind two names, so each of its tools has the name of another server's
        "$BAILIWICK" --home "$home" server review $of --yes --accept-finding '*:alike' --accept-finding '*:unbound' \
            >"$work/review-$of.log" 2>&1
        eval "through_$of=$url_of"
    done
    # the node looks at a server that it has not seen within a second or so
    for of in asking everything; do
        tries=0
        until "$BAILIWICK" --home "$home" server review $of --yes --accept-finding '*:alike' \
                --accept-finding '*:unbound' >"$work/review-$of.log" 2>&1; do
            tries=$((tries + 1))
            [ "$tries" -lt 100 ] || { cat "$work/review-$of.log" >&2; exit 1; }
            sleep 0.1
        done
    done
fi

# 4: each revision's requirements, directly and through the gateway, beside each other where these are two fixtures
status=0
asked() { # WAY URL
    "$node" "$suite/dist/index.js" server --url "$2" --requirements "$revision" -o "$work/results/$revision/$1" \
        >"$work/$revision-$1.log" 2>&1 || true
}
for revision in 2025-11-25 2026-07-28; do
    direct=$work/results/$revision/direct
    rm -rf "$work/results/$revision"
    gate=$through
    # a server that asks something of a client can ask one of its own era alone
    [ -n "$gate" ] || { [ $revision = 2025-11-25 ] && gate=$through_older || gate=$through_fixture; }
    asked direct "$url" &
    beside=$!
    [ -n "${bridges:-}" ] || wait "$beside"
    asked through "$gate"
    wait "$beside" || true
    echo "$revision, directly:"
    "$node" "$here/compare.mjs" direct "$direct" "$suite/requirements/$revision.yaml" || status=1
    echo "$revision, through the gateway:"
    "$node" "$here/compare.mjs" through "$direct" "$work/results/$revision/through" "$revision" "$here/baseline.json" \
        || status=1
done

# 5: questions across the eras, by an SDK of others on either end
if [ -z "$through" ]; then
    echo "a server of the older era asks a client of the newer one:"
    "$node" "$work/across.mjs" "${gateway%/mcp}" "$home" "$BAILIWICK" "$home/asking.log" || status=1

    # 6: what lasts ends with its grant, at a server of others
    echo "subscriptions and MCP tasks of a server of others, when their grant ends:"
    "$node" "$work/lasting.mjs" "${gateway%/mcp}" "$home" "$BAILIWICK" "$home/book" || status=1
fi
exit $status
