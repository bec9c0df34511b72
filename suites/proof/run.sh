#!/bin/sh
# Rules that do nothing, proven: cvc5 beside the product, as `policy check`, `apply --dry-run` and a node ask it.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built;
# BAILIWICK_CVC5 names the solver, else it is `cvc5` in PATH, as Debian's package `cvc5` has it.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
kept=${SUITE_DIR:-$root/target/suites/proof}
command -v python3 >/dev/null || { echo "skipped: python3 is not installed" >&2; exit 77; }
solver=$(command -v "${BAILIWICK_CVC5:-cvc5}") || { echo "skipped: cvc5 is not installed" >&2; exit 77; }
mkdir -p "$kept"

# 1: the product
if [ -z "${BAILIWICK:-}" ]; then
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick
    BAILIWICK=$root/target/debug/bailiwick
fi

# 2: what search noted of the rules here is proven or not, on the screen, for programs and by a node
export BAILIWICK_CVC5="$solver"
. "$root/suites/node.sh"
own_node "$BAILIWICK" --listen 127.0.0.1:0
python3 "$here/run.py" "$BAILIWICK" "$solver" "$here/policies" "$kept" "$home"

# 3: whatever is proven of rules made by chance, no case contradicts: in the tests of the crate, which have no solver else
if [ "${BAILIWICK_PROOF_ROUNDS:-150}" != 0 ]; then
    BAILIWICK_PROOF_ROUNDS=${BAILIWICK_PROOF_ROUNDS:-150} \
        cargo test --quiet --locked --manifest-path "$root/Cargo.toml" --workspace --lib --bins proof::
fi
