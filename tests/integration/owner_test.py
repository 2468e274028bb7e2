"""The process behind a Unix socket: its death ends its session, whoever else holds the socket."""

import contextlib
import os
import signal
import sys

from cli_support import Tap, Tool, check, equal, run_with_world, wait_until
from peer_support import Peer, count_events, run_script

tap = Tap()

# A client that forks a child, which holds the socket and sleeps. Prints the child's id.
HOLDER = """
import os, sys, time
from peer_support import *
peer = Peer(sys.argv[1], pid=os.getpid())
peer.open("q")
if sys.argv[2] == "waits":
    peer.get()
else:  # has an item, and acknowledges it when told to
    got = peer.get()
    peer.answer()
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
print(child, flush=True)
if sys.argv[2] == "acknowledges":
    peer.send(ACK, op=1)
    sys.stdin.read(1)
    # More than the broker reads in one turn: a word that was said before changes nothing.
    peer.raw(native(ACK, op=1) * 500)
    peer.send(ACK, op=got)
    print("done", flush=True)
time.sleep(60)
"""

# The one who connects is not the one who speaks: a child of his is, as its HELLO says.
LAUNCHER = """
import os, sys, time
from peer_support import *
peer = Peer.__new__(Peer)
Stranger.__init__(peer, sys.argv[1])
peer.op = 0
child = os.fork()
if child != 0:
    time.sleep(60)
    os._exit(0)
peer.payload()
peer.raw(hello(os.getpid()))
peer.payload()
peer.open("q")
peer.get()
print(os.getpid(), flush=True)
print(peer.answer()[0] == ITEM, flush=True)
"""


class Holder:
    """A client of a script, and its child; both are ended by their ids."""

    def __init__(self, script, broker, *arguments, **options):
        self.process = run_script(script, broker.url, *arguments, **options)
        self.child = int(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        self.process.stdout.close()


@tap.case("a getter that is killed takes no item, though its child holds the socket")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        with Holder(HOLDER, broker, "waits") as holder:
            wait_until(lambda: b'"getters":1' in tool.done("ls", "--json"), "the get waits")
            holder.kill()
            wait_until(lambda: count_events(broker, "owner_died") == 1, "its death is seen")
            tool.done("put", "q", "for somebody else")
            equal(tool.done("get", "q", "--timeout", "5"), b"for somebody else")
            os.kill(holder.child, 0)  # is alive all the while


@tap.case("what a killed client had acknowledged is gone, though nobody had read it yet")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("put", "q", "acknowledged")
        with Holder(HOLDER, broker, "acknowledges", stdin=-1) as holder:
            os.kill(broker.process.pid, signal.SIGSTOP)
            holder.process.stdin.write(b".")
            holder.process.stdin.close()
            equal(holder.process.stdout.readline(), b"done\n")
            holder.kill()
            os.kill(broker.process.pid, signal.SIGCONT)
            wait_until(lambda: count_events(broker, "owner_died") == 1, "its death is seen")
            check(tool("get", "q", "--timeout", "0"), 1)


@tap.case("an item that a killed client had not acknowledged comes back before younger ones")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("put", "q", "first")
        with Holder(HOLDER, broker, "forgets") as holder:
            tool.done("put", "q", "second")
            holder.kill()
            wait_until(lambda: count_events(broker, "owner_died") == 1, "its death is seen")
            equal(tool.done("get", "q", "--timeout", "0"), b"first")


@tap.case("the death of a process that HELLO does not name is nobody's")
def _(world):
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        with Holder(LAUNCHER, broker) as holder:
            holder.process.kill()
            holder.process.wait()
            tool.done("put", "q", "for the child")
            equal(holder.process.stdout.readline(), b"True\n")
            equal(count_events(broker, "owner_died"), 0)


@tap.case("who is watched keeps no descriptor behind")
def _(world):
    with world.broker() as broker:
        folder = f"/proc/{broker.process.pid}/fd"
        tool = Tool(world.penstock, broker.url)
        tool.done("ping")
        wait_until(lambda: count_events(broker, "session_ended") == 1, "the ping has ended")
        wait_until(lambda: not any_pidfd(folder), "its pidfd is closed")
        before = len(os.listdir(folder))
        peers = [Peer(broker, pid=os.getpid()), Peer(broker, pid=1)]
        # The one watched has two, the other one its socket only.
        wait_until(lambda: len(os.listdir(folder)) == before + 3, "one is watched")
        for peer in peers:
            peer.close()
        wait_until(lambda: len(os.listdir(folder)) == before, "all are closed")


@tap.case("that others come and go ends nobody who is alive")
def _(world):
    clients = 100 if "PENSTOCK_TEST_ITEMS" in os.environ else 400
    with world.broker(None) as broker:
        tool = Tool(world.penstock, broker.url)
        running, codes = [], []
        for _ in range(clients):  # descriptors of those who leave are taken by those who come
            running.append(tool.start("put", "q", "x"))
            if len(running) == 24:
                codes.append(running.pop(0).wait(60))
        codes.extend(process.wait(60) for process in running)
        equal((set(codes), count_events(broker, "owner_died")), ({0}, 0))


def any_pidfd(folder):
    return any("pidfd" in os.readlink(f"{folder}/{name}") for name in os.listdir(folder))


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
