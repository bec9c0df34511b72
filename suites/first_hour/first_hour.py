#!/usr/bin/env python3
"""Drives official MCP servers with real clients, directly, behind `bailiwick wrap` and behind `bailiwick
serve`, and compares. See run.sh."""

import argparse
import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import judge
import node
import served

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = ("sdk1", "client2", "python", "rmcp")
MAIN = "sdk1"
PAGES = {
    "/note.txt": ("text/plain", b"some words to read\n"),
    "/page.html": ("text/html", b"<html><head><title>A page</title></head><body><h1>A page</h1><p>Some words to read.</p></body></html>"),
}
DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c63f8cfc0f01f"
                    "0005000201a1e62b9c0000000049454e44ae426082")
RUN_SECONDS_MAX = 120
# they wait more than they work
RUNS_AT_ONCE_A_CORE = 3


class Page(http.server.BaseHTTPRequestHandler):
    """Two pages; everything else is not there, robots.txt included."""

    def do_GET(self):
        kind, page = PAGES.get(self.path, ("text/plain", b""))
        self.send_response(200 if page else 404)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def play_ground(server, folder):
    """What the server works on: the same bytes, times and names each time."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "note.txt").write_text("a first line\n")
    if server == "git":
        for words in (["init", "-q", "-b", "main"], ["add", "note.txt"], ["commit", "-q", "-m", "A first line"]):
            subprocess.run(["git", *words], cwd=folder, env=environment({}), check=True, stdin=subprocess.DEVNULL)
        with (folder / "note.txt").open("a") as note:
            note.write("a second line\n")
    else:
        (folder / "dot.png").write_bytes(DOT)


def environment(more):
    """Nothing of the machine but where programs are; commits get the same digests each time."""
    fixed = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    for who in ("AUTHOR", "COMMITTER"):
        fixed |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.com", f"GIT_{who}_DATE": "1767323045 +0000"}
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | fixed | more


def filled(value, places):
    """A plan with its places put in."""
    if isinstance(value, str):
        for name, place in places.items():
            value = value.replace("{" + name + "}", place)
        return value
    if isinstance(value, list):
        return [filled(one, places) for one in value]
    if isinstance(value, dict):
        return {name: filled(one, places) for name, one in value.items()}
    return value


def steps(plan):
    yield {"method": "tools/list", "params": {}}
    for call in plan["calls"]:
        params = {"name": call["tool"], "arguments": call["arguments"]}
        if call.get("progress"):
            params["_meta"] = {"progressToken": "first-hour"}
        yield {"method": "tools/call", "params": params, "progress": call.get("progress", False)}
    yield from plan.get("more", [])


def drive(client, server, plan, play, work, cargo):
    """One client, one server, every step: what came of each."""
    programs = {
        "sdk1": ["node", f"{work}/sdk1.mjs"],
        "client2": ["node", f"{work}/client2.mjs"],
        "python": [f"{work}/venv/bin/python", f"{work}/python.py"],
        "rmcp": [f"{cargo}/debug/first-hour-rmcp"],
        "straight": ["node", f"{work}/client2.mjs"],
    }
    planned = list(steps(plan))
    if client != "rmcp":  # the others choose their own token
        for step in planned:
            step["params"] = {name: value for name, value in step["params"].items() if name != "_meta"}
    job = {"server": server, "play": str(play), "steps": planned}
    ran = subprocess.run(programs[client], input=json.dumps(job), capture_output=True, text=True, env=environment({}),
                         cwd=work, timeout=RUN_SECONDS_MAX)
    if ran.returncode != 0:
        raise judge.Failed(f"{client} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    answer = json.loads(ran.stdout)
    return {"steps": planned, **answer}


def stdio(command, plan):
    return {"command": command[0], "args": command[1:], "env": environment(plan.get("environment", {}))}


class Suite:
    """What all runs share."""

    def __init__(self, options, plans, site):
        self.options, self.plans = options, plans
        self.cargo = options.root / "target/suites/cargo"
        self.url, self.port = f"http://127.0.0.1:{site.server_port}", str(served.free_port())
        # a node that ends is waited for beside the runs
        self.ends = concurrent.futures.ThreadPoolExecutor(max_workers=len(plans) * len(CLIENTS))
        self.ending = []
        # `everything` keeps what a tool registers in one place for all its sessions, and a second one takes it from the
        # first: who reaches the same process of a server takes turns
        self.turns = {name: threading.Lock() for name in plans}

    def plan(self, name, play):
        options = self.options
        return filled(self.plans[name], {"modules": f"{options.work}/node_modules", "venv": f"{options.work}/venv",
                                         "play": str(play), "url": self.url, "port": self.port})

    def play(self, name, who):
        play = self.options.work / "play" / f"{name}-{who}"
        play_ground(name, play)
        return play

    def drive(self, client, server, plan, play):
        return drive(client, server, plan, play, self.options.work, self.cargo)

    def both(self, client, name):
        """Directly, then wrapped on a node of its own."""
        began = time.monotonic()
        play = self.play(name, client)
        plan = self.plan(name, play)
        direct = self.drive(client, stdio(plan["command"], plan), plan, play)
        between = time.monotonic()
        self.play(name, client)
        # a socket's path is short: the home stands where paths are
        home = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-"))
        try:
            command = [str(self.options.bailiwick), "--home", str(home), "wrap", "--name", name, "--", *plan["command"]]
            wrapped = self.drive(client, stdio(command, plan), plan, play)
            events = node.events(self.options.bailiwick, home)
        finally:
            self.ending.append(self.ends.submit(end, home))
        return {"client": client, "server": name, "plan": plan, "direct": direct, "through": wrapped, "how": "wrapped",
                "events": events, "seconds": (between - began, time.monotonic() - between)}

    def hall(self):
        """The node of all servers, each with its own ground to work on."""
        plans = {name: self.plan(name, self.play(name, "served")) for name in self.plans}
        return served.Hall(self.options.bailiwick, plans, environment, f"{self.url}/page.html")

    def served(self, client, name, hall, direct):
        """Behind the node of all servers: the same as the client got directly."""
        hall, direct = hall.result(), direct.result()
        with self.turns[name]:
            return self.in_turn(client, name, hall, direct)

    def in_turn(self, client, name, hall, direct):
        began = time.monotonic()
        plan = self.plan(name, self.options.work / "play" / f"{name}-served")
        # both worked on the same, in two places
        plan["volatile"] = [*plan["volatile"], re.escape(f"{self.options.work}/play/{name}-") + r"\w+"]
        door = "straight" if client == "straight" else "connect"
        task = hall.task(door)
        through = self.drive(client, hall.reached(door, name, task), plan, self.options.work / "play" / f"{name}-served")
        return {"client": client, "server": name, "plan": plan, "direct": direct["direct"], "through": through, "how": "served",
                "events": hall.events(task), "seconds": (direct["seconds"][0], time.monotonic() - began)}


def end(home):
    try:
        node.stop(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run_all(suite, pairs, halls):
    """Every run that came to its end, and what stopped the others."""
    runs, troubles = [], []
    with concurrent.futures.ThreadPoolExecutor(max_workers=RUNS_AT_ONCE_A_CORE * os.cpu_count()) as pool:
        # what others wait for is begun before them
        hall = pool.submit(suite.hall) if halls else None
        running = {(client, name): pool.submit(suite.both, client, name) for client, name in pairs}
        direct = lambda client, name: running["client2" if client == "straight" else client, name]
        behind = {(client, name): pool.submit(suite.served, client, name, hall, direct(client, name)) for client, name in halls}
        for (client, name), run in [*running.items(), *behind.items()]:
            try:
                runs.append(run.result())
            except (judge.Failed, subprocess.SubprocessError, OSError, ValueError) as error:
                troubles.append(f"{name} with {client}: {error}")
    if hall and not hall.exception():
        suite.ending.append(suite.ends.submit(hall.result().close))
    for ending in suite.ending:
        try:
            ending.result()
        except (subprocess.SubprocessError, OSError) as error:
            troubles.append(f"at the end of a node: {error}")
    return runs, troubles


def main():
    parser = argparse.ArgumentParser()
    for name in ("root", "work", "bailiwick"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--server")
    parser.add_argument("--client", choices=CLIENTS)
    options = parser.parse_args()
    plans = json.loads((HERE / "servers.json").read_text())
    pairs = [(client, name) for name in plans for client in CLIENTS
             if options.server in (None, name) and options.client in (None, client)]
    whole = len(pairs) == len(plans) * len(CLIENTS)
    halls = [(client, name) for name, plan in plans.items() for client in plan["served_to"]
             if ("client2" if client == "straight" else client, name) in pairs]
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    began = time.monotonic()
    runs, troubles = run_all(Suite(options, plans, site), pairs, halls)
    site.shutdown()
    exceptions = json.loads((HERE / "exceptions.json").read_text())
    verdict = judge.judge(runs, exceptions, MAIN, whole)
    troubles += verdict.troubles
    print(verdict.table)
    for run in runs:
        print("{server} with {client}: {seconds[0]:.1f} s directly, {seconds[1]:.1f} s {how}".format(**run))
    document = options.root / "docs/reference/first-hour.md"
    if options.write and whole and not troubles:
        document.write_text(verdict.document)
    elif whole and not options.write and (not document.exists() or document.read_text() != verdict.document):
        troubles.append(f"{document.relative_to(options.root)} is not current: run `suites/first_hour/run.sh --write`")
    for trouble in troubles:
        print(f"NOT AS EXPECTED: {trouble}")
    print(f"{len(runs)} runs, {verdict.compared} answers compared, {verdict.refused} refused, "
          f"{len(troubles)} not as expected, {time.monotonic() - began:.0f} s")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
