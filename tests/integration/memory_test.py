"""A broker with little memory: puts wait for it, gets never do, and it keeps to its limit."""

import json
import sys
import time
from pathlib import Path

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until

KIB = 1024
MEMORY_MAX = 1024 * KIB
tap = Tap()


def small_broker(world, *options):
    return world.broker(None, "--memory-max", "1MiB", *options)


def fill(tool, name):
    """Puts items of 100 KiB until there is no room; gives how many went in."""
    item = b"x" * (100 * KIB)
    for count in range(20):
        result = tool("put", name, "--timeout", "0", input=item)
        if result.returncode != 0:
            check(result, 6, "memory")
            return count
    raise AssertionError("it takes whatever comes")


def putters(tool, name):
    result = tool("stat", name, "--json")
    return json.loads(result.stdout)["putters"] if result.returncode == 0 else 0


@tap.case("a put that finds no memory says so, at once or at its timeout")
def _(world):
    with small_broker(world) as broker:
        tool = Tool(world.penstock, broker.url)
        equal(fill(tool, "full"), 10)
        check(tool("put", "other", "--timeout", "0.2", input=b"y" * 50 * KIB), 6, "memory")
        equal(tool.done("get", "full")[:1], b"x")
        tool.done("put", "other", "--timeout", "0", input=b"y" * 50 * KIB)
        rest = tool.done("get", "full", "--count", "9", "--timeout", "0")
        equal(rest == b"x" * (9 * 100 * KIB), True, "nothing was dropped;")


@tap.case("a put that waits for memory goes on when somebody has got an item")
def _(world):
    with small_broker(world) as broker:
        tool = Tool(world.penstock, broker.url)
        fill(tool, "full")
        waiting = tool.start("put", "other", "late" * 20 * KIB, "--timeout", "30")
        wait_until(lambda: putters(tool, "other") == 1, "the put waits")
        equal(waiting.poll(), None)
        tool.done("get", "full")
        equal(waiting.wait(20), 0)
        equal(len(tool.done("get", "other", "--timeout", "0")), 80 * KIB)


@tap.case("a get takes what only waits for memory")
def _(world):
    with small_broker(world) as broker:
        tool = Tool(world.penstock, broker.url)
        fill(tool, "full")
        waiting = tool.start("put", "other", "x" * 90 * KIB, "--timeout", "30")
        equal(len(tool.done("get", "other", "--timeout", "20")), 90 * KIB)
        equal(waiting.wait(20), 0)


@tap.case("an item that can never fit is too large, not out of memory")
def _(world):
    with small_broker(world) as broker:
        tool = Tool(world.penstock, broker.url)
        check(tool("put", "q", "--timeout", "0", input=b"x" * MEMORY_MAX), 6, "large")


@tap.case("the broker says in its log when memory becomes short, and when it no longer is")
def _(world):
    with small_broker(world) as broker:
        tool = Tool(world.penstock, broker.url)
        fill(tool, "q")
        wait_until(lambda: "event=memory_short" in broker.log_text(), "it is short")
        tool.done("get", "q", "--count", "10")
        wait_until(lambda: "event=memory_relieved" in broker.log_text(), "it is relieved")


@tap.case("many who put more than there is memory for do not make the broker larger than that")
def _(world):
    if "asan" in world.penstockd or "tsan" in world.penstockd:
        return  # the sanitizers' own memory is larger than what is measured here
    limits = ("--memory-max", "16MiB", "--pending-max", "16MiB", "--item-size-max", "4MiB")
    with world.broker(None, *limits) as broker:
        tool = Tool(world.penstock, broker.url)

        def resident_kib():
            status = Path(f"/proc/{broker.process.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0])

        before = resident_kib()
        item = b"x" * (2048 * KIB)
        producers = [
            tool.start("put", f"q{i % 4}", "--timeout", "3", "--count", "8", stdin=-1)
            for i in range(16)
        ]
        largest = before
        for producer in producers:
            producer.stdin.write(item)
            producer.stdin.close()
        while any(producer.poll() is None for producer in producers):
            largest = max(largest, resident_kib())
            time.sleep(0.01)
        codes = {producer.wait(20) for producer in producers}
        equal(codes, {6})  # 256 MiB don't fit
        grown = largest - before
        if grown > 48 * KIB:
            raise AssertionError(f"the broker has grown by {grown} KiB")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
