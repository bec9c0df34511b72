"""ECDSA on P-256 (FIPS 186-5, 6.4.2), for checking only: slow, and nothing here is secret."""

import hashlib

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
A = -3
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# the point that adds nothing
NOWHERE = None


def point(x, y):
    """A point from its two numbers of 32 bytes. The curve has no other points of small order, so this is all there is to check."""
    if len(x) != 32 or len(y) != 32:
        raise ValueError("a number of another length")
    x, y = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    if x >= P or y >= P or (y * y - (x * x * x + A * x + B)) % P:
        raise ValueError("not a point of the curve")
    return x, y


def plus(p, q):
    if p is NOWHERE or q is NOWHERE:
        return q if p is NOWHERE else p
    (x1, y1), (x2, y2) = p, q
    if x1 == x2 and (y1 + y2) % P == 0:
        return NOWHERE
    if p == q:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P)
    x3 = (slope * slope - x1 - x2) % P
    return x3, (slope * (x1 - x3) - y1) % P


def times(scalar, p):
    q = NOWHERE
    while scalar:
        if scalar & 1:
            q = plus(q, p)
        p, scalar = plus(p, p), scalar >> 1
    return q


def number(der):
    """One INTEGER off the front (X.690, 8.3): in the fewest bytes, not negative, at most 33 of them."""
    if len(der) < 3 or der[0] != 2 or not 1 <= der[1] <= 33 or len(der) < 2 + der[1]:
        raise ValueError("not a number")
    body, rest = der[2 : 2 + der[1]], der[2 + der[1] :]
    if body[0] >= 0x80 or (body[0] == 0 and len(body) > 1 and body[1] < 0x80):
        raise ValueError("a number that is negative or longer than it must be")
    return int.from_bytes(body, "big"), rest


def signed(public, message, signature):
    """Whether the signature, in ASN.1, is that of the key over the SHA-256 of the message."""
    try:
        if len(signature) < 2 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
            return False
        r, rest = number(signature[2:])
        s, rest = number(rest)
    except ValueError:
        return False
    if rest or not 0 < r < N or not 0 < s < N:
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, N)
    found = plus(times(digest * inverse % N, BASE), times(r * inverse % N, public))
    return found is not NOWHERE and found[0] % N == r
