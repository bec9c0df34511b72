"""Acts that a person signed: the statement, what was shown, and the passkey that the log names as theirs."""

import hashlib
import json
import urllib.parse

import assertion
from assertion import NoYes

ACTS = {"close", "close_breaker", "confirm", "declassify", "renew", "settle", "start", "widen"}
# What was shown of these stands in the clear.
OPEN = {"control.breaker_closed", "control.glass_closed"}
FIELDS = {"act", "epoch", "nonce", "not_after", "origin", "person", "shown", "task", "type"}


def canonical(value):
    """RFC 8785 form of what has short ASCII names and no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def act_of(event, data):
    """Which act an event may be signed as; None of all others."""
    if event == "task.amended":
        change = data.get("change")
        return "confirm" if change is None else {"widened": "widen", "renewed": "renew"}.get(next(iter(change)))
    if event == "action.ended":
        return "settle" if data["by"] else None
    if event == "control.breaker_closed":
        return "close_breaker" if data["by"] else None
    return {"task.started": "start", "control.glass_closed": "close", "label.lowered": "declassify"}.get(event)


class Passkeys:
    """Those that stand, and the epoch and origin of the log, as the control stream says."""

    def __init__(self):
        self.of, self.epoch, self.origin, self.used = {}, None, None, {}

    def use(self, stream, statement, at):
        """Whether a statement was not used before in its stream. Time never falls there, so what has run out cannot come again."""
        before = {text: until for text, until in self.used.get(stream, {}).items() if at < until}
        text = canonical(statement)
        self.used[stream] = {**before, text: statement["not_after"]}
        return text not in before

    def fold(self, event, data):
        if event in ("control.opened", "control.restored"):
            self.epoch, self.origin = data["epoch"], data["origin"]
        if event == "control.enrolled":
            self.of.setdefault(data["by"]["person"], {})[data["passkey"]["id"]] = data["passkey"]
        if event == "control.unenrolled":
            self.of.get(data["person"], {}).pop(data["id"], None)
        for kind, name in data.get("removed", []) if event == "control.applied" else []:
            if kind == "person":
                self.of.pop(name, None)


def shown(event, data, opened):
    """The bytes of what was shown; None where they are not there."""
    if event in OPEN:
        return canonical(data["shown"]) if "shown" in data else None
    fields = {field["pointer"]: field["value"] for field in opened or []}
    if event == "action.ended":
        kept = json.loads(fields["result"]) if "result" in fields else None
        return canonical(kept["shown"]) if isinstance(kept, dict) and "shown" in kept else None
    return fields["shown"].encode() if "shown" in fields else None


def of_site(origin, site):
    at = urllib.parse.urlsplit(origin)
    host = at.hostname or ""
    under = host == site or host.endswith("." + site)
    machine = site == "localhost" or site.endswith(".localhost")
    return under and (at.scheme == "https" or at.scheme == "http" and machine)


def check(event, clear, opened, task, passkeys):
    """Whether a person's act is signed, and by them; False where nothing says that it is. Raises NoYes."""
    data = clear["data"]
    act = act_of(event, data)
    if act is None:
        return False
    signed, how = data.get("signed"), data["by"]["assurance"]
    says = how in ("passkey", "fido2")
    if signed is None:
        if says:
            raise NoYes("it says that it was signed, and is not")
        if how not in ("local", "software"):
            raise NoYes("nothing less than a signature is consent, but at the node's own socket")
        return False
    statement, person = signed["statement"], data["by"]["person"]
    if set(statement) != FIELDS or statement["type"] != "bailiwick/consent/1" or statement["act"] not in ACTS:
        raise NoYes("the statement is none of a consent")
    if not says or statement["person"] != person or statement["act"] != act or task not in (None, statement["task"]):
        raise NoYes("the statement is of another act or person")
    if act == "close_breaker" and statement["task"] is not None:
        raise NoYes("the statement is of a task, and the act is none of one")
    if (statement["epoch"], statement["origin"]) != (passkeys.epoch, passkeys.origin) or clear["at"] >= statement["not_after"]:
        raise NoYes("the statement is of another log or time")
    what = shown(event, data, opened)
    if what is None and (opened is not None or event in OPEN):
        raise NoYes("what was shown is not there, though it is said to be signed")
    if what is not None and hashlib.sha256(what).hexdigest() != statement["shown"]:
        raise NoYes("what stands as shown is not what was signed")
    passkey = passkeys.of.get(person, {}).get(signed["assertion"]["id"])
    if passkey is None:
        raise NoYes(f"the log names no such passkey of {person}")
    try:
        origin = json.loads(assertion.decoded(signed["assertion"]["client_data"]))["origin"]
        if not of_site(origin, passkey["site"]):
            raise NoYes(f"it was signed at a page that is none of {passkey['site']}")
        assertion.check(canonical(statement), signed["assertion"], passkey, passkey["site"], [origin])
    except (KeyError, TypeError, ValueError) as error:
        raise NoYes("the signature has not the form of one") from error
    if not passkeys.use(task, statement, clear["at"]):
        raise NoYes("what was signed was used before: it counts once")
    return True
