#!/bin/sh
# A wrapped server becomes an enforced one on a real machine: accounts, a service, the client's entry; then the agent's
# account tries every way around, and the server's account too. Taken away again at the end.
#
#   run.sh
#
# Needs root on Linux, and a machine without an installation. Exit 0 as expected, 1 not, 77 what the suite needs cannot be
# had here. BAILIWICK names the binary, else it is built.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
[ "$(uname -s)" = Linux ] || { echo "skipped: only on Linux are servers started under accounts of their own" >&2; exit 77; }
[ "$(id -u)" = 0 ] || { echo "skipped: it makes accounts, so it needs root" >&2; exit 77; }
for need in python3 useradd userdel setpriv; do
    command -v "$need" >/dev/null || { echo "skipped: $need is not installed" >&2; exit 77; }
done
for place in /etc/bailiwick /var/lib/bailiwick /var/lib/bailiwick-servers; do
    [ ! -e "$place" ] || { echo "skipped: $place is there: an installation of this machine is left alone" >&2; exit 77; }
done
if [ -d /run/systemd/system ]; then
    echo "skipped: services of this machine are left alone; run it in a container without systemd" >&2
    exit 77
fi

# 1: the product
if [ -z "${BAILIWICK:-}" ]; then
    cargo build --quiet --locked --manifest-path "$root/Cargo.toml" -p bailiwick
    BAILIWICK=$root/target/debug/bailiwick
fi

# 2: a copy where only root may write, and two accounts of people
work=$(mktemp -d /var/tmp/bailiwick-install.XXXXXX)
chmod 755 "$work"
me=bwsuite-me
other=bwsuite-other
tidy() {
    # the user's own node, which `wrap` started
    uid=$(id -u "$me" 2>/dev/null) && setpriv --reuid="$uid" --regid="$(id -g "$me")" --clear-groups env -i HOME="$work/$me" \
        PATH=/usr/bin:/bin "$work/bailiwick" stop >/dev/null 2>&1 || true
    "$work/bailiwick" uninstall >/dev/null 2>&1 || true
    for account in "$me" "$other"; do userdel "$account" >/dev/null 2>&1 || true; done
    rm -rf /etc/bailiwick /var/lib/bailiwick /var/lib/bailiwick-servers "$work"
}
trap tidy EXIT
install -m 755 "$BAILIWICK" "$work/bailiwick"
for account in "$me" "$other"; do
    useradd --user-group --create-home --home-dir "$work/$account" --shell /bin/sh "$account"
done

# 3: the story
python3 "$here/run.py" "$work" "$me" "$other"
