"""What an account tries to get around the node. Run as that account; prints what it could do, a line each."""

import ctypes
import os
import signal
import socket
import sys

HOME, SERVER, NODE = "/var/lib/bailiwick", int(sys.argv[1]), int(sys.argv[2])
PTRACE_ATTACH = 16


def can(what, act):
    try:
        act()
    except OSError as error:
        print(f"refused {what}: {error.strerror}")
    else:
        print(f"COULD {what}")


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def write(path):
    with open(path, "ab"):
        pass


def read_memory(process):
    with open(f"/proc/{process}/maps") as maps:
        place = next(int(line.split("-")[0], 16) for line in maps if " r" in line)
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        memory.seek(place)
        memory.read(1)


def connect(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path)


def attach(process):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, process, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


for name in ("bailiwick.db", "bailiwick.db-wal", "root.key", "checkpoints", "node.log"):
    can(f"read {name}", lambda: read(f"{HOME}/{name}"))
can("list the home", lambda: os.listdir(HOME))
can("write into the home", lambda: write(f"{HOME}/root.key"))
can("list secrets", lambda: os.listdir("/etc/bailiwick/secrets"))
can("read a secret", lambda: read("/etc/bailiwick/secrets/bank-BANK_PASSWORD"))
can("change the service", lambda: write("/etc/bailiwick/serve"))
can("change what starts it", lambda: write("/etc/bailiwick/start"))
can("connect to the node's socket", lambda: connect(f"{HOME}/node.sock"))
can("enter the server's folder", lambda: os.listdir("/var/lib/bailiwick-servers/bank"))
for what, process in (("server", SERVER), ("node", NODE)):
    can(f"read the environment of the {what}", lambda: read(f"/proc/{process}/environ"))
    can(f"read the memory of the {what}", lambda: read_memory(process))
    can(f"open the streams of the {what}", lambda: os.listdir(f"/proc/{process}/fd"))
    can(f"write to the input of the {what}", lambda: write(f"/proc/{process}/fd/0"))
    can(f"trace the {what}", lambda: attach(process))
    can(f"end the {what}", lambda: os.kill(process, signal.SIGTERM))
can("become the server's account", lambda: os.setuid(int(sys.argv[3])))
can("become the node's account", lambda: os.setuid(int(sys.argv[4])))
can("become root", lambda: os.setuid(0))
