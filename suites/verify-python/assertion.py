"""Whether a person's passkey signed a statement (WebAuthn level 3, 7.2), from the standards alone."""

import base64
import binascii
import hashlib
import json
import re

import ed25519
import p256
from form import Malformed, no_doubles, no_float

SHEET_MAX = 10
CLIENT_DATA_MAX, AUTH_DATA_BYTES = 8 << 10, 37
PRESENT, VERIFIED, MAY_BE_BACKED_UP, BACKED_UP, MORE = 1, 4, 8, 16, 64 | 128
# a DigestInfo of SHA-256, up to the digest (RFC 8017, 9.2, note 1)
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class NoYes(Exception):
    """Not a person's yes to the statement; the first argument is the name that the vectors have for it."""


def decoded(text, name="not_base64"):
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise NoYes(name)
    try:
        made = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise NoYes(name) from None
    # one value, one text: no stray bits in the last character
    if encoded(made) != text:
        raise NoYes(name)
    return made


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def rs256(modulus, message, signature):
    """RFC 8017, 8.2.2, with the padding made anew and compared whole; the exponent is 65,537."""
    size, opened = len(modulus), int.from_bytes(signature, "big")
    if len(signature) != size or opened >= int.from_bytes(modulus, "big"):
        return False
    tail = b"\0" + SHA256_INFO + hashlib.sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (size - 2 - len(tail)) + tail
    return pow(opened, 65537, int.from_bytes(modulus, "big")) == int.from_bytes(padded, "big")


def signer(jwk):
    """What checks a message and a signature under the key."""
    if not isinstance(jwk, dict) or {"d", "k", "p", "q"} & set(jwk):
        raise NoYes("key")
    read = {name: decoded(jwk[name], "key") for name in ("x", "y", "n", "e") if name in jwk}
    try:
        match (jwk.get("kty"), jwk.get("crv")):
            case ("EC", "P-256"):
                public = p256.point(read["x"], read["y"])
                return lambda message, signature: p256.signed(public, message, signature)
            case ("OKP", "Ed25519") if len(read["x"]) == 32:
                public = ed25519.point(read["x"])
                if ed25519.same_point(ed25519.times(8, public), ed25519.times(0, public)):
                    raise NoYes("key")
                return lambda message, signature: ed25519.signed(read["x"], message, signature)
            case ("RSA", None) if read["e"] == b"\1\0\1" and 256 <= len(read["n"]) <= 512:
                if read["n"][0] >= 0x80 and read["n"][-1] & 1:
                    return lambda message, signature: rs256(read["n"], message, signature)
    except (KeyError, ValueError):
        pass
    raise NoYes("key")


def check_client_data(data, statement, origins):
    """7.2, steps 8 to 14."""
    if len(data) > CLIENT_DATA_MAX:
        raise NoYes("form")
    try:
        # members to come may hold any number; what is none in JSON is refused
        told = json.loads(data.decode(), object_pairs_hook=no_doubles, parse_constant=no_float)
    except (Malformed, ValueError, RecursionError):
        raise NoYes("form") from None
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("type", "challenge", "origin")):
        raise NoYes("form")
    if told["type"] != "webauthn.get":
        raise NoYes("other_type")
    if told["challenge"] != encoded(hashlib.sha256(statement).digest()):
        raise NoYes("other_challenge")
    if told["origin"] not in origins:
        raise NoYes("other_origin")
    if not isinstance(told.get("crossOrigin", False), bool):
        raise NoYes("form")
    if told.get("crossOrigin", False) or "topOrigin" in told:
        raise NoYes("framed")


def check_auth_data(data, rp_id):
    """6.1, and 7.2, steps 15 to 18."""
    if len(data) < AUTH_DATA_BYTES:
        raise NoYes("form")
    flags = data[32]
    whole = len(data) > AUTH_DATA_BYTES if flags & MORE else len(data) == AUTH_DATA_BYTES
    if not whole or (flags & BACKED_UP and not flags & MAY_BE_BACKED_UP):
        raise NoYes("form")
    if data[:32] != hashlib.sha256(rp_id.encode()).digest():
        raise NoYes("other_site")
    if not flags & PRESENT:
        raise NoYes("not_present")
    if not flags & VERIFIED:
        raise NoYes("not_verified")


def check(statement, assertion, passkey, rp_id, origins):
    """Raises NoYes unless `passkey` (an object with `id` and `key`, a JWK) signed exactly these bytes of a statement."""
    if assertion["id"] != passkey["id"]:
        raise NoYes("other_passkey")
    holds = signer(passkey["key"])
    client_data, auth_data, signature = (decoded(assertion[name]) for name in ("client_data", "authenticator_data", "signature"))
    check_client_data(client_data, statement, origins)
    check_auth_data(auth_data, rp_id)
    if not holds(auth_data + hashlib.sha256(client_data).digest(), signature):
        raise NoYes("bad_signature")


def signed_bytes(statement, sheet=None):
    """What was signed of a statement: it, or the sheet on which it stands once with others."""
    if sheet is None:
        return statement
    if not isinstance(sheet, dict) or set(sheet) != {"statements", "type"} or sheet["type"] != "bailiwick/sheet/1":
        raise NoYes("not_on_sheet")
    listed = sheet["statements"]
    if not 1 <= len(listed) <= SHEET_MAX or len(set(listed)) != len(listed):
        raise NoYes("not_on_sheet")
    if hashlib.sha256(statement).hexdigest() not in listed:
        raise NoYes("not_on_sheet")
    # hexadecimal digits and one word: this is RFC 8785 form
    return json.dumps(sheet, sort_keys=True, separators=(",", ":")).encode()
