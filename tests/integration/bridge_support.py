"""For the tests of the monitor: penstock-bridge as a process, HTTP by raw bytes, and a WebSocket
client that can misbehave."""

import base64
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from cli_support import ENVIRONMENT, START_SECONDS_MAX, STOP_SECONDS_MAX, World, short_folder

ANSWER_SECONDS_MAX = 30
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Bridge:
    """A penstock-bridge on a free port of loopback; stopped, by its own id, with the `with`."""

    def __init__(self, program, url, folder, *options):
        self.log = tempfile.TemporaryFile()
        self.token_file = f"{folder}/tokens"
        command = [program, "-s", url, "--monitor-token-file", self.token_file]
        if not any(option.startswith("--monitor=") for option in options):
            command += ["--monitor", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=ENVIRONMENT,
            bufsize=0,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS_MAX)
        line = self.process.stdout.readline().decode() if ready else ""
        match = re.fullmatch(r"listening http://(.*):(\d+)/\n", line)
        if not match:
            self.stop()
            raise RuntimeError(f"penstock-bridge did not start: {line!r} {self.log_text()}")
        self.host, self.port = match[1], int(match[2])

    @property
    def site(self):
        return f"{self.host}:{self.port}"

    def token(self, role="viewer"):
        with open(self.token_file) as file:
            return dict(line.split() for line in file)[role]

    def log_text(self):
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode(errors="replace")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        code = self.stop()
        if kind is None and code != 0:  # also what sanitizers find at the end
            raise AssertionError(f"exit code {code}: {self.log_text()[-4000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()

    # --- HTTP -----------------------------------------------------------------------------------

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=ANSWER_SECONDS_MAX)

    def raw(self, data):
        """Sends the bytes, and reads until the other side closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def ask(self, target, method="GET", host=None, token=None, **headers):
        """(status, headers by lower-case name, body)"""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host or self.site}"]
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return parsed(self.raw("\r\n".join([*lines, "", ""]).encode()))

    def state(self, query=""):
        """/api/v1/state, with the rows of each view as dictionaries by name."""
        status, _, body = self.ask(f"/api/v1/state{query}", token=self.token())
        if status != 200:
            raise AssertionError(f"state: {status} {body!r}")
        return json.loads(body)

    def ticket(self, role="viewer"):
        status, _, body = self.ask("/api/v1/ticket", method="POST", token=self.token(role))
        if status != 200:
            raise AssertionError(f"ticket: {status} {body!r}")
        return json.loads(body)["ticket"]

    # --- WebSocket ------------------------------------------------------------------------------

    def live(self, role="viewer", **hello):
        """A WebSocket that has said hello with one view of the queues, "q"."""
        live = Live(self, ticket=self.ticket(role))
        view = {"id": "q", "kind": "queues", "sort": "name", "limit": 200}
        live.send({"t": "hello", "proto": 1, "tick_ms": 250, "views": [view], **hello})
        return live


def read_all(connection):
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return data


def parsed(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head:
        return 0, {}, b""
    first, *lines = head.decode().split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    return int(first.split()[1]), headers, body


class Refused(Exception):
    """The upgrade was answered with something else; `status` is what."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body!r}")
        self.status = status


class Live:
    """A WebSocket, by bytes. `origin` None: none is sent."""

    def __init__(self, bridge, ticket=None, origin="", host=None, token=None, protocols=None):
        self.socket = bridge.connect()
        self.buffer = b""
        lines = [
            "GET /api/v1/live HTTP/1.1",
            f"Host: {host or bridge.site}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        ]
        if origin is not None:
            lines.append(f"Origin: {origin or f'http://{bridge.site}'}")
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        if protocols is None and ticket is not None:
            protocols = f"mon.v1, {ticket}"
        if protocols is not None:
            lines.append(f"Sec-WebSocket-Protocol: {protocols}")
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                break
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status, self.headers, _ = parsed(head + b"\r\n\r\n")
        if self.status != 101:
            body = self.buffer + read_all(self.socket)
            self.close()
            raise Refused(self.status, body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def fill(self):
        chunk = self.socket.recv(65536)
        self.buffer += chunk
        return chunk

    def take(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                raise EOFError("the WebSocket was cut")
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def send_frame(self, opcode, payload, final=True, masked=True):
        head = bytes([(0x80 if final else 0) | opcode])
        bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([bit | len(payload)])
        else:
            head += bytes([bit | 126]) + struct.pack(">H", len(payload))
        if not masked:
            return self.socket.sendall(head + payload)
        mask = os.urandom(4)
        coded = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        return self.socket.sendall(head + mask + coded)

    def send(self, message):
        self.send_frame(TEXT, json.dumps(message).encode())

    def ack(self, message):
        self.send({"t": "ack", "ver": message["ver"]})

    def frame(self):
        """(opcode, payload) of the next frame: whole, neither masked nor deflated."""
        first, second = self.take(2)
        if first & 0xF0 != 0x80 or second & 0x80:
            raise AssertionError(f"a frame that begins with {first:#x} {second:#x}")
        size = second
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        return first & 0xF, self.take(size)

    def receive(self):
        """The next message; answers pings. A close gives {"t": "close", "code": ..}."""
        while True:
            opcode, payload = self.frame()
            if opcode == PING:
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                return {"t": "close", "code": struct.unpack(">H", payload[:2])[0]}
            else:
                return json.loads(payload)

    def until(self, *types, also=lambda message: True):
        """Reads up to the first message of one of the types; acknowledges states on the way."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while time.monotonic() < deadline:
            message = self.receive()
            if message["t"] in ("snap", "delta"):
                self.ack(message)
            if message["t"] in types and also(message):
                return message
            if message["t"] == "close":
                raise EOFError(f"closed with {message['code']}, waiting for {types}")
        raise AssertionError(f"waited in vain for {types}")

    def close_code(self):
        while True:
            message = self.receive()
            if message["t"] == "close":
                return message["code"]


class Page:
    """What a browser would show: it applies what it is told, and nothing else."""

    def __init__(self):
        self.rows = {}
        self.order = []
        self.columns = []

    def take(self, message):
        view = message.get("views", {}).get("q", {})
        if "cols" in view:
            self.columns = view["cols"]
            self.rows = {row[0]: row for row in view["rows"]}
            self.order = [row[0] for row in view["rows"]]
        for row in view.get("up", []):
            self.rows[row[0]] = row
        for gone in view.get("del", []):
            del self.rows[gone]
        self.order = view.get("order", self.order)

    def table(self):
        return [dict(zip(self.columns, self.rows[row], strict=True)) for row in self.order]

    def row(self, name):
        return next((row for row in self.table() if row["name"] == name), None)


def rows_of(view):
    return [dict(zip(view["cols"], row, strict=True)) for row in view["rows"]]


class BridgeWorld(World):
    """A broker, and where others and bridges to them find what they need."""

    bridge_program = None

    def bridge(self, *options, url=None):
        folder = tempfile.mkdtemp(dir=self.folder)
        return Bridge(self.bridge_program, url or self.tool.url, folder, *options)


def run_with_bridge(tap, tool_class):
    """Arguments: PENSTOCKD PENSTOCK PENSTOCK_BRIDGE"""
    penstockd, penstock, program = map(os.path.abspath, sys.argv[1:4])
    with short_folder() as folder:
        world = BridgeWorld(penstockd, penstock, folder)
        world.bridge_program = program
        with world.broker() as broker:
            world.tool = tool_class(penstock, broker.url)
            return tap.run(world)
