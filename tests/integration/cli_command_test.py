#!/usr/bin/env python3
"""`penstock get --ack-after`: an item is done when a command has taken it, and only then.
Usage: cli_command_test.py PENSTOCKD PENSTOCK
"""

import hashlib
import os
import signal
import sys
from pathlib import Path

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until

tap = Tap()


def file_of(world):
    return Path(world.folder, "file-" + world.queue())


def text_in(file):
    return file.read_text() if file.exists() else ""


def seqs_in(world, name):
    lines = world.tool.done("peek", name).decode().splitlines()[1:]
    return [tuple(map(int, line.split()[:2])) for line in lines]


def started(world, name, command, *options, **streams):
    """It has an item, and the command runs: it has made a file."""
    file = file_of(world)
    command = f"echo $$ > {file}; {command}"
    process = world.tool.start("get", name, *options, "--ack-after", command, **streams)
    wait_until(lambda: text_in(file).endswith("\n"), "the command")
    return process, int(text_in(file))


def ended(process, exit_code):
    out, error = process.communicate(timeout=30)
    equal(process.returncode, exit_code, error)
    return out, error.decode()


@tap.case("the command gets the item on stdin, and its number and queue in the environment")
def _(world):
    name = world.queue()
    item = b"\0$(false) `false`; exit 1\n\xff"
    world.tool.done("put", name, input=item)
    command = 'cat; echo "|$PENSTOCK_QUEUE|$PENSTOCK_SEQ|$PENSTOCK_ATTEMPTS|$KEPT"'
    tool = Tool(world.penstock, world.tool.url, PENSTOCK_SEQ="wrong", KEPT="kept")
    out = tool.done("get", name, "--ack-after", command)
    equal(out, item + f"|{name}|1|1|kept\n".encode())
    stat = world.stat(name)
    equal([stat[key] for key in ("ready", "assigned", "unfinished")], [0, 0, 0])


@tap.case("with --count each item has its command, and all are done")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"a\nb\nc\nd\n")
    out = world.tool.done("get", name, "--count", "3", "--ack-after", "cat; echo -$PENSTOCK_SEQ")
    equal(out, b"a-1\nb-2\nc-3\n")
    equal(seqs_in(world, name), [(4, 0)])
    result = world.tool("get", name, "--follow", "--timeout", "50ms", "--ack-after", "cat")
    check(result, 1, "empty")
    equal((result.stdout, world.stat(name)["unfinished"]), (b"d", 0))


@tap.case("when the command fails the item returns to its place, and get says which")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"a\nb\nc\n")
    for attempts, (command, text) in enumerate(
        (
            ("exit 3", "ended with exit status 3"),
            ("kill -9 $$", "was killed by SIGKILL"),
            ("exec /no/such/program", "ended with exit status 127"),
            ("-dash", "ended with exit status 127"),
        ),
        1,
    ):
        command = f'test "$PENSTOCK_SEQ" = 1 || {{ {command}; }}'
        if attempts > 1:
            command = command.replace("= 1", "= 1000")
        result = world.tool("get", name, "--follow", "--ack-after", command)
        check(result, 8, text, f"item 2 of '{name}' returns to its place")
        wait_until(lambda seen=attempts: seqs_in(world, name) == [(2, seen), (3, 0)], "b, c")
    equal(world.stat(name)["unfinished"], 2)


@tap.case("an item of a queue that is shut down or has ended returns, too")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--ends-with-producers")
    world.tool.done("put", name, "x")
    equal(world.stat(name)["ended"], True)
    check(world.tool("get", name, "--ack-after", "exit 1"), 8, "returns to its place")
    wait_until(lambda: seqs_in(world, name) == [(1, 1)], "the item")
    check(world.tool("get", name, "--follow", "--ack-after", "cat"), 1)
    equal(world.stat(name)["unfinished"], 0)


@tap.case("in a queue until_task_done a command that exits with 0 has done the item")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--until-task-done")
    world.tool.done("put", name, "--lines", input=b"a\nb\n")
    check(world.tool("get", name, "--count", "2", "--ack-after", "grep a"), 8, "item 2")
    wait_until(lambda: seqs_in(world, name) == [(2, 1)], "b")
    equal(world.stat(name)["unfinished"], 1)
    equal(world.tool.done("get", name, "--ack-after", "cat"), b"b")
    equal(world.stat(name)["unfinished"], 0)


@tap.case("the item stays with get while the command runs, and returns when get is killed")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"a\nb\n")
    process, pid = started(world, name, "exec sleep 60")
    try:
        equal([world.stat(name)[key] for key in ("ready", "assigned")], [1, 1])
        process.kill()
        equal(process.wait(30), -signal.SIGKILL)  # the command holds its streams still
        wait_until(lambda: seqs_in(world, name) == [(1, 1), (2, 0)], "the item")
    finally:
        os.kill(pid, signal.SIGKILL)


@tap.case("a signal reaches the command; get ends by it, and the item is where the command says")
def _(world):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        name = world.queue()
        world.tool.done("put", name, "--lines", input=b"a\nb\n")
        wait = "while :; do sleep 0.01; done"
        process, _pid = started(world, name, f"trap 'exit 0' {number.value}; {wait}", "--follow")
        process.send_signal(number)
        ended(process, -number)
        wait_until(lambda: seqs_in(world, name) == [(2, 0)], "b alone")  # noqa: B023
        equal(world.stat(name)["unfinished"], 1)
        process, _pid = started(world, name, "exec sleep 60", "--follow")
        process.send_signal(number)
        _, error = ended(process, -number)
        equal(f"was killed by {number.name}; item 2" in error, True, error)
        wait_until(lambda: seqs_in(world, name) == [(2, 1)], "b again")  # noqa: B023


@tap.case("a signal that is ignored stays so, for the command too")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    command = "kill -HUP $PPID $$; kill -PIPE $$; echo no"
    result = Tool("/bin/sh", world.tool.url)(
        "-c", 'trap "" HUP; exec "$@"', "sh", world.penstock, "get", name, "--ack-after", command
    )
    check(result, 8, "was killed by SIGPIPE")  # that one is ignored by us alone
    equal(result.stdout, b"")


@tap.case("a command that doesn't read its item is no failure")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--size", "1MiB", "--count", "3")
    equal(world.tool.done("get", name, "--ack-after", ":"), b"")
    equal(world.tool.done("get", name, "--ack-after", "head -c 3 | wc -c"), b"3\n")
    # What lives on in the background holds the pipe, and reads nothing.
    out = world.tool.done("get", name, "--ack-after", "sleep 0.3 >&- 2>&- & echo done")
    equal((out, world.stat(name)["unfinished"]), (b"done\n", 0))


@tap.case("a large item goes through a command that answers while it reads")
def _(world):
    name = world.queue()
    item = os.urandom(8 << 20)
    world.tool.done("put", name, input=item)
    equal(world.tool.done("get", name, "--ack-after", "cat"), item)
    world.tool.done("put", name, input=item)
    out = world.tool.done("get", name, "--ack-after", "sha256sum")
    equal(out.split()[0].decode(), hashlib.sha256(item).hexdigest())


@tap.case("when the broker goes away meanwhile, get says that the item may come again")
def _(world):
    with world.broker() as broker:
        world_of_its_own = Tool(world.penstock, broker.url)
        world_of_its_own.done("put", "q", "x")
        file = file_of(world)
        command = f"echo > {file}; while test -e {file}; do sleep 0.01; done"
        process = world_of_its_own.start("get", "q", "--ack-after", command)
        wait_until(file.exists, "the command")
        broker.stop(signal.SIGKILL)
        file.unlink()
        process.wait(30)
    error = process.communicate()[1].decode()
    equal(process.returncode in (3, 7), True, error)  # disconnected, or in doubt
    equal("done with item 1 of 'q', but the broker could not be told" in error, True, error)


@tap.case("--ack-after goes with no other way to write items")
def _(world):
    for option in (["--lines"], ["--json"], ["--format", "hex"], ["--out", world.folder]):
        check(world.tool("get", "nothing", *option, "--ack-after", "cat"), 2, "--ack-after")
    check(world.tool("get", "nothing", "--ack-after", " "), 2, "--ack-after has no command")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
