"""run.py BINARY HOME CATALOGUE INSTALLED WORK: what each catalogue file leaves open of its server, a line each."""

import json
import pathlib
import subprocess
import sys
import time

BINARY, HOME, CATALOGUE, INSTALLED, WORK = sys.argv[1:]
LOOKED_AT_SECONDS_MAX = 60
MODULES = f"{INSTALLED}/node_modules/@modelcontextprotocol"
SERVERS = {
    "everything": ["node", f"{MODULES}/server-everything/dist/index.js", "stdio"],
    "fetch": [f"{INSTALLED}/venv/bin/mcp-server-fetch"],
    "filesystem": ["node", f"{MODULES}/server-filesystem/dist/index.js", WORK],
    "git": [f"{INSTALLED}/venv/bin/mcp-server-git", "--repository", f"{WORK}/repository"],
    "memory": ["node", f"{MODULES}/server-memory/dist/index.js"],
    # these tell what they offer before they reach what they speak of
    "github": ["node", f"{MODULES}/server-github/dist/index.js"],
    "slack": ["node", f"{MODULES}/server-slack/dist/index.js"],
    "postgres": ["node", f"{MODULES}/server-postgres/dist/index.js", "postgresql://localhost/nothing"],
}
ENVIRONMENT = {"slack": {"SLACK_BOT_TOKEN": "none", "SLACK_TEAM_ID": "T01234567"}}
# what is odd about an official server and taken all the same: `fetch` tells the model what it may do from now on
ACCEPTED = {"fetch": ["--accept-finding", "fetch:instructs"]}


def ran(*words):
    done = subprocess.run([BINARY, "--home", HOME, *words], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"`{' '.join(words)}` ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def when_looked_at(*words):
    """The node looks at a server that it has not seen within a second or so."""
    until = time.monotonic() + LOOKED_AT_SECONDS_MAX
    while True:
        try:
            return ran(*words)
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.2)


def open_ends(name):
    command, *args = SERVERS[name]
    stdio = {"command": command, "args": args, "env": ENVIRONMENT.get(name, {})}
    document = {"kind": "server", "name": name, "transport": {"stdio": stdio}}
    (pathlib.Path(WORK) / f"{name}.yaml").write_text(json.dumps(document))
    ran("apply", f"{WORK}/{name}.yaml")
    # what is guessed of real tools can be applied as it is, whether or not it is right
    when_looked_at("server", "review", name, "--write", f"{WORK}/{name}-guess.yaml")
    ran("apply", "--dry-run", f"{WORK}/{name}-guess.yaml")
    ran("apply", f"{CATALOGUE}/{name}/tools.yaml")
    # nothing is taken whose arguments nobody reads
    ran("server", "review", name, "--yes", *ACCEPTED.get(name, []))
    shown = json.loads(ran("--json", "server", "show", name))
    yield from (f"{problem['tool']}: {problem['why']}" for problem in shown["problems"])
    offered = [tool for tool in shown["now"]["offered"] if ":" not in tool["tool"]]
    if not offered:
        yield f"{name} offers nothing"
    for tool in offered:
        if not tool["described"]:
            yield f"{name}/{tool['tool']}: no document describes it"
        unbound = json.loads(ran("--json", "tool", "show", f"{name}/{tool['tool']}"))["unbound"]
        yield from (f"{name}/{tool['tool']}: nothing binds `{argument}`" for argument in unbound)


subprocess.run(["git", "init", "--quiet", f"{WORK}/repository"], check=True)
left = [line for name in SERVERS for line in open_ends(name)]
print("\n".join(left) if left else f"{len(SERVERS)} servers: every tool is described, every argument is bound")
raise SystemExit(1 if left else 0)
