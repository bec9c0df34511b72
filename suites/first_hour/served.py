"""One node that serves every server, one of them over Streamable HTTP; unchanged clients reach it through `connect`."""

import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import node

# what is odd about an official server and taken all the same: `fetch` tells the model what it may do from now on
ACCEPTED = {"fetch": ["--accept-finding", "fetch:instructs"]}
START_SECONDS_MAX = 60
KINDS = {"connect": "clerk", "straight": "straight"}


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def document(kind, name, **more):
    # JSON is YAML
    return json.dumps({"kind": kind, "name": name, **more})


class Hall:
    """The node, and the server that is not a process of its own."""

    def __init__(self, bailiwick, plans, environment, page):
        # a socket's path is short: the home stands where paths are
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-"))
        self.bailiwick, self.started, self.page = str(bailiwick), [], page
        try:
            self.open(plans, environment)
        except BaseException:
            self.close()
            raise

    def open(self, plans, environment):
        transports = {}
        for name, plan in plans.items():
            env = environment(plan.get("environment", {}))
            if "http" in plan:
                self.said(plan["http"], env, "listening on port")
                transports[name] = {"http": {"url": f"http://127.0.0.1:{env['PORT']}/mcp"}}
            else:
                command, *words = plan["command"]
                transports[name] = {"stdio": {"command": command, "args": words, "env": env}}
        serve = [self.bailiwick, "--home", str(self.home), "serve", "--listen", "127.0.0.1:0"]
        self.url = self.said(serve, environment({}), "agents reach it at ").rpartition(" ")[2]
        keys = {agent: self.cli("agent", "key", agent, "--out", self.key(agent)) for agent in KINDS.values()}
        row = {"tools": [f"{name}/*" for name in plans], "effects": ["read", "write"]}
        documents = [document("server", name, transport=transport) for name, transport in transports.items()]
        documents += [document("role", "first-hour", allow=[row]), document("person", "ada")]
        for agent, printed in keys.items():
            key = next(line.strip().removeprefix("- ") for line in printed.splitlines() if line.strip().startswith("- "))
            documents.append(document("agent", agent, owner="ada", contact="ada", run_by="own", autonomy="execute",
                                      role="first-hour", review="2035-06-30", keys=[json.loads(key) if key[0] in "\"{" else key]))
        documents.append(document("template", "first-hour", purpose="tests", intent="Use each tool once, and fetch {page}",
                                  parameters={"page": {"kind": "url"}}, window="1h", grant=[row],
                                  start={"who": ["anyone"], "agents": list(KINDS.values())}))
        described = self.home / "documents.yaml"
        described.write_text("\n---\n".join(documents) + "\n")
        self.cli("apply", str(described))
        for name in plans:
            self.review(name)

    def said(self, command, env, words):
        """A process that runs on, and the line in which it says that it is ready."""
        log = self.home / f"log-{len(self.started)}"
        with log.open("wb") as into:
            process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=into)
        self.started.append(process)
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until and process.poll() is None:
            found = [line for line in log.read_text().splitlines(keepends=True) if words in line and line.endswith("\n")]
            if found:
                return found[0].strip()
            time.sleep(0.05)
        raise OSError(f"`{command[0]}` did not say `{words}`: {log.read_text()[-2000:]}")

    def review(self, name):
        """The node looks at a server that it has not seen within a second or so."""
        until = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                return self.cli("server", "review", name, "--yes", "--accept-finding", "*:unbound", *ACCEPTED.get(name, []))
            except subprocess.CalledProcessError as error:
                if time.monotonic() > until:
                    raise OSError(f"`{name}` cannot be reviewed: {error.stderr[-2000:]}") from None
            time.sleep(0.1)

    def key(self, agent):
        return str(self.home / f"{agent}.key")

    def cli(self, *words):
        command = [self.bailiwick, "--home", str(self.home), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=True).stdout

    def task(self, door):
        return json.loads(self.cli("--json", "task", "start", "first-hour", f"page={self.page}", "--agent", KINDS[door], "--yes"))["task"]

    def reached(self, door, name, task):
        """What a client is told of the server: a command, or an address."""
        url, agent = f"{self.url}/{name}", KINDS[door]
        if door == "straight":
            return {"url": url, "agent": agent, "key": self.key(agent)}
        words = ["connect", url, "--agent", agent, "--key", self.key(agent), "--task", task]
        return {"command": self.bailiwick, "args": words, "env": {}}

    def events(self, task):
        return [event for event in node.events(self.bailiwick, self.home) if event["stream"] == task]

    def close(self):
        for process in self.started:
            process.terminate()
        try:
            for process in self.started:
                process.wait(timeout=node.END_SECONDS_MAX)
        finally:
            for process in self.started:
                process.kill()
            shutil.rmtree(self.home, ignore_errors=True)
