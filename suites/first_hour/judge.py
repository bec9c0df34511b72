"""Compares what came directly with what came through the wrapper, and writes the table."""

import dataclasses
import json
import re

REFUSAL = "bailiwick.dev/refusal"
AUTHORITY = "bailiwick_authority"
COMPLETE = "bailiwick_complete"
REQUEST = "bailiwick_request"
SERVER_INFO = "io.modelcontextprotocol/serverInfo"
# members that only one of the two eras has
OF_AN_ERA = ("resultType", "ttlMs", "cacheScope")
# lists that are answered from what was reviewed: no act
ANSWERED = ("tools/list", "prompts/list", "resources/templates/list", "logging/setLevel")
ACTS = {"resources/list": "resources:list", "resources/read": "resources:read", "prompts/get": "prompts:get",
        "completion/complete": "completion:complete"}

NAMES = {"sdk1": "`@modelcontextprotocol/sdk` 1.x", "client2": "`@modelcontextprotocol/client` 2.x", "python": "Python `mcp`",
         "rmcp": "rmcp", "straight": "`@modelcontextprotocol/client` 2.x"}


class Failed(Exception):
    """A client that did not get to its end."""


@dataclasses.dataclass
class Verdict:
    table: str = ""
    document: str = ""
    compared: int = 0
    refused: int = 0
    troubles: list = dataclasses.field(default_factory=list)


def judge(runs, exceptions, main, whole):
    verdict = Verdict()
    used = set()
    rows = []
    for run in runs:
        rows += [(run, *row) for row in judge_run(run, exceptions.get(run["server"], {}), used, verdict)]
    if whole:
        named = {(server, name) for server, some in exceptions.items() for name in some}
        for server, name in sorted(named - used):
            verdict.troubles.append(f"exceptions.json names {server}/{name}, which is as it is directly: take it out")
    table = [cells for run, *cells in rows if run["client"] == main and run["how"] == "wrapped"]
    head = ("server/tool", "effect", "decision", "result")
    verdict.table = columns([head, *[(f"{server}/{name}", *more) for server, name, *more in table]])
    verdict.document = document(runs, table, exceptions) + served(rows)
    return verdict


def judge_run(run, exceptions, used, verdict):
    """Each step of one pair of server and client."""
    server, volatile = run["server"], run["plan"]["volatile"]
    how, direct, through = run["how"], run["direct"], run["through"]
    who = f"{server} with {run['client']}, {how}"
    offered = tools(direct["outcomes"][0], f"{who}, directly")
    shown = tools(through["outcomes"][0], who)
    trouble = lambda what: verdict.troubles.append(f"{who}: {what}")
    if shown.pop(AUTHORITY, None) is None:
        trouble(f"`{AUTHORITY}` is not offered")
    # behind a wrapper the line in the client's configuration is the consent: there is nobody to ask for more
    for own in (COMPLETE, REQUEST):
        if (shown.pop(own, None) is not None) != (how == "served"):
            trouble(f"`{own}` is offered where it should not be, or is not")
    planned = {call["tool"] for call in run["plan"]["calls"]}
    for name in sorted(offered.keys() - planned - exceptions.keys()):
        trouble(f"`{name}` is offered and servers.json does not call it")
    for name in sorted(shown.keys() - offered.keys()):
        trouble(f"`{name}` is offered {how} and not directly")
    for name in sorted(offered.keys() & shown.keys()):
        same(offered[name], shown[name], volatile, verdict) or trouble(f"the words of `{name}` differ")
    decided = decisions(run["events"])
    for name in sorted(offered.keys() - shown.keys()):
        if "instead" not in exceptions.get(name, {}):
            trouble(f"`{name}` is not offered {how}")
        used.add((server, name))
        yield server, name, "", "not offered", exceptions.get(name, {}).get("instead", "")
    for step, before, after in zip(direct["steps"][1:], direct["outcomes"][1:], through["outcomes"][1:], strict=True):
        method = step["method"]
        tool = step["params"].get("name") if method == "tools/call" else ACTS.get(method)
        if method == "tools/call" and tool not in shown:
            # called all the same: what is not offered is refused, and reaches no server
            for _, decision in decided.pop(tool, []):
                decision == "refused" or trouble(f"`{tool}` is not offered and was {decision}")
            continue
        if method == "logging/setLevel" and through["era"] == "newer":
            "error" in after or trouble("the newer era has no `logging/setLevel`, and it was answered")
            continue
        label = tool or method
        refusal = refused(after)
        verdict.refused += refusal is not None
        equal = same(outcome(before), outcome(after), volatile, verdict)
        failed = "error" in before or before.get("result", {}).get("isError", False)
        excepted = exceptions.get(label, {})
        if excepted:
            used.add((server, label))
        elif failed:
            trouble(f"`{label}` fails directly: {json.dumps(outcome(before))[:300]}")
        elif refusal is not None:
            trouble(f"`{label}` is refused: {refusal}")
        elif not equal:
            trouble(f"`{label}` differs: directly {trimmed(before)}, {how} {trimmed(after)}")
        # a note that comes with the answer may be lost in a client: how many there are is not compared
        if step.get("progress") and not (before["progress"] and after["progress"]):
            trouble(f"`{label}` told no progress: directly {before['progress']} notes, {how} {after['progress']}")
        if method in ANSWERED:
            yield server, label, "", "answered", "same" if equal else excepted.get("instead", "differs")
            continue
        act = decided.get(label, [])
        effect, decision = act.pop(0) if act else ("", "not begun" if excepted else "NOT RECORDED")
        if decision != "allowed" and not excepted:
            trouble(f"`{label}`: {decision}")
        yield server, label, effect, decision, "same" if equal and not excepted else excepted.get("instead", "differs")
    for label in sorted(label for label, left in decided.items() if left):
        trouble(f"the record has acts of `{label}` that nobody asked for")
    logs = [sum(one["logs"] for one in side["outcomes"]) for side in (direct, through)]
    # over HTTP they come on a stream of their own, and one that comes between two calls is not passed on
    beside = how == "served" and "http" in run["plan"]
    if logs[0] and through["era"] == "older" and not logs[1] and not beside:
        trouble(f"log lines come directly and not {how}")
    if through["era"] == "newer" and logs[1]:
        trouble("log lines come that were not asked for")


def tools(listed, who):
    if "error" in listed:
        raise Failed(f"{who}: tools/list gave {listed['error']}")
    # how a tool is run as an MCP task is said in the older era alone
    return {tool["name"]: {**tool, "execution": None} for tool in listed["result"]["tools"]}


def outcome(one):
    return {name: one[name] for name in ("result", "error") if name in one}


def trimmed(one):
    return json.dumps(outcome(one))[:400]


def refused(one):
    """The code of our own no, if it is one."""
    for said in ((one.get("result") or {}).get("_meta") or {}).get(REFUSAL), (one.get("error") or {}).get("data"):
        if isinstance(said, dict) and "disposition" in said:
            return said["code"]
    return None


def same(before, after, volatile, verdict):
    verdict.compared += 1
    return normal(before, volatile) == normal(after, volatile)


def normal(value, volatile):
    text = json.dumps(plain(value), sort_keys=True)
    for pattern in volatile:
        text = re.sub(pattern, "~", text)
    return text


def plain(value):
    """Without what only one era has, and without members that say nothing. A text that is an object is read as one: a
    process that another one starts has its environment in another order."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return plain(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, one in value.items():
        one = plain({key: of for key, of in one.items() if key != SERVER_INFO}) if name == "_meta" and one else plain(one)
        if name not in OF_AN_ERA and one is not None and not (name == "_meta" and not one):
            kept[name] = one
    return kept


def decisions(events):
    """What was decided, by tool, in order: effect and decision; each allowed act must have its end."""
    ended = {event["data"]["begun"]: event["data"]["status"] for event in events if event["kind"] == "action.ended"}
    found = {}
    for event in events:
        if event["kind"] not in ("action.begun", "action.refused", "action.waiting"):
            continue
        action = event["data"]["action"]
        decision = {"action.begun": "allowed", "action.refused": "refused", "action.waiting": "waits"}[event["kind"]]
        if decision == "allowed" and ended.get(event["leaf"]) != "done":
            decision = "allowed, in doubt"
        name = action["tool"].split("/", 1)[1]
        effect = action["effect"] + ("" if action["egress"] == "none" else ", egress")
        found.setdefault(name, []).append((effect, decision))
    return found


def columns(rows):
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def document(runs, table, exceptions):
    out = ["# The first hour", "",
           "Official servers of the Model Context Protocol, each behind a fresh `bailiwick wrap`, each tool called once as",
           "documented. Generated by `suites/first_hour/run.sh --write`; the suite fails when it is not current.", "",
           "| server | tool or method | effect | decision | result, against the direct connection |",
           "|---|---|---|---|---|"]
    out += ["| " + " | ".join(f"`{cell}`" if at == 1 else cell for at, cell in enumerate(row)) + " |" for row in table]
    out += ["", "*Answered* is what needs no decision: it comes from the reviewed words. Effects are what the server's own",
            "annotations propose: a tool that says it reads is `read`, every other one is `write`; `egress` is said of those",
            "that do not rule out an open world.", "", "## Exceptions", "",
            "| server | tool | instead | waits for |", "|---|---|---|---|"]
    for server, some in sorted(exceptions.items()):
        for name, excepted in sorted(some.items()):
            out.append(f"| {server} | `{name}` | {excepted['instead']} | {excepted['waits_for']} |")
    out += ["", "## Clients", "", "Which era each client speaks with the wrapper; each gets the same answers as directly.", "",
            "| client | " + " | ".join(dict.fromkeys(run["server"] for run in runs)) + " |",
            "|---|" + "---|" * len({run["server"] for run in runs})]
    wrapped = [run for run in runs if run["how"] == "wrapped"]
    for client in dict.fromkeys(run["client"] for run in wrapped):
        eras = [run["through"]["era"] for run in wrapped if run["client"] == client]
        out.append(f"| {NAMES[client]} | " + " | ".join(eras) + " |")
    return "\n".join(out) + "\n"


def served(rows):
    """One line for each client and server behind `bailiwick serve`."""
    out = ["", "## Behind `bailiwick serve`", "",
           "One node that all five servers were described to with `apply`, each tool called once under a task of that run, at",
           "`/mcp/{server}`. Compared with what the same client gets from the server directly, over stdio. Log lines that a",
           "server of Streamable HTTP says between two calls are not passed on.", "",
           "| server | node to server | client | client to node | era | acts allowed | refused | answers |",
           "|---|---|---|---|---|---|---|---|"]
    runs = [run for run, *_ in rows if run["how"] == "served"]
    for run in {id(run): run for run in runs}.values():
        cells = [row for of, *row in rows if of is run]
        acts = [decision for *_, decision, _ in cells if decision.startswith("allowed")]
        refused = sum(decision == "refused" for *_, decision, _ in cells)
        others = sum(result != "same" for *_, result in cells)
        over = "Streamable HTTP" if "http" in run["plan"] else "stdio"
        door = "HTTP, with proofs of its own" if run["client"] == "straight" else "`bailiwick connect`"
        answers = "same" if not others else f"same, but for {others} of the exceptions"
        out.append(f"| {run['server']} | {over} | {NAMES[run['client']]} | {door} | {run['through']['era']} | {len(acts)} | "
                   f"{refused} | {answers} |")
    return "\n".join(out) + "\n"
