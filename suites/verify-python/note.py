"""Signed notes, checkpoints and cosignatures (C2SP)."""

import base64
import binascii
import re

from ed25519 import point, signed
from tree import sha256

NOTE_MAX, LEAVES_MAX = 64 << 10, (1 << 63) - 1


class BadNote(Exception):
    """A key or a checkpoint that does not count."""


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
        try:
            point(self.public)
        except ValueError as error:
            raise BadNote(str(error)) from None


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
