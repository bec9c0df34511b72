"""The form of a bundle's lines: every field is named with its kind; one that ends in `_` may be absent. A callable reads the
value."""

import json
import re


class Malformed(Exception):
    """A line that is not one of a bundle."""


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
