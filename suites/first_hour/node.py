"""A user's node: what it recorded, and its end."""

import json
import os
import signal
import socket
import struct
import subprocess
import time

END_SECONDS_MAX = 15


def events(bailiwick, home):
    """The whole record, as the command line shows it."""
    command = [str(bailiwick), "--home", str(home), "--json", "event", "tail", "--once", "--last", "100000"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def stop(home):
    """Ends the node behind the home's socket, and no other process."""
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(home / "node.sock"))
            pid, _, _ = struct.unpack("3i", asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    except OSError:
        return
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + END_SECONDS_MAX
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise OSError(f"the node did not end within {END_SECONDS_MAX} s of SIGTERM")
