"""A client of the older era over the standard streams of a command, as an MCP client starts it."""

import json
import subprocess


class Client:
    def __init__(self, command, **how):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                      text=True, **how)
        self.next = 0
        client = {"name": "suite", "version": "1"}
        self.ask("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=client)
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def send(self, message):
        self.child.stdin.write(json.dumps(message) + "\n")
        self.child.stdin.flush()

    def ask(self, method, **params):
        self.next += 1
        self.send({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params})
        for line in self.child.stdout:
            message = json.loads(line)
            if message.get("id") == self.next and "method" not in message:
                return message
        raise SystemExit(f"{method}: the client was told nothing")

    def call(self, tool, **arguments):
        return self.ask("tools/call", name=tool, arguments=arguments)

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=30)
