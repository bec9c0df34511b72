#!/bin/sh
# Mail and webhooks of a real node: a mail server of others (aiosmtpd), plain on this machine and with STARTTLS and a
# password, and a receiver that checks signatures with the library of Standard Webhooks.
#
#   run.sh
#
# Exit 0 as expected, 1 not, 77 what the suite needs cannot be had here. BAILIWICK names the binary, else it is built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
work=${SUITE_DIR:-$root/target/suites/notices}
mkdir -p "$work"
for need in python3 openssl; do
    command -v "$need" >/dev/null || { echo "skipped: $need is not installed" >&2; exit 77; }
done

# 1: the parts of others
. "$root/suites/venv.sh"
own_venv "$here" "$work" || { echo "skipped: the PyPI packages cannot be installed" >&2; exit 77; }

# 2: the product
if [ -z "${BAILIWICK:-}" ]; then
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick
    BAILIWICK=$root/target/debug/bailiwick
fi

# 3: an authority and a certificate of `localhost`, for the mail server
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=an authority of the suite" \
    -keyout "$state/ca.key" -out "$state/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout "$state/mail.key" -out "$state/mail.csr" 2>/dev/null
printf 'subjectAltName=DNS:localhost\n' >"$state/names"
openssl x509 -req -in "$state/mail.csr" -CA "$state/ca.pem" -CAkey "$state/ca.key" -CAcreateserial -days 2 \
    -extfile "$state/names" -out "$state/mail.pem" 2>/dev/null

# 4: what is told, and what is not
"$work/venv/bin/python" "$here/run.py" "$BAILIWICK" "$state"
