"""AgentDojo's environments as MCP servers: the tools of a suite, by its own functions, over Streamable HTTP.

One environment at a time: whoever plays puts it in."""

import http.server
import json
import threading

from agentdojo.functions_runtime import FunctionsRuntime
from pydantic_core import to_jsonable_python

# the newest of the older era: what a server without sessions and streams needs to speak
VERSION = "2025-06-18"


class World:
    """A suite, its environment of the moment, and an address for each server of the catalogue."""

    def __init__(self, suite, servers):
        """`servers` says of each which of the suite's tools are its own."""
        self.suite, self.servers, self.environment, self.calls = suite, servers, None, []
        self.runtime = FunctionsRuntime(suite.tools)
        self.door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.door.daemon_threads = True
        threading.Thread(target=self.door.serve_forever, daemon=True).start()

    def url(self, server):
        return f"http://127.0.0.1:{self.door.server_port}/{server}"

    def put(self, environment):
        self.environment, self.calls = environment, []

    def tools(self, server):
        offered = []
        for name in self.servers[server]:
            of = self.runtime.functions[name]
            schema = {**of.parameters.model_json_schema(), "additionalProperties": False}
            offered.append({"name": name, "description": of.description, "inputSchema": schema})
        return offered

    def call(self, server, name, arguments):
        if name not in self.servers[server]:
            raise KeyError(name)
        result, error = self.runtime.run_function(self.environment, name, arguments)
        self.calls.append(name)
        if error is not None:
            return {"content": [{"type": "text", "text": error}], "isError": True}
        value = to_jsonable_python(result)
        return {"content": [{"type": "text", "text": json.dumps(value)}], "structuredContent": {"result": value}}

    def answer(self, server, asked):
        params = asked.get("params") or {}
        match asked["method"]:
            case "initialize":
                return {"protocolVersion": VERSION, "capabilities": {"tools": {}}, "serverInfo": {"name": server, "version": "1"}}
            case "tools/list":
                return {"tools": self.tools(server)}
            case "tools/call":
                return self.call(server, params["name"], params.get("arguments") or {})
            case "ping":
                return {}

    def handler(world):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if "id" not in asked:
                    return self.said(202, None)
                answer = {"jsonrpc": "2.0", "id": asked["id"]}
                try:
                    result = world.answer(self.path.strip("/"), asked)
                    answer |= {"error": {"code": -32601, "message": "no such method"}} if result is None else {"result": result}
                except Exception as error:  # what a function of the suite does not catch is an answer as well
                    answer["error"] = {"code": -32603, "message": f"{type(error).__name__}: {error}"}
                self.said(200, answer)

            def do_GET(self):
                self.said(405, None)

            do_DELETE = do_GET

            def said(self, status, answer):
                body = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                if body:
                    self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
