"""Authlib's client hands a part of a task on: a JWT bearer's token, the form of RFC 8693, granted and refused, and introspection
by private_key_jwt (RFC 7523). It knows no proofs (RFC 9449): they are made with its JOSE library. `exchange.py URL HOME BAILIWICK`
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import uuid

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey

URL, HOME, BAILIWICK = sys.argv[1:]
# the node of the suite is on this machine, without TLS
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
TOKEN, DOOR = f"{URL}/oauth/token", f"{URL}/mcp"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ROW = {"tools": ["memory/read_graph"], "effects": ["read"]}
failed = []


def row(what, expected, found):
    good = expected == found
    print(f"{'ok ' if good else 'NOT'} authlib: {what}: {found if good else f'expected {expected}, found {found}'}")
    failed.extend([] if good else [what])


def cli(*args):
    return json.loads(subprocess.run([BAILIWICK, "--home", HOME, "--json", *args], check=True, capture_output=True).stdout)


def registered(agent):
    with open(f"{HOME}/{agent}.pem", "rb") as file:
        return ECKey.import_key(file.read())


def assertion(agent, **more):
    now = int(time.time())
    claims = {"iss": agent, "sub": agent, "aud": URL, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60, **more}
    return jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, registered(agent))


class Instance:
    """A process of an agent with a key of its own."""

    def __init__(self, agent):
        self.key, self.nonce = ECKey.generate_key("P-256"), None
        client = {"client_secret": registered(agent), "token_endpoint_auth_method": "private_key_jwt"}
        self.session = OAuth2Session(agent, **client)
        # its own default is an hour; an assertion is taken for five minutes at most
        claims = {"exp": int(time.time()) + 120}
        self.session.register_client_auth_method(PrivateKeyJWT(TOKEN, claims=claims, alg="ES256"))
        self.session.register_compliance_hook("access_token_response", self.heard)

    def heard(self, response):
        self.nonce = response.headers.get("dpop-nonce")
        return response

    def proof(self, token):
        public = self.key.as_dict(private=False)
        claims = {"htm": "POST", "htu": TOKEN, "iat": int(time.time()), "jti": str(uuid.uuid4()), "nonce": self.nonce}
        if token:
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": {name: public[name] for name in ("crv", "kty", "x", "y")}}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, self.key)

    def token(self, grant, subject=None, **form):
        form = {name: value() if callable(value) else value for name, value in form.items()}
        headers = {"accept": "application/json", "DPoP": self.proof(subject)}
        try:
            return self.session.fetch_token(TOKEN, grant_type=grant, resource=DOOR, headers=headers, **form)
        except OAuthError as error:
            if error.error != "use_dpop_nonce":
                raise
        return self.session.fetch_token(TOKEN, grant_type=grant, resource=DOOR, headers={**headers, "DPoP": self.proof(subject)}, **form)


def said(attempt):
    try:
        return attempt()["token_type"]
    except OAuthError as error:
        return error.error


task = cli("task", "start", "together", "--agent", "helper", "--yes", "--yes-privileged")["task"]
helper, scout = Instance("helper"), Instance("scout")
detail = [{"type": "bailiwick_task", "task": task}]
held = helper.token(JWT_BEARER, assertion=lambda: assertion("helper"), authorization_details=json.dumps(detail))
row("a token for the task", "DPoP", held["token_type"])


def handed(rows, actor, by=helper):
    wanted = [{"type": "bailiwick_task", "purpose": "look it up", "grant": rows}]
    return by.token(
        EXCHANGE, held["access_token"], subject_token=held["access_token"], subject_token_type="urn:ietf:params:oauth:token-type:access_token",
        actor_token=actor, actor_token_type="urn:ietf:params:oauth:token-type:jwt", authorization_details=json.dumps(wanted))


def actor():
    return assertion("scout", cnf={"jkt": scout.key.thumbprint()})


row("more than is held", "invalid_authorization_details", said(lambda: handed([{"tools": ["memory/*", "bank/*"]}], actor)))
row("an actor token without a key", "invalid_request", said(lambda: handed([ROW], lambda: assertion("scout"))))
row("by another key than the token has", "invalid_request", said(lambda: handed([ROW], actor, Instance("helper"))))
given = handed([ROW], actor)
row("a token for the delegate", "DPoP", given["token_type"])
row("it is of the same task", task, given["authorization_details"][0]["task"])
tells = scout.session.introspect_token(f"{URL}/oauth/introspect", given["access_token"], token_type_hint="access_token").json()
row("its delegate asks whether it is good, by private_key_jwt", True, tells["active"])
cli("task", "revoke", task)
sys.exit(1 if failed else 0)
