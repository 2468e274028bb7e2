"""A broker with little memory: puts wait for it, gets never do, and it keeps to its limit."""

import json
import struct
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until
from peer_support import (
    ACK,
    FOREVER,
    GET,
    ITEM,
    PUT,
    RESULT,
    Bulk,
    Drained,
    Peer,
    count_events,
    resident_bytes,
)

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


def is_sanitized(world):
    """The sanitizers' own memory is larger than what is measured here."""
    return "asan" in world.penstockd or "tsan" in world.penstockd


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
    if is_sanitized(world):
        return
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


@tap.case("who keeps results and sends no ACK takes no room from another user's puts")
def _(world):
    limits = ("--pending-max", "8MiB", "--item-size-max", "512KiB")
    listen = "tcp:127.0.0.1:0,auth=none"
    with (
        world.broker(listen, "--memory-max", "1MiB", *limits) as broker,
        Peer(broker, source="127.0.0.2") as honest,
        ExitStack() as stack,
    ):
        honest.open("bounded", maxsize=1)
        honest.put(b"a")
        equal(honest.result(), 0)
        for _ in range(5):
            hoarder = stack.enter_context(Peer(broker, source="127.0.0.3"))
            hoarder.open("q")
            drained = stack.enter_context(Drained(hoarder))
            bulk = Bulk(hoarder)
            for _ in range(7_500):  # empty and bad_handle in turn: no two can be joined
                bulk.get(timeout=0)
                bulk.get(handle=99, timeout=0)
            bulk.go()
            drained.done(may_end=True)
        equal(count_events(broker, "peer_holds_too_much") > 0, True, broker.log_text())
        honest.put(b"b")  # waits
        honest.send(GET, struct.pack(">IIHH", 1, FOREVER, 1, 0))
        kinds = sorted(honest.answer()[0] for _ in range(2))
        equal(kinds, [RESULT, ITEM])
        # Their sum would be 9.6 MB without an end to it.
        tool = Tool(world.penstock, broker.url)
        pending = json.loads(tool.done("stat", "--json"))["pending_used"]
        equal(pending < 5_000_000, True, pending)


@tap.case("items of one byte that stay behind larger ones are counted with what they keep")
def _(world):
    limits = ("--memory-max", "4MiB", "--pending-max", "8MiB", "--item-size-max", "64KiB")
    with world.broker(None, *limits) as broker, Peer(broker) as peer:
        peer.open("q")
        before = resident_bytes(broker.process.pid)
        for _ in range(150):
            acks = range_of_small_among_large(peer)
            for op in acks:
                peer.send(ACK, op=op)
        grown = resident_bytes(broker.process.pid) - before
        # 1,500 such items were taken before, with 16 KiB each: 24 MiB.
        if grown > 12 * KIB * KIB and not is_sanitized(world):
            raise AssertionError(f"the broker has grown by {grown} bytes")
        memory = json.loads(Tool(world.penstock, broker.url).done("stat", "--json"))["memory_used"]
        equal(memory < 5 * KIB * KIB, True, f"{memory} counted:")


def range_of_small_among_large(peer):
    """Puts ten times one byte among 16,000, and gets it all; gives what is not one byte."""
    bulk = Bulk(peer)
    for size in (1, 4000, 4000, 4000, 4000) * 10:
        head = struct.pack(">IIBBHI", 1, 0, 0, 0, 0, size)
        bulk.add(PUT, head + b"x" * size)
    for _ in range(50):
        bulk.get(timeout=0)
    bulk.go()
    answered, large = 0, []
    while answered < 100:
        payload = peer.payload()
        n, op = struct.unpack(">H", payload[2:4])[0], struct.unpack(">Q", payload[4:12])[0]
        if payload[0] == RESULT:
            answered += n
            large.extend(range(op, op + n))
        elif payload[0] == ITEM:
            answered += 1
            if len(payload) > 1000:
                large.append(op)
    return large


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
