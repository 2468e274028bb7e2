#!/usr/bin/env python3
"""What `penstock` promises to shells and people, beside the bytes themselves.
Usage: cli_test.py PENSTOCKD PENSTOCK
"""

import json
import os
import subprocess
import sys
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
)

HOSTILE = b"\x1b[31mred\x07\r\nnext\xff\xe2\x80\xaeback"

tap = Tap()


# --- put and get ---------------------------------------------------------------------------------


@tap.case("put takes an argument, '-' is stdin, and items come in their order")
def _(world):
    put, get, name = world.tool.done, world.tool.done, world.queue()
    put("put", name, "first")
    put("put", name, "-", input=b"second\n")
    put("put", name, input=b"")
    equal(get("get", name), b"first")
    equal(get("get", name), b"second\n")
    equal(get("get", name), b"")


@tap.case("an argument is taken as it stands, whatever CLI11 may see in it")
def _(world):
    name = world.queue()
    words = ["ls", "put", "{}", "[1,2]", "", "-5", " ", "a=b", "%%", "\u00fc"]
    for word in words:
        world.tool.done("put", name, word)
        equal(world.tool.done("get", name), word.encode())
    world.tool.done("put", name, "--", "--json")
    equal(world.tool.done("get", name), b"--json")


@tap.case("options stand before or after the verb")
def _(world):
    name = world.queue()
    world.tool.done("--timeout", "1s", "--json", "put", name, "x")
    equal(documents(world.tool.done("--json", "get", name))[0]["text"], "x")
    equal(world.tool("get", "--timeout", "0", "-q", name).returncode, 1)
    equal(world.tool("-q", "--timeout", "0", "get", name).returncode, 1)


@tap.case("--lines puts one item a line; the last needs no newline")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"a\n\nb\r\nlast")
    equal(world.stat(name)["ready"], 4)
    equal(world.tool.done("get", name, "--lines", "--count", "4"), b"a\n\nb\r\nlast\n")
    world.tool.done("put", name, "--lines", input=b"")
    equal(world.stat(name)["ready"], 0)


@tap.case("--lines takes lines longer than its buffer")
def _(world):
    name, lines = world.queue(), [b"x" * size for size in (65535, 65536, 65537, 300_000)]
    world.tool.done("put", name, "--lines", input=b"\n".join(lines))
    equal([world.tool.done("get", name) for _ in lines], lines)


@tap.case("--lines puts each line as it comes, without waiting for the end")
def _(world):
    name = world.queue()
    process = world.tool.start("put", name, "--lines", stdin=subprocess.PIPE)
    process.stdin.write(b"now\n")
    process.stdin.flush()
    equal(world.tool.done("get", name, "--timeout", "20"), b"now")
    process.communicate(b"later")
    equal(process.returncode, 0)
    equal(world.tool.done("get", name), b"later")


@tap.case("--count puts an item several times, and gets several")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "ab", "--count", "3")
    equal(world.tool.done("get", name, "--count", "2"), b"abab")
    result = world.tool("get", name, "--count", "2", "--timeout", "0")
    check(result, 1, "empty")
    equal(result.stdout, b"ab")
    equal(world.stat(name)["ready"], 0, "what was written stays taken:")


@tap.case("get waits for what another process puts")
def _(world):
    name = world.queue()
    process = world.tool.start("get", name)
    wait_until(lambda: name.encode() in world.tool.done("ls"), "get opens the queue")
    wait_until(lambda: world.stat(name)["getters"] == 1, "get waits")
    world.tool.done("put", name, "late")
    equal(process.communicate(timeout=20)[0], b"late")
    equal(process.returncode, 0)


@tap.case("get says Empty after its timeout, with 1")
def _(world):
    start = time.monotonic()
    result = world.tool("get", world.queue(), "--timeout", "300ms")
    check(result, 1, "penstock: get from", "empty")
    equal(result.stdout, b"")
    if time.monotonic() - start < 0.3:
        raise AssertionError("it did not wait")


@tap.case("put says Full after its timeout, with 6")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "1")
    world.tool.done("put", name, "x")
    start = time.monotonic()
    check(world.tool("put", name, "y", "--timeout", "0.3"), 6, "penstock: put to", "full")
    if time.monotonic() - start < 0.3:
        raise AssertionError("it did not wait")
    check(world.tool("put", name, "y", "--timeout", "0"), 6)
    equal(world.stat(name)["ready"], 1)


@tap.case("put of several says how many went in before it failed")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "2")
    lines = world.tool("put", name, "--lines", "--timeout", "0", input=b"a\nb\nc\n")
    check(lines, 6, "2 items were put, then:", "full")
    check(world.tool("put", name, "d", "--count", "2", "--timeout", "0", "-q"), 6, "full")
    equal(world.tool.done("get", name, "--lines", "--count", "2"), b"a\nb\n")
    check(world.tool("put", name, "d", "--count", "3", "--timeout", "0"), 6, "2 items were put")


# --- What get could not write, nobody has got ----------------------------------------------------


def check_returned(world, name, result):
    check(result, 8, "cannot write to stdout", "returns")
    wait_until(lambda: world.stat(name)["ready"] == 1, "the item returns")
    item = json.loads(world.tool.done("get", name, "--json", "--timeout", "5"))
    equal((item["seq"], item["attempts"]), (1, 2))


@tap.case("a pipe that nobody reads gives the item back")
def _(world):
    for mode in ((), ("--json",), ("--lines",)):
        name = world.queue()
        world.tool.done("put", name, "kept")
        reader, writer = os.pipe()
        os.close(reader)
        result = world.tool("get", name, *mode, stdout=writer)
        os.close(writer)
        check_returned(world, name, result)


@tap.case("a reader that goes away in the middle gives the item back")
def _(world):
    name = world.queue()
    world.tool.done("put", name, input=bytes(1_000_000))
    process = world.tool.start("get", name)
    process.stdout.read(1000)
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    process.wait(20)
    result = subprocess.CompletedProcess("get", process.returncode, None, error)
    check_returned(world, name, result)


@tap.case("of several items, only the one that was not written comes back")
def _(world):
    name, size = world.queue(), 1_000_000  # more than a pipe holds
    world.tool.done("put", name, "--count", "3", input=bytes(size))
    process = world.tool.start("get", name, "--count", "3", stderr=subprocess.DEVNULL)
    equal(len(process.stdout.read(size)), size)
    process.stdout.close()
    equal(process.wait(20), 8)
    wait_until(lambda: world.stat(name)["ready"] == 2, "the second item returns")
    output = documents(world.tool.done("get", name, "--json", "--count", "2"))
    equal([(item["seq"], item["attempts"]) for item in output], [(2, 2), (3, 1)])


@tap.case("a full disk gives the item back")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "kept")
    with open("/dev/full", "wb") as full:
        check_returned(world, name, world.tool("get", name, stdout=full))


@tap.case("a stdout that is closed gives the item back, and the connection doesn't take its number")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "kept")
    shell = Tool("sh", world.tool.url)
    result = shell("-c", 'exec "$0" "$@" >&-', world.penstock, "get", name)
    check_returned(world, name, result)


@tap.case("a listing that cannot be written is an error too")
def _(world):
    for verb in (("ls",), ("ping",), ("version",), ("--help",), ("put", "--help")):
        with open("/dev/full", "wb") as full:
            check(world.tool(*verb, stdout=full), 8, "cannot write to stdout")


# --- Queues --------------------------------------------------------------------------------------


@tap.case("create makes a queue once; --if-missing compares")
def _(world):
    name = world.queue()
    equal(world.tool.done("create", name, "--maxsize", "2"), b"")
    check(world.tool("create", name, "--maxsize", "2"), 1, name, "exists")
    world.tool.done("create", name, "--maxsize", "2", "--if-missing")
    check(world.tool("create", name, "--maxsize", "3", "--if-missing"), 1, "other options")
    equal(world.stat(name)["maxsize"], 2)
    world.tool.done("create", world.queue(), "--maxsize", "-1")


@tap.case("create says in which order items come out, and put what their priority is")
def _(world):
    last, urgent = world.queue(), world.queue()
    world.tool.done("create", last, "--order", "lifo")
    for item in ("a", "b"):
        world.tool.done("put", last, item)
    equal(world.tool.done("get", last), b"b")
    equal(world.stat(last)["kind"], "lifo")
    check(world.tool("create", last, "--order", "fifo", "--if-missing"), 1, "other options")
    check(world.tool("put", last, "c", "--priority", "1"), 1, "other options")
    for item, priority in (("later", "5"), ("now", "-5"), ("soon", "0")):
        world.tool.done("put", urgent, item, "--priority", priority)
    equal(world.stat(urgent)["kind"], "priority")
    equal([world.tool.done("get", urgent) for _ in range(3)], [b"now", b"soon", b"later"])
    check(world.tool("create", world.queue(), "--order", "random"), 2, "fifo, lifo, priority")
    check(world.tool("put", urgent, "x", "--priority", "high"), 2, "--priority")


@tap.case("ls is an aligned table, and one JSON document")
def _(world):
    name = world.queue() + ".with.a.long.name"
    world.tool.done("create", name, "--maxsize", "12345")
    heading, *rows = world.tool.done("ls").decode().splitlines()
    equal(heading.split()[:3], ["NAME", "READY", "MAXSIZE"])
    row = next(row for row in rows if row.startswith(name))
    equal(row.index("12345") + 5, heading.index("MAXSIZE") + len("MAXSIZE"))
    (document,) = documents(world.tool.done("ls", "--json"))
    expected = "name kind object maxsize ready ready_bytes assigned unfinished putters getters"
    expected += " joiners handles put_total get_total producers consumers paused shut_down ended"
    expected += " until_task_done ends_with_producers ends_with_consumers"
    for queue in document["queues"]:
        equal(" ".join(queue), expected)


@tap.case("ls of a broker without queues says what to do")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        check(tool("ls"), 0, "penstock put")
        check(tool("ls", "-q"), 0)
        equal(tool("ls", "-q").stderr, b"")
        equal(documents(tool.done("ls", "--json")), [{"schema": 1, "queues": []}])


@tap.case("peek never consumes")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"".join(b"item %d\n" % i for i in range(25)))
    before = world.stat(name)
    for arguments in ((), ("--limit", "1000"), ("--offset", "20"), ("--json",), ("--bytes", "0")):
        world.tool.done("peek", name, *arguments)
    after = world.stat(name)
    equal(after, before)
    (item,) = documents(world.tool.done("get", name, "--json"))
    equal((item["text"], item["seq"], item["attempts"]), ("item 0", 1, 1))


@tap.case("peek shows what --offset and --limit ask for")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"".join(b"%d\n" % i for i in range(25)))

    def texts(*arguments):
        (document,) = documents(world.tool.done("peek", name, "--json", *arguments))
        equal(document["name"], name)
        return [item["text"] for item in document["items"]]

    equal(texts(), [str(i) for i in range(10)])
    equal(texts("--offset", "20", "--limit", "3"), ["20", "21", "22"])
    equal(texts("--offset", "24"), ["24"])
    equal(texts("--offset", "25"), [])
    lines = world.tool.done("peek", name, "--limit", "1").decode().splitlines()
    equal(lines[0].split(), ["SEQ", "ATTEMPTS", "SIZE", "TYPE", "BEGINS"])
    equal(lines[1].split(), ["1", "0", "1", "text", "0"])


@tap.case("peek shows an item's bytes to a terminal as text only")
def _(world):
    name = world.queue()
    world.tool.done("put", name, input=HOSTILE)
    output = world.tool.done("peek", name)
    equal(output.count(b"\n"), 2)
    equal([byte for byte in output if byte < 32 and byte != 10], [])
    if rb"\x1b[31mred\x07\r\nnext\xff\u202eback" not in output:
        raise AssertionError(f"not what was expected: {output!r}")


@tap.case("peek cuts a text between characters")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "\u00fc\u00fc\u00fc")
    (item,) = json.loads(world.tool.done("peek", name, "--json", "--bytes", "3"))["items"]
    equal((item["text"], item["truncated"], item["size"]), ("\u00fc", True, 6))


@tap.case("rm needs --yes where it cannot ask, and says what would go")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    check(world.tool("rm", name), 2, "--yes", "--dry-run")
    equal(world.tool.done("rm", name, "--dry-run"), f"would remove '{name}' with 1 item\n".encode())
    equal(world.tool.done("rm", name, "--dry-run", "--yes").startswith(b"would"), True)
    equal(world.stat(name)["ready"], 1)
    check(world.tool("rm", name, "--yes"), 0, "removed", "1 item")
    check(world.tool("rm", name, "--yes"), 1, name, "penstock ls")
    check(world.tool("rm", name, "--dry-run"), 1)
    check(world.tool("peek", name), 1, name, "penstock ls")


@tap.case("rm asks on a terminal")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    code, _, text = on_terminal(world, ("rm", name), b"n\n")
    equal((code, b"1 item? [y/N]" in text), (1, True), text)
    equal(world.stat(name)["ready"], 1)
    code, _, text = on_terminal(world, ("rm", name), b"y\n")
    equal(code, 0, text)
    check(world.tool("peek", name), 1)


@tap.case("put says that it reads a terminal")
def _(world):
    name = world.queue()
    code, _, text = on_terminal(world, ("put", name), b"typed\n\x04")
    equal((code, b"Ctrl-D" in text), (0, True), text)
    equal(world.tool.done("get", name), b"typed\n")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
