#!/bin/sh
# Policies in Rego decided twice: by the engine that is built in, and by OPA itself, which a package of PyPI holds as a library.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
work=${SUITE_DIR:-$root/target/suites/opa}
mkdir -p "$work"
command -v python3 >/dev/null || { echo "skipped: python3 is not installed" >&2; exit 77; }

# 1: OPA. The package names the newest Python, and asks nothing of it.
. "$root/suites/venv.sh"
PIP_IGNORE_REQUIRES_PYTHON=1 own_venv "$here" "$work" || { echo "skipped: the PyPI package cannot be installed" >&2; exit 77; }

# 2: the product
if [ -z "${BAILIWICK:-}" ]; then
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick
    BAILIWICK=$root/target/debug/bailiwick
fi

# 3: both are asked
"$work/venv/bin/python" "$here/run.py" "$BAILIWICK" "$here/policies" "$work/asked"

# 4: bundles that other libraries sign, as OPA documents it
"$work/venv/bin/python" "$here/bundle.py" "$BAILIWICK" "$work/bundles"
