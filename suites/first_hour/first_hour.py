#!/usr/bin/env python3
"""Drives official MCP servers with real clients, directly and behind `bailiwick wrap`, and compares. See run.sh."""

import argparse
import concurrent.futures
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import judge
import node

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = ("sdk1", "client2", "python", "rmcp")
MAIN = "sdk1"
PAGES = {
    "/note.txt": ("text/plain", b"some words to read\n"),
    "/page.html": ("text/html", b"<html><head><title>A page</title></head><body><h1>A page</h1><p>Some words to read.</p></body></html>"),
}
DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154789c63f8cfc0f01f"
                    "0005000201a1e62b9c0000000049454e44ae426082")
RUN_SECONDS_MAX = 60


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


def drive(client, command, plan, play, work, cargo):
    """One client, one server, every step: what came of each."""
    programs = {
        "sdk1": ["node", f"{work}/sdk1.mjs"],
        "client2": ["node", f"{work}/client2.mjs"],
        "python": [f"{work}/venv/bin/python", f"{work}/python.py"],
        "rmcp": [f"{cargo}/debug/first-hour-rmcp"],
    }
    planned = list(steps(plan))
    if client != "rmcp":  # the others choose their own token
        for step in planned:
            step["params"] = {name: value for name, value in step["params"].items() if name != "_meta"}
    more = environment(plan.get("environment", {}))
    job = {"server": {"command": command[0], "args": command[1:], "env": more}, "play": str(play), "steps": planned}
    ran = subprocess.run(programs[client], input=json.dumps(job), capture_output=True, text=True, env=environment({}),
                         cwd=work, timeout=RUN_SECONDS_MAX)
    if ran.returncode != 0:
        raise judge.Failed(f"{client} ended with {ran.returncode}: {ran.stderr[-2000:]}")
    answer = json.loads(ran.stdout)
    return {"steps": planned, **answer}


def both(client, name, plan, options, cargo, url):
    """Directly, then wrapped on a node of its own."""
    play = options.work / "play" / f"{name}-{client}"
    plan = filled(plan, {"modules": f"{options.work}/node_modules", "venv": f"{options.work}/venv", "play": str(play), "url": url})
    play_ground(name, play)
    began = time.monotonic()
    direct = drive(client, plan["command"], plan, play, options.work, cargo)
    between = time.monotonic()
    play_ground(name, play)
    # a socket's path is short: the home stands where paths are
    home = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-"))
    try:
        wrapped_command = [str(options.bailiwick), "--home", str(home), "wrap", "--name", name, "--", *plan["command"]]
        try:
            wrapped = drive(client, wrapped_command, plan, play, options.work, cargo)
            events = node.events(options.bailiwick, home)
        finally:
            node.stop(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return {"client": client, "server": name, "plan": plan, "direct": direct, "wrapped": wrapped, "events": events,
            "seconds": (between - began, time.monotonic() - between)}


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
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{site.server_port}"
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        cargo = options.root / "target/suites/cargo"
        running = [pool.submit(both, client, name, plans[name], options, cargo, url) for client, name in pairs]
        runs = []
        troubles = []
        for (client, name), run in zip(pairs, running):
            try:
                runs.append(run.result())
            except (judge.Failed, subprocess.SubprocessError, OSError, ValueError) as error:
                troubles.append(f"{name} with {client}: {error}")
    site.shutdown()
    exceptions = json.loads((HERE / "exceptions.json").read_text())
    verdict = judge.judge(runs, exceptions, MAIN, whole)
    troubles += verdict.troubles
    print(verdict.table)
    for run in runs:
        print("{server} with {client}: {seconds[0]:.1f} s directly, {seconds[1]:.1f} s wrapped".format(**run))
    document = options.root / "docs/reference/first-hour.md"
    if options.write and whole and not troubles:
        document.write_text(verdict.document)
    elif whole and not options.write and (not document.exists() or document.read_text() != verdict.document):
        troubles.append(f"{document.relative_to(options.root)} is not current: run `suites/first_hour/run.sh --write`")
    for trouble in troubles:
        print(f"NOT AS EXPECTED: {trouble}")
    print(f"{len(runs)} pairs of server and client, {verdict.compared} answers compared, {verdict.refused} refused, "
          f"{len(troubles)} not as expected, {time.monotonic() - began:.0f} s")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
