# Sourced by suites that use packages of PyPI: a virtual environment with what a requirements.txt names, every digest fixed.

own_venv() { # HERE WORK: WORK/venv has what HERE/requirements.txt names; fails when it cannot be had
    # its programs name the place where they were installed: moved elsewhere, it is made again
    { printf '%s\n' "$2"; cat "$1/requirements.txt"; } >"$2/venv.wanted"
    if ! cmp -s "$2/venv.wanted" "$2/venv.made"; then
        rm -rf "$2/venv" "$2/venv.made"
        { python3 -m venv "$2/venv" \
            && "$2/venv/bin/pip" install --quiet --disable-pip-version-check -r "$1/requirements.txt"; } >&2 || return 1
        cp "$2/venv.wanted" "$2/venv.made"
    fi
}
