"""The tree (RFC 6962, checked as RFC 9162 says)."""

import hashlib


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


def leaf_hash(entry):
    return sha256(b"\0", entry)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def levels(index, size):
    inner = (index ^ (size - 1)).bit_length()
    return inner, bin(index >> inner).count("1")


def holds(leaf, index, size, root, path):
    if index >= size:
        return False
    inner, border = levels(index, size)
    if len(path) != inner + border:
        return False
    for level, other in enumerate(path):
        left = level >= inner or index >> level & 1
        leaf = node_hash(other, leaf) if left else node_hash(leaf, other)
    return leaf == root


def consistent(old, old_root, new, new_root, path):
    if old == new or old == 0:
        return not path and old_root == (new_root if old == new else sha256())
    inner, border = levels(old - 1, new)
    shift = (old & -old).bit_length() - 1
    inner -= shift
    if old & (old - 1) == 0:
        path = [old_root] + path
    if len(path) != 1 + inner + border:
        return False
    place, one, other = (old - 1) >> shift, path[0], path[0]
    for level, hash in enumerate(path[1:]):
        if level >= inner or place >> level & 1:
            one, other = node_hash(hash, one), node_hash(hash, other)
        else:
            other = node_hash(other, hash)
    return one == old_root and other == new_root


def root_of(leaves):
    while len(leaves) > 1:
        joined = [node_hash(*leaves[i : i + 2]) for i in range(0, len(leaves) - 1, 2)]
        leaves = joined + leaves[len(joined) * 2 :]
    return leaves[0] if leaves else sha256()
