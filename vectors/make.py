#!/usr/bin/env python3
"""Writes vectors/event, vectors/tree and vectors/seal from the written formats, with nothing but Python's own library.

It shares no code with the product. `make.py` writes the files; `make.py --check` fails when a file would change:
the bytes are for ever, so a change here is a mistake unless a new format was made.
"""
import hashlib
import hmac
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
CHECK = "--check" in sys.argv
wrong = []


def sha(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


def write(path, what):
    text = json.dumps(what, indent=1, ensure_ascii=True) + "\n"
    file = HERE / path
    if CHECK:
        if not file.exists() or file.read_text() != text:
            wrong.append(path)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def flip(raw, bit=0):
    out = bytearray(raw)
    out[bit // 8] ^= 1 << (bit % 8)
    return bytes(out)


# --- events -------------------------------------------------------------------------------------------------------
ZERO = bytes(32)
TENANT = bytes(range(0x10, 0x20))
STREAM = bytes(range(0xA0, 0xB0))


def event_hash(tenant, stream, seq, previous, clear, sealed):
    return sha(b"bailiwick/event/1\0", tenant, stream, u64(seq), previous, u32(len(clear)), clear,
               ZERO if sealed is None else sha(sealed))


def shown(raw):
    """Long runs of one byte are written as a byte and how often."""
    if len(raw) > 1024 and len(set(raw)) == 1:
        return {"hex": raw[:1].hex(), "times": len(raw)}
    return {"hex": raw.hex(), "times": 1}


def offered(seq, clear, sealed, hash_):
    return {"seq": seq, "clear": shown(clear), "sealed": None if sealed is None else shown(sealed), "hash": hash_.hex()}


def event_case(number, name, bodies, tenant=TENANT, stream=STREAM, start=0, previous=ZERO, refused=()):
    events, hashes = [], [previous]
    for seq, (clear, sealed) in enumerate(bodies, start + 1):
        hashes.append(event_hash(tenant, stream, seq, hashes[-1], clear, sealed))
        events.append(offered(seq, clear, sealed, hashes[-1]))
    last, (clear, sealed), before = start + len(bodies), bodies[-1], hashes[-2]
    good = hashes[-1]
    h = lambda **other: event_hash(**{**dict(tenant=tenant, stream=stream, seq=last, previous=before, clear=clear,
                                             sealed=sealed), **other})
    no = [
        ("the hash has one bit changed", offered(last, clear, sealed, flip(good, 7))),
        ("the clear bytes have one more byte", offered(last, clear + (clear[-1:] or b" "), sealed, good)),
        ("the hash is of another tenant's event", offered(last, clear, sealed, h(tenant=flip(tenant)))),
        ("the hash is of another stream's event", offered(last, clear, sealed, h(stream=flip(stream)))),
        ("the hash is of another place", offered(last, clear, sealed, h(seq=last + 1))),
        ("the hash follows another event", offered(last, clear, sealed, h(previous=flip(before)))),
        ("a place is left out", offered(last + 1, clear, sealed, h(seq=last + 1))),
        ("the place was taken already", offered(last - 1, clear, sealed, h(seq=last - 1))),
    ] + list(refused(last, clear, sealed, before, good, h) if refused else [])
    write(f"event/{number:02}-{name}.json", {
        "number": number, "name": name.replace("-", " "), "tenant": tenant.hex(), "stream": stream.hex(),
        "after": {"seq": start, "hash": previous.hex()}, "events": events,
        "refused_in_place_of_the_last": [{"why": why, **what} for why, what in no]})


def events():
    small = b'{"at":1,"kind":"task.started"}'
    event_case(1, "first-event-without-body", [(small, None)])
    event_case(2, "chain-of-three", [(small, None), (b'{"at":2}', b"\x01body"), (b'{"at":3}', None)],
               refused=lambda last, clear, sealed, before, good, h: [
                   ("the events before are skipped", offered(last, clear, sealed, h(previous=ZERO))),
                   ("it begins the chain anew", offered(1, clear, sealed, h(seq=1, previous=ZERO)))])
    event_case(3, "with-body", [(small, bytes(range(256)))],
               refused=lambda last, clear, sealed, before, good, h: [
                   ("the body has one bit changed", offered(last, clear, flip(sealed), good)),
                   ("the body is left out", offered(last, clear, None, good))])
    event_case(4, "empty-body-is-not-no-body", [(small, b"")],
               refused=lambda last, clear, sealed, before, good, h: [
                   ("the empty body is left out", offered(last, clear, None, good)),
                   ("the hash is that without a body", offered(last, clear, b"", h(sealed=None)))])
    event_case(5, "empty-clear", [(b"", None)],
               refused=lambda last, clear, sealed, before, good, h: [
                   ("clear and body change places", offered(last, clear, b"", good))])
    event_case(6, "clear-of-64-KiB", [(b"a" * 65536, None)],
               refused=lambda last, clear, sealed, before, good, h: [
                   ("one byte is missing", offered(last, clear[:-1], sealed, good))])
    event_case(7, "clear-that-just-fits-one-go", [(b"b" * 1922, b"c")])
    event_case(8, "clear-that-just-does-not", [(b"b" * 1923, b"c")])
    event_case(9, "high-place-in-the-chain", [(small, None)], start=2**53 - 2, previous=sha(b"before"))
    event_case(10, "bytes-that-are-not-ascii", [('{"purpose":"Zahlung für Grüße – 請求書"}'.encode(), b"\0" * 33)],
               tenant=bytes(16), stream=b"\xff" * 16,
               refused=lambda last, clear, sealed, before, good, h: [
                   ("another normal form of the same letters",
                    offered(last, clear.decode().replace("ü", "u\u0308").encode(), sealed, good))])


# --- the tree, as RFC 6962 defines it -----------------------------------------------------------------------------
def leaf(entry):
    return sha(b"\0", entry)


def node(left, right):
    return sha(b"\1", left, right)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


memo = {}


def mth(d):
    key = tuple(d)
    if key not in memo:
        k = split(len(d)) if len(d) > 1 else 0
        memo[key] = sha() if not d else d[0] if len(d) == 1 else node(mth(d[:k]), mth(d[k:]))
    return memo[key]


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    return path(m, d[:k]) + [mth(d[k:])] if m < k else path(m - k, d[k:]) + [mth(d[:k])]


def subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], whole) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


ENTRIES = [sha(b"entry", u64(i)) for i in range(1000)]
LEAVES = [leaf(e) for e in ENTRIES]
HOW = "entry i is SHA-256('entry' and i as u64be), standing for the hash of an event"


def hexes(hashes):
    return [h.hex() for h in hashes]


def tree():
    sizes = list(range(0, 21)) + [31, 32, 33, 255, 256, 257, 511, 512, 513, 1000]
    write("tree/01-roots.json", {"entries": HOW, "roots": [{"size": n, "root": mth(LEAVES[:n]).hex()} for n in sizes]})

    accepted, refused = [], []
    for size, index in [(1, 0), (2, 0), (2, 1), (3, 2), (5, 4), (7, 3), (8, 5), (11, 8), (11, 10), (256, 255), (257, 256),
                        (1000, 0), (1000, 511), (1000, 999)]:
        d = LEAVES[:size]
        case = lambda **other: {**{"leaf": d[index].hex(), "index": index, "size": size,
                                   "path": hexes(path(index, d)), "root": mth(d).hex()}, **other}
        accepted.append(case())
        p = path(index, d)
        no = [("the root has one bit changed", case(root=flip(mth(d)).hex())),
              ("the leaf has one bit changed", case(leaf=flip(d[index]).hex())),
              ("the leaf is the entry itself", case(leaf=ENTRIES[index].hex())),
              ("the path is one hash too long", case(path=hexes(p + [ZERO]))),
              ("the leaf is past the end", case(index=size)),
              ("the tree is empty", case(size=0))]
        if p:
            no += [("the path is one hash short", case(path=hexes(p[:-1]))),
                   ("the path begins one hash late", case(path=hexes(p[1:]))),
                   ("the path has one bit changed", case(path=hexes([flip(p[0], 9)] + p[1:]))),
                   ("the leaf is said to be its neighbour", case(index=index ^ 1))]
        if len(set(p)) > 1:
            no += [("the path is upside down", case(path=hexes(p[::-1])))]
        refused += [{"why": why, **what} for why, what in no]
    write("tree/02-inclusion.json", {"entries": HOW, "accepted": accepted, "refused": refused})

    accepted, refused = [], []
    for old, new in [(0, 0), (0, 5), (1, 1), (1, 2), (1, 8), (2, 3), (3, 4), (3, 7), (4, 7), (6, 8), (7, 8), (8, 8), (8, 11),
                     (255, 256), (256, 257), (257, 1000), (512, 1000), (999, 1000)]:
        a, b = mth(LEAVES[:old]), mth(LEAVES[:new])
        p = subproof(old, LEAVES[:new], True) if old else []
        case = lambda **other: {**{"old": old, "old_root": a.hex(), "new": new, "new_root": b.hex(), "path": hexes(p)}, **other}
        accepted.append(case())
        no = [("the old root has one bit changed", case(old_root=flip(a).hex())),
              ("the path is one hash too long", case(path=hexes(p + [ZERO]))),
              ("the log is said to have shrunk", case(old=new + 1))]
        if old:
            no += [("the new root has one bit changed", case(new_root=flip(b).hex()))]
        if p:
            forked = LEAVES[: old - 1] + [flip(LEAVES[old - 1])] + LEAVES[old:new]
            no += [("the path is one hash short", case(path=hexes(p[:-1]))),
                   ("the path is left out", case(path=[])),
                   ("the last hash has one bit changed", case(path=hexes(p[:-1] + [flip(p[-1], 3)]))),
                   ("an old event was rewritten", case(new_root=mth(forked).hex(),
                                                       path=hexes(subproof(old, forked, True)))),
                   ("the roots are exchanged", case(old_root=b.hex(), new_root=a.hex())),
                   ("both are said to be one size", case(old=new))]
        refused += [{"why": why, **what} for why, what in no]
    write("tree/03-consistency.json", {"entries": HOW, "accepted": accepted, "refused": refused})
    tiles()
    heads()


def tile_path(level, index, width=None):
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    return f"tile/{level}/" + "/".join(["x" + g for g in groups[:-1]] + groups[-1:]) + (f".p/{width}" if width else "")


def tiles():
    trees = []
    for size in [0, 1, 255, 256, 257, 600, 1000]:
        all_ = []
        for level in range(3):
            step = 256 ** level
            hashes = [mth(LEAVES[i * step:(i + 1) * step]) for i in range(size // step)]
            for index in range(-(-len(hashes) // 256)):
                tile = hashes[index * 256:(index + 1) * 256]
                all_.append({"path": tile_path(level, index, len(tile) % 256), "level": level, "index": index,
                             "width": len(tile), "sha256": sha(*tile).hex()})
        trees.append({"size": size, "tiles": all_})
    paths = [{"level": lv, "index": i, "width": w, "path": tile_path(lv, i, w)} for lv, i, w in [
        (0, 0, None), (0, 999, 1), (1, 1000, None), (2, 1234067, None), (7, 70000, 255), (63, 10**6 - 1, None),
        (0, 10**6, 17), ("entries", 0, None), ("entries", 1234067, 112), (0, 2**64 - 1, None)]]
    refused = ["", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000",
               "tile/-1/000", "tile/+1/000", "tile/0/x000/001", "tile/0/x1/000", "tile/0/x001/x000", "tile/0/001/000",
               "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p", "tile/0/000/",
               "/tile/0/000", "tile/Entries/000", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/\u0660\u0660\u0660",
               "tile/0/000.p/1.p/1"]
    write("tree/04-tiles.json", {"entries": HOW, "trees": trees, "paths": paths, "refused_paths": refused})


def heads():
    def entry(h):
        return b"bailiwick/head/1\0" + h["stream"] + h["kind"].to_bytes(4, "big", signed=True) + u64(h["head"]) + h["hash"]

    def printed(h):
        return {"stream": h["stream"].hex(), "kind": h["kind"], "head": h["head"], "hash": h["hash"].hex()}

    def placed(all_, i, **other):
        return {**{"head": printed(all_[i]), "index": i, "path": hexes(path(i, [leaf(entry(h)) for h in all_]))}, **other}

    def root(all_):
        return {"count": len(all_), "root": mth([leaf(entry(h)) for h in all_]).hex()}

    ids = [bytes([0] * 15 + [i * 2 + 2]) for i in range(7)]
    all_ = [{"stream": s, "kind": i % 3 - 1, "head": i * 1000 + 1, "hash": sha(b"head", s)} for i, s in enumerate(ids)]
    gap = lambda i: bytes([0] * 15 + [i * 2 + 1]).hex()
    absent = lambda b, a: {"absent": {"before": b, "after": a}}
    r = root(all_)
    ok = [{"root": r, "stream": ids[i].hex(), "proof": {"present": placed(all_, i)}} for i in range(7)]
    ok += [{"root": r, "stream": gap(0), "proof": absent(None, placed(all_, 0))},
           {"root": r, "stream": gap(3), "proof": absent(placed(all_, 2), placed(all_, 3))},
           {"root": r, "stream": gap(7), "proof": absent(placed(all_, 6), None)},
           {"root": root([]), "stream": gap(3), "proof": absent(None, None)},
           {"root": root(all_[:1]), "stream": gap(0), "proof": absent(None, placed(all_[:1], 0))}]
    no = []
    for i in range(7):
        p = placed(all_, i)
        no += [("the head is said to be one lower", r, ids[i], {"present": {**p, "head": {**p["head"], "head": i * 1000}}}),
               ("the kind is another", r, ids[i], {"present": {**p, "head": {**p["head"], "kind": 9}}})]
    no += [
        ("the head of another stream is shown", r, ids[1], {"present": placed(all_, 2)}),
        ("a stream that is there is called absent by the wrong neighbours", r, ids[3],
         absent(placed(all_, 2), placed(all_, 4))),
        ("a stream that is there is called absent by itself", r, ids[3], absent(placed(all_, 2), placed(all_, 3))),
        ("the neighbours are of another gap", r, bytes.fromhex(gap(1)), absent(placed(all_, 2), placed(all_, 3))),
        ("the last one is not the last", r, bytes.fromhex(gap(7)), absent(placed(all_, 5), None)),
        ("the first one is not the first", r, bytes.fromhex(gap(0)), absent(None, placed(all_, 1))),
        ("there are streams", r, ids[3], absent(None, None)),
        ("the place of a neighbour is another", r, ids[3],
         absent(placed(all_, 2), placed(all_, 4, index=3))),
        ("the number of streams is one lower", {**r, "count": 6}, bytes.fromhex(gap(7)), absent(placed(all_, 5), None)),
        ("the path is left out", r, ids[0], {"present": placed(all_, 0, path=[])}),
    ]
    write("tree/05-heads.json", {
        "heads": [printed(h) for h in all_], "root": r, "accepted": ok,
        "refused": [{"why": why, "root": rt, "stream": s.hex(), "proof": pr} for why, rt, s, pr in no]})


# --- sealed fields ------------------------------------------------------------------------------------------------
def hkdf(salt, key, info):
    return hmac.digest(hmac.digest(salt, key, "sha256"), info + b"\1", "sha256")


def seal_parts(key, stream, seq, fields):
    salt = b"bailiwick/seal/1\0"
    blinds = {p: hkdf(salt, key, b"blind\0" + stream + u64(seq) + p.encode()) for p in fields}
    listed = [(p, hmac.digest(blinds[p], fields[p], "sha256")) for p in sorted(fields, key=lambda p: p.encode())]
    commit = sha(b"bailiwick/commit/1\0", u32(len(listed)), *[u32(len(p.encode())) + p.encode() + h for p, h in listed])
    return blinds, listed, commit, hkdf(salt, key, b"body\0" + stream + u64(seq) + commit)


def seals():
    cases = [
        ("one field", sha(b"key 1"), 1, {"/arguments": b'{"amount":"500.00"}'}),
        ("three fields, sorted by the bytes of their pointers", sha(b"key 2"), 7,
         {"/subject": b'"a person"', "/arguments/z": b"1", "/arguments": b"{}"}),
        ("an empty value", sha(b"key 3"), 2, {"/note": b""}),
        ("the empty pointer", sha(b"key 4"), 2**53 - 1, {"": b"null", "/": b"0"}),
        ("pointers that are not ASCII", sha(b"key 5"), 3, {"/\u00fc": b"1", "/z": b"2", "/\U0001F600": b"3", "/\uffee": b"4"}),
        ("the same fields at another place", sha(b"key 1"), 2, {"/arguments": b'{"amount":"500.00"}'}),
        ("a pointer and value that run together differently", sha(b"key 1"), 1, {"/arguments{": b'"amount":"500.00"}'}),
    ]
    for number, (name, key, seq, fields) in enumerate(cases, 1):
        blinds, listed, commit, body = seal_parts(key, STREAM, seq, fields)
        opened = [{"pointer": p, "value": v.hex(), "blind": blinds[p].hex(),
                   "fields": [[q, h.hex()] for q, h in listed]} for p, v in fields.items()]
        one = opened[0]
        other = next(iter(sorted(set(fields) - {one["pointer"]})), None)
        no = [("another value", {**one, "value": (bytes.fromhex(one["value"]) + b" ").hex()}),
              ("another blind", {**one, "blind": flip(blinds[one["pointer"]]).hex()}),
              ("a pointer that is not there", {**one, "pointer": "/nowhere"}),
              ("no list", {**one, "fields": []}),
              ("a hash with one bit changed", {**one, "fields": [[p, flip(h).hex()] for p, h in listed]}),
              ("a field too many", {**one, "fields": [[p, h.hex()] for p, h in listed] + [["~", ZERO.hex()]]}),
              ("a field twice", {**one, "fields": [[p, h.hex()] for p, h in listed for _ in "12"]})]
        if other is not None:
            no += [("another field's blind", {**one, "blind": blinds[other].hex()}),
                   ("a field left out", {**one, "fields": [[p, h.hex()] for p, h in listed if p != other]}),
                   ("another order", {**one, "fields": [[p, h.hex()] for p, h in listed[::-1]]})]
        write(f"seal/{number:02}.json", {
            "number": number, "name": name, "tenant": TENANT.hex(), "stream": STREAM.hex(), "seq": seq, "key": key.hex(),
            "commit": commit.hex(), "body_key": body.hex(), "opened": opened,
            "refused": [{"why": why, **what} for why, what in no]})


sys.setrecursionlimit(10000)
events()
tree()
seals()
if wrong:
    sys.exit("these would change: " + ", ".join(wrong))
