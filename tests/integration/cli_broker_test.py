#!/usr/bin/env python3
"""What `penstock` tells and does about a broker as a whole: stat, purge, health.
Usage: cli_broker_test.py PENSTOCKD PENSTOCK
"""

import json
import signal
import socket
import subprocess
import sys
import threading
import time

from cli_support import (
    Tap,
    Tool,
    check,
    documents,
    equal,
    on_terminal,
    run_with_world,
    wait_until,
    write_key,
)

tap = Tap()


def ended(process, arguments=()):
    """What a process that must end by itself left behind."""
    output, error = process.communicate(timeout=30)
    return subprocess.CompletedProcess(arguments, process.returncode, output, error)


# --- stat ----------------------------------------------------------------------------------------


@tap.case("stat of a queue has the figures of ls, in words and as JSON")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "7")
    world.tool.done("put", name, "--lines", input=b"a\nbcd\n")
    (document,) = documents(world.tool.done("stat", name, "--json"))
    document.pop("schema")
    equal(document, world.stat(name))
    text = world.tool.done("stat", name).decode()
    for words in (f"queue          {name}", "maxsize        7", "2 items, 4 B", "2 put, 0 got"):
        if words not in text:
            raise AssertionError(f"{words!r} is missing: {text}")
    check(world.tool("stat", "nothing-of-that-name"), 1, "nothing-of-that-name", "penstock ls")


@tap.case("stat without a name is the broker, all queues added up")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        before = json.loads(tool.done("stat", "--json"))
        tool.done("put", "a", "--lines", input=b"1\n22\n")
        tool.done("put", "b", "333")
        tool.done("get", "a")
        getter = tool.start("get", "nothing")
        wait_until(lambda: json.loads(tool.done("stat", "--json"))["getters"] == 1, "get waits")
        tool.done("rm", "b", "--yes")
        (after,) = documents(tool.done("stat", "--json"))
        getter.kill()
        getter.communicate()
        equal(after["boot"], before["boot"])
        equal(after["version"], tool.done("version").decode().split()[1])
        names = "sessions queues ready ready_bytes assigned getters put_total get_total"
        equal([after[name] for name in names.split()], [2, 2, 1, 2, 0, 1, 3, 1], names)
        equal(after["uptime_ms"] >= before["uptime_ms"], True)
        text = tool.done("stat").decode()
        for words in ("penstockd " + after["version"], after["boot"], "3 put, 1 got"):
            if words not in text:
                raise AssertionError(f"{words!r} is missing: {text}")


@tap.case("stat --follow repeats a line, with what came in between, until it is interrupted")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    process = world.tool.start("stat", name, "--follow", "--interval", "200ms")
    equal(process.stdout.readline().split()[:2], [b"READY", b"SIZE"])
    process.stdout.readline()
    world.tool.done("put", name, "--lines", input=b"a\nb\nc\n")
    gained = 0
    deadline = time.monotonic() + 20
    while gained < 3 and time.monotonic() < deadline:
        gained += int(process.stdout.readline().split()[-2])
    equal(gained, 3)
    process.send_signal(signal.SIGINT)
    equal(ended(process).returncode, -signal.SIGINT)  # a shell shows 130


@tap.case("stat --follow --json is a document a line; it ends with 3 when the broker goes away")
def _(world):
    for name in ((), ("jobs",)):
        with world.broker() as broker:
            tool = Tool(world.penstock, broker.url)
            tool.done("create", "jobs")
            process = tool.start("stat", *name, "--follow", "--json", "--interval", "0.05")
            lines = [json.loads(process.stdout.readline()) for _ in range(3)]
            equal([line["schema"] for line in lines], [1, 1, 1])
            broker.stop()
            check(ended(process, name), 3, "penstock: stat of", "penstock ping")


@tap.case("stat --follow of a queue that is removed ends with 1")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    process = world.tool.start("stat", name, "--follow", "--interval", "0.05")
    process.stdout.readline()
    world.tool.done("rm", name, "--yes")
    check(ended(process), 1, name)
    check(world.tool("stat", "--interval", "1s"), 2, "--follow")


# --- purge ---------------------------------------------------------------------------------------


@tap.case("purge drops what is ready and keeps the queue; --dry-run only says so")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "2")
    world.tool.done("put", name, "x", "--count", "2")
    equal(world.tool.done("purge", name, "--dry-run").decode(), f"would drop 2 items of '{name}'\n")
    equal(world.tool.done("purge", name, "--dry-run", "--yes")[:5], b"would")
    equal(world.stat(name)["ready"], 2)
    waiting = world.tool.start("put", name, "next")
    wait_until(lambda: world.stat(name)["putters"] == 1, "put waits")
    check(world.tool("purge", name, "--yes"), 0, "dropped 2 items")
    equal(ended(waiting).returncode, 0)
    equal(world.tool.done("get", name), b"next")
    check(world.tool("purge", "nothing-of-that-name", "--yes"), 1)


@tap.case("purge and rm need --yes where they cannot ask, and show the line to type")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    for verb in ("purge", "rm"):
        check(world.tool(verb, name), 2, f"`penstock {verb} {name} --yes`", "--dry-run")
    equal(world.stat(name)["ready"], 1)


@tap.case("purge asks on a terminal")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    code, _, text = on_terminal(world, ("purge", name), b"\n")
    equal((code, f"drops 1 item of '{name}'; go on? [y/N]".encode() in text), (1, True), text)
    equal(world.stat(name)["ready"], 1)
    code, _, text = on_terminal(world, ("purge", name), b"yes\n")
    equal((code, world.stat(name)["ready"]), (0, 0), text)


# --- health --------------------------------------------------------------------------------------


@tap.case("health is one line and 0 for a broker that is well")
def _(world):
    result = world.tool("health")
    check(result, 0)
    equal(result.stdout.startswith(b"healthy: penstockd "), True, result.stdout)
    equal((result.stdout.count(b"\n"), result.stderr), (1, b""))
    equal(world.tool.done("health", "-q"), b"")
    equal(documents(world.tool.done("health", "--json"))[0]["healthy"], True)


@tap.case("health is 3 without a broker, and --wait waits for one")
def _(world):
    address = f"unix:{world.folder}/{world.queue()}"
    tool = Tool(world.penstock, address)
    check(tool("health"), 3, "unhealthy: no broker at " + address)
    start = time.monotonic()
    check(tool("health", "--wait", "300ms"), 3)
    if time.monotonic() - start < 0.2:
        raise AssertionError("it did not wait")
    process = tool.start("health", "--wait", "60s")
    time.sleep(0.1)  # it may try before
    with world.broker(address):
        check(ended(process), 0)


# docs/protocol.md, sections 2 and 3.5: what a broker without a key says until a session has begun.
GREETING = b"\0\0\0\x09#WELCOME#"
WELCOME = bytes.fromhex(
    """
    00000064 02 00 0001 0000000000000000
    00010000 00020001 00020000 00100000 ea600001 00000000 00000100 00000003 00000010
    10111213 14151617 18191a1b 1c1d1e1f 00040000 00102021 22232425 26272829 2a2b2c2d
    2e2f0005 00000008 00000000 00000001
    """
)


def fall_silent(listener):
    """A broker that lets one client in and answers nothing more, until that one goes away."""
    connection, _ = listener.accept()
    with connection:
        connection.sendall(GREETING)
        connection.recv(4096)
        connection.sendall(WELCOME)
        while connection.recv(4096):
            pass


@tap.case("health is 1 when the broker lets us in and then answers nothing")
def _(world):
    path = f"{world.folder}/{world.queue()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        thread = threading.Thread(target=fall_silent, args=(listener,))
        thread.start()
        result = Tool(world.penstock, f"unix:{path}")("health", "--timeout", "300ms", "--json")
        thread.join()
    check(result, 1, "unhealthy: ping")
    equal(documents(result.stdout)[0]["healthy"], False)


@tap.case("health is 3 when the broker accepts, but doesn't let us in within the time")
def _(world):
    with world.broker() as broker:
        broker.process.send_signal(signal.SIGSTOP)
        tool = Tool(world.penstock, broker.url)
        check(tool("health", "--timeout", "200ms"), 3, "unhealthy: ")
        start = time.monotonic()
        check(tool("health", "--wait", "300ms"), 3, "unhealthy: ")
        if time.monotonic() - start > 4:  # one more attempt takes 5 s
            raise AssertionError("it waited for longer than it was told to")


@tap.case("health is 4 when the broker doesn't let us in, without trying again")
def _(world):
    key = write_key(world.folder)
    with world.broker("tcp:127.0.0.1:0", "--key-file", key) as broker:
        tool = Tool(world.penstock, broker.url)
        start = time.monotonic()
        check(tool("health", "--wait", "60s"), 4, "PENSTOCK_KEY_FILE")
        if time.monotonic() - start > 30:
            raise AssertionError("it waited")
        check(tool("health", "--key-file", key), 0)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
