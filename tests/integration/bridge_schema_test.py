#!/usr/bin/env python3
"""Each frame that the monitor sends is what the schema in docs/monitor.md promises.
Usage: bridge_schema_test.py PENSTOCKD PENSTOCK PENSTOCK_BRIDGE MONITOR_MD
"""

import json
import os
import re
import sys
from pathlib import Path

import jsonschema
from bridge_support import Live, run_with_bridge
from cli_support import Tap, Tool, code_blocks, equal

tap = Tap()
PAGE = Path(sys.argv[4])
SCHEMA = json.loads(code_blocks(PAGE, "json")[0])
KINDS = ("queues", "pipes", "connections", "waits")


class Checked:
    """Holds each message against the definition of its type, and remembers which there were."""

    def __init__(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        self.seen = {}

    def __call__(self, message):
        if message["t"] == "close":
            return
        definition = {"$ref": f"#/definitions/{message['t']}", "definitions": SCHEMA["definitions"]}
        errors = [
            f"{list(error.path)}: {error.message}"
            for error in jsonschema.Draft7Validator(definition).iter_errors(message)
        ]
        equal(errors, [], str(message)[:300])
        jsonschema.Draft7Validator(SCHEMA).validate(message)
        self.seen[message["t"]] = message


def watch(bridge, checked):
    live = Live(bridge, ticket=bridge.ticket("operator"))
    receive = live.receive

    def checking():
        message = receive()
        checked(message)
        return message

    live.receive = checking
    views = [{"id": kind, "kind": kind} for kind in KINDS]
    live.send({"t": "hello", "proto": 1, "tick_ms": 250, "views": views})
    return live


@tap.case("every type of frame, from a broker where something of each kind happens")
def _(world):
    name, other = world.queue(), world.queue()
    world.tool.done("create", name, "--maxsize", "1")
    world.tool.done("create", other)
    world.tool.done("put", name, "x")
    waiting = world.tool.start("put", name, "\xff")
    checked = Checked()
    try:
        with world.bridge("--monitor-operator") as bridge, watch(bridge, checked) as live:
            live.until("delta", also=lambda message: message.get("attention"))
            live.send({"t": "ping", "c": 1})
            live.until("pong")
            for command in (
                {"op": "peek", "target": name, "count": 5},
                {"op": "move", "target": name, "to": other},
                {"op": "purge", "target": name},
            ):
                live.send({"t": "cmd", "id": "c", **command})
                live.until("res")
            live.send({"t": "view", "id": "queues", "filter": name})
            live.until("delta", also=lambda message: "cols" in message["views"].get("queues", {}))
            live.until("tick")
            live.send({"t": "dance"})
            live.until("bye")
            status, _, body = bridge.ask("/api/v1/state", token=bridge.token())
            equal(status, 200)
            checked(json.loads(body))
            with watch(bridge, checked) as again:
                again.send({"t": "hello"})
                again.until("bye")
            with bridge.live(boot="another", since=1) as stranger:
                checked(stranger.until("gone"))
    finally:
        waiting.kill()
        waiting.communicate()
    equal(set(checked.seen), {reference["$ref"].split("/")[-1] for reference in SCHEMA["oneOf"]})


@tap.case("the columns are those that the page lists")
def _(world):
    text = PAGE.read_text()
    with world.bridge() as bridge:
        for kind, view in bridge.state()["views"].items():
            row = re.search(rf"^\| `{kind}` \| (.*) \|$", text, re.M)[1]
            equal(re.sub(r" \([^)]*\)", "", row).split(", "), view["cols"], kind)


@tap.case("what is wrong with no schema is found: a frame that is spoilt is refused")
def _(world):
    del world
    checked = Checked()
    for spoilt in (
        {"t": "tick", "ver": 1},
        {"t": "tick", "ver": -1, "now": 1},
        {"t": "bye", "code": 4001, "why": "x", "retry_ms": 1},
        {"t": "res", "id": "c", "ok": False, "ver": 1},
        {"t": "delta", "from": 1, "ver": 2, "now": 1, "views": {"q": {}}},
    ):
        try:
            checked(spoilt)
        except AssertionError:
            continue
        raise AssertionError(f"taken: {spoilt}")


if __name__ == "__main__":
    os.environ.pop("PENSTOCK_URL", None)
    sys.exit(run_with_bridge(tap, Tool))
