"""Peers that speak the native protocol and then stand still, stop reading, or leave abruptly."""

import os
import select
import signal
import socket
import struct
import sys
import time

from cli_support import (
    STOP_SECONDS_MAX,
    Tap,
    Tool,
    check,
    equal,
    run_with_world,
    wait_until,
    write_key,
)
from peer_support import (
    ACK,
    GOODBYE,
    ITEM,
    PING,
    PONG,
    PUT,
    Peer,
    Stranger,
    answer_to,
    frame,
    native,
    open_descriptors,
)

tap = Tap()
KEY = "a key for these tests only"
FINISH_SECONDS = 5  # how long a finished connection may take to be read empty


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
    # A second signal, while the process is being taken apart, would be its death.
    equal(broker.process.wait(STOP_SECONDS_MAX), 0)
    broker.stop()


class Sent:
    """Descriptors that a peer sends along with its bytes, and that nobody asked for."""

    def __init__(self, stranger):
        self.socket = stranger.socket
        self.watched = []

    def send(self, content, count=1):
        """All of `content`, its first byte with descriptors."""
        ends = [os.pipe() for _ in range(count)]
        size = socket.send_fds(self.socket, [content], [there for _, there in ends])
        self.socket.sendall(content[size:])
        for here, there in ends:
            os.close(there)
            self.watched.append(here)

    def expect_closed(self):
        """Whoever holds the other end has it open."""
        for here in self.watched:
            equal(select.select([here], [], [], 20)[0], [here], "a descriptor is held;")
            equal(os.read(here, 1), b"")
            os.close(here)


@tap.case("descriptors that a client sends along are closed at once, whatever it sends them with")
def _(world):
    with world.broker() as broker, Peer(broker) as peer:
        peer.open("q")
        before = open_descriptors(broker.process.pid)
        sent = Sent(peer)
        for token in range(100):
            sent.send(native(PING, struct.pack(">Q", token)))
            equal(peer.answer()[0], PONG)
        sent.send(native(PING, struct.pack(">Q", 1)), count=253)  # as many as the kernel takes
        equal(peer.answer()[0], PONG)
        item = struct.pack(">IIBBHI", 1, 0, 0, 0, 0, 100_000) + b"x" * 100_000
        peer.op += 1
        sent.send(native(PUT, item, op=peer.op), count=10)
        equal(peer.result(), 0)
        sent.expect_closed()
        equal(open_descriptors(broker.process.pid), before)
        peer.pass_one()


@tap.case("descriptors that come in the handshake, or behind the end, are closed, too")
def _(world):
    key_file = write_key(world.folder, KEY)
    listen = f"unix:{world.folder}/{world.queue()},auth=key"
    with world.broker(listen, "--key-file", key_file) as broker:
        before = open_descriptors(broker.process.pid)
        with Stranger(broker.url) as stranger:
            sent = Sent(stranger)
            challenge = stranger.payload().removeprefix(b"#CHALLENGE#")
            sent.send(frame(answer_to(challenge, KEY)))
            equal(stranger.payload(), b"#WELCOME#")
            sent.send(frame(b"#CHALLENGE#{sha256}" + os.urandom(40)))
            stranger.payload()
            sent.send(frame(b"#WELCOME#") + native(PING, bytes(8)))  # a HELLO should come first
            equal(stranger.payload()[0], GOODBYE)
            sent.send(b"more" * 1000)
            sent.expect_closed()
        wait_until(lambda: open_descriptors(broker.process.pid) == before, "all is closed")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
