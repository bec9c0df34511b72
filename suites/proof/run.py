"""What is proven of rules that do nothing, by the binary as it is built and a solver of others.

    run.py BAILIWICK CVC5 POLICIES DIR HOME

HOME is that of a node which has the same solver. Each rule of POLICIES is called by what is to be said of it. Besides, solvers that hang, lie about what they are or say nonsense
leave every note as search found it, and stop nothing."""

import json
import os
import pathlib
import subprocess
import sys
import time

BINARY, SOLVER, POLICIES, WORK, HOME = sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4]), sys.argv[5]
KINDS = {"never": "never_matches", "under": "shadowed", "silent": "silent"}
failed = []


def check(holds, what):
    print(("ok    " if holds else "FAIL  ") + what)
    if not holds:
        failed.append(what)


def run(*args, solver=SOLVER, home=None):
    environment = dict(os.environ, BAILIWICK_CVC5=solver, NO_COLOR="1")
    if home:
        environment.update(BAILIWICK_HOME=home)
    return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=180, env=environment)


def notes(solver=SOLVER, path=POLICIES):
    ran = run("policy", "check", path, "--json", solver=solver)
    if ran.returncode != 0:
        raise SystemExit(f"FAIL  policy check: {ran.stderr}{ran.stdout}")
    found = json.loads(ran.stdout)["found"]
    return found["solver"], {note["rule"].removeprefix("rules."): note for note in found["notes"]}


def script(name, body):
    """A program that says that it is cvc5."""
    path = WORK / name
    path.write_text(f"#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'This is cvc5 version 9.9'; exit; fi\n{body}\n")
    path.chmod(0o755)
    return str(path)


def proven():
    solver, found = notes()
    print(f"      {solver}")
    check(bool(solver) and solver.startswith("cvc5 "), "the solver is named, with its version")
    text = (pathlib.Path(POLICIES) / "rules.yaml").read_text()
    rules = [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("@id(")]
    for rule in rules:
        note, wanted = found.get(rule), rule.split("-")[0]
        if wanted == "ok":
            check(note is None, f"{rule}: nothing is noted")
        elif wanted == "maybe":
            check(note is not None and note["found_by"] == "search", f"{rule}: noted, and not proven")
        else:
            said = note and (note["kind"], note["found_by"])
            check(said == (KINDS[wanted], "proof"), f"{rule}: {note and note['text']}")
    screen = run("policy", "check", POLICIES, "--prove").stdout
    for words in ("(proven: never matches)", "(proven: shadowed by `rules.ok-large`)", "(proven: says nothing about `bank/close`)"):
        check(words in screen, f"the screen says {words}")


def misled():
    """What is no answer leaves what search found."""
    _, plain = notes(solver="/nowhere/cvc5")
    check(bool(plain) and all(note["found_by"] == "search" for note in plain.values()), "without a solver all is by search")
    ran = run("policy", "check", POLICIES, "--prove", solver="/nowhere/cvc5")
    check(ran.returncode == 2 and "nothing can be proven" in ran.stderr, "`--prove` without one is told, and fails")
    hello = "read hello; echo ready"
    for name, body in [
        ("nonsense", f"{hello}; while read line; do :; done; echo 'unsat?'"),
        ("silent", f"{hello}; while :; do read line || sleep 1; done"),
        ("gone", "exit 3"),
        ("rude", "while :; do echo unsat; done"),
        ("unsure", f"{hello}; while read line; do :; done; echo unknown"),
    ]:
        _, found = notes(solver=script(name, body))
        same = {rule: note["found_by"] for rule, note in found.items()} == dict.fromkeys(plain, "search")
        check(same, f"one that is {name} proves nothing and stops nothing")


def applied():
    """A node says the same of what is applied, and of what runs."""
    ran = run("apply", POLICIES, "--dry-run", home=HOME)
    check("(proven: never matches)" in ran.stdout + ran.stderr, "`apply --dry-run` says what is proven")
    ran = run("apply", POLICIES, home=HOME)
    check(ran.returncode == 0, f"a note refuses nothing {ran.stderr if ran.returncode else ''}")
    ran = run("policy", "check", "--prove", "--json", home=HOME)
    found = json.loads(ran.stdout or "{}").get("found", {})
    by_proof = [note for note in found.get("notes", []) if note["found_by"] == "proof"]
    check(len(by_proof) >= 8, f"{len(by_proof)} notes of what runs are proven by the node")


WORK.mkdir(parents=True, exist_ok=True)
proven()
misled()
applied()
raise SystemExit(1 if failed else 0)
