"""Hostile input: each gets its clear answer and its event in the log, costs the broker no memory,
and an honest client is served all the while. docs/protocol.md, 2 and 3."""

import contextlib
import hashlib
import hmac
import os
import random
import struct
import sys

from cli_support import Tap, Tool, equal, run_with_world, wait_until, write_key
from peer_support import (
    ACK,
    FOREVER,
    GET,
    GOODBYE,
    OPEN,
    PROTOCOL,
    PUT,
    RESULT,
    Peer,
    Stranger,
    answer_to,
    count_events,
    field,
    frame,
    hello,
    native,
    resident_bytes,
)

tap = Tap()
KEY = "a key for these tests only"
REFUSED_STATUS = 14
MiB = 1024 * 1024
# Sanitizers make everything slow, and keep freed memory.
SANITIZED = "PENSTOCK_TEST_ITEMS" in os.environ
WRONG_KEYS = 500 if SANITIZED else 10_000
SILENT_READERS = 20 if SANITIZED else 200
SEED = int(os.environ.get("PENSTOCK_TEST_SEED", random.SystemRandom().randrange(2**32)))

HUGE = struct.pack(">I", 0xFFFFFFFF) + struct.pack(">Q", 1 << 62)
LENGTHS = {
    "0": frame(b""),
    "0x7fffffff": struct.pack(">I", 0x7FFFFFFF),
    "-1 with a huge one behind it": HUGE,
    "-2": struct.pack(">I", 0xFFFFFFFE),
}


def put_head(sizes, body, n=None, timeout=FOREVER):
    head = struct.pack(">IIBBH", 1, timeout, 0, 0, 0)
    head += struct.pack(f">{len(sizes)}I", *sizes)
    return native(PUT, head + body, op=2, n=len(sizes) if n is None else n)


def opening(name):
    return native(OPEN, struct.pack(">II", 7, 0) + field(1, b"\1") + field(2, name), op=2)


# In a session that has opened a queue as operation 1: what breaks the protocol.
BREACHES = {
    **{f"a frame of length {name}": content for name, content in LENGTHS.items()},
    "an unknown type": native(0x3F, op=2),
    "a type of the broker's": native(RESULT, b"\0", op=2),
    "a flag that no type has": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=2, flags=0x80),
    "a flag of another type": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=2, flags=4),
    "n of 0": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=2, n=0),
    "n over its limit": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=2, n=4097),
    "n where one is all": native(OPEN, struct.pack(">II", 7, 0), op=2, n=2),
    "a table of sizes longer than its frame": put_head([1], b"", n=4096),
    "sizes that name more than there is": put_head([1000, 1000], b"x"),
    "sizes that name less than there is": put_head([1], b"xyz"),
    "an operation's id used again": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=1),
    "an operation's id left out": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=3),
    "an operation with the id of none": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=0),
    "an operation with a READ's id": native(GET, struct.pack(">IIHH", 1, 0, 1, 0), op=1 << 63),
    "a name that is not UTF-8": opening(b"\xff\xfe"),
    "a name of 201 bytes": opening(b"n" * 201),
    "a HELLO inside of the session": hello(),
    "an ACK of what was never asked": native(ACK, op=99),
}
REFUSED_NAMES = {"an empty name": b"", "a name with a blank": b"a b", "one with a zero": b"a\0b"}


class Doors:
    """A broker with a Unix socket and, behind a key, a TCP port; and a client that it serves."""

    def __init__(self, world, *options, wrong_keys=WRONG_KEYS):
        self.wrong_keys = wrong_keys
        key_file = write_key(world.folder, KEY)
        listen = ("--listen", "tcp:127.0.0.1:0", "--key-file", key_file)
        self.broker = world.broker(None, *listen, *options)
        self.tcp = self.broker.read_address()
        self.tool = Tool(world.penstock, self.broker.url)
        self.pid = self.broker.process.pid
        self.begin = {}

    def __enter__(self):
        self.honest = Peer(self.broker)
        self.honest.open("honest")
        self.serve()
        self.tool.done("ping")
        return self

    def __exit__(self, kind, *_):
        self.honest.close()
        self.broker.stop()
        if kind is None:
            equal(self.broker.process.returncode, 0, self.broker.log_text())

    def serve(self):
        self.honest.pass_one()

    def count(self, event):
        """In this abuse."""
        return count_events(self.broker, event) - self.begin.get(event, 0)

    def event(self, event, count):
        wait_until(lambda: self.count(event) >= count, f"{count} x {event}")
        equal(self.count(event), count, event)

    def next_abuse(self):
        for event in ("auth_failed", "protocol_error", "session_cut"):
            self.begin[event] = count_events(self.broker, event)


@contextlib.contextmanager
def flat_memory(doors):
    """No growth beyond a tenth and what a few buffers need, measured when all is over."""
    before = resident_bytes(doors.pid)
    yield
    if SANITIZED:
        return
    limit = before * 1.1 + 2 * MiB
    wait_until(lambda: resident_bytes(doors.pid) < limit, f"memory is back at {before}")


ABUSES = []
LOG_ALL = ("--log-interval", "0")
REFUSE_MD5 = ("--legacy-md5", "never")


def abuse(name, *options):
    """A case of its own, with a broker of its own; and a part of the one that has them all."""

    def register(commit):
        ABUSES.append(commit)

        @tap.case(name)
        def _(world):
            with Doors(world, *options) as doors, flat_memory(doors):
                commit(doors)

    return register


@abuse("each breach of the protocol is told to its author and logged", *LOG_ALL)
def _(doors):
    for count, (name, content) in enumerate(BREACHES.items(), 1):
        with Peer(doors.broker) as peer:
            peer.open("q")
            peer.raw(content)
            last = peer.payloads()[-1]
            equal(last[0], GOODBYE, name)
            equal(last[12 : 12 + len(PROTOCOL)], PROTOCOL, name)
            equal(len(last) > 12 + len(PROTOCOL) + 6, True, f"{name}: no text")
        doors.event("protocol_error", count)
        doors.serve()


@abuse("names that are none are refused, and the session goes on", *LOG_ALL)
def _(doors):
    for name, content in REFUSED_NAMES.items():
        with Peer(doors.broker) as peer:
            peer.open("q")
            peer.raw(opening(content))
            equal(peer.result(), REFUSED_STATUS, name)
            peer.op = 2
            peer.pass_one()
    doors.event("protocol_error", 0)


@abuse(
    "a stranger's lengths, noise and wrong words end him without an answer to learn from",
    *LOG_ALL,
)
def _(doors):
    print(f"# seed {SEED}", flush=True)
    noise = random.Random(SEED).randbytes(MiB)
    for name, content in {**LENGTHS, "noise": noise}.items():
        with Stranger(doors.tcp) as stranger:
            stranger.payload()  # the challenge
            stranger.raw(content)
            equal(stranger.payloads() in ([], [b"#FAILURE#"]), True, name)
        doors.serve()
    log = doors.broker.log_text()
    refusals = doors.count("protocol_error")
    equal(refusals + doors.count("auth_failed"), len(LENGTHS) + 1, log)
    with Peer(doors.broker) as peer:
        peer.raw(b"\0" + noise)
        peer.payloads()
    doors.event("protocol_error", refusals + 1)
    doors.serve()


@abuse("a wrong magic is told, once the peer is authenticated")
def _(doors):
    for url, key in ((doors.broker.url, None), (doors.tcp, KEY)):
        with Stranger(url) as stranger:
            if key is None:
                stranger.payload()
            else:
                equal(stranger.authenticate(key), True)
            stranger.raw(hello(magic=b"PENSTICK"))
            equal(stranger.payload()[0], GOODBYE)
    doors.event("protocol_error", 2)  # of a uid and of an address


@abuse("a wrong key fails ten thousand times, and is logged once an interval")
def _(doors):
    for number in range(doors.wrong_keys):
        with Stranger(doors.tcp) as stranger:
            stranger.payload()
            stranger.raw(frame(b"{sha256}" + os.urandom(32)))
            equal(stranger.payload(), b"#FAILURE#")
        if number % 100 == 0:
            doors.serve()
    if doors.wrong_keys == WRONG_KEYS:
        lines = doors.count("auth_failed")
        equal(1 <= lines <= 20, True, f"{lines} lines")
    with Peer(doors.tcp, KEY) as peer:  # on this host nobody is locked out
        peer.open("q")


@abuse(
    "challenges that are reflected, downgraded or out of turn are not answered",
    *REFUSE_MD5,
    *LOG_ALL,
)
def _(doors):
    def reflected_at_once(stranger, challenge):
        stranger.raw(frame(b"#CHALLENGE#" + challenge))

    def out_of_turn(stranger, challenge):
        stranger.raw(frame(b"#CHALLENGE#{sha256}" + os.urandom(40)))
        stranger.raw(frame(answer_to(challenge, KEY)))

    def welcomes_itself(stranger, challenge):
        stranger.raw(frame(b"#WELCOME#"))
        stranger.raw(hello())

    def answers_with_md5(stranger, challenge):
        stranger.raw(frame(hmac.digest(KEY.encode(), challenge, hashlib.md5)))

    def authenticated(then):
        def attack(stranger, challenge):
            stranger.raw(frame(answer_to(challenge, KEY)))
            equal(stranger.payload(), b"#WELCOME#")
            stranger.raw(frame(b"#CHALLENGE#" + then(challenge)))

        return attack

    attacks = {
        "reflected instead of an answer": reflected_at_once,
        "out of turn": out_of_turn,
        "a word out of turn": welcomes_itself,
        "an answer by MD5": answers_with_md5,
        "reflected behind a good answer": authenticated(lambda challenge: challenge),
        "20 bytes behind a good answer": authenticated(lambda challenge: os.urandom(20)),
        "one of another algorithm": authenticated(lambda challenge: b"{md5}" + os.urandom(40)),
        "one of few bytes": authenticated(lambda challenge: b"{sha256}" + os.urandom(8)),
    }
    for count, (name, attack) in enumerate(attacks.items(), 1):
        with Stranger(doors.tcp) as stranger:
            challenge = stranger.payload().removeprefix(b"#CHALLENGE#")
            attack(stranger, challenge)
            equal(stranger.payloads() in ([], [b"#FAILURE#"]), True, name)
        doors.event("auth_failed", count)
        doors.serve()


@abuse("two hundred that never read cost what they were granted, and give it back", *LOG_ALL)
def _(doors):
    item = b"x" * 64 * 1024
    before = resident_bytes(doors.pid)
    producer = Peer(doors.broker)
    producer.open("of-four", maxsize=4)
    readers = []
    for _ in range(SILENT_READERS):
        reader = Peer(doors.broker)
        reader.open("of-four", maxsize=4)
        reader.get(n=100)
        readers.append(reader)
    taken = refused = 0
    while refused < 8:  # nobody takes any more
        producer.put(item, timeout=100)
        is_full = producer.result() != 0
        refused += is_full
        taken += not is_full
        producer.send(ACK, op=producer.op)
        doors.serve()
    # What was handed out and not acknowledged is kept once, in the blocks it came in.
    equal(taken < SILENT_READERS * 60, True, f"{taken} of 64 KiB")
    limit = before + taken * len(item) * 1.25 + SILENT_READERS * 64 * 1024 + 8 * MiB
    grown_to = resident_bytes(doors.pid)
    equal(SANITIZED or grown_to < limit, True, f"{grown_to} bytes for {taken} items")
    doors.tool.done("ping")
    for peer in (producer, *readers):
        peer.close()
    wait_until(
        lambda: doors.count("session_cut") == SILENT_READERS + 1, "all are gone"
    )
    doors.tool.done("rm", "of-four", "--yes")


@tap.case("all of it, one after the other, leaves one broker as it was")
def _(world):
    with Doors(world, *LOG_ALL, *REFUSE_MD5, wrong_keys=WRONG_KEYS // 10) as doors:
        with flat_memory(doors):
            for commit in ABUSES:
                doors.next_abuse()
                commit(doors)
                doors.serve()


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
