#!/usr/bin/env python3
"""The house rules that a program can check. Names each breach with its file; exit 0 none, 1 some.

Ratchets below name what is not yet as it should be: an entry that is no longer needed is a breach as well, so that they
only shrink."""

import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# the end of a source file, what smells, and what the middle one may have
LINES_MAX, LINES_SMELL, LINES_MEDIAN = 800, 500, 200
# files past the smell: lines that each may have, never more
LONG = {}
# modules that a library shows whole
SHOWN = {
    "crates/authority/src/lib.rs": {"client"},
    "crates/core/src/lib.rs": {"json", "normal"},
}
# files without a word in them, or that nothing names
DEAD = set()
# where each of these dependencies may stand
ONLY_IN = {"cedar-policy": {"crates/policy/Cargo.toml"}, "cedar-policy-formatter": {"crates/policy/Cargo.toml"}}
# words that no file has, with what to write instead
WORDS = {
    r"\bTODO\b|\bFIXME\b": "do it, or file it",
    r"^(?:<{7}|>{7}) ": "what is to stand after the merge",
    r"#!?\[allow\(": "`#[expect(…, reason = \"by INVARIANT …\")]`",
    r"\bregistry\.npmjs\.org\b|\bcrates\.io\b|\bstatic\.crates\.io\b|\bfiles\.pythonhosted\.org\b|\bpypi\.org\b": "a package's name",
    r"(?<![\w.])/(?:root|work|Users)/|(?<![\w.])/home/(?!me\b)": "a place in the tree, or one under /home/me",
}
# attacks of the threat model, by number, and those on parts that are not built yet
THREATS, NOT_DUE = range(1, 76), {*range(55, 58), 59, 64}
# this file says the words in order to look for them; lock files are written by package managers
WORDS_FREE = {"suites/tidy.py", "Cargo.lock"}
# recorded by others, word for word
RECORDED = "bench/agentdojo/data/"
# what makes a test fail, itself
FAILS = re.compile(r"assert|panic!|should_panic|unwrap|expect\(|expect_err|\?;|Err\(")
FUNCTION = re.compile(r"^( *)((?:#\[[^\n]*\]\n *)*)(?:pub(?:\([a-z]+\))? )?(?:const )?(?:async )?fn (\w+)(.*?)\n\1\}", re.S | re.M)


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def text(name):
    try:
        return (ROOT / name).read_text()
    except UnicodeDecodeError:
        return ""


def sizes(files):
    """An idea a file."""
    counted = {name: text(name).count("\n") for name in files if name.endswith(".rs")}
    ordered = sorted(counted.values())
    if ordered and ordered[len(ordered) // 2] >= LINES_MEDIAN:
        yield "crates", f"the middle source file has {ordered[len(ordered) // 2]} lines, expected under {LINES_MEDIAN}"
    for name, lines in counted.items():
        allowed = LONG.get(name, LINES_SMELL)
        if lines > min(allowed, LINES_MAX):
            yield name, f"{lines} lines, expected at most {allowed}"
    for name in LONG:
        if counted.get(name, 0) <= LINES_SMELL:
            yield name, "is no longer long: take it out of LONG"


def layers(files):
    """Each crate uses those above it in the workspace's list, none below."""
    workspace = tomllib.loads(text("Cargo.toml"))["workspace"]["dependencies"]
    order = [name for name, of in workspace.items() if isinstance(of, dict) and "path" in of]
    paths = {of["path"]: name for name, of in workspace.items() if isinstance(of, dict) and "path" in of}
    for manifest in files:
        folder, _, last = manifest.rpartition("/")
        if last != "Cargo.toml" or not folder.startswith(("crates/", "sim", "bench")):
            continue
        read = tomllib.loads(text(manifest))
        own = paths.get(folder)
        # what no other crate uses stands below all
        rank = order.index(own) if own else len(order)
        used = [(name, table) for table in ("dependencies", "build-dependencies", "dev-dependencies") for name in read.get(table, {})]
        for name, table in used:
            if name in order and table != "dev-dependencies" and order.index(name) >= rank:
                yield manifest, f"uses `{name}`, which is not above it in the root Cargo.toml"
            if name in ONLY_IN and manifest not in ONLY_IN[name]:
                yield manifest, f"uses `{name}`, which only {', '.join(sorted(ONLY_IN[name]))} may"
            if name == "rmcp" and own:
                yield manifest, "uses `rmcp`, and other crates use this one"
        if read.get("lints", {}).get("workspace") is not True:
            yield manifest, "has no `[lints] workspace = true`"


def plates(files):
    """A library's lib.rs is a door plate: words, modules, one `pub use` a name; no code."""
    for name in files:
        if not re.fullmatch(r"crates/[^/]+/src/lib\.rs", name):
            continue
        lines = text(name).splitlines()
        words = [line for line in lines if line.startswith("//!")]
        if len(words) < 3:
            yield name, "is no door plate: say what the crate is, what it does not know, and its invariants"
        if not any(re.match(r"//!\s*(\d+\.|\*|-) ", line) for line in words):
            yield name, "its door plate numbers no invariant"
        shown = {found.group(1) for line in lines if (found := re.match(r"\s*pub mod (\w+)", line))}
        for module in sorted(shown ^ SHOWN.get(name, set())):
            yield name, f"`pub mod {module}` is shown whole, or is no longer and stands in SHOWN"


def words(files):
    for name in files:
        if name in WORDS_FREE or name.startswith(RECORDED) or name.endswith((".lock", "-lock.json")):
            continue
        for number, line in enumerate(text(name).splitlines(), 1):
            for pattern, instead in WORDS.items():
                found = re.search(pattern, line)
                if found:
                    yield f"{name}:{number}", f"`{found.group()}`: expected {instead}"


def locks(files):
    """Lock files name packages, never the address of a registry."""
    for name in files:
        if name.endswith("-lock.json") and re.search(r'"resolved"', text(name)):
            yield name, "says where packages are fetched from: write it with `--omit-lockfile-registry-resolved`"


def links(files):
    """Every relative link of a document leads somewhere."""
    known = set(files)
    for name in files:
        if not name.endswith(".md"):
            continue
        for number, line in enumerate(re.sub(r"`[^`]*`", "", text(name)).splitlines(), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target) or target.startswith("#"):
                    continue
                path = ((ROOT / name).parent / target.split("#")[0]).resolve()
                if not path.exists() or (path.is_file() and str(path.relative_to(ROOT)) not in known):
                    yield f"{name}:{number}", f"the link `{target}` leads nowhere"


def threats(files):
    """Each attack has a row in the threat model, and each test that a row names is there."""
    model = "docs/THREAT-MODEL.md"
    sources = "\n".join(text(name) for name in files if name.endswith((".rs", ".py", ".mjs", ".sh")))
    functions = set(re.findall(r"\b(?:fn|def|enum|struct) (\w+)", sources))
    # tests that a table names, and mutants
    functions |= set(re.findall(r"^ {4}[A-Z]\w+: (\w+) =", sources, re.M))
    functions |= set(re.findall(r"^ {4}([A-Z]\w+),$", sources, re.M))
    rows = {}
    for number, line in enumerate(text(model).splitlines(), 1):
        if row := re.match(r"\| T(\d+) \|.*\| ([^|]*) \|$", line):
            rows[int(row[1])] = (number, row[2])
    for number, cell in rows.values():
        named = re.findall(r"`(\w+)`", cell)
        if not named:
            yield f"{model}:{number}", "names no test"
        for name in named:
            if name not in functions:
                yield f"{model}:{number}", f"there is no test or mutant `{name}`"
    for missing in sorted(set(THREATS) - set(rows) ^ NOT_DUE):
        yield model, f"T{missing} " + ("has a row: take it out of NOT_DUE" if missing in rows else "has no row")


def statuses(files):
    """Each HTTP status that the code says is decided in the document about them."""
    codes = {"OK": 200, "ACCEPTED": 202, "NO_CONTENT": 204, "BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403,
             "NOT_FOUND": 404, "METHOD_NOT_ALLOWED": 405, "NOT_ACCEPTABLE": 406, "REQUEST_TIMEOUT": 408, "CONFLICT": 409,
             "PAYLOAD_TOO_LARGE": 413, "UNSUPPORTED_MEDIA_TYPE": 415, "MISDIRECTED_REQUEST": 421,
             "TOO_MANY_REQUESTS": 429, "INTERNAL_SERVER_ERROR": 500, "SERVICE_UNAVAILABLE": 503}
    decided = {int(code) for code in re.findall(r"^\| (\d{3}) \|", text("docs/http-status.md"), re.M)}
    said = {}
    for name in files:
        if name.startswith("crates/") and name.endswith(".rs") and not name.endswith(("/tests.rs", "/testing.rs")) and "/tests/" not in name:
            said |= dict.fromkeys(re.findall(r"\bStatusCode::([A-Z][A-Z_]+)\b", text(name)), name)
    for status, name in said.items():
        if codes.get(status) not in decided:
            yield name, f"`{status}` has no row in docs/http-status.md"
    for code in sorted(decided - {codes.get(status) for status in said}):
        yield "docs/http-status.md", f"nothing says {code}"


def tests(files):
    """A test's name is a sentence, and something in it, or in what it calls, can fail."""
    functions = {}
    for name in files:
        if name.endswith(".rs"):
            crate = "/".join(name.split("/")[:2])
            functions.setdefault(crate, []).extend((name, *found[1:]) for found in FUNCTION.findall(text(name)))
    for some in functions.values():
        failing = {}
        for _, _, function, body in some:
            failing[function] = failing.get(function, False) or bool(FAILS.search(body))
        calls = lambda body: any(failing.get(called, False) for called in re.findall(r"(\w+)(?:::<[^>]*>)?!?\(", body))
        # a helper may call a helper, three deep
        for _ in range(3):
            for _, _, function, body in some:
                failing[function] = failing[function] or calls(body)
        for name, attributes, function, body in some:
            if not re.search(r"#\[(?:tokio::)?test\b", attributes):
                continue
            if "should_panic" not in attributes and not FAILS.search(body) and not calls(body):
                yield name, f"the test `{function}` has nothing that can fail"
            if "_" not in function or function.startswith("test_"):
                yield name, f"the name of the test `{function}` is no sentence"


def dead(files):
    """Each source file has words in it, and something names it."""
    every = {name: text(name) for name in files if name.endswith(".rs")}
    found = {name for name in every if not every[name].strip()}
    paths = {line for words in every.values() for line in re.findall(r'#\[path = "(?:[^"]*/)?([^"/]+)"\]', words)}
    for name in every:
        folder, _, last = name.rpartition("/")
        stem = last.removesuffix(".rs")
        entry = stem in ("lib", "main", "build", "mod") or re.search(r"(^|/)(bin|benches|examples|fuzz_targets|tests)$", folder)
        parents = [f"{folder}.rs", *(f"{folder}/{one}.rs" for one in ("lib", "main", "mod"))]
        named = any(re.search(rf"\bmod {stem}\b", every.get(parent, "")) for parent in parents)
        if not entry and not named and last not in paths:
            found.add(name)
    for name in sorted(found ^ DEAD):
        yield name, "is empty, or nothing names it" if name in found else "is alive: take it out of DEAD"


def allowed(licence, allow):
    """Whether a choice of licences that a crate gives can be made within the list."""
    words = re.findall(r"\(|\)|(?:(?! (?:AND|OR) )[^()/])+|/| (?:AND|OR) ", licence.replace("(", " ( ").replace(")", " ) "))
    said = [word.strip() for word in words if word.strip()]
    logic = {"(": "(", ")": ")", "/": "or", "OR": "or", "AND": "and"}
    return eval(" ".join(logic.get(word, str(word in allow)) for word in said))  # of these words alone


def crates(files):
    """What the product is built from: licences, bans and sources of deny.toml."""
    rules = tomllib.loads(text("deny.toml"))
    allow, banned = set(rules["licenses"]["allow"]), {one["crate"] for one in rules["bans"]["deny"]}
    tree = ["cargo", "tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}|{l}"]
    ran = subprocess.run(tree, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode != 0:
        yield "Cargo.lock", f"cargo cannot read it: {ran.stderr.strip()[-300:]}"
        return
    built = {tuple(line.removesuffix(" (*)").rsplit("|", 1)) for line in ran.stdout.splitlines() if line}
    for package, licence in sorted(built):
        name = package.split(" ")[0]
        if name in banned:
            yield "Cargo.lock", f"`{name}` is built, and deny.toml bans it"
        if not licence or not allowed(licence, allow):
            yield "Cargo.lock", f"`{name}` is under `{licence}`, which deny.toml does not allow"
    public = "registry+https://github.com/rust-lang/crates.io-index"
    for lock in [name for name in files if name.endswith("Cargo.lock")]:
        for package in tomllib.loads(text(lock))["package"]:
            if package.get("source", public) != public:
                yield lock, f"`{package['name']}` comes from `{package['source']}`"


def main():
    files = tracked()
    breaches = [found for rule in (sizes, layers, plates, words, locks, links, threats, statuses, tests, dead, crates) for found in rule(files)]
    for where, what in breaches:
        print(f"{where}: {what}")
    print(f"tidy: {len(files)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
