#!/usr/bin/env python3
"""The cases of vectors/passkey/assertion.json and sheet.json, and yeses that were spoilt anywhere. Exit 0 as expected, 1 not."""

import hashlib
import json
import pathlib
import sys

import assertion
import ed25519
import p256

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "vectors/passkey/assertion.json"


def answer(case, **spoilt):
    given = {**case["given"], **spoilt}
    passkey = {"id": case.get("passkey", case["given"]["id"]), "key": case["key"]}
    try:
        assertion.check(case["statement"].encode(), given, passkey, case["rp_id"], case["origins"])
    except assertion.NoYes as no:
        return no.args[0]
    return "good"


def on_sheet(case):
    try:
        signed = assertion.signed_bytes(case["statement"].encode(), case["sheet"])
    except assertion.NoYes as no:
        return no.args[0]
    return "good" if assertion.encoded(hashlib.sha256(signed).digest()) == case["challenge"] else "another challenge"


def wrong():
    for case in json.loads(VECTORS.with_name("sheet.json").read_text())["cases"]:
        if (said := on_sheet(case)) != case["expect"]:
            yield f"sheet {case['n']}, {case['name']}: {said}, expected {case['expect']}"
    cases = json.loads(VECTORS.read_text())["cases"]
    for case in cases:
        if (said := answer(case)) != case["expect"]:
            yield f"case {case['n']}, {case['name']}: {said}, expected {case['expect']}"
    for case in cases[:3]:
        for part, text in case["given"].items():
            # one character in each stretch of 16, and the last
            for at in {*range(0, len(text), 16), len(text) - 1}:
                other = text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :]
                if answer(case, **{part: other}) == "good":
                    yield f"{case['name']}: `{part}` may be another at {at}"
    # a key and a commitment that add nothing: the equation would hold
    neutral = bytes([1]) + bytes(31)
    try:
        assertion.signer({"kty": "OKP", "crv": "Ed25519", "x": assertion.encoded(neutral)})
        yield "a key of small order is read"
    except assertion.NoYes:
        pass
    key = assertion.decoded("04BUvfdA1yXCR4Z9ZSyUR2kv0vqmV2xZfGw7E9Ua0zQ")
    rest = bytes.fromhex("383bef11bbdb50d43f43bed947add1dfba8ccb116d1f7a9af88b9ff63958cf0e")
    if ed25519.signed(key, b"message", neutral + rest):
        yield "a commitment of small order is taken"
    # FIPS 186-5: the order of the curve, and numbers at the edge of what a signature holds
    if p256.times(p256.N, p256.BASE) is not p256.NOWHERE:
        yield "the base has another order"
    if p256.times(p256.N - 1, p256.BASE) != (p256.BASE[0], p256.P - p256.BASE[1]):
        yield "the base taken once less is not its opposite"
    for der in ("3006020100020101", "3006020101020100", "30060201ff020101", "300702020001020101", "3006020101020101ff", "3003020101", "", "30"):
        if p256.signed(p256.BASE, b"message", bytes.fromhex(der)):
            yield f"a signature that is none: {der}"


if __name__ == "__main__":
    found = list(wrong())
    print("\n".join(found) or "every yes is confirmed, every other is refused by name")
    sys.exit(1 if found else 0)
