"""A bundle as `opa build` and `opa sign` make them, made by other libraries, is taken; one that was changed is refused.

    bundle.py BAILIWICK DIR

Follows what OPA documents of bundles (openpolicyagent.org/docs/management-bundles, "Signature format"): a JWT over the digests of
all files, where JSON is digested in the form with sorted members and all else as it is. PyJWT signs, with keys of `cryptography`."""

import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

BINARY, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
RULES = b"package authz\n\nimport rego.v1\n\nallow if input.context.amounts.EUR < data.limits.EUR\n"
# numbers as people write them, members out of order, texts that are escaped in one writer and not in another
DATA = '{"limits": {"EUR": 5000000, "rates": [1.50, 1e3, -0.0]}, "about": "<b> & \\u00e9 \\u2028 \\/ \\u0007 \\"", "\\uff5e": 1, "\\ud800\\udc00": 2}'.encode()
MANIFEST = b'{"roots": ["authz", "limits", "about", "\\uff5e", "\\ud800\\udc00"], "revision": "r-17", "rego_version": 1}'
FILES = {".manifest": MANIFEST, "authz/authz.rego": RULES, "data.json": DATA}
failed = []


def check(holds, what):
    print(("ok    " if holds else "FAIL  ") + what)
    if not holds:
        failed.append(what)


class Verbatim(str):
    """A number as it stands in the file."""


def text(value):
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c) or (f"\\u{ord(c):04x}" if c < " " or c in "\u2028\u2029" else c) for c in value) + '"'


def form(value):
    """What is digested of JSON: sorted by the bytes of names."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode())
        return "{" + ",".join(f"{text(name)}:{form(member)}" for name, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(form, value)) + "]"
    if isinstance(value, Verbatim):
        return str(value)
    return text(value) if isinstance(value, str) else json.dumps(value)


def digest(name, content, algorithm):
    if pathlib.PurePosixPath(name).name in (".manifest", "data.json"):
        content = form(json.loads(content, parse_int=Verbatim, parse_float=Verbatim)).encode()
    return hashlib.new(algorithm.replace("-", "").lower(), content).hexdigest()


def signatures(files, key, algorithm, hashes="SHA-256", **more):
    listed = [{"name": name, "hash": digest(name, content, hashes), "algorithm": hashes} for name, content in files.items()]
    token = jwt.encode({"files": listed, **more}, key, algorithm=algorithm, headers={"kid": "release"})
    return json.dumps({"signatures": [token]}).encode()


def packed(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo("/" + name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(out.getvalue())


def asked(files, key, name="guard"):
    """What `policy bundle` makes of it."""
    file, pem = WORK / f"{name}.tar.gz", WORK / "key.pem"
    file.write_bytes(packed(files))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem.write_bytes(public)
    ran = subprocess.run(
        [BINARY, "policy", "bundle", str(file), "--key", str(pem), "--entry", "authz", "--name", "guard"],
        capture_output=True, text=True, timeout=60,
    )
    return ran.returncode, ran.stdout, ran.stderr


def taken(ways):
    for (algorithm, key), hashes in zip(ways.items(), ["SHA-256", "SHA-256", "SHA-512", "SHA-384"]):
        signed = {**FILES, ".signatures.json": signatures(FILES, key, algorithm, hashes, iat=1592248027, iss="release", keyid="release")}
        code, out, err = asked(signed, key)
        bundle = json.loads(out)["bundle"] if code == 0 else {}
        there = bundle.get("revision") == "r-17" and list(bundle.get("modules", {})) == ["authz/authz.rego"]
        check(code == 0 and there, f"one signed with {algorithm} over {hashes} is taken {err}")
        if code == 0 and algorithm == "ES256":
            document = WORK / "guard.json"
            document.write_text(out)
            ran = subprocess.run([BINARY, "policy", "check", str(document)], capture_output=True, text=True, timeout=60)
            told = "a number with a fraction; whole numbers alone"
            check(ran.returncode != 0 and told in ran.stdout, f"and what no rule of ours may read is named {ran.stderr}")
    plain = {**FILES, "data.json": b'{"limits": {"EUR": 5000000}}'}
    code, out, err = asked({**plain, ".signatures.json": signatures(plain, ways["ES256"], "ES256")}, ways["ES256"])
    document = WORK / "plain.json"
    document.write_text(out)
    ran = subprocess.run([BINARY, "policy", "check", str(document)], capture_output=True, text=True, timeout=60)
    check(code == 0 and ran.returncode == 0, f"a document of one without has no mistake {err}{ran.stdout}{ran.stderr}")


def refused(key):
    token = signatures(FILES, key, "ES256")
    changed = {name: {**FILES, ".signatures.json": token} for name in ("rego", "data", "manifest", "more", "less", "token")}
    changed["rego"]["authz/authz.rego"] = RULES.replace(b"<", b">")
    changed["data"]["data.json"] = DATA.replace(b"5000000", b"5000001")
    changed["manifest"][".manifest"] = MANIFEST.replace(b"r-17", b"r-18")
    changed["more"]["authz/other.rego"] = b"package authz\n\nallow := true\n"
    del changed["less"]["data.json"]
    head, body, signature = json.loads(token)["signatures"][0].split(".")
    changed["token"][".signatures.json"] = json.dumps({"signatures": [f"{head}.{body}.{signature[::-1]}"]}).encode()
    for name, files in changed.items():
        code, _, err = asked(files, key)
        check(code == 2 and "FAIL" not in err, f"one whose {name} was changed is refused: {err.strip()}")
    other = ec.generate_private_key(ec.SECP256R1())
    code, _, err = asked({**FILES, ".signatures.json": token}, other)
    check(code == 2 and "not of this key" in err, f"one of another key is refused: {err.strip()}")
    code, _, err = asked(FILES, key)
    check(code == 2 and "not signed" in err, f"one without a signature is refused: {err.strip()}")
    shared = {**FILES, ".signatures.json": signatures(FILES, "a secret that both sides know, of enough bytes", "HS256")}
    code, _, err = asked(shared, key)
    check(code == 2 and "HS256" not in err and "`alg`" in err, f"one under a shared secret is refused: {err.strip()}")


WORK.mkdir(parents=True, exist_ok=True)
own = ec.generate_private_key(ec.SECP256R1())
long = rsa.generate_private_key(public_exponent=65537, key_size=2048)
taken({"ES256": own, "RS256": long, "PS256": long, "ES384": ec.generate_private_key(ec.SECP384R1())})
refused(own)
raise SystemExit(1 if failed else 0)
