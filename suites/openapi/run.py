"""Asks a node what docs/reference/openapi.json describes: at its socket as a wrapper and as its own account, at its address
as nobody and as an administrator. `run.py OPENAPI SOCKET URL`
"""

import asyncio
import copy
import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import urllib.parse

from passkey import Passkey

HERE = pathlib.Path(__file__).resolve().parent
# what ends what is looked at, or writes files where it is told: never asked
NEVER = ["postNodeStop", "postTenantStop", "postBackup"]
# what is answered when something has happened, or never
WAITS = ["getWrapHeld", "getDecisionsEnded", "getDecisionsAnsweredApproval"]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,negative_data_rejection"
# what a wrapper's session begins and ends with
ENDS = ["postWrap", "deleteWrap"]
# what is for browsers alone
GATE = ["postSessionOptions", "postSession", "deleteSession", "postEnrollOptions", "postEnroll"]
# fewer operations than these answered 200: the suite asks in vain
GRANTED_LEAST = 60
SECRET = "s" * 43


async def copied(reader, writer):
    while some := await reader.read(1 << 16):
        writer.write(some)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def forwarded(path):
    """A port of this machine that speaks for the socket: schemathesis asks over TCP alone."""
    ready, port = threading.Event(), []

    async def one(reader, writer):
        there, back = await asyncio.open_unix_connection(path)
        await asyncio.gather(copied(reader, back), copied(there, writer), return_exceptions=True)
        back.close()
        writer.close()

    async def serve():
        server = await asyncio.start_server(one, "127.0.0.1", 0)
        port.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    ready.wait()
    return f"http://127.0.0.1:{port[0]}"


class Socket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("node")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def asked(node, method, route, body=None, headers=None):
    """The answer's body, and its cookie."""
    text = None if body is None else json.dumps(body)
    node.request(method, route, text, {"content-type": "application/json", **(headers or {})})
    answer = node.getresponse()
    said = answer.read()
    if answer.status != 200:
        sys.exit(f"{method} {route}: {answer.status} {said.decode()}")
    return json.loads(said), (answer.getheader("set-cookie") or "").split(";")[0]


def signed_in(path, url, person):
    """The cookie of a person who enrolled a passkey and signed in by it, and starts a task by it."""
    browser = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
    ask = lambda route, body: asked(browser, "POST", route, body, {"origin": url})
    agent = {"kind": "agent", "name": "late", "owner": person, "contact": "nobody", "run_by": "own", "autonomy": "execute", "role": "notes", "review": "2030-01-01"}
    template = {"kind": "template", "name": "late", "purpose": "notes", "intent": "Keep notes", "start": {"who": ["anyone"], "agents": ["late"]},
                "window": "1h", "grant": [{"tools": ["memory/*"], "effects": ["read", "write"]}]}
    asked(Socket(path), "POST", "/v1/documents", {"documents": [agent, template]})
    link = asked(Socket(path), "POST", f"/v1/persons/{person}/invite", {})[0]["url"]
    code, own = link.split("#")[1], Passkey(url)
    made = ask("/v1/enroll/options", {"code": code})[0]
    ask("/v1/enroll", {"code": code, "name": "suite", "registration": own.register(made["challenge"])})
    challenge = ask("/v1/session/options", {})[0]["challenge"]
    cookie = ask("/v1/session", {"assertion": own.sign(challenge)})[1]
    # what was asked for at the socket may have let the agent go that it names
    act = {"template": "late", "agent": "late"}
    asked_for = lambda route, body: asked(browser, "POST", route, body, {"origin": url, "cookie": cookie})[0]
    given = asked_for("/v1/tasks/options", act)
    signed = {"assertion": own.sign(given["challenge"]), "shown": given["shown"], "statement": given["statement"]}
    if asked_for("/v1/tasks", {**act, "consent": signed})["requester"] != person:
        sys.exit("what was signed began no task of who signed it")
    return cookie


def schemathesis(name, document, url, extra, most):
    print(f"-- {name}", flush=True)
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run", document, "--url", url,
         "--checks", CHECKS, "--max-examples", str(most), "--seed", "1", "--warnings", "off", "--request-timeout", "20",
         "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--report-har-path", f"{name}.har", *extra], check=False)
    return done.returncode == 0


def granted(document):
    """Says how many operations were answered 200: that each answer fits says little of what only refuses."""
    of = [(method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation["operationId"])
          for path, methods in document["paths"].items() for method, operation in methods.items()]
    found = set()
    for har in pathlib.Path().glob("*.har"):
        for entry in json.loads(har.read_text())["log"]["entries"]:
            asked_for, path = entry["request"]["method"], urllib.parse.urlsplit(entry["request"]["url"]).path
            if entry["response"]["status"] == 200:
                found |= {name for method, pattern, name in of if method == asked_for and pattern.fullmatch(path)}
    never = sorted({name for _, _, name in of} - found)
    print(f"{len(found)} of {len(of)} operations were answered 200; never: {', '.join(never)}")
    return len(found)


def without(names):
    return [word for name in names for word in ("--exclude-operation-id", name)]


def derived(document, there, bodies):
    """The document, with what is there as examples, so that more is asked about than what is not. What makes a session stands
    in headers of ours: none is drawn."""
    document = copy.deepcopy(document)
    for name, value in there.items():
        document["components"]["parameters"][name]["examples"] = {"there": {"value": value}}
    document.pop("security")
    for methods in document["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
            if body := bodies.get(operation["operationId"]):
                operation["requestBody"]["content"]["application/json"]["example"] = body
    to = pathlib.Path("openapi.json").resolve()
    to.write_text(json.dumps(document))
    return to


def main(source, path, url):
    served = asked(http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc), "GET", "/v1/openapi.json")[0]
    document = json.loads(pathlib.Path(source).read_text())
    if served != document:
        sys.exit("what the node serves is another document")
    node = lambda route, body: asked(Socket(path), "POST", route, body)[0]
    task = node("/v1/tasks", {"template": "remember", "agent": "helper"})["task"]
    node("/v1/wrap", {"secret": SECRET, "command": ["true"], "agent": "personal", "instance": "one", "name": "wrapped"})
    there = {"task": task, "event": 0, "person": "ann", "agent": "scout", "server": "wrapped", "tool": "read_graph",
             "template": "remember", "mandate": "monthly", "level": "0", "index": "000"}
    tool = {"name": "read_graph", "description": "Reads.", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}
    call = {"server": "wrapped", "tool": "read_graph", "arguments": {}, "settle_within_seconds": 30}
    bodies = {
        "postOffers": {"server": "wrapped", "tools": [tool]},
        "postDecisions": call,
        "postTasks": {"template": "remember", "agent": "helper"},
        "postTasksOptions": {"template": "remember", "agent": "helper"},
        "postTasksPreview": {"template": "remember", "agent": "helper"},
        "postTasksTaskAmend": {"widen": {"template": "remember", "preview": True}},
        "postBreakGlass": {"task": node("/v1/tasks", {"template": "remember", "agent": "helper"})["task"], "template": "remember",
                           "incident": "INC-1", "reason": "a trial", "minutes": 5},
        "postAgentsAgentKeys": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}},
    }
    described = derived(document, there, bodies)
    local, origin = forwarded(path), ["--header", f"origin: {url}", "--header", "content-type: application/json"]
    wrapper = ["--include-tag", "wrappers", *without([*WAITS, *ENDS]), "--header", f"bailiwick-session: {SECRET}"]
    good = schemathesis("wrapper", described, local, wrapper, 10)
    good &= schemathesis("socket", described, local, without([*NEVER, *GATE]), 10)
    good &= schemathesis("nobody", described, url, [*without(NEVER), *origin], 2)
    # last: where an administrator has a passkey, what loosens waits for it
    cookie = signed_in(path, url, "bob")
    waits = node("/v1/documents", {"documents": [{"kind": "person", "name": "carl", "roles": ["administrator"]}]})["proposed"]["id"]
    described = derived(document, {**there, "change": waits}, bodies)
    person = [*without(NEVER), *origin, "--header", f"cookie: {cookie}"]
    good &= schemathesis("administrator", described, url, person, 5)
    # it is still there
    asked(Socket(path), "GET", "/v1/status")
    return 0 if granted(document) >= GRANTED_LEAST and good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
