#!/usr/bin/env python3
"""How items come from files and lines and go to files: options of `penstock put` and `get`.
Usage: cli_items_test.py PENSTOCKD PENSTOCK
"""

import json
import signal
import sys
import time
from pathlib import Path

from cli_support import (
    Tap,
    check,
    documents,
    equal,
    on_terminal,
    run_with_world,
    wait_until,
)

tap = Tap()


def folder_of(world):
    folder = Path(world.folder, "out-" + world.queue())
    folder.mkdir()
    return folder


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# --- put -----------------------------------------------------------------------------------------


@tap.case("put --file takes a file as one item, byte by byte, and --type says what it is")
def _(world):
    name, file = world.queue(), Path(world.folder, "file with space")
    file.write_bytes(bytes(range(256)) * 1000)
    world.tool.done("put", name, "--file", str(file))
    world.tool.done("put", name, "--file", str(file), "--type", "cbor", "--count", "2")
    items = json.loads(world.tool.done("peek", name, "--json", "--bytes", "0"))["items"]
    equal([item["content_type"] for item in items], ["bytes", "cbor", "cbor"])
    for _ in items:
        equal(world.tool.done("get", name), file.read_bytes())


@tap.case("put --type marks whatever the item comes from")
def _(world):
    name = world.queue()
    for kind in ("bytes", "text", "number", "json", "pickle", "cbor", "msgpack"):
        world.tool.done("put", name, "[1]", "--type", kind)
        (item,) = documents(world.tool.done("get", name, "--json"))
        equal((item["content_type"], item["text"]), (kind, "[1]"))
    world.tool.done("put", name, "--lines", "--type", "json", input=b"{}\n")
    equal(documents(world.tool.done("get", name, "--json"))[0]["content_type"], "json")


@tap.case("put --size makes items to try things out")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--size", "100000", "--count", "3")
    world.tool.done("put", name, "--size", "0")
    world.tool.done("put", "kib", "--size", "3KiB")
    equal(len(world.tool.done("get", "kib")), 3072)
    equal((world.stat(name)["ready"], world.stat(name)["ready_bytes"]), (4, 300_000))


@tap.case("put --rate spreads the items over the time")
def _(world):
    name = world.queue()
    start = time.monotonic()
    world.tool.done("put", name, "x", "--count", "6", "--rate", "20/s")
    world.tool.done("put", name, "--lines", "--rate", "20", input=b"a\nb\nc\n")
    if time.monotonic() - start < 0.35:  # five gaps and two, of 50 ms
        raise AssertionError("it did not wait")
    equal(world.stat(name)["ready"], 9)
    process = world.tool.start("put", name, "x", "--count", "1000", "--rate", "1/h")
    wait_until(lambda: world.stat(name)["ready"] == 10, "the first comes at once")
    process.kill()
    process.communicate()


@tap.case("put says which options cannot stand together, and what a rate looks like")
def _(world):
    name = world.queue()
    for arguments, *texts in (
        (("x", "--file", "f"), "DATA", "--file"),
        (("--size", "3", "--file", "f"), "--size", "--file"),
        (("--lines", "--file", "f"), "--lines", "--file"),
        (("x", "--rate", "fast"), "'fast'", "5/m"),
        (("x", "--rate", "0"), "'0'"),
        (("x", "--rate", "-1"), "'-1'"),
        (("x", "--rate", "inf"), "'inf'"),
        (("x", "--type", "picture"), "'picture'", "msgpack"),
        (("--file", "/nowhere/file"), "/nowhere/file", "No such file"),
        (("--size", "999999999999"), "--size"),
    ):
        check(world.tool("put", name, *arguments), 2, "penstock: ", *texts)


# --- get -----------------------------------------------------------------------------------------


@tap.case("get --follow writes each item as it comes, acknowledges it, and ends at --count")
def _(world):
    name = world.queue()
    process = world.tool.start("get", name, "--follow", "--count", "3", "--lines")
    for word in (b"one", b"two", b"three"):
        world.tool.done("put", name, word)
        equal(process.stdout.readline(), word + b"\n")
    equal(process.wait(20), 0)
    process.communicate()
    stat = world.stat(name)
    equal((stat["ready"], stat["assigned"], stat["unfinished"]), (0, 0, 3))


@tap.case("get --follow goes on until it is interrupted; with --timeout until nothing comes")
def _(world):
    name = world.queue()
    process = world.tool.start("get", name, "--follow", "--lines")
    for _ in range(3):
        world.tool.done("put", name, "x")
        equal(process.stdout.readline(), b"x\n")
    wait_until(lambda: world.stat(name)["getters"] == 1, "get waits")
    equal(world.stat(name)["assigned"], 0, "what was written is acknowledged:")
    process.send_signal(signal.SIGINT)
    process.communicate()
    equal(process.returncode, -signal.SIGINT)
    world.tool.done("put", name, "a", "--count", "2")
    result = world.tool("get", name, "--follow", "--timeout", "0", "-q")
    equal((result.returncode, result.stdout), (1, b"aa"))


@tap.case("get --format: raw, json, hex")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--count", "3", input=b"\x00\xffA")
    equal(world.tool.done("get", name, "--format", "hex"), b"00ff41\n")
    equal(world.tool.done("get", name, "--format", "raw"), b"\x00\xffA")
    (document,) = documents(world.tool.done("get", name, "--format", "json"))
    equal(document["base64"], "AP9B")
    check(world.tool("get", name, "--format", "xml"), 2, "raw, json, hex")
    check(world.tool("get", name, "--format", "hex", "--json"), 2, "--json")
    check(world.tool("get", name, "--format", "hex", "--out", world.folder), 2, "--out")


@tap.case("get --out writes a file for each item, with its number and its kind in the name")
def _(world):
    name, folder = "a/b:" + world.queue(), folder_of(world)
    world.tool.done("put", name, "text")
    world.tool.done("put", name, input=b"\x00")
    world.tool.done("put", name, "{}", "--type", "json")
    output = world.tool.done("get", name, "--out", str(folder), "--count", "2").decode()
    stem = name.replace("/", "_").replace(":", "_")
    expected = [f"{stem}-000001.txt", f"{stem}-000002.bin"]
    equal(output.splitlines(), [str(folder / file) for file in expected])
    equal(names_in(folder), expected)
    equal([(folder / file).read_bytes() for file in expected], [b"text", b"\x00"])
    (document,) = documents(world.tool.done("get", name, "--out", str(folder), "--json"))
    equal(document["file"], f"{folder}/{stem}-000003.json")
    equal(("text" in document, Path(document["file"]).read_bytes()), (False, b"{}"))


@tap.case("get --out makes no hidden files, and none that look like an option")
def _(world):
    folder = folder_of(world)
    for name in ("..", ".hidden", "-rf", "../up"):
        world.tool.done("put", "--", name, "x")
        world.tool.done("get", "--out", str(folder), "--", name)
    names = ["_.-000001.txt", "_._up-000001.txt", "_hidden-000001.txt", "_rf-000001.txt"]
    equal(names_in(folder), names)


@tap.case("get --out never overwrites, and what it could not write goes back")
def _(world):
    name, folder = world.queue(), folder_of(world)
    world.tool.done("put", name, "new")
    file = folder / f"{name}-000001.txt"
    file.write_text("old")
    check(world.tool("get", name, "--out", str(folder)), 8, "is there already", "returns")
    equal((file.read_text(), names_in(folder)), ("old", [file.name]))
    wait_until(lambda: world.stat(name)["ready"] == 1, "the item returns")
    for nowhere in ("/nowhere", ""):
        check(world.tool("get", name, "--out", nowhere), 2, f"'{nowhere}'", "make it first")
    wait_until(lambda: world.stat(name)["ready"] == 1, "the item returns")
    file.unlink()
    world.tool.done("get", name, "--out", str(folder), "-q")
    equal(file.read_text(), "new")


@tap.case("get --out takes an item that came before and was written, and leaves the file")
def _(world):
    name, folder = world.queue(), folder_of(world)
    world.tool.done("put", name, "same")
    with open("/dev/full", "wb") as full:  # the file is written, its name is not
        check(world.tool("get", name, "--out", str(folder), stdout=full), 8, "returns")
    equal(names_in(folder), [f"{name}-000001.txt"])
    wait_until(lambda: world.stat(name)["ready"] == 1, "the item returns")
    world.tool.done("get", name, "--out", str(folder))
    equal(world.stat(name)["ready"], 0)


# --- Progress ------------------------------------------------------------------------------------


@tap.case("many items end with a summary on stderr, few and -q without")
def _(world):
    name = world.queue()
    check(world.tool("put", name, "x", "--count", "100"), 0, "penstock: put 100 items, 100 B, in ")
    check(world.tool("get", name, "--count", "100"), 0, "penstock: got 100 items", "a second")
    equal(world.tool("put", name, "x", "--count", "100", "-q").stderr, b"")
    equal(world.tool("put", name, "x", "--count", "3").stderr, b"")


def shown_on_terminal(world, *arguments):
    code, _, text = on_terminal(world, arguments, b"")
    equal(code, 0, text)
    return text


@tap.case("progress is drawn on a terminal once it takes long, unless --no-progress")
def _(world):
    slow = ("put", world.queue(), "x", "--count", "13", "--rate", "10")
    text = shown_on_terminal(world, *slow)
    equal(text.startswith(b"\rput ") and b"\x1b[K" in text, True, text)
    text = shown_on_terminal(world, *slow, "--no-progress")
    equal(text.startswith(b"penstock: put 13 items"), True, text)
    equal(shown_on_terminal(world, *slow[:-2], "-q"), b"")
    equal(b"\r" in world.tool(*slow).stderr, False)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
