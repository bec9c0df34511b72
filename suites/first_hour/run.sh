#!/bin/sh
# The first hour with Bailiwick: official servers, each behind a fresh `bailiwick wrap`, driven by real clients; then all
# of them behind one `bailiwick serve`, reached through `bailiwick connect` and straight over HTTP.
#
#   run.sh [--write] [--server NAME] [--client NAME]
#
# Each tool is called once as documented and must give what it gives directly. What differs is named in exceptions.json,
# which may only shrink. `--write` writes docs/reference/first-hour.md; without it the suite checks that it is current.
# Exit 0 as expected, 1 not, 2 wrong use, 77 what the suite needs cannot be had here. BAILIWICK names the binary.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
work=$root/target/suites/first_hour
mkdir -p "$work"
for need in node npm python3 git; do
    command -v "$need" >/dev/null || { echo "skipped: $need is not installed" >&2; exit 77; }
done

# 1: official servers and clients of the npm registry; package-lock.json fixes every version and its digest
if ! cmp -s "$here/package-lock.json" "$work/package-lock.json"; then
    rm -rf "$work/fresh" "$work/node_modules"
    mkdir "$work/fresh"
    cp "$here/package.json" "$here/package-lock.json" "$work/fresh/"
    npm ci --prefix "$work/fresh" --ignore-scripts --no-audit --no-fund --loglevel=error >&2 \
        || { echo "skipped: the npm packages cannot be installed" >&2; exit 77; }
    # the lock comes last: an installation that was cut short is begun again
    mv "$work/fresh/node_modules" "$work/fresh/package.json" "$work/"
    mv "$work/fresh/package-lock.json" "$work/"
fi

# 2: those of PyPI
. "$root/suites/venv.sh"
own_venv "$here" "$work" || { echo "skipped: the PyPI packages cannot be installed" >&2; exit 77; }
# mcp-server-fetch reads pages with a package of npm's that it would install at its first call
"$work/venv/bin/python" -c 'from readabilipy.simple_json import have_node; raise SystemExit(not have_node())' >&2 \
    || { echo "skipped: what mcp-server-fetch reads pages with cannot be installed" >&2; exit 77; }

# 3: the client on rmcp, and the product
CARGO_TARGET_DIR="$root/target/suites/cargo" cargo build --quiet --locked --manifest-path "$here/../Cargo.toml"
if [ -z "${BAILIWICK:-}" ]; then
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick
    BAILIWICK=$root/target/debug/bailiwick
fi

# 4: every server with every client, directly and wrapped; and served, as servers.json says
cp "$here"/clients/*.mjs "$here"/clients/*.py "$work/"
exec python3 "$here/first_hour.py" --root "$root" --work "$work" --bailiwick "$BAILIWICK" "$@"
