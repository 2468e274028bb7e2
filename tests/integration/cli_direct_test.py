#!/usr/bin/env python3
"""penstock listen and dial: pipes without a broker, from the command line.
Usage: cli_direct_test.py PENSTOCKD PENSTOCK
"""

import multiprocessing.connection
import os
import signal
import subprocess
import sys
import tempfile

from cli_support import (
    Tap,
    Tool,
    check,
    documents,
    equal,
    run_with_world,
    wait_until,
    write_key,
    written_to,
)

tap = Tap()
SECONDS_MAX = 60
KEY = "a key for these tests only"


class Listening:
    """`penstock listen`, from when it listens."""

    def __init__(self, world, address, *options, input=b""):
        self.output = tempfile.TemporaryFile()  # nobody reads it before the other side has ended
        with tempfile.TemporaryFile() as file:
            file.write(input)
            file.seek(0)
            self.process = Tool(world.penstock, "unix:/nowhere").start(
                "listen", address, *options, stdin=file, stdout=self.output
            )
        line = self.process.stderr.readline().decode()
        if not line.startswith("penstock: listening at "):
            raise AssertionError(line + self.process.stderr.read().decode())
        self.address = line.split()[3]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self.output.close()

    def written(self):
        return written_to(self.output)

    def finish(self, exit_code=0, *texts):
        error = self.process.communicate(timeout=SECONDS_MAX)[1]
        result = subprocess.CompletedProcess("listen", self.process.returncode, stderr=error)
        check(result, exit_code, *texts)
        return self.written()


def path(world):
    return f"unix:{world.folder}/{world.queue()}"


def places(world):
    return path(world), "tcp:127.0.0.1:0"


@tap.case("lines go both ways as messages, and it ends when both sides have")
def _(world):
    for place in places(world):
        with Listening(world, place, "--lines", input=b"one\n\nthree") as listener:
            output = world.tool.done("dial", listener.address, "--lines", input=b"a\nb\n")
            equal(output, b"one\n\nthree\n")
            equal(listener.finish(), b"a\nb\n")


@tap.case("bytes arrive as they were, of whatever size")
def _(world):
    content = os.urandom(3_000_001)
    for place in places(world):
        with Listening(world, place, input=content) as listener:
            equal(world.tool.done("dial", listener.address, input=content) == content, True)
            equal(listener.finish() == content, True)


@tap.case("--json tells the messages apart, and pickles from others")
def _(world):
    with Listening(world, path(world), "--json") as listener:
        with multiprocessing.connection.Client(listener.address[5:]) as client:
            client.send_bytes(b"text")
            client.send_bytes(b"\xff\x00")
            client.send({"an": "object"})
        first, second, third = documents(listener.finish())
        equal((first["text"], first["content_type"]), ("text", "bytes"))
        equal((second["base64"], second["size"]), ("/wA=", 2))
        equal(third["content_type"], "pickle")


@tap.case("--keep serves one after the other, and the next one when one breaks off")
def _(world):
    with Listening(world, path(world), "--lines", "--keep") as listener:
        for name in (b"one", b"two"):
            equal(world.tool.done("dial", listener.address, "--lines", input=name), b"")
        broken = multiprocessing.connection.Client(listener.address[5:])
        os.write(broken.fileno(), b"\0\0\0\5hal")
        broken.close()
        equal(world.tool.done("dial", listener.address, "--lines", input=b"three"), b"")
        wait_until(lambda: listener.written() == b"one\ntwo\nthree\n", "three")
        listener.process.send_signal(signal.SIGTERM)
        listener.finish(-signal.SIGTERM, "a peer is gone")


@tap.case("a key is asked for on both sides, and a stranger is named and holds up nobody")
def _(world):
    key_file = write_key(world.folder, KEY)
    for place in places(world):
        with Listening(world, place, "--key-file", key_file, "--lines") as listener:
            address = listener.address
            family, _, rest = address.partition(":")
            there = rest if family == "unix" else ("127.0.0.1", int(rest.rpartition(":")[2]))
            silent = multiprocessing.connection.Client(there)
            write_key(world.folder, "another key")
            check(world.tool("dial", address, "--key-file", key_file), 4, "another key")
            write_key(world.folder, KEY)
            output = world.tool.done("dial", address, "--key-file", key_file, input=b"hello")
            equal(output, b"")
            equal(listener.finish(0, "turned away", "another key"), b"hello\n")
            silent.close()


@tap.case("a listener that asks dial for a key which it has not is no message, but refuses")
def _(world):
    key_file = write_key(world.folder, KEY)
    for place in places(world):
        with Listening(world, place, "--key-file", key_file, "--keep") as listener:
            result = world.tool("dial", listener.address, input=b"hello")
            check(result, 4, "asks for a key", "--key-file")
            equal(result.stdout, b"")
    for quoted in (b"#CHALLENGE", b"a #CHALLENGE#"):
        with Listening(world, path(world), input=quoted) as listener:
            equal(world.tool.done("dial", listener.address), quoted)


@tap.case("who ends inside a message, or announces one too long, is told from a broker")
def _(world):
    for sent, exit_code, text in (
        (b"\0\0\0\5hal", 8, "ended inside a message"),
        (b"GET / HTTP/1.1\r\n", 6, "longer than it may be"),
    ):
        with multiprocessing.connection.Listener(path(world)[5:]) as listener:
            with world.tool.start("dial", "unix:" + listener.address) as dial:
                with listener.accept() as connection:
                    os.write(connection.fileno(), sent)
                equal(dial.wait(SECONDS_MAX), exit_code)
                error = dial.stderr.read().decode()
                equal((text in error, "broker" in error), (True, False), error)


@tap.case("nobody there, nobody in time, and what makes no sense have their exit codes")
def _(world):
    tool, place = world.tool, path(world)
    check(tool("dial", place), 3, place, "nobody listens there")
    check(tool("listen", place, "--timeout", "10ms"), 5, f"penstock dial {place}", "--timeout")
    equal(os.path.exists(place[5:]), False)
    check(tool("listen", "nonsense"), 2, "unix:/path")
    check(tool("dial", "nonsense"), 2, "unix:/path")
    check(tool("listen", "tcp:0.0.0.0:0"), 2, "without a key only loopback")
    check(tool("dial", place, "--legacy-md5", "perhaps"), 2, "local, always, never")
    with Listening(world, place):
        check(tool("listen", place), 3, "listens there already")
    key_file = write_key(world.folder, KEY)
    with multiprocessing.connection.Listener(path(world)[5:]) as silent:
        address = "unix:" + silent.address
        result = tool("dial", address, "--key-file", key_file, "--timeout", "100ms")
        check(result, 5, "ask for no key")


@tap.case("Ctrl-C leaves no socket behind, before and while somebody is there")
def _(world):
    for connected in (False, True):
        with Listening(world, path(world), "--keep") as listener:
            client = multiprocessing.connection.Client(listener.address[5:]) if connected else None
            if client is not None:
                client.send_bytes(b"hello")
                wait_until(lambda: listener.written() == b"hello", "hello")
            listener.process.send_signal(signal.SIGINT)
            listener.finish(-signal.SIGINT)
            equal(os.path.exists(listener.address[5:]), False)
            if client is not None:
                client.close()


@tap.case("who leaves before all was sent makes it fail; who leaves an idle one doesn't")
def _(world):
    with multiprocessing.connection.Listener(path(world)[5:]) as listener:
        address = "unix:" + listener.address
        reader, writer = os.pipe()
        with world.tool.start("dial", address, stdin=reader) as idle:
            listener.accept().close()
            equal(idle.wait(SECONDS_MAX), 0)
        os.close(writer)
        os.close(reader)
        with tempfile.TemporaryFile() as file:  # more than the system takes before anybody reads
            file.write(b"more\n" * 600_000)
            file.seek(0)
            with world.tool.start("dial", address, "--lines", stdin=file) as busy:
                with listener.accept() as connection:
                    equal(connection.recv_bytes(), b"more")
                equal(busy.wait(SECONDS_MAX), 1, busy.stderr.read())


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
