#!/usr/bin/env python3
"""penstock pipe: the ends of a named pipe on stdin and stdout, over a Unix socket (where the two
have a socket of their own) and over TCP (where the broker relays).
Usage: cli_pipe_test.py PENSTOCKD PENSTOCK
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

from cli_support import (
    Tap,
    Tool,
    check,
    documents,
    equal,
    run_with_world,
    wait_until,
    written_to,
)

tap = Tap()
SECONDS_MAX = 60


def check_ended(process, exit_code, *texts):
    result = subprocess.CompletedProcess("pipe", process.wait(SECONDS_MAX))
    result.stderr = process.stderr.read()
    check(result, exit_code, *texts)


class Party:
    """`penstock pipe` at one end; `input` is bytes, or what Popen takes as stdin."""

    def __init__(self, tool, name, *options, input=b""):
        self.output = tempfile.TemporaryFile()  # nobody reads it before the other side has ended
        with tempfile.TemporaryFile() as file:
            if isinstance(input, bytes):
                file.write(input)
                file.seek(0)
                input = file
            self.process = tool.start("pipe", name, *options, stdin=input, stdout=self.output)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stderr, self.output, self.process.stdin):
            if stream is not None:
                stream.close()

    def written(self):
        return written_to(self.output)

    def finish(self, exit_code=0, *texts):
        check_ended(self.process, exit_code, *texts)
        return self.written()


@contextlib.contextmanager
def both_ways(world):
    """`penstock` with a broker on a Unix socket, and with one on TCP."""
    with world.broker("tcp:127.0.0.1:0,auth=none") as broker:
        yield world.tool, Tool(world.penstock, broker.url)


@tap.case("lines go both ways as messages, and it ends when both have")
def _(world):
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--left", "--lines", input=b"one\n\nthree") as left:
                with Party(tool, name, "--right", "--lines", input=b"a\nb\n") as right:
                    equal(left.finish(), b"a\nb\n")
                    equal(right.finish(), b"one\n\nthree\n")


@tap.case("the end of stdin ends one direction, and the other goes on")
def _(world):
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--left", "--lines", input=b"one") as left:
                with Party(tool, name, "--right", "--lines", input=subprocess.PIPE) as right:
                    wait_until(lambda r=right: r.written() == b"one\n", "one")
                    right.process.stdin.write(b"late\n")
                    right.process.stdin.flush()
                    wait_until(lambda l=left: l.written() == b"late\n", "late")
                    equal((left.process.poll(), right.process.poll()), (None, None))
                    right.process.stdin.close()
                    left.finish()
                    right.finish()


@tap.case("when one is killed, the other has all that came, and ends")
def _(world):
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--left", "--lines", input=b"one\ntwo") as left:
                with Party(tool, name, "--right", "--lines", input=subprocess.PIPE) as right:
                    right.process.stdin.write(b"a\nb\n")
                    right.process.stdin.flush()
                    wait_until(lambda r=right: r.written() == b"one\ntwo\n", "left's lines")
                    wait_until(lambda l=left: l.written() == b"a\nb\n", "right's lines")
                    equal(left.process.poll(), None)
                    right.process.kill()
                    equal(left.finish(), b"a\nb\n")


@tap.case("bytes arrive as they were, of whatever size")
def _(world):
    content = os.urandom(3_000_001)
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--left", input=content) as left:
                with Party(tool, name, "--right") as right:
                    equal(right.finish() == content, True)
                    equal(left.finish(), b"")


@tap.case("--json is a line for each message, and says what it is through the broker")
def _(world):
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--right", "--json") as right:
                with Party(tool, name, "--left", "--lines", input=b"text\n\xff\n") as left:
                    left.finish()
                    text, binary = documents(right.finish())
            equal((text["text"], text["size"]), ("text", 4))
            equal((binary["base64"], binary["content_type"]), ("/w==", "bytes"))


@tap.case("who comes first says that it waits, unless -q; who comes second says nothing")
def _(world):
    for quiet in ((), ("-q",)):
        name = world.queue()
        with Party(world.tool, name, "--left", *quiet) as left:
            taken = lambda n=name: world.tool("pipe", n, "--left", "--timeout", "0").returncode == 1
            wait_until(taken, "it waits")
            check(world.tool("pipe", name, "--right"), 0)
            expected = b"" if quiet else b"penstock: waiting for somebody at the other end of '"
            line = left.process.stderr.read()
            equal(line.startswith(expected) and line.count(b"\n") == (not quiet), True, line)
            left.finish()
    with Party(world.tool, "second", "--right") as right:
        right.process.stderr.readline()
        equal(world.tool("pipe", "second", "--left").stderr, b"")
        right.finish()


@tap.case("what can't be meant, and who can't be met, have exit codes and a way on")
def _(world):
    tool, name = world.tool, world.queue()
    check(tool("pipe", name), 2, "--left, or --right")
    check(tool("pipe", name, "--left", "--right"), 2, "exclude each other")
    check(tool("pipe", "--left"), 2, "NAME", "penstock pipe --help")
    check(tool("pipe", "not a name", "--left"), 2, "pipe 'not a name'", "A-Z")
    check(tool("pipe", name, "--lefft"), 2, "did you mean '--left'?")
    tool.done("create", name)
    check(tool("pipe", name, "--left"), 1, "there is a queue of that name", "another name")
    nobody = Tool(world.penstock, f"unix:{world.folder}/nobody")
    check(nobody("pipe", name, "--left"), 3, "no broker at", "PENSTOCK_URL")


@tap.case("put and get at a pipe's name say that it is one")
def _(world):
    tool, name = world.tool, world.queue()
    with tool.start("pipe", name, "--left") as waiting:
        try:
            equal(waiting.stderr.readline().startswith(b"penstock: waiting"), True)
            check(tool("put", name, "hello"), 1, "a pipe's name")
            check(tool("get", name), 1, "a pipe's name")
        finally:
            waiting.kill()


@tap.case("nobody in time is exit code 5, and leaves the name free; an end that is taken is 1")
def _(world):
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            other = f"`penstock pipe {name} --right`"
            check(tool("pipe", name, "--left", "--timeout", "50ms"), 5, "waiting", other)
            result = tool("pipe", name, "--left", "--timeout", "0")
            check(result, 5, "nobody came", "--timeout")
            equal(b"waiting" in result.stderr, False)
            with Party(tool, name, "--left") as left:
                left.process.stderr.readline()
                check(tool("pipe", name, "--left"), 1, "somebody else holds", "--right")
                left.process.send_signal(signal.SIGTERM)
                left.finish(-signal.SIGTERM)
            with Party(tool, name, "--left") as left:
                left.process.stderr.readline()
                left.process.kill()


@tap.case("who leaves before all was sent makes it fail; who leaves an idle one doesn't")
def _(world):
    name = world.queue()
    with Party(world.tool, name, "--left", input=subprocess.PIPE) as idle:
        with Party(world.tool, name, "--right", "--lines", input=b"hello") as right:
            wait_until(lambda: idle.written() == b"hello", "hello")
            right.process.kill()
            equal(idle.finish(), b"hello")  # though its stdin has not ended
    # The right one prints to nobody who reads, so the left one has to keep most of it.
    with both_ways(world) as tools:
        for tool in tools:
            name = world.queue()
            with Party(tool, name, "--left", "--lines", input=b"more\n" * 600_000) as left:
                with tool.start("pipe", name, "--right", "--lines") as right:
                    equal(right.stdout.readline(), b"more\n")
                    equal(left.process.poll(), None)
                    right.kill()
                left.finish(1, f"pipe '{name}'")


def wait_until_idle(file):
    """Whoever reads it has not gone on for a while."""
    place = -1
    while place != (place := os.lseek(file.fileno(), 0, os.SEEK_CUR)):
        time.sleep(0.2)


@tap.case("what comes can't be written: it ends at once, though it waits to send")
def _(world):
    with both_ways(world) as tools, open("/dev/full", "wb") as full:
        for tool in tools:
            name = world.queue()
            with tempfile.TemporaryFile() as file:
                file.write(bytes(8_000_000))
                file.seek(0)
                left = tool.start("pipe", name, "--left", stdin=file, stdout=full)
                # The right one prints to nobody who reads.
                with left, tool.start("pipe", name, "--right", stdin=subprocess.PIPE) as right:
                    equal(right.stdout.read(1), b"\0")
                    wait_until_idle(file)
                    right.stdin.write(b"back")
                    right.stdin.flush()
                    try:
                        check_ended(left, 8, "cannot write to stdout")
                    finally:
                        left.kill()
                        right.kill()


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
