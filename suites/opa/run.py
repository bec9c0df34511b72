"""Asks OPA what the engine that is built in was asked, and compares the answers.

    run.py BAILIWICK POLICIES DIR

Each policy is asked alone about all cases; DIR is where it is laid beside them. What the built-in engine is asked, and says, is what
`policy test --json` prints."""

import collections
import json
import pathlib
import shutil
import subprocess
import sys

from opa_bindings.engine import OpaEngine, OpaError, OpaUndefinedError

BINARY, POLICIES, WORK = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
# what an answer is, each of which has to come out somewhere, or nothing was compared
ALL = {"permit", "forbid", "ask", "nothing", "broken"}
# OPA takes a built-in that errs for undefined unless it is asked to be strict, which this library cannot be; ours refuses
STRICTER = {"misuse"}
# what the two say differently, as docs/reference/policy-context.md tells; each has to be seen, so the list can only shrink
ODD = {"odd-sharp", "odd-last", "odd-length", "odd-order"}


def ours(policy):
    """Of each case what was asked and what was said, in the words of both."""
    folder = WORK / policy
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in (f"{policy}.rego", "cases.test.yaml"):
        shutil.copy(POLICIES / name, folder)
    ran = subprocess.run([BINARY, "policy", "test", str(folder), "--json"], capture_output=True, text=True, timeout=120)
    # 1: not as the case expects it, which expects nothing that is meant
    if ran.returncode not in (0, 1):
        raise SystemExit(f"FAIL  {policy} is not taken: {ran.stderr}{ran.stdout}")
    for case in json.loads(ran.stdout)["files"][0]:
        if case["input"] is None or case["verdict"] is None:
            raise SystemExit(f"FAIL  {policy}, {case['name']}: it was not asked: {case['wrong']}")
        yield case["name"], case["input"], words(case)


def words(case):
    if case["failed"]:
        return {"says": "broken", "why": case["failed"]}
    if case["verdict"] == "ask":
        return {"says": "ask", "asks": sorted(case["approvals"])}
    if case["verdict"] == "allow":
        return {"says": "permit"}
    return {"says": "forbid", "rules": sorted(case["by"])} if case["by"] else {"says": "nothing"}


def named(policy, message):
    """A message that is a name, and stands in the text, names the rule; no other does."""
    plain = message and all(c.isascii() and (c.isalnum() or c in "-_") for c in message)
    plain = plain and f'"{message}"' in (POLICIES / f"{policy}.rego").read_text("utf-8")
    return f"{policy}.deny.{message}" if plain else f"{policy}.deny"


def asked(text):
    who, _, count = text.rpartition(":")
    who, count = (who, int(count)) if who and count.isdigit() else (text, 1)
    who = " or ".join(who.split("|"))
    return who if count == 1 else f"{count} of {who}"


def theirs(engine, policy, question):
    """What OPA's document comes to, by the meaning that docs/reference/policy-context.md gives its three rules."""
    try:
        document = engine.eval_document("guard", question)
    except OpaUndefinedError:
        document = {}
    except OpaError as error:
        return {"says": "broken", "why": str(error)}
    denied, allowed, asks = document.get("deny", False), document.get("allow", False), document.get("step_up", [])
    if denied not in (False, []):
        rules = {f"{policy}.deny"} if denied is True else {named(policy, message) for message in denied}
        return {"says": "forbid", "rules": sorted(rules)}
    if allowed is not True:
        return {"says": "nothing"}
    return {"says": "ask", "asks": sorted(map(asked, asks))} if asks else {"says": "permit"}


def same(policy, one, other, odd):
    if one["says"] == "broken":
        return other["says"] == "broken" or policy in STRICTER
    rules = [set(said.get("rules", [])) for said in (one, other)]
    differ = {rule for rule in rules[0] ^ rules[1] if rule.rpartition(".")[2] in ODD}
    odd |= {rule.rpartition(".")[2] for rule in differ}
    return one["says"] == other["says"] and one.get("asks") == other.get("asks") and rules[0] ^ rules[1] == differ


def main():
    seen, wrong, odd = collections.Counter(), 0, set()
    for file in sorted(POLICIES.glob("*.rego")):
        engine = OpaEngine()
        engine.add_policy(file.name, file.read_text("utf-8"))
        before, questions = wrong, 0
        for name, question, said in ours(file.stem):
            other = theirs(engine, file.stem, question)
            questions += 1
            seen[said["says"]] += 1
            if not same(file.stem, said, other, odd):
                print(f"FAIL  {file.name}, {name}:\n      ours {said}\n      OPA  {other}")
                wrong += 1
        if wrong == before:
            print(f"ok    {file.name}: OPA says the same of {questions} questions")
    missing = ALL - set(seen)
    if missing:
        print(f"FAIL  no question came out as {', '.join(sorted(missing))}")
    if odd != ODD:
        print(f"FAIL  {', '.join(sorted(ODD - odd))}: both say the same now; take it out, here and in the reference")
    print(", ".join(f"{count} {says}" for says, count in sorted(seen.items())))
    if wrong or missing or odd != ODD:
        raise SystemExit(1)


main()
