"""Little input that could cost much: the broker's work is in proportion to what it is sent."""

import os
import struct
import sys
from contextlib import ExitStack, contextmanager

from cli_support import Tap, equal, run_with_world, wait_until
from peer_support import (
    ACK,
    CANCEL,
    FOREVER,
    HELLO,
    OPEN,
    PUT,
    Bulk,
    Drained,
    Peer,
    count_events,
    cpu_seconds,
    field,
    native,
)

tap = Tap()
OPEN_Q = struct.pack(">II", 1, 0) + field(1, b"\1") + field(2, b"q")
ADMIN, READ = 0x2A, 0x30
NO_HANDLE = 99
ROUNDS = 300 if "PENSTOCK_TEST_ITEMS" in os.environ else 1500
# An attack takes a tenth of it now, and took several times it when work was quadratic.
CPU_SECONDS_MAX = 15 if "PENSTOCK_TEST_ITEMS" in os.environ else 1.5


class Narrow(Peer):
    """A session that wants a grant of one byte."""

    @staticmethod
    def hello(_):
        wanted = struct.pack(">IIQ", 0, 65536, 1)
        magic = field(1, b"PENSTOCK") + field(2, struct.pack(">HH", 1, 1))
        return native(HELLO, magic + field(3, wanted))


@contextmanager
def little_work(broker):
    before = cpu_seconds(broker.process.pid)
    yield
    used = cpu_seconds(broker.process.pid) - before
    if used > CPU_SECONDS_MAX:
        raise AssertionError(f"{used:.2f} s of work")


@tap.case("CANCELs of many operations that are done")
def _(world):
    with world.broker(None) as broker, Peer(broker) as peer, Drained(peer) as drained:
        peer.send(OPEN, OPEN_Q)
        bulk = Bulk(peer)
        for _ in range(2048):  # empty and bad_handle in turn: no two can be joined
            bulk.get(timeout=0)
            bulk.get(handle=NO_HANDLE, timeout=0)
        bulk.go()
        drained.done()
        with little_work(broker):
            for _ in range(8000):
                bulk.add(CANCEL, struct.pack(">B7xQ", 0, 0), op=2, n=4096)
            bulk.go()
            drained.done()


@tap.case("items that come and go one by one while many gets wait elsewhere")
def _(world):
    with world.broker(None) as broker, Narrow(broker) as peer, Peer(broker) as producer:
        peer.open("q")
        peer.open("empty", handle=2)
        producer.open("q")
        large = b"x" * 70_000  # more than the peer was granted: none but this is handed out
        with Drained(producer) as drained:
            for _ in range(ROUNDS):
                producer.put(large)
            bulk = Bulk(peer)
            for _ in range(50_000):
                bulk.get(handle=2)
            bulk.go()
            drained.done()
            with little_work(broker):
                for _ in range(ROUNDS):
                    got = peer.get()
                    received = len(peer.answer()[1])
                    equal(received > len(large), True, received)
                    peer.send(ACK, op=got)


@tap.case("purges while gets that have no credit wait")
def _(world):
    with world.broker(None) as broker, Narrow(broker) as peer, Peer(broker) as producer:
        peer.open("q")
        producer.open("q")
        producer.put(b"x" * 70_000)
        equal(producer.result(), 0)
        peer.get()
        peer.answer()  # and no ACK: it has no credit
        with Drained(peer) as drained:
            bulk = Bulk(peer)
            for _ in range(50_000):
                bulk.get()
            bulk.go()
            drained.done()
            with little_work(broker):
                for _ in range(ROUNDS):
                    bulk.add(PUT, struct.pack(">IIBBHI", 1, FOREVER, 0, 0, 0, 1) + b"x")
                    bulk.get(timeout=0)
                    bulk.add(ADMIN, field(1, b"\1") + field(2, b"q"))
                bulk.go()
                drained.done()


@tap.case("peeks far behind the front of a queue whose items came back")
def _(world):
    with world.broker(None) as broker, Peer(broker) as peer, Drained(peer) as drained:
        peer.send(OPEN, OPEN_Q)
        bulk = Bulk(peer)
        head = struct.pack(">IIBBH", 1, FOREVER, 0, 0, 0)
        for _ in range(50):
            bulk.add(PUT, head + bytes(4 * 4096), n=4096)
            bulk.add(ACK, op=peer.op - 4095, n=4096)
        bulk.go()
        drained.done()
        with ExitStack() as stack:
            for _ in range(4):
                other = stack.enter_context(Peer(broker))
                other.open("q")
                others = stack.enter_context(Drained(other))
                for _ in range(12):
                    other.get(n=4096)
                others.done()
        wait_until(lambda: count_events(broker, "session_cut") == 4, "they are gone")
        content = field(1, b"\4") + field(3, b"q") + field(5, struct.pack(">Q", 190_000))
        content += field(6, struct.pack(">I", 1))
        with little_work(broker):
            for number in range(ROUNDS):
                bulk.add(READ, content, op=(1 << 63) + 1 + number)
                if number % 60 == 59:
                    bulk.go()
                    drained.done()


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
