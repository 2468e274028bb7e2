"""Peers that speak the native protocol and then stand still, stop reading, or leave abruptly."""

import os
import signal
import sys
import time

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until
from peer_support import ACK, GOODBYE, ITEM, Peer

tap = Tap()
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
    broker.stop()
    equal(broker.process.returncode, 0)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
