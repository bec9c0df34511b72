"""A node with a suite's servers, its person with a passkey, and agents that reach it through `bailiwick connect`."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

import yaml

from passkey import Passkey

START_SECONDS_MAX = 60
AGENT, PERSON = "assistant", "emma"
# where the stores stand, where the machine has it: what a commit costs is not measured
MEMORY = "/dev/shm"


class Socket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("node")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Refused(Exception):
    """The node said no to what the person asked for."""


def asked(to, method, route, body=None, headers=None):
    text = None if body is None else json.dumps(body)
    to.request(method, route, text, {"content-type": "application/json", **(headers or {})})
    answer = to.getresponse()
    said, cookie = answer.read(), (answer.getheader("set-cookie") or "").split(";")[0]
    # a connection that stands idle is closed by the node: each question has its own
    to.close()
    if answer.status != 200:
        raise Refused(f"{method} {route}: {answer.status} {said.decode()}")
    return json.loads(said or b"null"), cookie


class Node:
    """A node of its own, until it is closed."""

    def __init__(self, bailiwick, plan):
        # a socket's path is short: the home stands where paths are
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-", dir=MEMORY if os.path.isdir(MEMORY) else None))
        self.bailiwick, self.plan, self.servers = str(bailiwick), plan, {}
        for tool, whole in plan["tools"].items():
            self.servers.setdefault(whole.partition("/")[0], []).append(tool)

    def open(self, urls):
        """Starts it, with each server at its address."""
        try:
            self.furnish(urls)
        except BaseException:
            self.close()
            raise

    def furnish(self, urls):
        self.log = (self.home / "said").open("w+")
        self.process = subprocess.Popen([self.bailiwick, "--home", str(self.home), "serve", "--listen", "127.0.0.1:0"], stderr=self.log)
        self.agents = self.told("agents reach it at (.*)")
        self.people = self.told("people open (.*)/")
        key = self.cli("agent", "key", AGENT, "--out", str(self.home / "key.pem"))
        (self.home / "documents.yaml").write_text("\n---\n".join(json.dumps(of) for of in self.all(yaml.safe_load(key), urls)))
        self.cli("apply", str(self.home / "documents.yaml"))
        for name in self.servers:
            self.until(lambda: self.cli("server", "review", name, "--yes", *self.accepted(name)))
        self.enrol()

    def all(self, key, urls):
        """What the node is told: the documents of the plan, with these addresses, and the agent's key. The person is who runs
        this, and administers nothing: then a passkey of theirs signs for tasks alone."""
        for of in self.plan["documents"]:
            match of["kind"], of.get("name"):
                case "person", _:
                    yield {**of, "uid": os.getuid(), "roles": ["clerk"]}
                case "agent", name if name == AGENT:
                    yield {**of, **key}
                case "agent", _:
                    pass
                case "server", name:
                    yield {**of, "transport": {"http": {"url": urls[name]}}}
                case _:
                    yield of

    def accepted(self, name):
        """What is odd about a server's tools, and taken all the same: they are AgentDojo's own words."""
        shown = json.loads(self.cli("--json", "server", "show", name))
        found = [finding for tool in (shown.get("now") or {}).get("offered", []) for finding in tool["findings"]]
        return [word for finding in found for word in ("--accept-finding", finding["accept"])]

    def told(self, words):
        def look():
            found = re.search(f"^{words}$", (self.home / "said").read_text(), re.M)
            return found and found.group(1)
        return self.until(look)

    def until(self, done):
        ends = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                if found := done():
                    return found
            except subprocess.CalledProcessError as error:
                if time.monotonic() > ends:
                    raise OSError(f"{error.stdout}{error.stderr}") from None
            if time.monotonic() > ends or self.process.poll() is not None:
                raise OSError((self.home / "said").read_text()[-2000:])
            time.sleep(0.1)

    def cli(self, *words):
        command = [self.bailiwick, "--home", str(self.home), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=True).stdout

    def ask(self, method, route, body=None):
        """Asks as the account that the node runs under, which is the person's."""
        return asked(Socket(self.home / "node.sock"), method, route, body)[0]

    def enrol(self):
        browser = http.client.HTTPConnection(urllib.parse.urlsplit(self.people).netloc)
        link = self.ask("POST", f"/v1/persons/{PERSON}/invite", {})["url"]
        self.passkey, self.headers = Passkey(self.people), {"origin": self.people}
        code = link.split("#")[1]
        made = asked(browser, "POST", "/v1/enroll/options", {"code": code}, self.headers)[0]
        enrolment = {"code": code, "name": "phone", "registration": self.passkey.register(made["challenge"])}
        asked(browser, "POST", "/v1/enroll", enrolment, self.headers)
        challenge = asked(browser, "POST", "/v1/session/options", {}, self.headers)[0]["challenge"]
        self.headers["cookie"] = asked(browser, "POST", "/v1/session", {"assertion": self.passkey.sign(challenge)}, self.headers)[1]
        self.browser = browser

    def approve(self, approval):
        """The person signs what waits, by their passkey."""
        shown = asked(self.browser, "GET", f"/v1/approvals/{approval}", None, self.headers)[0]
        for role, statement in shown["statements"].items():
            said = {"role": role, "statement": statement["statement"], "assertion": self.passkey.sign(statement["challenge"])}
            asked(self.browser, "POST", f"/v1/approvals/{approval}/sign", said, self.headers)

    def refuse(self, approval):
        asked(self.browser, "POST", f"/v1/approvals/{approval}/refuse", {"reason": "this is not what I asked for"}, self.headers)

    def start(self, prompt, more):
        task = self.ask("POST", "/v1/tasks", {"template": self.plan["first"], "agent": AGENT, "parameters": {"said": prompt}})["task"]
        for template in more:
            # a secret is filled in apart: what the prompt has in quotes
            secret = re.search("'([^']+)'", prompt) if template == "password" else None
            if template != "password" or secret:
                self.widen(task, template, {"password": secret[1]} if secret else {})
        return task

    def widen(self, task, template, parameters=None):
        self.ask("POST", f"/v1/tasks/{task}/amend", {"widen": {"template": template, "parameters": parameters or {}}})
        try:
            self.ask("POST", f"/v1/tasks/{task}/consent", {})
        except Refused as refused:
            # nothing of it is privileged, or all of it was consented to
            if '"not_possible"' not in str(refused):
                raise

    def end(self, task):
        self.ask("POST", f"/v1/tasks/{task}/end", {})

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Agent:
    """An MCP client's process: `bailiwick connect` to one task."""

    def __init__(self, node, task):
        words = [node.bailiwick, "connect", node.agents, "--agent", AGENT, "--key", str(node.home / "key.pem"), "--task", task]
        self.node, self.number = node, 0
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "oracle", "version": "1"}}
        self.ask("initialize", hello)
        self.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def tell(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def ask(self, method, params):
        self.number += 1
        self.tell({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        while line := self.process.stdout.readline():
            answer = json.loads(line)
            if answer.get("id") == self.number and "method" not in answer:
                return answer
        raise OSError("`connect` ended")

    def call(self, tool, arguments):
        """(whether it was done or failed at the server, the request that waits for a person, the code of a no)"""
        answer = self.ask("tools/call", {"name": self.node.plan["tools"][tool].replace("/", "__"), "arguments": arguments})
        text = json.dumps(answer)
        waits = re.search(r'\\*"approval\\*": ?(\d+)', text)
        refused = re.search(r'\\*"code\\*": ?\\*"([a-z_]+)\\*"', text)
        return not refused and "error" not in answer, waits and int(waits.group(1)), refused and refused.group(1)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
