#!/usr/bin/env python3
"""What `penstock put` takes from stdin, `penstock get` writes: byte by byte, at every size where a
limit of the wire may lie. Usage: cli_bytes_test.py PENSTOCKD PENSTOCK
"""

import os
import sys

from cli_support import Broker, Tap, Tool, equal, short_folder, write_key

EXPONENT_MAX = 26  # 64 MiB
SIZES = sorted({0, 1} | {2**k + d for k in range(EXPONENT_MAX + 1) for d in (-1, 0, 1)})

tap = Tap()


def round_trip(tool, folder, data, size):
    """Through files: Python's pipes would take most of the time."""
    source, target = os.path.join(folder, "source"), os.path.join(folder, "target")
    expected = memoryview(data)[:size]
    with open(source, "wb") as file:
        file.write(expected)
    with open(source, "rb") as stdin:
        equal(tool.done("put", "bytes", stdin=stdin), b"")
    with open(target, "wb") as stdout:
        tool.done("get", "bytes", "--timeout", "30", stdout=stdout)
    with open(target, "rb") as file:
        actual = file.read()
    if actual != expected:
        raise AssertionError(f"{size} bytes went in, {len(actual)} came out, and they differ")


def add_cases(transport):
    for size in SIZES:
        tap.case(f"put and get {size} bytes over {transport}")(
            lambda folder, data, tools, size=size: round_trip(tools[transport], folder, data, size)
        )


def main():
    penstockd, penstock = sys.argv[1:]
    add_cases("unix")
    add_cases("tcp with a key")
    with short_folder() as folder:
        key = write_key(folder)
        with Broker(penstockd, f"unix:{folder}/socket") as local:
            with Broker(penstockd, "tcp:127.0.0.1:0", "--key-file", key) as remote:
                tools = {
                    "unix": Tool(penstock, local.url),
                    "tcp with a key": Tool(penstock, remote.url, PENSTOCK_KEY_FILE=key),
                }
                return tap.run(folder, os.urandom(SIZES[-1]), tools)


if __name__ == "__main__":
    sys.exit(main())
