#!/usr/bin/env python3
"""Listener and dial with stock Python at the other end: each that is found, with and without a key,
on Unix sockets and TCP.
Usage: direct_python_test.py DIRECT_PEER
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from cli_support import ENVIRONMENT, Tap, equal, short_folder, write_key
from pythons import minor_version, pythons

SECONDS_MAX = 100
KEY = "a key for these tests only"
KIB = 1024
SIZES = [0, 1, 16 * KIB - 1, 16 * KIB, 16 * KIB + 1, 64 * KIB * KIB]

tap = Tap()

# Runs in each Python, down to 3.6. Arguments: Client or Listener, address, key, who leaves first,
# sizes. Prints the address if it listens, then what went wrong, or "done".
SCRIPT = """
import json, multiprocessing.connection as c, sys
kind, address, key, who, sizes = json.loads(sys.argv[1])
address = tuple(address) if isinstance(address, list) else address
key = None if key is None else key.encode()
if kind == "Listener":
    listener = c.Listener(address, authkey=key)
    print(json.dumps(listener.address), flush=True)
    end = listener.accept()
else:
    end = c.Client(address, authkey=key)
assert not end.poll(), "something came before anything was sent"
for size in sizes:
    sent = bytes(range(256)) * (size // 256) + bytes(size % 256)
    end.send_bytes(sent)
    assert end.poll(60), size
    assert end.recv_bytes() == sent, size
    assert not end.poll(), size
for thing in [{"a": [1, None]}, "text", 2 ** 80]:
    end.send(thing)
    assert end.recv() == thing, thing
for size in (1, 100):
    for _ in range(size):
        end.send_bytes(b"many")
    for _ in range(size):
        assert end.recv_bytes() == b"many"
if who == "peer":
    end.send_bytes(b"leave")
    assert end.recv_bytes() == b"leave"
    assert end.poll(60), "end-of-file counts as ready"
    try:
        end.recv_bytes()
    except EOFError:
        print("done")
    else:
        print("no end-of-file")
else:
    end.close()
    print("done")
"""


class Process(subprocess.Popen):
    def __init__(self, *command):
        super().__init__(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)

    def __exit__(self, *how):
        if self.poll() is None:
            self.kill()
        super().__exit__(*how)

    def line(self):
        """The next line; what the process complains about, if there is none."""
        line = self.stdout.readline().decode()
        if not line:
            raise AssertionError(f"{self.args[:2]}: {self.stderr.read().decode()}")
        return line.rstrip("\n")

    def finish(self):
        """The rest of its output, and what it complained about."""
        output, error = self.communicate(timeout=SECONDS_MAX)
        return output.decode().splitlines(), error.decode()


def url_of(address):
    return f"unix:{address}" if isinstance(address, str) else f"tcp:{address[0]}:{address[1]}"


def address_of(url):
    family, _, rest = url.partition(":")
    host, _, port = rest.rpartition(":")
    return rest if family == "unix" else [host, int(port)]


def places(folder):
    """A free address of each kind, as a URL."""
    yield f"unix:{folder}/{len(os.listdir(folder))}"
    yield "tcp:127.0.0.1:0"


def python(name, kind, address, key, who="python", sizes=()):
    return Process(name, "-c", SCRIPT, json.dumps([kind, address, key, who, list(sizes)]))


def sizes_with(name, key_file):
    """The long one takes seconds. A key changes nothing about the frames, and one Python hardly
    differs from another there: it is for the first of them, without a key."""
    return SIZES if key_file is None and name == pythons()[0] else SIZES[:-1]


def said(sizes):
    """What the peer has to say about what SCRIPT sends, but for the pickles' sizes."""
    return [f"bytes {size}" for size in sizes] + ["pickle"] * 3 + ["bytes 4"] * 101


def check_talk(lines, who, sizes):
    lines = [line.split()[0] if line.startswith("pickle") else line for line in lines]
    end = ["bytes 5", "left"] if who == "peer" else ["eof"]
    equal(lines, said(sizes) + end)


def talk_to_client(program, name, url, key_file, who, sizes):
    with Process(program, "listen", url, key_file or "none", "local") as peer:
        address = address_of(peer.line())
        with python(name, "Client", address, key_file and KEY, who, sizes) as client:
            equal(client.finish(), (["done"], ""), f"{name} {url} {key_file}:")
        check_talk(peer.finish()[0], who, sizes)


def talk_to_listener(program, name, url, key_file, who, sizes):
    with python(name, "Listener", address_of(url), key_file and KEY, who, sizes) as listener:
        address = json.loads(listener.line())
        with Process(program, "dial", url_of(address), key_file or "none", "local") as peer:
            lines, error = peer.finish()
            equal(error, "", f"{name} {url} {key_file}:")
        equal(listener.finish(), (["done"], ""), f"{name} {url} {key_file}:")
        check_talk(lines, who, sizes)


def each(folder):
    key_file = write_key(folder, KEY)
    for name in pythons():
        for key in (None, key_file):
            for url in places(folder):
                yield name, url, key


@tap.case("Client() sends, receives, polls and leaves, as with a Python at the other end")
def _(program, folder):
    for name, url, key_file in each(folder):
        talk_to_client(program, name, url, key_file, "python", sizes_with(name, key_file))


@tap.case("Client() gets an end-of-file when our side leaves")
def _(program, folder):
    for name, url, key_file in each(folder):
        talk_to_client(program, name, url, key_file, "peer", SIZES[:3])


@tap.case("Listener() sends, receives, polls and leaves, as with a Python at the other end")
def _(program, folder):
    for name, url, key_file in each(folder):
        talk_to_listener(program, name, url, key_file, "python", sizes_with(name, key_file))


@tap.case("Listener() gets an end-of-file when our side leaves")
def _(program, folder):
    for name, url, key_file in each(folder):
        talk_to_listener(program, name, url, key_file, "peer", SIZES[:3])


@tap.case("Client() with another key is an AuthenticationError, and the listener goes on")
def _(program, folder):
    for name, url, key_file in each(folder):
        if key_file is None:
            continue
        with Process(program, "listen", url, key_file, "local") as peer:
            address = address_of(peer.line())
            with python(name, "Client", address, "another key") as client:
                equal("AuthenticationError" in client.finish()[1], True, name)
            with python(name, "Client", address, KEY) as client:
                equal(client.finish(), (["done"], ""), name)
            check_talk(peer.finish()[0], "python", [])


@tap.case("Listener() with another key is a refusal on our side, and an error on Python's")
def _(program, folder):
    for name, url, key_file in each(folder):
        if key_file is None:
            continue
        with python(name, "Listener", address_of(url), "another key") as listener:
            address = json.loads(listener.line())
            with Process(program, "dial", url_of(address), key_file, "local") as peer:
                lines, error = peer.finish()
            equal(lines, [])
            equal("another key" in error, True, error)
            equal("AuthenticationError" in listener.finish()[1], True, name)


@tap.case("legacy_md5 never turns the Pythons before 3.12 away, both ways, and no others")
def _(program, folder):
    key_file = write_key(folder, KEY)
    for name in pythons():
        old = minor_version(name) < 12
        for url in places(folder):
            with python(name, "Listener", address_of(url), KEY) as listener:
                address = json.loads(listener.line())
                with Process(program, "dial", url_of(address), key_file, "never") as peer:
                    error = peer.finish()[1]
                equal("MD5" in error, old, f"{name}: {error}")
            with Process(program, "listen", url, key_file, "never") as peer:
                with python(name, "Client", address_of(peer.line()), KEY) as client:
                    equal("AuthenticationError" in client.finish()[1], old, name)


if __name__ == "__main__":
    with short_folder() as temporary:
        sys.exit(tap.run(str(Path(sys.argv[1]).absolute()), temporary))
