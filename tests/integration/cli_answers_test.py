#!/usr/bin/env python3
"""What `penstock` tells scripts and people: JSON, exit codes, error texts and help.
Usage: cli_answers_test.py PENSTOCKD PENSTOCK
"""

import base64
import json
import signal
import subprocess
import sys
import time

from cli_support import (
    Tap,
    Tool,
    check,
    documents,
    equal,
    run_with_world,
    wait_until,
    write_key,
)

VERBS = ("create", "doctor", "get", "health", "ls", "peek", "ping", "purge", "put", "rm", "stat")
VERBS += ("version", "join", "tail", "pipe", "listen", "dial")

tap = Tap()


# --- Machines ------------------------------------------------------------------------------------


@tap.case("--json gives text as text, and other bytes as base64")
def _(world):
    name = world.queue()
    items = [b"", b"plain", '"\u20ac"\n\0'.encode(), b"\xff", bytes(range(256)), b"\xed\xa0\x80"]
    for item in items:
        world.tool.done("put", name, input=item)
    output = documents(world.tool.done("get", name, "--json", "--count", str(len(items))))
    for item, document in zip(items, output, strict=True):
        equal((document["size"], document["content_type"]), (len(item), "bytes"))
        if "text" in document:
            equal(document["text"].encode(), item)
        else:
            equal(base64.b64decode(document["base64"], validate=True), item)
    equal(["text" in document for document in output], [True, True, True, False, False, False])
    world.tool.done("put", name, "x")
    equal(documents(world.tool.done("get", name, "--json"))[0]["content_type"], "text")


@tap.case("--json has nothing that a terminal would obey")
def _(world):
    name = world.queue()
    item = "\u009b2J \u202e \x7f \U000e0001 \u20ac"
    world.tool.done("put", name, item)
    for arguments in (("peek", name), ("get", name)):
        out = world.tool.done(*arguments, "--json").decode()
        document = json.loads(out)
        equal(document.get("items", [document])[0]["text"], item)
        equal("\\u009b2J \\u202e \\u007f \\udb40\\udc01 \u20ac" in out, True, out)


# --- Exit codes and error texts ------------------------------------------------------------------


@tap.case("2 for what cannot be meant, with a way on")
def _(world):
    name = world.queue()
    for arguments, *texts in (
        ((), "a verb is missing", "--help"),
        (("--server",), "--server needs a value", "penstock --help"),
        (("-s",), "--server needs a value"),
        (("--timeout", "abc"), "'abc' is no span of time"),
        (("get", name, "--out"), "--out needs a value", "penstock get --help"),
        (("putt",), "no verb 'putt'", "did you mean 'put'?"),
        (("helth",), "did you mean 'health'?"),
        (("frobnicate",), "no verb", "penstock --help"),
        (("help", "putt"), "did you mean 'put'?"),
        (("frobnicate", "--help"), "no verb 'frobnicate'", "penstock --help"),
        (("--bogus",), "no option '--bogus'"),
        (("--timeot", "3", "ls"), "no option '--timeot'", "did you mean '--timeout'?"),
        (("put", name, "--lins"), "did you mean '--lines'?"),
        (("put", "--fil=x"), "no option '--fil'", "did you mean '--file'?"),
        (("put",), "QUEUE", "penstock put --help"),
        (("put", name, "--bogus"), "--bogus", "penstock put --help"),
        (("put", name, "a", "b"), "b"),
        (("put", name, "a", "--lines"), "--lines"),
        (("put", name, "--lines", "--count", "2"), "--count"),
        (("get", name, "--count", "0"), "--count"),
        (("get", name, "--count", "many"), "--count"),
        (("get", name, "--timeout", "-1"), "--timeout", "250ms"),
        (("get", name, "--timeout=-1s"), "--timeout"),
        (("get", name, "--timeout", "soon"), "'soon'"),
        (("put", "not a name", "x"), "not a name", "A-Z"),
        (("put", "", "x"), "1 to 200"),
        (("stat", "not a name"), "stat of 'not a name'", "A-Z"),
        (("purge", "not a name", "--yes"), "not a name", "A-Z"),
        (("put", name, "--file", world.folder), world.folder, "Is a directory"),
        (("put", name, "--size", "1MB"), "'1MB' is no size", "1MiB"),
        (("stat", "--follow", "--interval", "0"), "--interval"),
        (("--key-file", world.folder, "ls"), world.folder, "Is a directory"),
        (("-s", "unix:///socket", "ls"), "unix:/"),
        (("-s", "nonsense", "ls"), "nonsense"),
        (("--key-file", "/nowhere/key", "ls"), "/nowhere/key", "No such file"),
    ):
        result = world.tool(*arguments)
        check(result, 2, "penstock: ", *texts)
        equal((result.stdout, b"Invalid argument" in result.stderr), (b"", False), result.stderr)
    lost = Tool(world.penstock, world.tool.url, PENSTOCK_KEY_FILE="/nowhere/key")
    check(lost("ls"), 2, "/nowhere/key", "PENSTOCK_KEY_FILE")


@tap.case("3 when nobody is there, with the address and what to do")
def _(world):
    for url in (f"unix:{world.folder}/nobody", "tcp:127.0.0.1:1"):
        result = Tool(world.penstock, url)("ls")
        check(result, 3, "penstock: no broker at " + url, "penstockd", "PENSTOCK_URL")


@tap.case("3 when the broker ends while get waits, 7 while put waits")
def _(world):
    for arguments, exit_code, text in (
        (("get", "one"), 3, "no connection"),
        (("put", "bound", "y"), 7, "penstock ls"),
    ):
        with world.broker() as broker:
            tool = Tool(world.penstock, broker.url)
            tool.done("create", "one")
            tool.done("create", "bound", "--maxsize", "1")
            tool.done("put", "bound", "x")
            process = tool.start(*arguments)
            name = arguments[1]

            def waits():
                queues = json.loads(tool.done("ls", "--json"))["queues"]
                return any(q["name"] == name and q["getters"] + q["putters"] > 0 for q in queues)

            wait_until(waits, f"{arguments} waits")
            broker.stop(signal.SIGKILL)
            error = process.communicate(timeout=30)[1]
            result = subprocess.CompletedProcess(arguments, process.returncode, None, error)
            check(result, exit_code, text)


@tap.case("4 without the key, and with a wrong one")
def _(world):
    key = write_key(world.folder)
    with world.broker("tcp:127.0.0.1:0", "--key-file", key) as broker:
        tool = Tool(world.penstock, broker.url)
        check(tool("ls"), 4, "PENSTOCK_KEY_FILE")
        check(tool("ls", "--key-file", key), 0)
        wrong = write_key(world.folder, "quite another key")
        check(tool("ls", "--key-file", wrong), 4, "penstock: ")


@tap.case("5 when the broker stands still: ping, connect")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        process = tool.start("ping", "--timeout", "1s", "--count", "1000", "--interval", "10ms")
        process.stdout.readline()
        broker.process.send_signal(signal.SIGSTOP)
        error = process.communicate(timeout=30)[1]
        check(subprocess.CompletedProcess("ping", process.returncode, None, error), 5, "ping")
        check(tool("ls", "--timeout", "200ms"), 5, "connect", "--timeout")
        start = time.monotonic()
        check(tool("get", "q", "--timeout", "200ms"), 5, "connect", "--timeout")
        if time.monotonic() - start > 8:  # 2 s; without the cap it is 10
            raise AssertionError("--timeout did not cap connecting")


@tap.case("an interrupt ends what waits, and no item is lost")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    process = world.tool.start("get", name)
    wait_until(lambda: world.stat(name)["getters"] == 1, "get waits")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    equal(process.returncode, -signal.SIGINT)  # a shell shows 130
    wait_until(lambda: world.stat(name)["getters"] == 0, "the broker forgets it")
    world.tool.done("put", name, "x")
    equal(world.tool.done("get", name), b"x")


@tap.case("-q leaves out notes and negative answers, but no errors")
def _(world):
    name = world.queue()
    equal(world.tool("get", name, "-q", "--timeout", "0").stderr, b"")
    equal(world.tool("rm", name, "-q", "--yes").stderr, b"")
    check(world.tool("-q", "putt"), 2, "putt")
    check(world.tool("-q", "-s", f"unix:{world.folder}/nobody", "ls"), 3, "no broker")


@tap.case("an error text cannot drive a terminal")
def _(world):
    result = world.tool("put", "\x1b[31mred\x07", "x")
    check(result, 2, r"\x1b[31mred\x07")
    equal([byte for byte in result.stderr if byte < 32 and byte != 10], [])


# --- Help ----------------------------------------------------------------------------------------


@tap.case("each verb's help has examples before options, and the options of all")
def _(world):
    nowhere = Tool(world.penstock, "unix:/nowhere")
    for verb in VERBS:
        text = nowhere.done(verb, "--help").decode()
        parts = ["Examples:\n  penstock", "Usage: penstock " + verb]
        parts += ["\n  -s,--server", "\n  --timeout", "\n  --json"]
        places = [text.index(part) for part in parts]
        equal(places, sorted(places), verb)
        equal(nowhere.done("help", verb).decode(), text)
        equal([line for line in text.splitlines() if len(line) > 80], [])


@tap.case("the program's help names each verb and each exit code; version tells its own")
def _(world):
    nowhere = Tool(world.penstock, "unix:/nowhere")
    text = nowhere.done("--help").decode()
    for part in (*VERBS, "130", "in doubt"):
        if f"\n  {part} " not in text and part not in text:
            raise AssertionError(f"{part} is missing")
    equal(nowhere.done("help").decode(), text)
    equal([line for line in text.splitlines() if len(line) > 80], [])
    equal(nowhere.done("completion", "--help").endswith(b"exit\n"), True)
    equal(nowhere.done("version"), nowhere.done("--version") + b"protocol 1\n")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
