"""Starts a node, lets things happen, and reads what arrives.

    run.py BAILIWICK DIR

DIR has ca.pem, mail.pem and mail.key."""

import base64
import email
import http.server
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks import Webhook, WebhookVerificationError

BINARY, STATE = sys.argv[1], pathlib.Path(sys.argv[2])
SECRET = "whsec_" + base64.b64encode(os.urandom(32)).decode()
PASSWORD = base64.b64encode(os.urandom(18)).decode()
WAIT_SECONDS_MAX = 25
checks = 0


def check(what, well, told=""):
    global checks
    checks += 1
    print(f"{'ok  ' if well else 'FAIL'}  {what}{'' if well else f': {told}'}", flush=True)
    if not well:
        raise SystemExit(1)


def wait(what, until):
    """Until it holds, or the check fails."""
    ends = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < ends:
        if found := until():
            check(what, True)
            return found
        time.sleep(0.05)
    check(what, False, "it did not come in time")


class Mailbox:
    """A mail server's handler: keeps what arrives; one address is refused."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 yes"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, envelope.content, session.ssl is not None, session.authenticated))
        return "250 taken"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what arrives, and answers as it is told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((self.path, dict(self.headers.items()), body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        self.send_header("content-length", "0")
        if status == 302:
            self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver(answers=()):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.answers = [], list(answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(*words, home, text=None, code=0):
    done = subprocess.run([BINARY, "--home", str(home), *words], input=text, capture_output=True, text=True)
    if code is not None and done.returncode != code:
        check(" ".join(words), False, f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


class Node:
    """A node of its own, until it is stopped or killed."""

    def __init__(self, home, *more):
        self.home = home
        home.parent.mkdir(exist_ok=True)
        words = [BINARY, "--home", str(home), "serve", "--listen", "127.0.0.1:0", *more]
        self.said = open(f"{home}.said", "a+")
        self.process = subprocess.Popen(words, stderr=self.said)
        ends = time.monotonic() + WAIT_SECONDS_MAX
        while subprocess.run([BINARY, "--home", str(home), "status"], capture_output=True).returncode != 0:
            if time.monotonic() > ends or self.process.poll() is not None:
                raise SystemExit(pathlib.Path(f"{home}.said").read_text())
            time.sleep(0.05)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()


def documents(uid, hook, refused):
    return f"""
kind: person
name: anna
uid: {uid}
roles: [clerk]
mail: anna@bank.example
---
kind: person
name: gone
roles: [clerk]
mail: gone@bank.example
---
kind: role
name: notes
allow: [{{tools: ["*"], effects: [read]}}]
---
kind: agent
name: helper
owner: anna
contact: anna
run_by: own
autonomy: execute
role: notes
review: "2030-01-01"
---
kind: rule
name: owners
notify: {{on: [agent.suspended], who: [owner], mail: true}}
---
kind: rule
name: clerks
notify: {{on: [tenant.stopped], who: ["role:clerk"], mail: true}}
---
kind: rule
name: hook
notify:
  on: [agent.suspended, agent.resumed, tenant.stopped]
  webhook: {{url: "http://127.0.0.1:{hook}/hook", secret: "secret:HOOK", private: true}}
---
kind: rule
name: moved
notify:
  on: [agent.suspended]
  webhook: {{url: "http://127.0.0.1:{refused}/", secret: "secret:HOOK", private: true}}
"""


def secret(name, value):
    path = STATE / name
    path.touch(mode=0o600)
    path.write_text(value)
    return str(path)


def main():
    home = STATE / "home"
    box, hooks, moved = Mailbox(), receiver(answers=[503]), receiver(answers=[302, 302, 302])
    port = free_port()
    mail = Controller(box, hostname="127.0.0.1", port=port)
    mail.start()
    held = f"HOOK={secret('hook', SECRET)}"
    plain = ["--smtp", f"smtp://127.0.0.1:{port}", "--mail-from", "bailiwick@bank.example", "--secret", held]
    node = Node(home, *plain)

    # what happened before a rule is nobody's
    given = STATE / "documents.yaml"
    given.write_text(documents(os.getuid(), hooks.server_port, moved.server_port))
    told = run("apply", str(given), "--dry-run", home=home)
    check("a new rule is said to loosen", "tells owner by mail of agent.suspended" in told, told)
    run("apply", str(given), home=home)

    # 4.1: an agent is suspended
    run("agent", "suspend", "helper", home=home)
    to, content, _, _ = wait("the owner has a mail", lambda: box.mails)[0]
    letter = email.message_from_bytes(content)
    check("it is to her alone", to == ["anna@bank.example"] and letter["To"] == "<anna@bank.example>", to)
    check("its subject is ours", letter["Subject"] == "Bailiwick: an agent was suspended", letter["Subject"])
    check("nobody's machine answers it", letter["Auto-Submitted"] == "auto-generated")
    text = letter.get_payload()
    check("it names the agent and the event", "agent: helper" in text and "event: " in text, text)

    # 4.2: the first try was answered with 503
    first, second = wait("the webhook was tried again", lambda: len(hooks.heard) >= 2 and hooks.heard[:2])
    check("under the same id", first[1]["webhook-id"] == second[1]["webhook-id"], (first[1], second[1]))
    for path, headers, body in (first, second):
        Webhook(SECRET).verify(body, headers)
    check("both signatures are good to the library of the standard", True)
    body = json.loads(second[2])
    check("it says what happened", body["type"] == "agent.suspended" and body["data"]["agent"] == "helper", body)
    try:
        Webhook(SECRET).verify(second[2].replace(b"helper", b"hacker"), second[1])
        check("a changed body is noticed", False)
    except WebhookVerificationError:
        check("a changed body is noticed", True)

    # 4.3: a redirect
    check("a redirect is followed by nobody", all(path == "/" for path, _, _ in moved.heard), moved.heard)
    status = json.loads(run("status", "--json", home=home))
    by_rule = {rule["rule"]: rule for rule in status["notices"]}
    check("what fails is in status", by_rule["moved"]["trouble"] == "it answered `302`", by_rule)
    check("what arrived is counted", by_rule["hook"]["sent"] == 1 and by_rule["owners"]["sent"] == 1, by_rule)
    doctor = run("doctor", home=home, code=1)
    check("and in doctor", "WRONG  rule moved: 0 notices arrived, 1 wait" in doctor, doctor)

    # 4.4: killed, and another begins: in order, none lost, none that was said to be sent again
    node.end(signal.SIGKILL)
    count = len(hooks.heard)
    node = Node(home, *plain)
    run("agent", "resume", "helper", home=home)
    run("tenant", "stop", home=home)
    wait("what happened since is told", lambda: len(hooks.heard) >= count + 2)
    kinds = [json.loads(body)["type"] for _, _, body in hooks.heard[count:]]
    check("in order, and nothing twice", kinds == ["agent.resumed", "tenant.stopped"], kinds)
    wait("people of a role have mail", lambda: len(box.mails) >= 2)
    check("an address that is refused keeps nobody waiting", box.mails[1][0] == ["anna@bank.example"], box.mails[1])
    given_up = lambda: {r["rule"]: r for r in json.loads(run("status", "--json", home=home))["notices"]}
    wait("and is counted", lambda: given_up()["clerks"]["given_up"] == 1)
    node.end()
    mail.stop()

    # 4.5: STARTTLS that must be had, and a password
    box = Mailbox()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(STATE / "mail.pem", STATE / "mail.key")
    good = lambda _server, _session, _envelope, _mechanism, data: AuthResult(
        success=(data.login, data.password) == (b"node", PASSWORD.encode()))
    port = free_port()
    mail = Controller(box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True,
                      authenticator=good, auth_required=True)
    mail.start()
    words = ["--smtp", f"smtp://node@localhost:{port}", "--smtp-ca", str(STATE / "ca.pem"), "--mail-from",
             "bailiwick@bank.example", "--secret", held, "--secret", f"MAIL={secret('mail', PASSWORD)}",
             "--smtp-password", "secret:MAIL"]
    node = Node(home, *words)
    run("tenant", "resume", home=home)
    run("agent", "suspend", "helper", home=home)
    _, _, tls, authenticated = wait("mail goes over STARTTLS with a password", lambda: box.mails)[0]
    check("as it must be", tls and authenticated, (tls, authenticated))
    node.end()
    mail.stop()
    said = pathlib.Path(f"{home}.said").read_text()
    check("no secret is said", SECRET not in said and PASSWORD not in said)
    print(f"{checks} checks")


main()
