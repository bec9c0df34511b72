"""An agent on Python's `mcp`, in a process of its own: takes what was handed to it by its own key, and does what a line of JSON on
standard input says, a line of answer each. `scout.py URL KEY MODE`, which is how the client picks its era.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import sys
import time
import uuid

import httpx2
import mcp.client.session
from joserfc import jwt
from joserfc.jwk import ECKey
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL, FILE, MODE = sys.argv[1:]
TOKEN, DOOR = f"{URL}/oauth/token", f"{URL}/mcp"
# A machine that is busy is not an older server: which era is spoken must not hang on how soon the probe is answered.
assert mcp.client.session.DISCOVER_TIMEOUT_SECONDS > 0
mcp.client.session.DISCOVER_TIMEOUT_SECONDS = 120.0
with open(FILE, "rb") as file:
    REGISTERED = ECKey.import_key(file.read())


class Proofs(httpx2.Auth):
    """Proofs of possession (RFC 9449) by a key of this process, for a token where there is one."""

    def __init__(self, key, token=None):
        self.key, self.token, self.nonce, self.last = key, token, None, None

    def proof(self, request):
        claims = {"htm": request.method, "htu": str(request.url), "iat": int(time.time()), "jti": str(uuid.uuid4())}
        if self.nonce:
            claims["nonce"] = self.nonce
        if self.token:
            request.headers["authorization"] = f"DPoP {self.token}"
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(self.token.encode()).digest()).rstrip(b"=").decode()
        public = self.key.as_dict(private=False)
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": {name: public[name] for name in ("crv", "kty", "x", "y")}}
        request.headers["dpop"] = jwt.encode(header, claims, self.key)

    def auth_flow(self, request):
        for _ in range(2):
            self.proof(request)
            response = yield request
            # a nonce is asked for once: the second proof has it
            known, self.nonce = self.nonce, response.headers.get("dpop-nonce") or self.nonce
            error = re.search(r'error="([^"]*)"', response.headers.get("www-authenticate", ""))
            self.last = f"{response.status_code} {error[1] if error else ''}".strip()
            if known is not None or response.status_code not in (400, 401):
                return


def take(part):
    """A token for what was handed on, bound to a fresh key."""
    now, proofs = int(time.time()), Proofs(ECKey.generate_key("P-256"))
    claims = {"iss": "scout", "sub": "scout", "aud": URL, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, REGISTERED),
        "resource": DOOR,
        "authorization_details": json.dumps([{"type": "bailiwick_task", **part}]),
    }
    with httpx2.Client(auth=proofs) as http:
        said = http.post(TOKEN, data=form).json()
    proofs.token = said["access_token"]
    return proofs, {"token_type": said["token_type"], "grant": said["authorization_details"][0]["grant"], "token": proofs.token}


@contextlib.asynccontextmanager
async def client(proofs):
    async with httpx2.AsyncClient(auth=proofs, timeout=60) as http:
        async with Client(streamable_http_client(DOOR, http_client=http), mode=MODE) as connected:
            yield connected


def said(result):
    told = result.model_dump(mode="json", by_alias=True)
    refused = (told.get("_meta") or {}).get("bailiwick.dev/refusal")
    return refused["code"] if refused else "failed" if told.get("isError") else "done"


async def borrowed(token):
    """With a token that was never made for this process's key."""
    proofs = Proofs(ECKey.generate_key("P-256"), token)
    try:
        async with client(proofs) as connected:
            await connected.list_tools()
    except Exception:  # whatever the SDK makes of it: what the node said is in the proofs
        return proofs.last
    return "let in"


async def answer(line, stack, held):
    match line:
        case {"take": part}:
            proofs, told = take(part)
            held["client"] = await stack.enter_async_context(client(proofs))
            return {**told, "era": "newer" if str(held["client"].protocol_version) >= "2026" else "older"}
        case {"list": _}:
            return {"tools": [tool.name for tool in (await held["client"].list_tools()).tools]}
        case {"call": name, "arguments": arguments}:
            return {"said": said(await held["client"].call_tool(name, arguments))}
        case {"as": token}:
            return {"said": await borrowed(token)}
    raise ValueError(f"no such line: {line}")


async def main():
    async with contextlib.AsyncExitStack() as stack:
        held = {}
        while text := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await answer(json.loads(text), stack, held)), flush=True)


asyncio.run(main())
