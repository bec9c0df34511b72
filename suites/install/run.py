"""The story of an installation. run.sh has made two accounts and a copy of the binary; argv: folder, account, another."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

from mcp import Client

WORK, ME, OTHER = Path(sys.argv[1]), pwd.getpwnam(sys.argv[2]), pwd.getpwnam(sys.argv[3])
HERE = Path(__file__).parent
BINARY = str(WORK / "bailiwick")
CONFIG = WORK / ME.pw_name / ".mcp.json"
SECRET = "s3cret-of-the-bank-0123456789"
HOME = "/var/lib/bailiwick"


def step(words):
    print(f"   {words}", flush=True)


def fail(words):
    sys.exit(f"not as expected: {words}")


def expect(words, good, found=""):
    if not good:
        fail(f"{words}: {found}")


def as_account(who):
    """What a command is started with under an account, as a login of it would be."""
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": [],
            "env": {"HOME": who.pw_dir, "PATH": "/usr/bin:/bin"}, "cwd": who.pw_dir}


def ran(*command, code=0, **how):
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, **how)
    if code is not None and done.returncode != code:
        fail(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def node(*words, code=0):
    return ran(BINARY, "--home", HOME, *words, code=code).stdout


def configure(entry):
    other = {"command": "keep-me", "args": []}
    CONFIG.write_text(json.dumps({"first": 1, "mcpServers": {"other": other, "bank": entry}, "last": [1.50]}, indent=2))
    os.chown(CONFIG, ME.pw_uid, ME.pw_gid)


def entry():
    return json.loads(CONFIG.read_text())["mcpServers"]["bank"]


def processes(account):
    """Processes of an account by their uid."""
    uid = pwd.getpwnam(account).pw_uid
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == uid:
                found.append(int(process.name))
        except OSError:
            pass
    return found


def wait_for(what, look):
    for _ in range(300):
        found = look()
        if found:
            return found
        time.sleep(0.1)
    fail(f"{what} did not come")


def status_of(process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":\t") for line in lines)}


def wrapped():
    """The user's own node has decided for the bank, and its person has looked at it."""
    wrap = [BINARY, "wrap", "--name", "bank", "--", BINARY, "demo-server", "bank"]
    configure({"command": BINARY, "args": wrap[1:], 
               "env": {"BANK_PASSWORD": SECRET, "BANK_MODE": "live", "LD_PRELOAD": "/tmp/somebodys.so"}})
    client = Client(wrap, **as_account(ME))
    expect("the wrapped bank answers", "result" in client.call("balance"))
    ran(BINARY, "server", "review", "bank", "--yes", **as_account(ME))
    told = json.loads(ran(BINARY, "enforcement", "--json", code=1, **as_account(ME)).stdout)
    states = {(pair["agent"], pair["server"]): pair["state"] for pair in told["pairs"]}
    expect("a wrapped server is cooperative", states[("personal", "bank")] == "cooperative", states)
    client.close()


def install(*more, code=0):
    return ran(BINARY, "install", "--for", ME.pw_name, "--name", "bank", "--config", str(CONFIG), "--env",
               "BANK_PASSWORD", "--env", "BANK_MODE", *more, "--", BINARY,
               "demo-server", "bank", code=code).stdout


def dry_run():
    """Each step is said, none is done, and no secret is told."""
    before = CONFIG.read_text()
    told = install("--dry-run")
    expect("a dry run says each step", all(word in told for word in ("useradd", "secret ", "file ", "connect")), told)
    expect("and tells no secret", SECRET not in told, told)
    expect("and changes nothing", CONFIG.read_text() == before and not Path("/etc/bailiwick").exists(), told)
    names = {one.pw_name for one in pwd.getpwall()}
    expect("and makes no account", not names & {"bailiwick", "bw-bank"}, names)


def what_the_user_can_change_is_not_installed():
    """What the user can change is not run with the bank's secrets."""
    theirs = WORK / ME.pw_name / "server"
    theirs.write_text("#!/bin/sh\n")
    theirs.chmod(0o755)
    os.chown(theirs, ME.pw_uid, ME.pw_gid)
    done = ran(BINARY, "install", "--for", ME.pw_name, "--name", "theirs", "--", str(theirs), code=2)
    expect("a program that the user can change is in the way", "can be changed by others" in done.stdout, done.stdout)
    done = ran(BINARY, "install", "--for", "root", "--", BINARY, "demo-server", "bank", code=2)
    expect("root's agents are not installed", "no agent of root's" in done.stderr, done.stderr)
    done = ran(BINARY, "install", "--for", ME.pw_name, "--", BINARY, "demo-server", "bank", code=None, **as_account(ME))
    expect("who is not root installs nothing", done.returncode == 2 and "run it with sudo" in done.stdout, done.stdout)
    expect("and nothing was made", not Path("/etc/bailiwick").exists())


def an_installation_that_is_broken_off_leaves_the_client_whole():
    """Killed again and again, each time a little later: the client's entry is whole, as it was or as it is to be."""
    before, after = entry(), 0
    for hundredth in range(2, 60, 3):
        child = subprocess.Popen([BINARY, "install", "--for", ME.pw_name, "--name", "bank", "--config", str(CONFIG),
                                  "--env", "BANK_PASSWORD", "--env", "BANK_MODE", "--", BINARY, "demo-server", "bank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(timeout=hundredth / 100)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
        now = entry()
        expect("the entry is whole", now == before or now["args"][0] == "connect", now)
        after += 1
    step(f"broken off {after} times")


def installed():
    """Once through; once more there is nothing left to do."""
    told = install()
    expect("the run after them goes through", "IN THE WAY" not in told, told)
    again = install()
    expect("once more there is nothing left to do", "done        " not in again.replace("done        reviews", ""), again)
    expect("the reviews were taken over", "wait for a review" not in again, again)
    whole = json.loads(CONFIG.read_text())
    expect("all else of the client's configuration stays", whole["first"] == 1 and whole["last"] == [1.5]
           and whole["mcpServers"]["other"]["command"] == "keep-me", whole)
    expect("its entry is `connect` alone", entry()["args"][0] == "connect" and "env" not in entry(), entry())
    expect("and holds no secret", SECRET not in CONFIG.read_text())
    shown = json.loads(node("server", "show", "bank", "--json"))
    stdio = shown["document"]["transport"]["stdio"]
    expect("the server's document names the secret", stdio["env"]["BANK_PASSWORD"] == "secret:bank-BANK_PASSWORD", stdio)
    expect("of the others it has those that were named", set(stdio["env"]) == {"BANK_PASSWORD", "BANK_MODE"}, stdio)
    expect("and its account", stdio["run_as"] == "bw-bank", stdio)
    expect("each tool is as it was reviewed", {tool["standing"] for tool in shown["tools"]} == {"reviewed"}, shown["tools"])
    expect("before anybody calls nothing is said to be enforced",
           {pair["state"] for pair in json.loads(node("enforcement", "--json", code=1))["pairs"] if pair["agent"] == "bank"}
           == {"not_seen"})


def started():
    done = ran(BINARY, "--home", HOME, "task", "start", "bank", "--agent", "bank", "--yes", "--json")
    return json.loads(done.stdout.splitlines()[-1])["task"]


def an_agent_of_an_account_of_its_own_is_enforced_and_each_act_says_so():
    """The agent acts through `connect`, under its own account; the server runs under its own."""
    task = started()
    client = Client([entry()["command"], *entry()["args"]], **as_account(ME))
    answer = client.call("balance")
    expect("the agent's call goes through", "result" in answer and not answer["result"].get("isError"), answer)
    server = wait_for("the server's process", lambda: processes("bw-bank"))[0]
    status = status_of(server)
    uid = str(pwd.getpwnam("bw-bank").pw_uid)
    expect("the server has one account", status["Uid"] == [uid] * 4, status["Uid"])
    expect("and no groups", status["Groups"] == [], status["Groups"])
    for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        expect(f"and no right besides ({held})", int(status[held][0], 16) == 0, status[held])
    expect("and gets none", status["NoNewPrivs"] == ["1"], status["NoNewPrivs"])
    given = Path(f"/proc/{server}/environ").read_bytes().split(b"\0")
    expect("it has its secret and its home", f"BANK_PASSWORD={SECRET}".encode() in given
           and b"HOME=/var/lib/bailiwick-servers/bank" in given, given)
    at_node = json.loads(node("status", "--json"))["node"]["pid"]
    may = status_of(at_node)
    expect("the node runs under its own account", may["Uid"][0] == str(pwd.getpwnam("bailiwick").pw_uid), may["Uid"])
    told = json.loads(node("enforcement", "--json", code=None))
    states = {(pair["agent"], pair["server"]): (pair["state"], pair["from"]) for pair in told["pairs"]}
    expect("which is enforced", states[("bank", "bank")] == ("enforced", [f"account {ME.pw_uid}"]), states)
    modes = [event_mode(event) for event in node("event", "list", "--task", task, "--json").splitlines() if "action.begun" in event]
    expect("and each of its acts says so", modes and set(modes) == {"enforced"}, modes)
    the_agents_account_and_the_servers_own_get_around_nowhere(server, at_node)
    expect("after all that the agent's call goes through as before", "result" in client.call("balance"))
    client.close()
    node("task", "revoke", task)


def event_mode(line):
    event = json.loads(node("event", "show", str(json.loads(line)["leaf"]), "--json"))
    return find(event, "mode")


def find(value, name):
    """The first member of this name, however deep."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        return next((found for one in value if (found := find(one, name)) is not None), None)
    return None


def the_agents_account_and_the_servers_own_get_around_nowhere(server, at_node):
    """The agent's account, and the server's own, try every way around."""
    ids = [str(pwd.getpwnam(name).pw_uid) for name in ("bw-bank", "bailiwick")]
    own = {"read the environment of the server", "read the memory of the server", "open the streams of the server",
           "write to the input of the server", "trace the server", "end the server", "enter the server's folder",
           "become the server's account"}
    # the server's account has itself, and nothing of the node; its input is the node's, which alone may write there
    for who, allowed in ((ME, set()), (OTHER, set()), (pwd.getpwnam("bw-bank"), own - {"end the server", "trace the server"})):
        how = as_account(who) | {"cwd": "/"}
        source = (HERE / "attack.py").read_text()
        if who.pw_name == "bw-bank":
            # it may trace and end itself, and then nobody could ask it further
            source = source.replace('can(f"trace the {what}"', 'what == "server" or can(f"trace the {what}"')
            source = source.replace('can(f"end the {what}"', 'what == "server" or can(f"end the {what}"')
        told = ran("python3", "-c", source, str(server), str(at_node), *ids, **how).stdout.splitlines()
        could = {line.removeprefix("COULD ") for line in told if line.startswith("COULD ")}
        expect(f"`{who.pw_name}` gets around nowhere", could <= allowed, could - allowed)
        # what may be done is done: an attack that always fails would show nothing
        expect(f"`{who.pw_name}` reaches what is its own", could >= allowed - {"write to the input of the server"}, could)
        step(f"`{who.pw_name}`: {len([line for line in told if line.startswith('refused')])} ways refused")
        for words in (["status"], ["task", "start", "bank", "--agent", "bank", "--yes"], ["server", "review", "bank", "--yes"]):
            done = ran(str(WORK / "bailiwick"), "--home", HOME, *words, code=None, **how)
            expect(f"`{who.pw_name}` is not let in at the socket", done.returncode in (1, 2), done.stdout + done.stderr)


def whom_the_socket_lets_in_or_who_has_the_servers_account_is_cooperative_in_the_record():
    """Whoever the socket lets in could go around, and so could who has the server's account: their acts say so."""
    for name, uid in (("root", 0), ("bw-bank", pwd.getpwnam("bw-bank").pw_uid)):
        task = started()
        key = WORK / f"{name}.key"
        key.write_bytes((WORK / ME.pw_name / ".config/bailiwick/bank.key").read_bytes())
        os.chown(key, uid, uid and pwd.getpwuid(uid).pw_gid)
        key.chmod(0o600)
        arguments = [*entry()["args"][:-1], str(key)]
        client = Client([BINARY, *arguments], **as_account(pwd.getpwuid(uid)))
        expect(f"a call of `{name}` goes through", "result" in client.call("balance"))
        modes = [event_mode(event) for event in node("event", "list", "--task", task, "--json").splitlines() if "action.begun" in event]
        expect(f"and is cooperative in the record ({name})", modes and set(modes) == {"cooperative"}, modes)
        client.close()
        node("task", "revoke", task)
    told = json.loads(node("enforcement", "--json", code=1))
    ways = {way["code"] for pair in told["pairs"] if pair["agent"] == "bank" for way in pair["ways"]}
    expect("enforcement says why", ways == {"agent_has_the_nodes_account", "server_has_the_agents_account"}, ways)


def a_program_that_somebody_may_change_is_enforced_no_longer():
    """Once somebody else may change what the server runs, it is enforced no longer."""
    os.chmod(BINARY, 0o777)
    try:
        look = lambda: [way for pair in json.loads(node("enforcement", "--json", code=1))["pairs"] for way in pair["ways"]
                        if way["code"] == "program_can_be_changed"]
        # what was found is believed for a minute
        for _ in range(80):
            if look():
                return
            time.sleep(1)
        fail("nobody noticed that the server's program can be changed")
    finally:
        os.chmod(BINARY, 0o755)


def uninstalled():
    """What was there before is there again; record and keys stay."""
    told = ran(BINARY, "uninstall", "--for", ME.pw_name, "--name", "bank", "--config", str(CONFIG)).stdout
    expect("the entry is as it was", entry()["args"][0] == "wrap" and entry()["env"]["BANK_PASSWORD"] == SECRET, entry())
    names = {one.pw_name for one in pwd.getpwall()}
    expect("no account is left", not names & {"bailiwick", "bw-bank"}, names)
    expect("accounts of others are", {ME.pw_name, OTHER.pw_name} <= names, names)
    expect("the record and the keys stay", Path(f"{HOME}/root.key").is_file(), told)
    expect("no service is left", not Path("/etc/bailiwick/serve").exists(), told)


STORIES = [
    wrapped,
    dry_run,
    what_the_user_can_change_is_not_installed,
    an_installation_that_is_broken_off_leaves_the_client_whole,
    installed,
    an_agent_of_an_account_of_its_own_is_enforced_and_each_act_says_so,
    whom_the_socket_lets_in_or_who_has_the_servers_account_is_cooperative_in_the_record,
    a_program_that_somebody_may_change_is_enforced_no_longer,
    uninstalled,
]
for story in STORIES:
    print(f"{story.__name__}: {(story.__doc__ or '').splitlines()[0] if story.__doc__ else ''}", flush=True)
    story()
print("install: all as expected")
