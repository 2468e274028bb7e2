#!/usr/bin/env python3
"""Every verb's --json is what its schema in schema/ promises.
Usage: cli_schema_test.py PENSTOCKD PENSTOCK
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
from cli_support import Tap, Tool, check, connection_of, equal, run_with_world

SCHEMAS = Path(__file__).parent / "schema"

tap = Tap()


def schema_of(verb):
    schema = json.loads((SCHEMAS / f"{verb}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def help_of(tool, *verb):
    return tool.done(*verb, "--help").decode()


def verbs_with_json(tool):
    page = help_of(tool)
    verbs = re.findall(r"^  ([a-z]+)  ", page[page.index("\nVerbs:") :], re.M)
    return {verb for verb in verbs if "\n  --json " in help_of(tool, verb)}


def validate(verb, output, count=1):
    lines = output.splitlines()
    equal(len(lines), count, verb)
    for line in lines:
        errors = [error.message for error in schema_of(verb).iter_errors(json.loads(line))]
        equal(errors, [], f"{verb}: {line}")


def calls(world):
    """Arguments, the number of documents, and what stands on stdin."""
    name, other, ended = world.queue(), world.queue(), world.queue()
    return [
        (("create", name, "--maxsize", "7"), 1, b""),
        (("create", other), 1, b""),
        (("put", name, "hello"), 1, b""),
        (("put", name), 1, b"\xff\x00"),
        (("put", name, "--lines"), 3, b"a\nb\nc"),
        (("ls",), 1, b""),
        (("ls", "pipes"), 1, b""),
        (("ls", "conns"), 1, b""),
        (("ls", "sessions"), 1, b""),
        (("metrics",), 1, b""),
        (("peek", name), 1, b""),
        (("peek", name, "--bytes", "1"), 1, b""),
        (("get", name, "--count", "2"), 2, b""),
        (("join", other), 1, b""),
        (("create", ended, "--ends-with-producers"), 1, b""),
        (("put", ended, "--lines"), 2, b"a\nb"),
        (("tail", ended), 2, b""),
        (("stat",), 1, b""),
        (("stat", name), 1, b""),
        (("pause", name, other), 2, b""),
        (("resume", name), 1, b""),
        (("mv", name, other, "--dry-run"), 1, b""),
        (("mv", name, other, "--count", "1"), 1, b""),
        (("purge", name, "--dry-run"), 1, b""),
        (("watch", name, "--count", "1"), 1, b""),
        (("purge", name, "--yes"), 1, b""),
        (("rm", name, "--dry-run"), 1, b""),
        (("rm", name, "--yes"), 1, b""),
        (("ping", "--count", "2", "--interval", "0"), 2, b""),
        (("top", "--count", "2", "--interval", "10ms"), 2, b""),
        (("watch", "nothing", "--count", "1"), 1, b""),
        (("version",), 1, b""),
        (("health",), 1, b""),
        (("doctor",), 1, b""),
    ]


def validate_pair(first, second):
    """Each prints what the other one sends."""
    for _, process in (first, second):
        process.stdin.write(b"text\n\xff\n")
        process.stdin.close()
        process.stdin = None
    for verb, process in (first, second):
        output = process.communicate(timeout=60)[0]
        equal(process.returncode, 0, verb)
        validate(verb, output, 2)
    return {first[0], second[0]}


def validate_pipes(world):
    options = ("--json", "--lines")
    address = f"unix:{world.folder}/{world.queue()}"
    listen = world.tool.start("listen", address, *options, stdin=subprocess.PIPE)
    listen.stderr.readline()  # it listens
    dial = world.tool.start("dial", address, *options, stdin=subprocess.PIPE)
    seen = validate_pair(("listen", listen), ("dial", dial))
    ends = [
        ("pipe", world.tool.start("pipe", "ends", end, *options, stdin=subprocess.PIPE))
        for end in ("--left", "--right")
    ]
    return seen | validate_pair(*ends)


def validate_kick(world):
    """Both times: what would be closed, and what is."""
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        getter = tool.start("get", "jobs")
        connection = connection_of(broker, getter)
        for option in ("--dry-run", "--yes"):
            validate("kick", tool.done("kick", connection, option, "--json"))
        getter.communicate(timeout=60)
    return {"kick"}


def validate_monitor(world):
    with world.broker(None, "--monitor", "127.0.0.1:0") as broker:
        tool = Tool(world.penstock, broker.url)
        validate("monitor", tool.done("monitor", "--json"))
    return {"monitor"}


@tap.case("what each verb prints follows its schema, and each has one")
def _(world):
    seen = validate_pipes(world) | validate_kick(world) | validate_monitor(world)
    for arguments, count, typed in calls(world):
        validate(arguments[0], world.tool.done(*arguments, "--json", input=typed), count)
        seen.add(arguments[0])
    equal(seen, verbs_with_json(world.tool), "verbs:")
    equal({path.stem for path in SCHEMAS.glob("*.json")}, seen, "schemas:")


@tap.case("the documents of what is not well follow their schemas too")
def _(world):
    nobody = Tool(world.penstock, f"unix:{world.folder}/nobody")
    result = nobody("health", "--json", "--wait", "0")
    check(result, 3)
    validate("health", result.stdout)
    validate("doctor", nobody("doctor", "--json").stdout)


@tap.case("what top and watch say while there is no broker follows their schemas")
def _(world):
    broker = world.broker()
    tool = Tool(world.penstock, broker.url)
    tool.done("put", "jobs", "x")
    options = ("--json", "--interval", "20ms", "--count", "3")
    live = [(verb[0], tool.start(*verb, *options)) for verb in (("top",), ("watch", "jobs"))]
    first = [process.stdout.readline() for _, process in live]
    broker.stop()
    lost = [process.stdout.readline() for _, process in live]
    while b"reconnecting" not in lost[0]:
        lost[0] = live[0][1].stdout.readline()
    for (verb, process), *lines in zip(live, first, lost, strict=True):
        process.kill()
        process.communicate()
        validate(verb, b"".join(lines), 2)
        equal(json.loads(lines[1])["connection"], "reconnecting", verb)


@tap.case("the schemas notice what is missing, and what is too much")
def _(world):
    document = json.loads(world.tool.done("stat", "--json"))
    schema = schema_of("stat")
    equal(schema.is_valid(document), True)
    equal(schema.is_valid({**document, "more": 1}), False)
    document.pop("boot")
    equal(schema.is_valid(document), False)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
