"""Peers on other hosts: addresses that are locked out, and hosts that go away. As root these are
network namespaces of the test's own; without root it skips what needs them."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import time

from cli_support import Skip, Tap, Tool, equal, run_with_world, wait_until, write_key
from peer_support import Peer, Stranger, count_events, frame

tap = Tap()
KEY = "a key for these tests only"
BROKER, CLIENT, SECOND_CLIENT = "10.74.0.1", "10.74.0.2", "10.74.0.3"
CLONE_NEWNET = 0x40000000
# A host is given up after 3 s of silence, so that this does not take a minute.
QUICK = ("--keepalive-idle", "1s", "--keepalive-interval", "1s", "--keepalive-probes", "2")


def ip(*words):
    subprocess.run(["ip", *words], check=True, timeout=20)


class TwoHosts:
    """A network namespace for the broker and one for its clients, with a cable between them."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("only root can make network namespaces")
        if shutil.which("ip") is None:
            raise Skip("there is no `ip` (Debian's package is iproute2)")
        self.names = [f"penstock-{side}-{os.getpid()}" for side in ("broker", "client")]
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for name in self.names:
                if subprocess.run(["ip", "netns", "add", name], timeout=20).returncode != 0:
                    raise Skip("the system allows no network namespaces")
                stack.callback(ip, "netns", "del", name)
            broker, client = self.names
            pair = ("type", "veth", "peer", "cable", "netns", client)
            ip("link", "add", "cable", "netns", broker, *pair)
            for name, address in zip(self.names, (BROKER, CLIENT)):
                ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
                ip("-n", name, "link", "set", "lo", "up")
                ip("-n", name, "link", "set", "cable", "up")
            ip("-n", client, "address", "add", f"{SECOND_CLIENT}/24", "dev", "cable")
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def cut(self):
        ip("-n", self.names[1], "link", "set", "cable", "down")

    def broker(self, world, *options):
        """It listens on a Unix socket, too: that is its second address."""
        key_file = write_key(world.folder, KEY)
        local = f"unix:{world.folder}/{world.queue()}"
        return world.broker(
            f"tcp:{BROKER}:0",
            *("--listen", local, "--key-file", key_file),
            *options,
            under=("ip", "netns", "exec", self.names[0]),
        )

    @contextlib.contextmanager
    def as_client(self):
        """Sockets that are made here belong to the client's host, for good."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net") as home, open(f"/run/netns/{self.names[1]}") as there:
            if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                libc.setns(home.fileno(), CLONE_NEWNET)


def is_welcome(hosts, broker, source=CLIENT):
    """Whether a connection from the client's host is spoken to at all."""
    with hosts.as_client(), Stranger(broker.url, source) as stranger:
        return stranger.payload() is not None


def fail_to_authenticate(hosts, broker, source=CLIENT):
    with hosts.as_client(), Stranger(broker.url, source) as stranger:
        stranger.payload()
        stranger.raw(frame(b"{sha256}" + bytes(32)))
        equal(stranger.payloads(), [b"#FAILURE#"])


@tap.case("an address that failed is locked out for a while, unless it has a session")
def _(world):
    options = ("--penalty-auth-failure", "2s", "--penalty-protocol-error", "1s")
    with TwoHosts() as hosts, hosts.broker(world, *options) as broker:
        with hosts.as_client():
            session = Peer(broker, KEY)
        fail_to_authenticate(hosts, broker)
        equal(is_welcome(hosts, broker), True)
        session.close()
        wait_until(lambda: count_events(broker, "session_cut") == 1, "its session is over")
        equal(is_welcome(hosts, broker), False)
        equal(count_events(broker, "connection_refused"), 1)
        wait_until(lambda: is_welcome(hosts, broker), "its time is over")
        with hosts.as_client():
            rude = Peer(broker, KEY)
        rude.raw(bytes(16))
        rude.payloads()
        rude.close()
        equal(is_welcome(hosts, broker), False)
        wait_until(lambda: is_welcome(hosts, broker), "its time is over")


@tap.case("over --penalties-max the address that was locked out first is let in again")
def _(world):
    options = ("--penalty-auth-failure", "1m", "--penalties-max", "1")
    with TwoHosts() as hosts, hosts.broker(world, *options) as broker:
        fail_to_authenticate(hosts, broker)
        equal(is_welcome(hosts, broker), False)
        fail_to_authenticate(hosts, broker, SECOND_CLIENT)
        equal(is_welcome(hosts, broker, SECOND_CLIENT), False)
        equal(is_welcome(hosts, broker), True)


@tap.case("a host that goes away while it is sent something loses its session")
def _(world):
    with TwoHosts() as hosts, hosts.broker(world, *QUICK) as broker:
        tool = Tool(world.penstock, broker.read_address())
        with hosts.as_client():
            lost = Peer(broker, KEY)
        lost.open("q")
        lost.get()
        wait_until(lambda: b'"getters":1' in tool.done("ls", "--json"), "the get waits")
        hosts.cut()
        tool.done("put", "q", "somebody's")
        wait_until(lambda: count_events(broker, "peer_unreachable") == 1, "its loss is seen")
        equal(tool.done("get", "q", "--timeout", "5"), b"somebody's")
        lost.close()


@tap.case("a host that goes away in silence loses its session, too")
def _(world):
    with TwoHosts() as hosts, hosts.broker(world, *QUICK) as broker:
        with hosts.as_client():
            lost = Peer(broker, KEY)
        time.sleep(0.3)  # so that what it was sent is acknowledged
        hosts.cut()
        wait_until(lambda: count_events(broker, "session_cut") == 1, "its loss is seen")
        lost.close()


@tap.case("a peer that merely does not read stays, for its kernel answers")
def _(world):
    with world.broker("tcp:127.0.0.1:0,auth=none", *QUICK) as broker:
        tool = Tool(world.penstock, broker.url)
        items = 100
        tool.done("put", "q", "--count", str(items), "x" * 100_000)
        busy = Peer(broker)
        busy.open("q")
        busy.get(n=items)
        time.sleep(8)  # more than twice the time for which a host may be silent
        equal(count_events(broker, "peer_unreachable"), 0, broker.log_text())
        equal(count_events(broker, "session_cut"), 0)
        received = 0
        while received < 10 * 100_000:  # more than any buffer took at first: it goes on
            received += len(busy.answer()[1])
        busy.close()


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
