# Sourced by suites: a node of their own with a small log in it. Sets what `own_node` sets, and `key`, the log's.
#
#   small_log BINARY        a node, and a server that tasks may name
#   end_tasks HOW_MANY      so many tasks are consented to and ended; `task` is the last of them

. suites/node.sh

small_log() {
    bailiwick=$1
    own_node "$bailiwick" --user
    key=$("$bailiwick" --home "$home" log key)
    cat > "$work/server.yaml" << 'YAML'
kind: server
name: bank
transport: {wrapped: {command: ["bank"]}}
YAML
    "$bailiwick" --home "$home" apply "$work/server.yaml" > /dev/null 2>&1
}

end_tasks() {
    made=0
    while [ $made -lt "$1" ]; do
        made=$((made + 1))
        "$bailiwick" --home "$home" task start read-only server=bank --agent personal --yes > "$work/task" 2> /dev/null
        task=$(sed -n 's/^task \([0-9a-f]*\).*/\1/p' "$work/task")
        "$bailiwick" --home "$home" task complete "$task" > /dev/null
    done
}
