#!/bin/sh
# AgentDojo's own environments as MCP servers behind a real node; its own checks judge.
#
#   run.sh [--suite NAME] [--tasks N]
#
# Exit 0 all honest tasks pass and no attack wins that would win without a node, 1 not, 77 what it needs cannot be had here. BAILIWICK and BENCH name the
# binaries, else they are built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
mkdir -p "$target/agentdojo-live"
work=$(CDPATH= cd -- "$target/agentdojo-live" && pwd)
command -v python3 >/dev/null || { echo "skipped: python3 is not installed" >&2; exit 77; }

# 1: the part of others
. "$root/suites/venv.sh"
own_venv "$here" "$work" || { echo "skipped: the PyPI packages cannot be installed" >&2; exit 77; }

# 2: the binaries; what is played is said by the recorded bench
bailiwick=${BAILIWICK:-$target/demo/bailiwick}
bench=${BENCH:-$target/demo/bailiwick-agentdojo}
[ -n "${BAILIWICK:-}" ] && [ -n "${BENCH:-}" ] ||
    (cd "$root" && cargo build --quiet --profile demo --locked -p bailiwick -p bailiwick-agentdojo)

# 3: the passkey of a program, which another suite has as well
PYTHONPATH="$root/suites/openapi" exec "$work/venv/bin/python" "$here/play.py" \
    --bailiwick "$bailiwick" --bench "$bench" --here "$here/.." --out "$target/agentdojo-live.json" "$@"
