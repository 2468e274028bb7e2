#!/usr/bin/env python3
"""`penstock tail` and `penstock join`: whoever watches a queue, and takes nothing.
Usage: cli_watch_test.py PENSTOCKD PENSTOCK
"""

import json
import signal
import subprocess
import sys
import time

from cli_support import Tap, Tool, check, equal, on_terminal, run_with_world, wait_until

LINE_SECONDS_MAX = 30

tap = Tap()


class Tail:
    """A `penstock tail` under way; gives its lines."""

    def __init__(self, tool, name, *options):
        self.process = tool.start("tail", name, *options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def seqs(self, count):
        """Of the next lines; the heading aside."""
        seqs = []
        while len(seqs) < count:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"it ended: {self.process.stderr.read()}")
            if b"SEQ" not in line:
                seqs.append(json.loads(line)["seq"] if line[:1] == b"{" else int(line.split()[0]))
        return seqs

    def end(self, exit_code, text=""):
        out, error = self.process.communicate(timeout=LINE_SECONDS_MAX)
        equal(self.process.returncode, exit_code, error)
        equal(text in error.decode(), True, error)
        return out


def put_many(world, name, first, last):
    lines = "".join(f"item {i}\n" for i in range(first, last + 1))
    world.tool.done("put", name, "--lines", input=lines.encode())


def figures(world, name):
    stat = world.stat(name)
    return [stat[key] for key in ("ready", "assigned", "get_total")]


# --- tail ----------------------------------------------------------------------------------------


@tap.case("tail shows the last items and those that come, and takes none")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 15)
    with Tail(world.tool, name) as tail:
        equal(tail.seqs(10), list(range(6, 16)))
        for first in (16, 17, 20):
            put_many(world, name, first, first + (2 if first == 17 else 0))
        equal(tail.seqs(5), [16, 17, 18, 19, 20])
        equal(figures(world, name), [20, 0, 0])
        tail.process.send_signal(signal.SIGINT)
        equal(tail.end(-signal.SIGINT), b"")


@tap.case("tail --lines 0 shows only what is new")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 15)
    with Tail(world.tool, name, "--lines", "0") as tail:
        put = world.tool.start("put", name, "x", "--count", "1000", "--rate", "50/s")
        try:
            first, second = tail.seqs(2)
            equal((first > 15, second), (True, first + 1))
        finally:
            put.kill()
            put.communicate()


@tap.case("tail shows each item on one line, whatever is in it, and all of it as JSON")
def _(world):
    name = world.queue()
    items = [b"two\nlines \x1b[2J", "\u20ac".encode() * 30, b"\xff", b""]
    for item in items:
        world.tool.done("put", name, input=item)
    with Tail(world.tool, name) as tail:
        lines = [tail.process.stdout.readline() for _ in range(5)]
    equal(lines[0].split(), [b"SEQ", b"ATTEMPTS", b"SIZE", b"TYPE", b"BEGINS"])
    equal(lines[1].split(maxsplit=4)[2:], [b"14", b"bytes", b"two\\nlines \\x1b[2J\n"])
    equal(lines[2].count("\u20ac".encode()), 20)
    with Tail(world.tool, name, "--json", "--bytes", "1000", "--lines", "2") as tail:
        documents = [json.loads(tail.process.stdout.readline()) for _ in range(2)]
    equal([(d["seq"], d["size"], d["missed"]) for d in documents], [(3, 1, 0), (4, 0, 0)])


@tap.case("tail counts what came and went between two looks")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    with Tail(world.tool, name, "--json") as tail:
        put_many(world, name, 1, 1)
        equal(tail.seqs(1), [1])
        tail.process.send_signal(signal.SIGSTOP)
        put_many(world, name, 2, 9)
        world.tool.done("get", name, "--count", "7")
        tail.process.send_signal(signal.SIGCONT)
        documents = [json.loads(tail.process.stdout.readline()) for _ in range(2)]
        equal([(d["seq"], d["missed"]) for d in documents], [(8, 6), (9, 0)])
        world.tool.done("rm", name, "--yes")
        tail.end(1, "not seen: 6 items")


@tap.case("a tail that fell behind catches up without a gap")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 3500)
    with Tail(world.tool, name, "--lines", "2500") as tail:
        equal(tail.seqs(2500), list(range(1001, 3501)))
        tail.process.send_signal(signal.SIGSTOP)
        put_many(world, name, 3501, 6600)
        world.tool.done("get", name, "--count", "3000")
        tail.process.send_signal(signal.SIGCONT)
        equal(tail.seqs(3100), list(range(3501, 6601)))


@tap.case("while others take from the front, tail shows what it missed, or counts it")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    with Tail(world.tool, name, "--json") as tail:
        put_many(world, name, 1, 1)
        equal(tail.seqs(1), [1])  # from here on it has to know of each
        get = world.tool.start("get", name, "--count", "1900", "--lines", stdout=subprocess.DEVNULL)
        put_many(world, name, 2, 2000)
        get.communicate(timeout=60)
        known = 1
        while known < 2000:
            document = json.loads(tail.process.stdout.readline())
            known += document["missed"] + 1
            equal(document["seq"], known)


@tap.case("tail of the other orders shows what is new in the order of put")
def _(world):
    for order in ("lifo", "priority"):
        name = world.queue()
        world.tool.done("create", name, "--order", order)
        priority = ["--priority", "5"] if order == "priority" else []
        for item in "abc":
            world.tool.done("put", name, item, *priority)
        with Tail(world.tool, name, "--lines", "2") as tail:
            equal(tail.seqs(2), [2, 3], order)
            world.tool.done("put", name, "first", *([*priority[:1], "-5"] if priority else []))
            world.tool.done("put", name, "last", *([*priority[:1], "9"] if priority else []))
            equal(tail.seqs(2), [4, 5], order)
            world.tool.done("get", name)
            world.tool.done("put", name, "x", *priority)
            equal(tail.seqs(1), [6], order)


@tap.case("tail ends when its reader goes, also while nothing comes")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 1)
    tail = f"'{world.penstock}' tail {name}; echo $? >&2"
    for command in (f"({tail}) | head -1", f"({tail}) | head -2"):
        result = Tool("/bin/sh", world.tool.url)("-c", command)
        check(result, 0)
        equal(result.stderr, b"0\n", command)


@tap.case("tail ends when nothing more can come, or nobody can say what comes")
def _(world):
    name, other = world.queue(), world.queue()
    check(world.tool("tail", name), 1, "no such queue")
    world.tool.done("create", name, "--ends-with-producers")
    put_many(world, name, 1, 2)
    result = world.tool("tail", name)
    check(result, 0, "nothing more can come")
    equal(len(result.stdout.splitlines()), 3)
    put_many(world, other, 1, 1)
    with Tail(world.tool, other) as tail:
        equal(tail.seqs(1), [1])
        world.tool.done("rm", other, "--yes")
        world.tool.done("create", other)
        tail.end(1, other)
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("put", "q", "x")
        with Tail(tool, "q") as tail:
            equal(tail.seqs(1), [1])
            broker.stop()
            tail.end(3)


# --- join ----------------------------------------------------------------------------------------


@tap.case("join returns when every item is done, at once if none is unfinished")
def _(world):
    name = world.queue()
    check(world.tool("join", name), 1, "no such queue")
    world.tool.done("create", name)
    world.tool.done("join", name, "--timeout", "0")
    put_many(world, name, 1, 2)
    process = world.tool.start("join", name)
    wait_until(lambda: world.stat(name)["joiners"] == 1, "join")
    world.tool.done("get", name, "--ack-after", ":")
    equal((process.poll(), world.stat(name)["joiners"]), (None, 1))
    world.tool.done("get", name, "--ack-after", ":")
    equal(process.wait(30), 0)
    equal(process.communicate(), (b"", b""))


@tap.case("join that waits in vain exits with 5 and says how many there are")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 3)
    check(world.tool("join", name, "--timeout", "50ms"), 5, f"3 items of '{name}' unfinished")
    check(world.tool("join", name, "--timeout", "0"), 5, f"penstock stat {name}")
    result = world.tool("join", name, "--timeout", "0", "--json")
    check(result, 5)
    document = json.loads(result.stdout)
    equal(document, {"schema": 1, "name": name, "done": False, "unfinished": 3})
    process = world.tool.start("join", name)
    wait_until(lambda: world.stat(name)["joiners"] == 1, "join")
    world.tool.done("rm", name, "--yes")
    equal(process.wait(30), 1)
    equal(b"closed" in process.communicate()[1], True)


@tap.case("on a terminal join shows how many are unfinished")
def _(world):
    name = world.queue()
    put_many(world, name, 1, 3)
    start = time.monotonic()
    code, out, text = on_terminal(world, ["join", name, "--timeout", "1200ms"], b"")
    equal((code, out), (5, b""))
    equal(b"\r3 items unfinished" in text, True, text)
    equal(time.monotonic() - start > 1.1, True)
    code, _, text = on_terminal(world, ["join", name, "--timeout", "50ms", "-q"], b"")
    equal((code, b"\r3 items" in text), (5, False), text)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
