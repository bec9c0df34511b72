#!/usr/bin/env python3
"""Checks a bundle from its written format alone (docs/reference/bundle.md): form, signatures, chains, places in the log,
completeness, private fields and documents. It does not decide again. Python's standard library is all it needs.

    verify.py --log-key VKEY [--witness VKEY]... [--witnesses-needed N] [--kept NOTE]... [--json] BUNDLE|-

Exit: 0 confirmed, 1 contradicted or not decidable, 2 wrong usage."""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
from collections import deque

LINE_MAX, BLOB_MAX, BLOBS_MAX, NOTE_MAX = 8 << 20, 4 << 20, 64 << 20, 64 << 10
STREAMS_MAX, PATH_MAX, FIELDS_MAX, FINDINGS_MAX, BACK_MAX = 100_000, 65, 1024, 100, 65_536
CONSISTENCIES_MAX, LEAVES_MAX = 64, (1 << 63) - 1
UNDECIDABLE = {"unreadable", "witnesses_missing", "kept_not_shown", "completeness_not_shown", "erased"}


class Malformed(Exception):
    """A line that is not one of a bundle."""


class BadNote(Exception):
    """A key or a checkpoint that does not count."""


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


# Ed25519 (RFC 8032, 5.1), for checking only: slow, and nothing here is secret.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        raise BadNote("not a point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        raise BadNote("not a point of the curve")
    return extended(P - x if x & 1 != sign else x, y)


def extended(x, y):
    return (x, y, 1, x * y % P)


def plus(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, p):
    q = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            q = plus(q, p)
        p, scalar = plus(p, p), scalar >> 1
    return q


BASE = point(u32(0x58666666) + b"\x66" * 28)


def same_point(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def signed(public, message, signature):
    if len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    try:
        a, r = point(public), point(signature[:32])
    except BadNote:
        return False
    # A key or a commitment of small order would let one signature stand for many messages.
    if same_point(times(8, a), times(0, a)) or same_point(times(8, r), times(0, r)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return same_point(times(s, BASE), plus(r, times(k, a)))


# Signed notes, checkpoints, cosignatures (C2SP).
def unbase64(text, error):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error from None


class Key:
    def __init__(self, text):
        parts = text.split("+", 2)
        if len(text) > 512 or len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise BadNote("expected a key as `name+id+base64`")
        body = unbase64(parts[2], BadNote("the key is not base64"))
        if len(body) != 33 or body[0] not in (1, 4):
            raise BadNote("only Ed25519 keys of logs and witnesses are read")
        self.text, self.name, self.kind, self.public = text, parts[0], body[0], body[1:]
        self.id = sha256(self.name.encode(), b"\n", body)[:4]
        if self.id.hex() != parts[1]:
            raise BadNote("the id is not that of the key")
        point(self.public)


class Checkpoint:
    def __init__(self, note):
        if len(note.encode()) > NOTE_MAX or any(ord(c) < 0x20 and c != "\n" for c in note):
            raise BadNote("not a signed note")
        text, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise BadNote("not a signed note")
        self.text, self.lines = text + "\n", [self.line(line) for line in lines[:-1].split("\n")]
        parts = text.split("\n")
        if len(self.lines) > 32 or len(parts) != 3 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", parts[1]):
            raise BadNote("not a checkpoint")
        self.origin, self.size = parts[0], int(parts[1])
        self.root = unbase64(parts[2], BadNote("the root is not base64"))
        if len(self.root) != 32 or self.size > LEAVES_MAX:
            raise BadNote("not a checkpoint")

    @staticmethod
    def line(line):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
            raise BadNote("not a signature line")
        body = unbase64(parts[2], BadNote("a signature is not base64"))
        if len(body) < 5:
            raise BadNote("a signature is too short")
        return parts[1], body[:4], body[4:]

    def of(self, key):
        return [body for name, id, body in self.lines if (name, id) == (key.name, key.id)]

    def check(self, log):
        lines = self.of(log)
        if log.kind != 1 or self.origin != log.name or not lines:
            raise BadNote("the key given did not sign this checkpoint")
        if not all(signed(log.public, self.text.encode(), line) for line in lines):
            raise BadNote("a signature on the checkpoint does not hold")

    def witnessed(self, witness):
        if witness.kind != 4:
            raise BadNote("a log's key is no witness's")
        times_said = []
        for line in self.of(witness):
            said = int.from_bytes(line[:8], "big")
            message = f"cosignature/v1\ntime {said}\n{self.text}".encode()
            if len(line) != 72 or said >= 1 << 63 or not signed(witness.public, message, line[8:]):
                raise BadNote("a signature of a witness does not hold")
            times_said.append(said)
        return max(times_said, default=None)


# The tree (RFC 6962, checked as RFC 9162 says).
def leaf_hash(entry):
    return sha256(b"\0", entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def levels(index, size):
    inner = (index ^ (size - 1)).bit_length()
    return inner, bin(index >> inner).count("1")


def holds(leaf, index, size, root, path):
    if index >= size:
        return False
    inner, border = levels(index, size)
    if len(path) != inner + border:
        return False
    for level, other in enumerate(path):
        left = level >= inner or index >> level & 1
        leaf = node_hash(other, leaf) if left else node_hash(leaf, other)
    return leaf == root


def consistent(old, old_root, new, new_root, path):
    if old == new or old == 0:
        return not path and old_root == (new_root if old == new else sha256())
    inner, border = levels(old - 1, new)
    shift = (old & -old).bit_length() - 1
    inner -= shift
    if old & (old - 1) == 0:
        path = [old_root] + path
    if len(path) != 1 + inner + border:
        return False
    place, one, other = (old - 1) >> shift, path[0], path[0]
    for level, hash in enumerate(path[1:]):
        if level >= inner or place >> level & 1:
            one, other = node_hash(hash, one), node_hash(hash, other)
        else:
            other = node_hash(other, hash)
    return one == old_root and other == new_root


def root_of(leaves):
    while len(leaves) > 1:
        joined = [node_hash(*leaves[i : i + 2]) for i in range(0, len(leaves) - 1, 2)]
        leaves = joined + leaves[len(joined) * 2 :]
    return leaves[0] if leaves else sha256()


# The form: every field is named with its kind; a `?` may be absent. A callable reads the value.
def digest(value):
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise Malformed("expected a digest")
    return bytes.fromhex(value)


def id16(value):
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{32}", value):
        raise Malformed("expected an id")
    return bytes.fromhex(value)


def number(value):
    if type(value) is not int or not 0 <= value < 1 << 64:
        raise Malformed("expected a number")
    return value


def kind_number(value):
    if type(value) is not int or not -(1 << 31) <= value < 1 << 31:
        raise Malformed("expected the number of a kind")
    return value


def text(value):
    if not isinstance(value, str):
        raise Malformed("expected a text")
    return value


def list_of(read):
    def reader(value):
        if not isinstance(value, list):
            raise Malformed("expected a list")
        return [read(item) for item in value]

    return reader


def record(**fields):
    def reader(value):
        if not isinstance(value, dict):
            raise Malformed("expected an object")
        names = {name.rstrip("_"): read for name, read in fields.items()}
        if unknown := set(value) - set(names):
            raise Malformed(f"unknown field {sorted(unknown)[0]!r}")
        needed = {name for name in fields if not name.endswith("_")}
        if missing := needed - set(value):
            raise Malformed(f"field {sorted(missing)[0]!r} is missing")
        return {name: read(value[name]) if value.get(name) is not None or name in needed else None for name, read in names.items()}

    return reader


def one_of(**kinds):
    def reader(value):
        if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in kinds:
            raise Malformed("expected one of " + ", ".join(kinds))
        kind = next(iter(value))
        return kind, kinds[kind](value[kind])

    return reader


def what(value):
    return ("log", None) if value == "log" else one_of(task=id16)(value)


HEAD = record(stream=id16, kind=kind_number, head=number, hash=digest)
PLACED = record(head=HEAD, index=number, path=list_of(digest))
LINE = one_of(
    bundle=record(checkpoint=text, exported_at=number, format=text, log_key=text, origin=text, tenant=id16, what=what),
    consistency=record(**{"from": number, "path": list_of(digest), "to": number}),
    head=record(heads=number, proof=one_of(present=PLACED, absent=record(before_=PLACED, after_=PLACED)), stream=id16),
    blob=record(bytes=text, digest=digest),
    event=record(
        clear=text,
        leaf=number,
        opened_=list_of(record(blind=digest, pointer=text, value=text)),
        path=list_of(digest),
        sealed_=digest,
        seq=number,
        stream=id16,
    ),
)


def no_doubles(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise Malformed("a key stands twice")
    return dict(pairs)


def no_float(_):
    raise Malformed("a number that is not whole")


def parse(line):
    try:
        return json.loads(line.decode(), object_pairs_hook=no_doubles, parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def head_leaf(head):
    kind = head["kind"].to_bytes(4, "big", signed=True)
    return leaf_hash(b"bailiwick/head/1\0" + head["stream"] + kind + u64(head["head"]) + head["hash"])


def commits(commit, opened):
    names = [field["pointer"].encode() for field in opened]
    if not 0 < len(opened) <= FIELDS_MAX or any(a >= b for a, b in zip(names, names[1:])):
        return False
    made = [b"bailiwick/commit/1\0", u32(len(opened))]
    for name, field in zip(names, opened):
        made += [u32(len(name)), name, hmac.digest(field["blind"], field["value"].encode(), "sha256")]
    return sha256(*made) == commit


class Stream:
    def __init__(self):
        self.seq, self.hash, self.broken, self.due = 0, bytes(32), False, None


class Verifier:
    def __init__(self, log, witnesses, needed, kept):
        self.log, self.witnesses, self.needed, self.kept_notes = log, witnesses, needed, kept
        self.findings, self.number, self.header, self.events = [], 0, None, 0
        self.streams, self.claims, self.blobs, self.blob_bytes = {}, {}, {}, 0
        self.kept, self.consistencies, self.last_leaf, self.next_leaf, self.gap = [], 0, -1, 0, None
        self.heads, self.lately, self.last_of_task, self.erased = {}, deque(maxlen=BACK_MAX), -1, 0

    def add(self, found, says, **where):
        self.findings.append({"found": found, "line": self.number, "text": says, **where})

    def run(self, file):
        """Answers when there is no more to read, or no sense in reading on."""
        try:
            while line := file.readline(LINE_MAX + 1):
                self.number += 1
                if not line.endswith(b"\n"):
                    raise Malformed("the line is too long" if len(line) > LINE_MAX else "the last line is cut off")
                self.take(*LINE(parse(line[:-1])))
            if self.header is None:
                raise Malformed("the bundle is empty")
        except Malformed as error:
            return self.add("malformed", str(error))
        except BadNote as error:
            return self.add("checkpoint_forged", str(error))
        self.end()

    def take(self, kind, line):
        if (kind == "bundle") != (self.header is None):
            raise Malformed("a bundle has one header, and it comes first")
        if kind in ("consistency", "head") and self.streams:
            raise Malformed("proofs come before the first event")
        getattr(self, kind)(line)

    def bundle(self, line):
        if line["format"] != "bailiwick-bundle/1":
            raise Malformed("another format")
        checkpoint = Checkpoint(line["checkpoint"])
        checkpoint.check(self.log)
        if checkpoint.origin != line["origin"]:
            raise Malformed("the header names another log than the checkpoint")
        # The name of a witness is not signed, so one public key is one witness.
        given = {witness.public: witness for witness in reversed(self.witnesses)}.values()
        seen = sum(checkpoint.witnessed(witness) is not None for witness in given)
        if seen < self.needed:
            self.add("witnesses_missing", f"{seen} witnesses signed, {self.needed} were asked for")
        self.header, self.size, self.root = line, checkpoint.size, checkpoint.root
        self.control = sha256(b"bailiwick/control/1\0", line["tenant"])[:16]
        for note in self.kept_notes:
            try:
                kept = Checkpoint(note)
                kept.check(self.log)
            except BadNote as error:
                self.add("kept_not_shown", f"a checkpoint that was kept is not of this log: {error}")
                continue
            if kept.size == self.size:
                self.goes_on(kept.root == self.root, kept.size)
            else:
                self.kept.append(kept)

    def goes_on(self, yes, size):
        if not yes:
            self.add("log_rewritten", f"the log does not go on from the checkpoint of {size} leaves")

    def consistency(self, line):
        self.consistencies += 1
        if self.consistencies > CONSISTENCIES_MAX or len(line["path"]) > PATH_MAX:
            raise Malformed("too many proofs")
        for kept in [kept for kept in self.kept if sorted((kept.size, self.size)) == [line["from"], line["to"]]]:
            self.kept.remove(kept)
            old, new = sorted(((kept.size, kept.root), (self.size, self.root)))
            self.goes_on(consistent(*old, *new, line["path"]), kept.size)

    def head(self, line):
        kind, task = self.header["what"]
        if kind == "log" or line["stream"] not in (task, self.control) or line["stream"] in self.claims:
            raise Malformed("a head of another stream, or a second one")
        claimed = line["proof"][1]["head"] if line["proof"][0] == "present" else None
        self.claims[line["stream"]] = {**line, "claimed": claimed, "size": None, "reached": False, "after": None, "failed": False}

    def blob(self, line):
        data = unbase64(line["bytes"], Malformed("a blob is not base64"))
        self.blob_bytes += len(data)
        if len(data) > BLOB_MAX or self.blob_bytes > BLOBS_MAX:
            raise Malformed("the blobs of one event are too large")
        if sha256(data) != line["digest"]:
            return self.add("own_document", f"the bytes under digest {line['digest'].hex()} are others")
        self.blobs[line["digest"]] = data

    def leftover(self, named):
        for name in set(self.blobs) - named:
            self.add("own_document", f"no event of the log names the bytes under digest {name.hex()}")
        self.blobs, self.blob_bytes = {}, 0

    def event(self, line):
        kind, task = self.header["what"]
        is_control = line["stream"] == self.control
        if not (is_control or kind == "log" or line["stream"] == task) or len(line["path"]) > PATH_MAX:
            raise Malformed("an event of another stream, or with too long a path")
        if line["stream"] not in self.streams and len(self.streams) >= STREAMS_MAX:
            raise Malformed("too many streams")
        stream = self.streams.setdefault(line["stream"], Stream())
        if not self.placed(line, stream, kind):
            if is_control:
                self.blobs, self.blob_bytes = {}, 0
            return
        self.events += 1
        try:
            clear = parse(line["clear"].encode())
            commit = digest(clear["commit"]) if "commit" in clear else None
            data, event = clear["data"], clear["kind"]
        except (Malformed, KeyError, TypeError):
            stream.broken = True
            return self.add("unfit", "the event cannot be read", leaf=line["leaf"])
        if (commit is None) != (line["sealed"] is None):
            stream.broken = True
            self.add("unfit", "a commitment without a body, or a body without one", leaf=line["leaf"])
        elif line["opened"] is not None and not (commit and commits(commit, line["opened"])):
            self.add("body_changed", "the private fields are not those committed to", leaf=line["leaf"])
        elif commit and line["opened"] is None:
            self.erased += 1
        if not is_control:
            return self.leftover(set()) if self.blobs else None
        self.control_event(event, data, line["leaf"], stream)

    def control_event(self, event, data, leaf, stream):
        documents = [digest(named["digest"]) for named in data.get("documents", [])]
        for name in documents:
            if name not in self.blobs:
                self.add("document_missing", f"the document under digest {name.hex()} is missing", leaf=leaf)
                stream.broken = True
        self.leftover(set(documents) | {digest(tool["words"]) for tool in data.get("tools", [])})
        if event == "control.opened" and data["origin"] != self.log.name:
            self.add("unfit", "the tenant's log is another one", leaf=leaf)
        if event == "control.heads":
            self.committed(leaf, data["count"], digest(data["root"]), data["size"])

    def placed(self, line, stream, kind):
        leaf, seq = line["leaf"], line["seq"]
        where = {"leaf": leaf, "seq": seq, "stream": line["stream"].hex()}
        if leaf <= self.last_leaf:
            if self.gap and self.gap["leaf"] == leaf:
                self.gap = None
            stream.broken, stream.due = True, None
            return self.add("events_swapped", f"leaf {leaf} comes after a later one", **where)
        if kind == "log" and leaf != self.next_leaf and not self.gap:
            self.gap = {"found": "event_removed", "line": self.number, "leaf": self.next_leaf, "text": f"leaf {self.next_leaf} is missing"}
        self.last_leaf, self.next_leaf = leaf, leaf + 1
        if stream.due and stream.due["seq"] == seq:
            stream.due = None
            return self.add("events_swapped", f"event {seq} comes after one that followed it", **where)
        if stream.broken:
            return False
        due = stream.seq + 1
        if seq > due:
            stream.broken = True
            stream.due = {"found": "event_removed", "line": self.number, **where, "seq": due, "text": f"event {due} is missing"}
            return False
        if seq < due:
            stream.broken = True
            return self.add("events_swapped", f"event {seq} comes again or too late", **where)
        clear = line["clear"].encode()
        made = sha256(
            b"bailiwick/event/1\0", self.header["tenant"], line["stream"], u64(seq), stream.hash, u32(len(clear)), clear,
            line["sealed"] or bytes(32),
        )
        if not holds(leaf_hash(made), leaf, self.size, self.root, line["path"]):
            stream.broken = True
            return self.add("event_changed", f"event {seq} is not the one at leaf {leaf} of the log", **where)
        self.moved(line["stream"], seq, leaf, made, kind, where)
        stream.seq, stream.hash = seq, made
        return True

    def moved(self, id, seq, leaf, made, kind, where):
        if kind == "log":
            self.lately.append((leaf, id, self.heads.get(id)))
            self.heads[id] = (seq, made)
        elif id != self.control:
            self.last_of_task = leaf
        if claim := self.claims.get(id):
            head = claim["claimed"] or {"head": 0}
            if seq == head["head"] + 1:
                claim["after"] = leaf
            if seq == head["head"]:
                claim["reached"] = True
                if head["hash"] != made:
                    claim["failed"] = True
                    self.add("heads_forged", f"the list of heads has another event {seq}", **where)

    def committed(self, leaf, count, root, size):
        if size > leaf:
            self.add("heads_forged", "the list of heads is of a larger log", leaf=leaf)
        for id, claim in self.claims.items():
            if claim["heads"] == leaf:
                if self.shown(id, claim["proof"], count, root):
                    claim["size"] = size
                else:
                    claim["failed"] = True
                    self.add("heads_forged", "what is shown of the list of heads does not hold", leaf=leaf)
        if self.header["what"][0] != "log" or self.gap:
            return
        then = dict(self.heads)
        for at, id, before in reversed(self.lately):
            if at < size:
                break
            if before:
                then[id] = before
            else:
                del then[id]
        else:
            if len(self.lately) == BACK_MAX:
                return self.add("completeness_not_shown", "the list of heads is too old", leaf=leaf)
        kind = lambda id: 0 if id == self.control else 1
        heads = [{"stream": id, "kind": kind(id), "head": then[id][0], "hash": then[id][1]} for id in sorted(then)]
        if len(heads) != count:
            self.add("stream_hidden", f"the list of heads has {count} streams, the log had {len(heads)}", leaf=leaf)
        elif root_of([head_leaf(head) for head in heads]) != root:
            self.add("heads_forged", "the list of heads is not that of the log", leaf=leaf)

    @staticmethod
    def shown(id, proof, count, root):
        kind, given = proof
        one = lambda placed: len(placed["path"]) <= PATH_MAX and holds(head_leaf(placed["head"]), placed["index"], count, root, placed["path"])
        if kind == "present":
            return given["head"]["stream"] == id and one(given)
        before, after = given["before"], given["after"]
        if before and not (before["head"]["stream"] < id and one(before)) or after and not (id < after["head"]["stream"] and one(after)):
            return False
        return (before["index"] + 1 if before else 0) == (after["index"] if after else count)

    def end(self):
        self.leftover(set())
        self.findings += [stream.due for stream in self.streams.values() if stream.due]
        if self.gap:
            self.findings.append(self.gap)
        kind, task = self.header["what"]
        if kind == "log" and self.next_leaf != self.size:
            self.add("stream_truncated", f"the log has {self.size} leaves, the bundle ends before leaf {self.next_leaf}")
        if kind == "task":
            sizes = [self.stream_end(self.control, "the control stream"), self.stream_end(task, "the task")]
            if None not in sizes and self.last_of_task >= min(sizes):
                self.add("completeness_not_shown", "the task has events past the list of heads")
        for kept in self.kept:
            self.add("kept_not_shown", f"nothing shows that the log goes on from the checkpoint of {kept.size} leaves")
        if self.erased:
            self.add("erased", f"private fields of {self.erased} events are erased or not shown")

    def stream_end(self, id, word):
        stream, claim = self.streams.get(id, Stream()), self.claims.get(id)
        if claim is None:
            hidden = stream.seq == 0 and not stream.broken
            self.add("stream_hidden" if hidden else "completeness_not_shown", f"nothing shows where {word} ends")
        elif not stream.broken and not claim["failed"]:
            head = claim["claimed"]["head"] if claim["claimed"] else 0
            if head and not claim["reached"]:
                self.add("stream_truncated" if stream.seq else "stream_hidden", f"{word} has {head} events, {stream.seq} are shown")
            elif claim["size"] is None:
                self.add("heads_forged", f"the list of heads at leaf {claim['heads']} is not in the bundle")
            elif claim["after"] is not None and claim["after"] < claim["size"]:
                self.add("heads_forged" if head else "stream_hidden", f"the list of heads leaves out event {head + 1} of {word}")
            else:
                return claim["size"]
        return None

    def answer(self):
        if all(finding["found"] in UNDECIDABLE for finding in self.findings):
            return "not_decidable" if self.findings else "confirmed"
        return "contradicted"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log-key", required=True)
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("--witnesses-needed", type=int, default=0)
    parser.add_argument("--kept", action="append", default=[], help="a file with a checkpoint that was kept")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("bundle")
    given = parser.parse_args()
    try:
        log, witnesses = Key(given.log_key), [Key(witness) for witness in given.witness]
        kept = [open(path, encoding="utf-8", newline="").read(NOTE_MAX + 1) for path in given.kept]
        file = sys.stdin.buffer if given.bundle == "-" else open(given.bundle, "rb")
    except (BadNote, OSError, ValueError) as error:
        parser.error(str(error))
    verifier = Verifier(log, witnesses, given.witnesses_needed, kept)
    verifier.run(file)
    answer = verifier.answer()
    if given.json:
        left_off = max(0, len(verifier.findings) - FINDINGS_MAX)
        print(json.dumps({"answer": answer, "events": verifier.events, "findings": verifier.findings[:FINDINGS_MAX], "findings_left_off": left_off}))
    else:
        print("Nothing is decided again here; acts that did not pass the gateway are outside of this proof.")
        for finding in verifier.findings[:FINDINGS_MAX]:
            print(f"line {finding['line']}: {finding['found']}: {finding['text']}")
        print(f"{verifier.events} events: {answer.replace('_', ' ')}")
    sys.exit(0 if answer == "confirmed" else 1)


if __name__ == "__main__":
    main()
