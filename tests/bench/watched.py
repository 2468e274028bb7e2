"""What it costs a busy broker to be watched: how many items a second go through many queues, with
browsers at its monitor and without a monitor."""

import base64
import http.client
import json
import os
import re
import socket
import statistics
import struct
import subprocess
import threading
import time
from pathlib import Path

QUEUES = 1000
PAIRS = 4
BROWSERS = 5
SECONDS = 4
SIDES = ("alone", "watched")
VIEWS = [{"id": "q", "kind": "queues", "sort": "-depth", "offset": 0, "limit": 200}]
SECONDS_MAX = 60


class Failure(Exception):
    """A measurement that failed: its figure would be wrong."""


class Browser:
    """Reads all ticks of one live connection and acknowledges them, in a thread of its own."""

    def __init__(self, port, token):
        self.ticks = self.bytes = 0
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS_MAX)
        self.input = self.socket.makefile("rb")
        self.shake_hands(port, ticket(port, token))
        self.send({"t": "hello", "proto": 1, "tick_ms": 1000, "views": VIEWS})
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def shake_hands(self, port, one_use):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Origin: http://127.0.0.1:{port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: mon.v1, {one_use}\r\n\r\n".encode()
        )
        status = self.input.readline()
        if b" 101 " not in status:
            raise Failure(f"the monitor does not upgrade: {status!r}")
        while self.input.readline() != b"\r\n":
            pass

    def send(self, message):
        text = json.dumps(message).encode()
        long = len(text) >= 126
        size = b"\xfe" + struct.pack(">H", len(text)) if long else bytes([0x80 | len(text)])
        mask = bytes(4)  # of zeros is one, too
        self.socket.sendall(b"\x81" + size + mask + text)

    def frame(self):
        head = self.input.read(2)
        if len(head) < 2:
            return None
        size = head[1]
        if size == 126:
            size = struct.unpack(">H", self.input.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.input.read(8))[0]
        return head[0] & 15, self.input.read(size)

    def watch(self):
        while read := self.frame():
            kind, text = read
            if kind == 8:
                return
            self.bytes += len(text)
            version = re.search(rb'"t":"(?:snap|delta|tick)".*?"ver":(\d+)', text[:200])
            if version:
                self.ticks += 1
                self.send({"t": "ack", "ver": int(version[1])})

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()


def ticket(port, token):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
    headers = {"Authorization": f"Bearer {token}", "Origin": f"http://127.0.0.1:{port}"}
    connection.request("POST", "/api/v1/ticket", headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise Failure(f"no ticket: {answer.status} {text!r}")
    return json.loads(text)["ticket"]


class Broker:
    def __init__(self, program, folder, watched):
        self.folder = Path(folder)
        self.tokens = self.folder / "tokens"
        options = ["--monitor", "127.0.0.1:0"] if watched else ["--no-monitor"]
        command = [program, "--listen", f"unix:{folder}/busy", "--monitor-token-file", self.tokens]
        self.log = (self.folder / "log").open("w+")
        self.process = subprocess.Popen(
            [*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log
        )
        self.address = self.process.stdout.readline().decode().split()[-1]

    def monitor(self):
        """Its port and the viewers' token."""
        text = (self.folder / "log").read_text()
        port = re.search(r"event=monitor_listening .*?127\.0\.0\.1:(\d+)", text)
        token = re.search(r"viewer\s*[:=]?\s*(\S+)", self.tokens.read_text())
        if not port or not token:
            raise Failure(f"no monitor: {text!r}")
        return int(port[1]), token[1]

    def resident(self):
        """Bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS_MAX)
        self.process.stdout.close()
        self.log.close()


def run(programs, folder, watched, seconds):
    """Items a second; the broker's memory afterwards; ticks and bytes that the browsers saw."""
    with Broker(programs.penstockd, folder, watched) as broker:
        load = subprocess.Popen(
            [programs.busy, broker.address, str(QUEUES), str(PAIRS), str(seconds)],
            stdout=subprocess.PIPE,
        )
        browsers = []
        if watched:
            time.sleep(0.2)
            browsers = [Browser(*broker.monitor()) for _ in range(BROWSERS)]
        output = load.communicate(timeout=SECONDS_MAX)[0]
        resident = broker.resident()
        for browser in browsers:
            browser.close()
        if load.returncode != 0:
            raise Failure("the load failed")
        if not all(browser.ticks for browser in browsers):
            raise Failure("a browser saw nothing")
        return {
            "rate": json.loads(output)["items_per_second"],
            "resident": resident,
            "ticks": sum(browser.ticks for browser in browsers),
            "bytes": sum(browser.bytes for browser in browsers),
        }


def measure(programs, folder, rounds, quick):
    """Lists of results, one a round, by side."""
    measured = {side: [] for side in SIDES}
    for number in range(rounds):
        # Who is first changes, so that neither always has the warmer machine.
        for side in SIDES if number % 2 == 0 else SIDES[::-1]:
            seconds = 1 if quick else SECONDS
            measured[side].append(run(programs, folder, side == "watched", seconds))
    return measured


def table(measured):
    yield ("queues", "browsers", "items/s", "watched", "ratio", "lowest", "highest", "more MiB")
    rates = {side: [one["rate"] for one in measured[side]] for side in SIDES}
    ratios = [b / a for a, b in zip(rates["alone"], rates["watched"])]
    memory = [
        (b["resident"] - a["resident"]) / 2**20
        for a, b in zip(measured["alone"], measured["watched"])
    ]
    yield (
        str(QUEUES),
        str(BROWSERS),
        f"{statistics.median(rates['alone']):.0f}",
        f"{statistics.median(rates['watched']):.0f}",
        f"{statistics.median(ratios):.3f}",
        f"{min(ratios):.3f}",
        f"{max(ratios):.3f}",
        f"{statistics.median(memory):.1f}",
    )
