#!/usr/bin/env python3
"""What an operator does with `penstock`: pause, resume, mv, kick.
Usage: cli_operator_test.py PENSTOCKD PENSTOCK
"""

import json
import sys

from cli_support import (
    Tap,
    Tool,
    check,
    connection_of,
    documents,
    equal,
    on_terminal,
    run_with_world,
    wait_until,
)

tap = Tap()


def error_of(process):
    output, error = process.communicate(timeout=60)
    return process.returncode, output, error.decode()


# --- pause and resume ----------------------------------------------------------------------------


@tap.case("a paused queue takes puts up to its maxsize and gives nothing until resume")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "2")
    check(world.tool("pause", name), 0, f"paused '{name}' with 0 items")
    world.tool.done("put", name, "--lines", input=b"a\nb")
    check(world.tool("put", name, "c", "--timeout", "0"), 6)
    check(world.tool("get", name, "--timeout", "0.1"), 1)
    getter = world.tool.start("get", name, "--count", "2", "--lines")
    wait_until(lambda: world.stat(name)["getters"] == 1, "get waits")
    equal(world.stat(name)["ready"], 2)
    check(world.tool("resume", name), 0, f"resumed '{name}' with 2 items")
    equal(error_of(getter)[:2], (0, b"a\nb\n"))


@tap.case("ls and stat show that a queue is paused")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    world.tool.done("pause", name, "-q")
    line = next(
        line for line in world.tool.done("ls").decode().splitlines() if line.startswith(name)
    )
    equal(line.split()[-1], "paused")
    equal(f"{name} (paused)" in world.tool.done("stat", name).decode(), True)
    equal(world.stat(name)["paused"], True)
    world.tool.done("resume", name)
    equal(world.stat(name)["paused"], False)


@tap.case("with one name that is wrong none is paused")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    check(world.tool("pause", name, "nothing-of-that-name"), 1, "nothing-of-that-name", "ls")
    equal(world.stat(name)["paused"], False)
    check(world.tool("pause"), 2, "NAME")


# --- mv ------------------------------------------------------------------------------------------


@tap.case("mv moves in order, and says what was there before and after")
def _(world):
    source, target = world.queue(), world.queue()
    world.tool.done("put", source, "--lines", input=b"a\nb\nc")
    world.tool.done("put", target, "x")
    equal(
        world.tool.done("mv", source, target, "--dry-run").decode(),
        f"would move 3 items from '{source}' to '{target}'\n",
    )
    equal(world.stat(source)["ready"], 3)
    check(
        world.tool("mv", source, target, "--count", "2"),
        0,
        f"moved 2 items from '{source}' to '{target}'; '{source}': 3 -> 1, '{target}': 1 -> 3",
    )
    equal(world.tool.done("get", target, "--count", "3", "--lines"), b"x\na\nb\n")
    equal(world.tool.done("get", source), b"c")


@tap.case("mv moves what there is room for, and says so if there is none")
def _(world):
    source, target = world.queue(), world.queue()
    world.tool.done("put", source, "--lines", input=b"a\nb\nc")
    world.tool.done("create", target, "--maxsize", "2")
    [document] = documents(world.tool.done("mv", source, target, "--json"))
    equal([document[key] for key in ("items", "from_after", "to_after")], [2, 1, 2])
    check(world.tool("mv", source, target), 6, f"'{target}' has no room", "penstock get")
    check(world.tool("mv", target, source), 0, "moved 2 items")
    check(world.tool("mv", target, source), 1, f"'{target}' has no item")


@tap.case("mv says which queue is not there, is the same, or takes no more")
def _(world):
    name, ends = world.queue(), world.queue()
    world.tool.done("put", name, "a")
    check(world.tool("mv", name, "no-such-queue"), 1, "no-such-queue")
    check(world.tool("mv", "no-such-queue", name), 1, "no-such-queue")
    check(world.tool("mv", name, name), 2, "to itself")
    check(world.tool("mv", name, name, "--count", "0"), 2, "--count")
    world.tool.done("create", ends, "--ends-with-producers")
    world.tool.done("put", ends, "a")
    check(world.tool("mv", name, ends), 1, f"'{ends}' has ended")
    equal(world.stat(name)["ready"], 1)


# --- kick ----------------------------------------------------------------------------------------


@tap.case("a kicked producer that waits is told, and the log says who asked for it")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("create", "jobs", "--maxsize", "1")
        tool.done("put", "jobs", "there")
        producer = tool.start("put", "jobs", "waits")
        wait_until(lambda: json.loads(tool.done("stat", "jobs", "--json"))["putters"] == 1, "put")
        connection = connection_of(broker, producer)
        check(tool("kick", connection), 2, f"`penstock kick {connection} --yes`", "--dry-run")
        shown = tool.done("kick", connection, "--dry-run").decode()
        equal(shown.startswith(f"would close connection {connection} (client 'penstock:"), True)
        equal(f"pid={producer.pid}; 1 call waits, 0 items not" in shown, True, shown)
        check(tool("kick", connection, "--yes"), 0, f"closed connection {connection} (")
        code, _, error = error_of(producer)
        equal((code, "closed by an operator" in error), (7, True), error)
        equal(f"session_kicked conn={connection}" in broker.log_text(), True, broker.log_text())
        equal(tool.done("get", "jobs"), b"there")
        check(tool("get", "jobs", "--timeout", "0"), 1)
        check(tool("kick", connection, "--yes"), 1, f"there is no connection {connection}")


@tap.case("kick asks on a terminal, and takes numbers only")
def _(world):
    with world.broker() as broker:
        own = type(world)(world.penstockd, world.penstock, world.folder)
        own.tool = Tool(world.penstock, broker.url)
        getter = own.tool.start("get", "jobs")
        connection = connection_of(broker, getter)
        code, _, text = on_terminal(own, ("kick", connection), b"\n")
        equal((code, f"close connection {connection} (".encode() in text), (1, True), text)
        equal(getter.poll(), None)
        code, _, text = on_terminal(own, ("kick", connection), b"y\n")
        equal(code, 0, text)
        code, _, error = error_of(getter)
        equal((code, "closed by an operator" in error), (3, True), error)
        check(own.tool("kick", connection, "--dry-run"), 1, f"there is no connection {connection}")
        check(own.tool("kick", "jobs", "--yes"), 2, "'jobs' is no whole number")
        check(own.tool("kick", "0", "--yes"), 2, "at least 1")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
