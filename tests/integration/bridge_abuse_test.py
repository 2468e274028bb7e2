#!/usr/bin/env python3
"""Hostile HTTP and WebSocket peers of the monitor: each gets its clear refusal within its time,
costs no memory that stays, and the broker's queues notice nothing. docs/monitor.md, Limits.
Usage: bridge_abuse_test.py PENSTOCKD PENSTOCK PENSTOCK_BRIDGE
"""

import collections
import contextlib
import os
import random
import socket
import struct
import sys
import time

from bridge_support import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    Live,
    Refused,
    parsed,
    read_all,
    run_with_bridge,
)
from cli_support import Tap, Tool, equal, wait_until
from peer_support import ACK, FOREVER, PUT, Peer

tap = Tap()
MiB = 1024 * 1024
SANITIZED = "PENSTOCK_TEST_ITEMS" in os.environ
HALF_OPEN = 1000 if SANITIZED else 10_000
MONITOR_MEMORY_MAX = (256 if SANITIZED else 8) * MiB  # what is freed stays for a while
SEED = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))


def status_of(answer):
    return parsed(answer)[0]


def requests(bridge):
    """What each must be answered with. 0: it is closed without a word."""
    host = f"Host: {bridge.site}\r\n"
    head = f"GET /livez HTTP/1.1\r\n{host}"
    post = f"POST /api/v1/ticket HTTP/1.1\r\n{host}Authorization: Bearer {bridge.token()}\r\n"
    chunked = "Transfer-Encoding: chunked\r\n"
    return {
        "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        "another version": (f"GET /livez HTTP/1.0\r\n{host}\r\n".encode(), 505),
        "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        "a target of another host": (f"GET http://x/livez HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "the target of CONNECT": (f"CONNECT x:1 HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "the target of OPTIONS": (f"OPTIONS * HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "a method that is none": (f"GE\x01T / HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "a method that nothing has": (f"BREW / HTTP/1.1\r\n{host}\r\n".encode(), 405),
        "a space in the target": (f"GET /a b HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "a zero byte in the target": (f"GET /\x00 HTTP/1.1\r\n{host}\r\n".encode(), 400),
        "bytes above ASCII": (b"GET /\xff\xfe HTTP/1.1\r\n" + host.encode() + b"\r\n", 404),
        "a header without a name": ((head + ": x\r\n\r\n").encode(), 400),
        "a space before the colon": ((head + "A : x\r\n\r\n").encode(), 400),
        "a zero byte in a header": ((head + "A: x\x00y\r\n\r\n").encode(), 400),
        "9 KiB of headers": ((head + f"A: {'x' * 9000}\r\n\r\n").encode(), 431),
        "1,000 headers": ((head + "A: xxxxx\r\n" * 1000 + "\r\n").encode(), 431),
        "1 MiB of headers": ((head + "A: xxxxx\r\n" * 100_000 + "\r\n").encode(), 431),
        "a body of 65 KiB": ((post + "Content-Length: 66560\r\n\r\n").encode() + b"x" * 66560, 413),
        "a body of 16 EiB": ((post + f"Content-Length: {2**64 - 1}\r\n\r\n").encode(), 413),
        "a length over 64 bits": ((post + f"Content-Length: {2**64}\r\n\r\n").encode(), 400),
        "a length that is negative": ((post + "Content-Length: -1\r\n\r\n").encode(), 400),
        "a length in words": ((post + "Content-Length: two\r\n\r\nxx").encode(), 400),
        "two lengths": ((post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx").encode(), 400),
        "a list of lengths": ((post + "Content-Length: 1, 2\r\n\r\nxx").encode(), 400),
        "chunks": ((post + chunked + "\r\n0\r\n\r\n").encode(), 501),
        "chunks and a length": (
            (post + chunked + "Content-Length: 4\r\n\r\n0\r\n\r\n").encode(),
            400,
        ),
        "a length and chunks": (
            (post + "Content-Length: 4\r\n" + chunked + "\r\n0\r\n\r\n").encode(),
            400,
        ),
        "another coding": ((post + "Transfer-Encoding: gzip\r\n\r\n").encode(), 501),
        "a chunk of 16 EiB": ((post + chunked + "\r\n" + "f" * 17 + "\r\n").encode(), 400),
    }


@tap.case("each request that is none has its own refusal, and is closed")
def _(world):
    with world.bridge() as bridge:
        wrong = {}
        for name, (data, status) in requests(bridge).items():
            actual = status_of(bridge.raw(data))
            if actual != status:
                wrong[name] = f"{actual}, not {status}"
        equal(wrong, {})
        equal(bridge.ask("/livez")[0], 200)


@tap.case("what stands behind a request is never taken for another one")
def _(world):
    with world.bridge() as bridge:
        one = f"GET /livez HTTP/1.1\r\nHost: {bridge.site}\r\n"
        for smuggled in (
            f"{one}\r\n{one}\r\n",
            f"{one}Content-Length: 5\r\n\r\nxxxxx{one}\r\n",
            f"{one}Connection: keep-alive\r\n\r\n{one}\r\n",
        ):
            answer = bridge.raw(smuggled.encode())
            equal(answer.count(b"HTTP/1.1"), 1, smuggled)
            equal(b"Connection: close\r\n" in answer, True)


@tap.case("a request that trickles in, or never ends, has five seconds")
def _(world):
    with world.bridge() as bridge, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(bridge.connect()) for _ in range(3)]
        connections[1].sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        while time.monotonic() - began < 30:
            try:
                connections[2].sendall(b"G")
                time.sleep(0.2)
            except OSError:
                break
        for connection in connections:
            read_all(connection)
        equal(time.monotonic() - began < 15, True)
        equal(bridge.ask("/livez")[0], 200)


@tap.case("of one peer 16 may be without an upgrade; more are told so at once")
def _(world):
    with world.bridge() as bridge, contextlib.ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(bridge.connect())
        wait_until(lambda: status_of(bridge.raw(b"")) == 503, "refused")


@tap.case("those that are upgraded don't count among them")
def _(world):
    with world.bridge() as bridge, contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(bridge.live()).until("snap")
        equal(bridge.ask("/livez")[0], 200)


@tap.case("10,000 that are half open cost no memory, and the place is free again at once")
def _(world):
    name = world.queue()
    with world.bridge() as bridge:
        for _ in range(100):
            bridge.ask("/livez")
        before = bridge.resident_bytes()
        held = collections.deque()
        for i in range(HALF_OPEN):
            connection = socket.create_connection((bridge.host, bridge.port), timeout=30)
            with contextlib.suppress(OSError):  # it is closed already, most likely
                connection.send(b"GET / HT"[: i % 9])
            held.append(connection)
            if len(held) > 400:
                held.popleft().close()
            if i % 1000 == 999:
                world.tool.done("put", name, "x")
        while held:
            held.popleft().close()
        wait_until(lambda: bridge.ask("/livez")[0] == 200, "served again")
        grown = bridge.resident_bytes() - before
        equal(grown < 4 * MiB, True, f"grew by {grown}")
        world.tool.done("put", name, "x")


def cut_with(bridge, code, *frames):
    """The server ends it with that code; None: it closes without one."""
    with bridge.live() as live:
        live.until("snap")
        for opcode, payload, final, masked in frames:
            live.send_frame(opcode, payload, final, masked)
        try:
            actual = live.close_code()
        except (EOFError, ConnectionResetError):
            actual = None
        equal(actual, code, str(frames)[:80])


@tap.case("frames that break the WebSocket protocol end it with the code for that")
def _(world):
    with world.bridge() as bridge:
        cut_with(bridge, 1007, (TEXT, b"\xff\xfe", True, True))
        cut_with(bridge, 1007, (TEXT, b"\xed\xa0\x80", True, True))
        cut_with(bridge, 1002, (PING, b"x", False, True))
        cut_with(bridge, 1002, (CLOSE, b"x", True, True))
        cut_with(bridge, 1002, (PING, b"x" * 126, True, True))
        cut_with(bridge, 1002, (TEXT, b"{}", True, False))
        cut_with(bridge, 1002, (3, b"", True, True))
        cut_with(bridge, 1002, (0, b"x", True, True))
        cut_with(bridge, 1002, (TEXT, b"{", False, True), (TEXT, b"}", True, True))
        cut_with(bridge, 1009, (TEXT, b" " * 4097, True, True))
        many = [(0, b" " * 100, False, True)] * 50
        cut_with(bridge, 1009, (TEXT, b" ", False, True), *many)
        cut_with(bridge, 4002, (BINARY, b"{}", True, True))
        equal(bridge.ask("/livez")[0], 200)


@tap.case("a compressed frame is refused, for nobody agreed to it")
def _(world):
    with world.bridge() as bridge, bridge.live() as live:
        live.until("snap")
        live.socket.sendall(bytes([0xC1, 0x81, 0, 0, 0, 0, 0x00]))
        equal(live.close_code(), 1002)


@tap.case("upgrades that are none are answered as HTTP")
def _(world):
    with world.bridge() as bridge:
        equal(bridge.ask("/api/v1/live", token=bridge.token())[0], 426)
        head = f"GET /api/v1/live HTTP/1.1\r\nHost: {bridge.site}\r\n"
        head += f"Origin: http://{bridge.site}\r\n"
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        old = "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        for more in ("", old):
            protocols = f"Sec-WebSocket-Protocol: mon.v1, {bridge.ticket()}\r\n"
            answer = bridge.raw(f"{head}{upgrade}{protocols}{more}\r\n".encode())
            equal(status_of(answer) in (400, 426), True, str(answer[:80]))
        try:
            Live(bridge, protocols="mon.v1, " + "x" * 9000)
            raise AssertionError("not refused")
        except Refused as error:
            equal(error.status, 431)


@tap.case("random bytes end in a refusal or a cut, and never the bridge")
def _(world):
    print(f"# PENSTOCK_TEST_SEED={SEED}", flush=True)
    choices = random.Random(SEED)
    with world.bridge() as bridge:
        for _ in range(100):
            data = choices.randbytes(choices.randrange(1, 300))
            if choices.random() < 0.5:
                data = b"GET / HTTP/1.1\r\nHost: " + bridge.site.encode() + b"\r\n" + data
            with bridge.connect() as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                read_all(connection)
        for _ in range(50):
            with bridge.live() as live:
                live.socket.sendall(choices.randbytes(choices.randrange(1, 300)))
                live.socket.shutdown(socket.SHUT_WR)
                read_all(live.socket)
        equal(bridge.ask("/livez")[0], 200)
        equal(bridge.process.poll(), None)


@tap.case("five who watch a thousand queues, and one of them who doesn't read, cost at most 8 MiB")
def _(world):
    prefix = world.queue()
    queues = 1000
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(contextlib.closing(Peer(world.tool.url)))
        for i in range(1, queues + 1):
            peer.open(f"{prefix}/{i}", handle=i)
        bridge = stack.enter_context(world.bridge())
        for _ in range(20):
            bridge.ask("/livez")
        before = bridge.resident_bytes()
        watchers = [stack.enter_context(bridge.live(tick_ms=250)) for _ in range(5)]
        silent = watchers.pop()  # its frame lies in its socket, and no other one is made for it
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for i in range(1, queues + 1):
                peer.send(PUT, struct.pack(">IIBBHI", i, FOREVER, 0, 0, 0, 1) + b"x")
                equal(peer.result(), 0)
                peer.send(ACK, op=peer.op)
            for live in watchers:
                live.until("delta")
        grown = bridge.resident_bytes() - before
        equal(grown < MONITOR_MEMORY_MAX, True, f"grew by {grown}")
        print(f"# grew by {grown // 1024} KiB", flush=True)
        silent.close()


if __name__ == "__main__":
    os.environ.pop("PENSTOCK_URL", None)
    sys.exit(run_with_bridge(tap, Tool))
