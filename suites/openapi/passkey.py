"""A passkey in software (WebAuthn level 3, ES256, no attestation): the key of a program is nobody's yes, but in a test."""

import base64
import hashlib
import json
import os
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


def b64(some):
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


class Passkey:
    def __init__(self, origin):
        self.origin, self.id, self.key = origin, os.urandom(32), ec.generate_private_key(ec.SECP256R1())

    def _data(self, flags):
        site = urllib.parse.urlsplit(self.origin).hostname.encode()
        return hashlib.sha256(site).digest() + bytes([flags, 0, 0, 0, 0])

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def register(self, challenge):
        point = self.key.public_key().public_numbers()
        # RFC 9053 section 7.1: an EC2 key for ES256 on P-256
        cose = bytes.fromhex("a5010203262001") + b"\x21\x58\x20" + point.x.to_bytes(32, "big") + b"\x22\x58\x20" + point.y.to_bytes(32, "big")
        made = self._data(0x45) + bytes(16) + bytes([0, 32]) + self.id + cose
        # CBOR: {"fmt": "none", "attStmt": {}, "authData": bytes}
        attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(made)]) + made
        return {"id": b64(self.id), "client_data": b64(self._client("webauthn.create", challenge)), "attestation": b64(attestation)}

    def sign(self, challenge):
        shown, said = self._data(0x05), self._client("webauthn.get", challenge)
        signature = self.key.sign(shown + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return {"id": b64(self.id), "authenticator_data": b64(shown), "client_data": b64(said), "signature": b64(signature)}
