"""Python `mcp`, which asks for the newer era first: reads a job from standard input, drives the server, writes outcomes."""

import asyncio
import json
import sys

import mcp.client.session
from mcp import Client, StdioServerParameters
from mcp_types import (CreateMessageResult, ElicitResult, ListRootsResult, PromptReference, Root, TextContent)

JOB = json.load(sys.stdin)
# A machine that is busy is not an older server: which era is spoken must not hang on how soon the probe is answered.
assert mcp.client.session.DISCOVER_TIMEOUT_SECONDS > 0
mcp.client.session.DISCOVER_TIMEOUT_SECONDS = 120.0


async def sampled(*_):
    return CreateMessageResult(model="none", role="assistant", content=TextContent(type="text", text="hello"))


async def elicited(*_):
    return ElicitResult(action="accept", content={"name": "Ada", "check": True})


async def roots(*_):
    return ListRootsResult(roots=[Root(uri=f"file://{JOB['play']}", name="play")])


async def step(client, method, params, progress):
    match method:
        case "tools/list":
            return await client.list_tools()
        case "tools/call":
            return await client.call_tool(params["name"], params["arguments"], progress_callback=progress)
        case "resources/list":
            return await client.list_resources()
        case "resources/templates/list":
            return await client.list_resource_templates()
        case "resources/read":
            return await client.read_resource(params["uri"])
        case "prompts/list":
            return await client.list_prompts()
        case "prompts/get":
            return await client.get_prompt(params["name"], params.get("arguments"))
        case "completion/complete":
            context = params.get("context", {}).get("arguments")
            return await client.complete(PromptReference(**params["ref"]), params["argument"], context_arguments=context)
        case "logging/setLevel":
            return await client.set_logging_level(params["level"])
    raise ValueError(f"no such step: {method}")


async def main():
    logs = []

    async def log(params):
        logs.append(params)

    server = StdioServerParameters(command=JOB["server"]["command"], args=JOB["server"]["args"], env=JOB["server"]["env"])
    asked = {"sampling_callback": sampled, "elicitation_callback": elicited, "list_roots_callback": roots}
    outcomes = []
    async with Client(server, logging_callback=log, **asked) as client:
        for one in JOB["steps"]:
            before, seen, outcome = len(logs), [], {}

            async def progress(*note):
                seen.append(note)

            try:
                result = await step(client, one["method"], one["params"], progress if one.get("progress") else None)
                outcome["result"] = result.model_dump(mode="json", by_alias=True, exclude_unset=True)
            except Exception as error:  # whatever it is, it is the outcome
                said = getattr(error, "error", None)
                outcome["error"] = {
                    "code": getattr(said, "code", type(error).__name__),
                    "message": str(error),
                    "data": getattr(said, "data", None),
                }
            outcomes.append({**outcome, "progress": len(seen), "logs": len(logs) - before})
        era = "newer" if str(client.protocol_version) >= "2026" else "older"
    json.dump({"era": era, "outcomes": outcomes}, sys.stdout)


asyncio.run(main())
