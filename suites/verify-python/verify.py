#!/usr/bin/env python3
"""Checks a bundle from its written format alone (docs/reference/bundle.md): form, signatures, chains, places in the log,
completeness, private fields, documents, and acts that their person signed. It does not decide again. This folder and Python's standard library are all it needs.

    verify.py --log-key VKEY [--witness VKEY]... [--witnesses-needed N] [--kept NOTE]... [--json] BUNDLE|-

Exit: 0 confirmed, 1 contradicted or not decidable, 2 wrong usage."""

import argparse
import hmac
import json
import sys
from collections import deque

import consent
from assertion import NoYes
from form import LINE, Malformed, digest, parse
from note import NOTE_MAX, BadNote, Checkpoint, Key, unbase64
from tree import consistent, holds, leaf_hash, root_of, sha256

LINE_MAX, BLOB_MAX, BLOBS_MAX = 8 << 20, 4 << 20, 64 << 20
STREAMS_MAX, PATH_MAX, FIELDS_MAX, FINDINGS_MAX, BACK_MAX = 100_000, 65, 1024, 100, 65_536
CONSISTENCIES_MAX, CLAIMS_MAX = 64, 6
UNDECIDABLE = {"witnesses_missing", "kept_not_shown", "completeness_not_shown", "erased"}


def u32(number):
    return number.to_bytes(4, "big")


def u64(number):
    return number.to_bytes(8, "big")


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
        self.mandates, self.drawn = set(), set()
        self.streams, self.claims, self.blobs, self.blob_bytes = {}, {}, {}, 0
        self.kept, self.consistencies, self.last_leaf, self.next_leaf, self.gap = [], 0, -1, 0, None
        self.heads, self.lately, self.last_of_task, self.erased = {}, deque(maxlen=BACK_MAX), -1, 0
        self.erased_by, self.passkeys, self.consented = {}, consent.Passkeys(), 0

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
        kind = self.header["what"][0]
        if kind == "log" or len(self.claims) >= CLAIMS_MAX or line["stream"] in self.claims:
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
        drawn = line["stream"] in self.mandates and line["stream"] in self.claims
        if not (is_control or kind == "log" or line["stream"] == task or drawn) or len(line["path"]) > PATH_MAX:
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
        if kind == "task" and event == "allocation.made" and line["stream"] == task:
            self.drawn.add(self.mandate_stream(data["mandate"]))
        if (commit is None) != (line["sealed"] is None):
            stream.broken = True
            self.add("unfit", "a commitment without a body, or a body without one", leaf=line["leaf"])
        elif line["opened"] is not None and not (commit and commits(commit, line["opened"])):
            self.add("body_changed", "the private fields are not those committed to", leaf=line["leaf"])
        elif commit and line["opened"] is None:
            self.erased += 1
        try:
            self.consented += consent.check(event, clear, line["opened"], None if is_control else line["stream"].hex(), self.passkeys)
        except NoYes as error:
            self.add("approval_forged", f"a person's signature does not hold: {error}", leaf=line["leaf"])
        if not is_control:
            return self.leftover(set()) if self.blobs else None
        self.control_event(event, data, line["leaf"], stream)

    def control_event(self, event, data, leaf, stream):
        self.passkeys.fold(event, data)
        if event == "control.erased" and len(self.erased_by) < BACK_MAX:
            self.erased_by.setdefault(data["task"], f"by {data['by']['person']}, {data['facts']['now']} microseconds after the beginning of 1970")
        if event == "control.person_erased":
            for task in data["tasks"][: BACK_MAX - len(self.erased_by)]:
                self.erased_by.setdefault(task, f"by {data['by']['person']}, {data['facts']['now']} microseconds after the beginning of 1970")
        if event == "control.expired":
            for one in data["tasks"][: BACK_MAX - len(self.erased_by)]:
                self.erased_by.setdefault(one["task"], f"by rule {data['rule']}, {data['facts']['now']} microseconds after the beginning of 1970")
        # what is proposed names its documents and tools in the statement that others sign
        change = data["statement"]["change"] if event == "control.proposed" else {}
        parts = list(change.values()) if isinstance(change, dict) else []
        named = [data, *(part for part in parts if isinstance(part, dict))]
        documents = [digest(one["digest"]) for part in named for one in part.get("documents", [])]
        given = [one for part in named for one in part.get("documents", []) if one["kind"] == "mandate"]
        self.mandates |= {self.mandate_stream(one["name"]) for one in given}
        for name in documents:
            if name not in self.blobs:
                self.add("document_missing", f"the document under digest {name.hex()} is missing", leaf=leaf)
                stream.broken = True
        self.leftover(set(documents) | {digest(tool["words"]) for part in named for tool in part.get("tools", [])})
        # a store that was put back goes on under a log of a later epoch
        if event == "control.opened" and self.log.name != data["origin"] and not self.log.name.startswith(data["origin"] + "/epoch/"):
            self.add("unfit", "the tenant's log is another one", leaf=leaf)
        if event == "control.heads":
            self.committed(leaf, data["count"], digest(data["root"]), data["size"])

    def mandate_stream(self, name):
        return sha256(b"bailiwick/mandate/1\0", self.header["tenant"], name.encode())[:16]

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
        elif id == self.header["what"][1]:
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
        kind = lambda id: 0 if id == self.control else 2 if id in self.mandates else 1
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
            for id in set(self.claims) - self.drawn - {task, self.control}:
                self.add("malformed", f"a head of stream {id.hex()}, which the bundle is not about")
            sizes += [self.stream_end(id, "a mandate") for id in self.drawn]
            if None not in sizes and self.last_of_task >= min(sizes):
                self.add("completeness_not_shown", "the task has events past the list of heads")
        for kept in self.kept:
            self.add("kept_not_shown", f"nothing shows that the log goes on from the checkpoint of {kept.size} leaves")
        if self.erased:
            by = self.erased_by.get(task.hex()) if kind == "task" else None
            why = f"were erased {by}" if by else "are erased or not shown"
            self.add("erased", f"private fields of {self.erased} events {why}")

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
        print(json.dumps({"answer": answer, "consented": verifier.consented, "events": verifier.events, "findings": verifier.findings[:FINDINGS_MAX], "findings_left_off": left_off}))
    else:
        print("Nothing is decided again here; acts that did not pass the gateway are outside of this proof.")
        for finding in verifier.findings[:FINDINGS_MAX]:
            print(f"line {finding['line']}: {finding['found']}: {finding['text']}")
        print(f"{verifier.events} events: {answer.replace('_', ' ')}")
    sys.exit(0 if answer == "confirmed" else 1)


if __name__ == "__main__":
    main()
