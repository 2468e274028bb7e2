"""docs/protocol.md by hand: peers for tests that are as rude as they like."""

import contextlib
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

FOREVER = 0xFFFFFFFF
HELLO, WELCOME, RESUME, REFUSED, GOODBYE, PING, PONG = 0x01, 0x02, 0x03, 0x05, 0x08, 0x0A, 0x0B
OPEN, PUT, GET, CANCEL, ACK, RESULT, ITEM = 0x20, 0x22, 0x24, 0x40, 0x41, 0x60, 0x61
PROTOCOL = struct.pack(">HIH", 1, 2, 2)  # the code in GOODBYE
SECONDS_MAX = 20


def field(tag, content):
    return struct.pack(">HI", tag, len(content)) + content


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


def native(kind, content=b"", op=0, n=1, flags=0):
    return frame(struct.pack(">BBHQ", kind, flags, n, op) + content)


def hello(pid=0, magic=b"PENSTOCK"):
    content = field(1, magic) + field(2, struct.pack(">HH", 1, 1))
    content += field(3, struct.pack(">IIQ", 0, 65536, 1 << 24))
    return native(HELLO, content + field(5, struct.pack(">I", pid)))


def connect(url, source=None):
    """`source`: the address that the broker sees, of those of this host."""
    family, _, rest = url.partition(":")
    if family == "unix":
        result = socket.socket(socket.AF_UNIX)
        result.settimeout(SECONDS_MAX)
        result.connect(rest)
        return result
    host, _, port = rest.rpartition(":")
    own = None if source is None else (source, 0)
    return socket.create_connection((host, int(port)), SECONDS_MAX, source_address=own)


class Stranger:
    """A connection before its session."""

    def __init__(self, url, source=None):
        self.socket = connect(url, source)
        self.input = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def raw(self, content):
        """Who is closed in the middle of it has been answered."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(content)

    def payload(self):
        """None: the broker has closed."""
        try:
            length = self.input.read(4)
            return self.input.read(int.from_bytes(length, "big")) if len(length) == 4 else None
        except ConnectionError:
            return None

    def payloads(self):
        """All up to the end."""
        return list(iter(self.payload, None))

    def authenticate(self, key):
        challenge = self.payload().removeprefix(b"#CHALLENGE#")
        self.raw(frame(answer_to(challenge, key)))
        if self.payload() != b"#WELCOME#":
            return False
        self.raw(frame(b"#CHALLENGE#{sha256}" + os.urandom(40)))
        self.payload()
        self.raw(frame(b"#WELCOME#"))
        return True

    def close(self):
        self.input.close()
        self.socket.close()


def answer_to(challenge, key):
    return b"{sha256}" + hmac.digest(key.encode(), challenge, hashlib.sha256)


class Peer(Stranger):
    """A session. `key` where the listener asks for one."""

    def __init__(self, broker, key=None, pid=0, source=None):
        super().__init__(broker if isinstance(broker, str) else broker.url, source)
        self.op = 0
        if key is not None:
            assert self.authenticate(key)
        else:
            assert self.payload() == b"#WELCOME#"
        self.raw(self.hello(pid))
        self.welcome = self.payload()

    hello = staticmethod(hello)

    def answer(self):
        """The type and the payload of the next frame."""
        payload = self.payload()
        return payload[0], payload[12:]

    def result(self):
        """The status of the next frame, which is a RESULT."""
        kind, content = self.answer()
        assert kind == RESULT, kind
        return int.from_bytes(content[:2], "big")

    def send(self, kind, content=b"", op=None, n=1, flags=0):
        if op is None:
            self.op += 1
            op = self.op
            self.op += n - 1
        self.raw(native(kind, content, op, n, flags))
        return op

    def open(self, name, handle=1, maxsize=0):
        name = field(1, b"\1") + field(2, name.encode()) + field(3, struct.pack(">q", maxsize))
        self.send(OPEN, struct.pack(">II", handle, 0) + name)
        status = self.result()
        assert status == 0, status

    def put(self, item, timeout=FOREVER):
        head = struct.pack(">IIBBHI", 1, timeout, 0, 0, 0, len(item))
        self.send(PUT, head + item)

    def get(self, n=1):
        return self.send(GET, struct.pack(">IIHH", 1, FOREVER, 1, 0), n=n)

    def pass_one(self, item=b"an honest item"):
        """Puts one item and gets it: is this peer served?"""
        self.put(item)
        self.get()
        kinds = [self.answer()[0], self.answer()[0]]
        assert sorted(kinds) == [RESULT, ITEM], kinds
        self.send(ACK, op=self.op - 1, n=2)


class Bulk:
    """Many frames of one peer, sent at once."""

    def __init__(self, peer):
        self.peer = peer
        self.frames = []

    def add(self, kind, content=b"", op=None, n=1):
        if op is None:
            op = self.peer.op + 1
            self.peer.op += n
        self.frames.append(native(kind, content, op, n))

    def get(self, handle=1, timeout=FOREVER):
        self.add(GET, struct.pack(">IIHH", handle, timeout, 1, 0))

    def go(self):
        self.peer.raw(b"".join(self.frames))
        self.frames = []


class Drained:
    """Reads what a peer is sent, and looks at nothing but the PONG."""

    def __init__(self, peer):
        self.peer = peer
        self.pong = threading.Event()
        self.ended = False
        self.thread = threading.Thread(target=self.read, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # the broker was faster
            self.peer.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()

    def read(self):
        with contextlib.suppress(TimeoutError):
            while (payload := self.peer.payload()) is not None:
                if payload[0] == PONG:
                    self.pong.set()
        self.ended = True
        self.pong.set()

    def done(self, may_end=False):
        """All that the peer has sent was executed; or it was ended, if it may be."""
        self.peer.send(PING, struct.pack(">Q", 1), op=0)
        assert self.pong.wait(SECONDS_MAX), "its input is not executed"
        assert may_end or not self.ended, "the session has ended"
        self.pong.clear()


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def open_descriptors(pid):
    return sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))


def count_events(broker, event):
    return broker.log_text().count(f"event={event} ")


def run_script(script, *arguments, **options):
    """Python of its own, which finds this module; what it prints can be read."""
    folder = str(Path(__file__).parent)
    command = [sys.executable, "-B", "-c", script, *arguments]
    environment = {**os.environ, "PYTHONPATH": folder}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, **options)
