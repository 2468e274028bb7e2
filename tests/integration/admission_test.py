"""Many at the door at once: unfinished handshakes, and descriptors that run out."""

import os
import resource
import struct
import sys
import time

from cli_support import Skip, Tap, Tool, equal, run_with_world, wait_until, write_key
from peer_support import (
    OPEN,
    REFUSED,
    Peer,
    Stranger,
    connect,
    count_events,
    cpu_seconds,
    field,
    hello,
    open_descriptors,
)

tap = Tap()
NOBODY_AUTHENTICATES = "tcp:127.0.0.1:0,auth=none"
ALL_FOR_ONE = ("--share-max", "100")
TOO_MANY = 17
LOOK_SECONDS = 2
CPU_SHARE_MAX = 0.25  # of those: a broker that spins uses all
# Fewer where sanitizers make everything slow.
CROWD = 1000 if "PENSTOCK_TEST_ITEMS" in os.environ else 5000


def raise_own_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Skip(f"needs {wanted} open files, and the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def is_closed(connection):
    """Whether the broker has closed it; what it sent before is dropped."""
    connection.setblocking(False)
    try:
        while True:
            if connection.recv(4096) == b"":
                return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def quiet_cpu_share(broker):
    """How busy the broker is while nobody asks it anything."""
    before = cpu_seconds(broker.process.pid)
    time.sleep(LOOK_SECONDS)
    return (cpu_seconds(broker.process.pid) - before) / LOOK_SECONDS


def close_all(connections):
    for connection in connections:
        connection.close()


@tap.case("thousands that drip their handshakes don't keep an honest client out")
def _(world):
    raise_own_limit(CROWD + 1000)
    key_file = write_key(world.folder)
    options = ("--key-file", key_file, "--handshake-timeout", "3s")
    with world.broker("tcp:127.0.0.1:0", *options) as broker:
        tool = Tool(world.penstock, broker.url, PENSTOCK_KEY_FILE=key_file)
        begin = time.monotonic()
        tool.done("ping")
        quiet = time.monotonic() - begin
        before = len(open_descriptors(broker.process.pid))
        crowd = []
        slowest = 0
        for number in range(CROWD):
            crowd.append(connect(broker.url))
            crowd[-1].send(b"\0\0\0\x28")  # 40 bytes will follow, or never do
            for dripping in crowd[max(number - 20, 0) : number]:
                drip(dripping, b"x")
            if number % (CROWD // 5) == CROWD // 10:
                begin = time.monotonic()
                tool.done("ping")
                slowest = max(slowest, time.monotonic() - begin)
        equal(slowest < 10 * quiet + 2, True, f"{slowest} s, {quiet} s when it is quiet")
        wait_until(
            lambda: len(open_descriptors(broker.process.pid)) == before, "all of them are closed"
        )
        tool.done("ping")
        equal(count_events(broker, "auth_failed"), 0)
        equal(count_events(broker, "handshake_timeout") in (1, 2, 3), True, broker.log_text())
        close_all(crowd)


def drip(connection, byte):
    try:
        connection.send(byte)
    except ConnectionError:
        pass  # closed already


@tap.case("a header that is dripped byte by byte ends with the handshake's time")
def _(world):
    with world.broker(None, "--handshake-timeout", "2s", "--share-max", "100") as broker:
        honest = Peer(broker)
        honest.open("q")
        crowd = [connect(broker.url) for _ in range(500)]
        begin = time.monotonic()
        header = iter(hello()[:16])
        while not all([is_closed(connection) for connection in crowd]):
            byte = bytes([next(header)])  # it doesn't last as long as they may
            for connection in crowd:
                drip(connection, byte)
            honest.pass_one()
            time.sleep(0.25)
        equal(time.monotonic() - begin > 1, True, "all were closed at once")
        equal(count_events(broker, "handshake_timeout"), 1, "in one interval")
        close_all([*crowd, honest])


@tap.case("with 64 descriptors hundreds may knock, and clients are served all the while")
def _(world):
    under = ("prlimit", "--nofile=64:64")
    with world.broker(under=under) as broker:
        tool = Tool(world.penstock, broker.url)
        honest = Peer(broker)
        honest.open("q")
        crowd = [connect(broker.url) for _ in range(400)]
        honest.pass_one()
        tool.done("ping")
        share = quiet_cpu_share(broker)
        equal(share < CPU_SHARE_MAX, True, f"the broker is busy: {share}")
        honest.pass_one()
        equal(count_events(broker, "handshake_displaced"), 1, "in one interval")
        equal(len(open_descriptors(broker.process.pid)) <= 64, True)
        close_all([*crowd, honest])
        tool.done("ping")


@tap.case("sessions use up descriptors: the next connection is closed, until one has left")
def _(world):
    under = ("prlimit", "--nofile=64:64")
    with world.broker(under=under) as broker:
        tool = Tool(world.penstock, broker.url)
        peers = []
        while count_events(broker, "connection_refused") == 0:
            equal(len(peers) < 64, True, "nobody is refused")
            stranger = Stranger(broker.url)
            if stranger.payload() is None:
                stranger.close()
            else:
                stranger.close()
                peers.append(Peer(broker))
        equal(len(peers), 19, "of 48 descriptors, 80 % for one uid, two each")
        for _ in range(50):
            with Stranger(broker.url) as stranger:
                equal(stranger.payload(), None)
        equal(count_events(broker, "connection_refused"), 1, "in one interval")
        share = quiet_cpu_share(broker)
        equal(share < CPU_SHARE_MAX, True, f"the broker is busy: {share}")
        peers[0].open("q")
        peers[0].pass_one()
        peers.pop().close()
        wait_until(lambda: tool("ping").returncode == 0, "a place is free again")
        close_all(peers)


@tap.case("when the system gives no descriptor the broker turns clients away and does not spin")
def _(world):
    with world.broker(NOBODY_AUTHENTICATES) as broker:
        tool = Tool(world.penstock, broker.url)
        pid = broker.process.pid
        honest = Peer(broker)
        honest.open("q")
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        lowest = open_descriptors(pid)[-1] + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest, limits[1]))
        crowd = [connect(broker.url) for _ in range(300)]
        wait_until(lambda: count_events(broker, "connection_refused") > 0, "it is logged")
        share = quiet_cpu_share(broker)
        equal(share < CPU_SHARE_MAX, True, f"the broker is busy: {share}")
        equal(all([is_closed(connection) for connection in crowd[50:]]), True)
        honest.pass_one()
        equal(count_events(broker, "connection_refused"), 1, "in one interval")
        close_all(crowd)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        tool.done("ping")
        honest.close()


@tap.case("each limit has a flag, and who is refused for one is told which")
def _(world):
    options = ("--sessions-max", "3", "--share-max", "60", "--descriptors-max", "100")
    with world.broker(None, *options) as broker:
        peers = [Peer(broker) for _ in range(2)]
        third = Peer(broker)
        equal(third.welcome[0], REFUSED)
        equal(b"--share-max" in third.welcome, True, third.welcome)
        wait_until(lambda: count_events(broker, "session_refused") == 1, "it is logged")
        close_all([*peers, third])
    with world.broker(None, "--unauthenticated-max", "2") as broker:
        crowd = []
        for _ in range(4):  # one by one: no more than two may wait to be accepted, either
            crowd.append(connect(broker.url))
            crowd[-1].recv(1)
        wait_until(lambda: is_closed(crowd[1]), "the second is closed")
        equal([is_closed(connection) for connection in crowd], [True, True, False, False])
        close_all(crowd)
    with world.broker(None, "--log-interval", "0", "--handshake-timeout", "100ms") as broker:
        crowd = [connect(broker.url) for _ in range(4)]
        wait_until(lambda: count_events(broker, "handshake_timeout") == 4, "each is logged")
        close_all(crowd)
    with world.broker(None, "--log-interval", "1s") as broker:
        for _ in range(5):
            socket_of_its_own = Stranger(broker.url)
            socket_of_its_own.raw(b"\xff" * 8)
            socket_of_its_own.payloads()
            socket_of_its_own.close()
        wait_until(lambda: "suppressed=4" in broker.log_text(), "the rest is counted")
        equal(count_events(broker, "protocol_error"), 2)


@tap.case("connections, queues and sources of the log have a limit each, with a flag")
def _(world):
    with world.broker(NOBODY_AUTHENTICATES, "--descriptors-max", "4", *ALL_FOR_ONE) as broker:
        peers = [Peer(broker) for _ in range(4)]
        with Stranger(broker.url) as fifth:
            equal(fifth.payload(), None)
        equal("--descriptors-max" in broker.log_text(), True, broker.log_text())
        peers.pop().close()
        wait_until(lambda: count_events(broker, "session_cut") == 1, "one has left")
        with Peer(broker) as fifth:
            fifth.open("q")
        close_all(peers)
    with world.broker(None, "--objects-max", "3", *ALL_FOR_ONE) as broker:
        with Peer(broker) as peer:
            for handle in (1, 2, 3):
                peer.open(f"q{handle}", handle)
            peer.send(OPEN, struct.pack(">II", 4, 0) + field(1, b"\1") + field(2, b"q4"))
            equal(peer.result(), TOO_MANY)
            peer.open("q3", 5)
    options = ("--log-sources-max", "1", "--log-interval", "1s")
    with world.broker(NOBODY_AUTHENTICATES, *options) as broker:
        for last in range(2, 6):
            with Stranger(broker.url, f"127.0.0.{last}") as stranger:
                stranger.raw(b"\xff" * 8)
                stranger.payloads()
        wait_until(lambda: "source=others suppressed=2" in broker.log_text(), "two share a line")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
