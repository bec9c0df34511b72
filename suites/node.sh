# Sourced by suites: a node of their own. Sets `work` (a directory that goes with it) and `home`, and stops the node at exit.
#
#   own_node BINARY [OPTION...]

own_node() {
    binary=$1
    shift
    work=$(mktemp -d)
    home=$work/home
    "$binary" --home "$home" serve "$@" 2> "$work/serve.log" &
    node=$!
    trap 'kill "$node" 2> /dev/null || true; wait "$node" 2> /dev/null || true; rm -rf "$work"' EXIT
    tries=0
    until "$binary" --home "$home" status > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { cat "$work/serve.log"; echo "the node did not start"; exit 1; }
        sleep 0.1
    done
}
