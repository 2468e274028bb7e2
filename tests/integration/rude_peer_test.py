"""Peers that speak the native protocol and then stand still, stop reading, or leave abruptly."""

import os
import signal
import socket
import struct
import sys
import time

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until

tap = Tap()
FOREVER = 0xFFFFFFFF
FINISH_SECONDS = 5  # how long a finished connection may take to be read empty

HELLO, GOODBYE, OPEN, PUT, GET, ACK, RESULT, ITEM = 0x01, 0x08, 0x20, 0x22, 0x24, 0x41, 0x60, 0x61


def field(tag, content):
    return struct.pack(">HI", tag, len(content)) + content


class Peer:
    """docs/protocol.md, section 3, by hand: so that it can be as rude as it likes."""

    def __init__(self, broker):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(broker.url.removeprefix("unix:"))
        self.input = self.socket.makefile("rb")
        self.op = 0
        equal(self.payload(), b"#WELCOME#")
        versions = field(2, struct.pack(">HH", 1, 1))
        wanted = field(3, struct.pack(">IIQ", 0, 65536, 1 << 24))
        self.send(HELLO, field(1, b"PENSTOCK") + versions + wanted, op=0)
        self.payload()

    def payload(self):
        return self.input.read(int.from_bytes(self.input.read(4), "big"))

    def answer(self):
        """The type and the payload of the next frame."""
        payload = self.payload()
        return payload[0], payload[12:]

    def send(self, kind, content=b"", op=None, n=1):
        if op is None:
            self.op += 1
            op = self.op
            self.op += n - 1
        header = struct.pack(">IBBHQ", 12 + len(content), kind, 0, n, op)
        self.socket.sendall(header + content)
        return op

    def open(self, name):
        name = field(1, b"\1") + field(2, name.encode())
        self.send(OPEN, struct.pack(">II", 1, 0) + name)
        equal(self.answer()[0], RESULT)

    def put(self, item):
        head = struct.pack(">IIBBHI", 1, FOREVER, 0, 0, 0, len(item))
        self.send(PUT, head + item)

    def get(self, n=1):
        return self.send(GET, struct.pack(">IIHH", 1, FOREVER, 1, 0), n=n)

    def close(self):
        self.input.close()
        self.socket.close()


@tap.case("an ACK that lies unread when the peer has left still counts")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        leaver, other = Peer(broker), Peer(broker)
        for peer in (leaver, other):
            peer.open("q")
        other.put(b"one")
        first = leaver.get()
        equal(leaver.answer()[0], ITEM)
        leaver.get()
        tool.done("ping")  # the broker has seen it all
        os.kill(broker.process.pid, signal.SIGSTOP)
        other.put(b"two")  # read first: handing it out fails, for the getter has left
        leaver.send(ACK, op=first)
        leaver.close()
        os.kill(broker.process.pid, signal.SIGCONT)
        wait_until(lambda: "event=session_cut" in broker.log_text(), "the leaver is gone")
        equal(tool.done("get", "q", "--timeout", "5"), b"two")
        check(tool("get", "q", "--timeout", "0"), 1)
        other.close()


@tap.case("a peer that broke the protocol and reads nothing is closed all the same")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("ping")
        wait_until(lambda: "event=session_ended" in broker.log_text(), "the ping has ended")
        folder = f"/proc/{broker.process.pid}/fd"
        before = len(os.listdir(folder))
        tool.done("put", "q", "--count", "40", "x" * 100_000)
        rude = Peer(broker)
        rude.open("q")
        rude.get(n=40)  # more than the kernel takes for somebody who doesn't read
        rude.send(ACK, op=1000)
        wait_until(lambda: "event=protocol_error" in broker.log_text(), "the error is seen")
        wait_until(lambda: len(os.listdir(folder)) == before, "its descriptor is closed")
        rude.close()


@tap.case("who connects while the broker ends is refused at once")
def _(world):
    broker = world.broker()
    idle = Peer(broker)  # stays, so that the broker waits for it
    broker.process.send_signal(signal.SIGTERM)
    equal(idle.answer()[0], GOODBYE)
    begin = time.monotonic()
    check(Tool(world.penstock, broker.url)("ping"), 3)
    equal(time.monotonic() - begin < FINISH_SECONDS - 1, True)
    idle.close()
    broker.stop()
    equal(broker.process.returncode, 0)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
