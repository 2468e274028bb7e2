"""Both sides of the rows, and how a row is played: processes that are told line by line what to
call."""

import contextlib
import itertools
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from cli_support import ENVIRONMENT
from rows import KINDS_OF_PIPES

GRACE_SECONDS = 0.3  # who has not come back by then waits
ANSWER_SECONDS_MAX = 15  # for an answer that is expected
SETTLE_SECONDS = 0.8
LINE_BYTES_MAX = 4096


class Process:
    """One letter of a row."""

    def __init__(self, connection):
        self.connection = connection
        self.received = b""
        self.waits = False
        self.pid = int(self.line(ANSWER_SECONDS_MAX).split()[-1])

    def line(self, seconds):
        """None if none came in time; `ended` if the process did."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            deadline = time.monotonic() + seconds
            while b"\n" not in self.received:
                if not selector.select(max(0, deadline - time.monotonic())):
                    return None
                chunk = self.connection.recv(LINE_BYTES_MAX)
                if not chunk:
                    return "ended"
                self.received += chunk
        line, _, self.received = self.received.partition(b"\n")
        return line.decode()

    def call(self, line, seconds):
        if line != "returns":
            if self.waits:
                raise AssertionError(f"`{line}` behind a call that waits")
            self.connection.sendall(line.encode() + b"\n")
        answer = self.line(seconds)
        self.waits = answer is None
        if line == "exit" and answer == "ended":
            return "done"
        return "waits" if answer is None else answer

    def send(self, signal_number):
        os.kill(self.pid, signal_number)
        if signal_number == signal.SIGKILL and self.line(ANSWER_SECONDS_MAX) != "ended":
            raise AssertionError("a process that was killed goes on")


@contextlib.contextmanager
def hosted(folder, kind, number, *hosts):
    """The processes that programs start, one for each letter: each of `hosts` is letters, a command
    and options for it. They connect to a socket in a folder that is the row's own, and go with the
    programs."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=folder))
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.settimeout(ANSWER_SECONDS_MAX)
        listener.bind(f"{folder}/s")
        listener.listen()
        for letters, command, options in hosts:
            environment = {**ENVIRONMENT, "TMPDIR": folder, **options.pop("env", {})}
            host = subprocess.Popen(
                [*command, f"{folder}/s", kind, str(number), letters],
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                **options,
            )
            stack.callback(host.wait)
            stack.callback(os.killpg, host.pid, signal.SIGKILL)
        found = {}
        for _ in "".join(letters for letters, _, _ in hosts):
            connection = stack.enter_context(listener.accept()[0])
            letter = connection.recv(1).decode()
            found[letter] = Process(connection)
        yield found


class CPython:
    def __init__(self, program, version, folder):
        self.program = program
        self.name = "python" + ".".join(map(str, version))
        self.version = version
        self.folder = folder

    def expected(self, step):
        return step.in_python

    def kind(self, kind):
        """What tells our ways of having a pipe apart is nothing here."""
        return kind.split(".")[-1] if kind in KINDS_OF_PIPES else kind

    def settle(self):
        time.sleep(SETTLE_SECONDS)

    def host(self, letters, kind):
        script = f"cpython_{'pipe_' if kind in KINDS_OF_PIPES else ''}side.py"
        command = [self.program, "-B", Path(__file__).with_name(script)]
        # What feeder threads fail at is nobody's concern.
        return letters, command, {"stderr": subprocess.DEVNULL}

    def processes(self, row, kind):
        number = row.pipes if kind in KINDS_OF_PIPES else row.maxsize
        return hosted(self.folder, kind, number, self.host(row.letters(kind), kind))


class Penstock:
    """With a broker at a Unix socket, and one on TCP, which relays."""

    name = "penstock"

    def __init__(self, queue_program, pipe_program, address, tcp_address, folder):
        self.queue_program = queue_program
        self.pipe_program = pipe_program
        self.address = address
        self.tcp_address = tcp_address
        self.folder = folder
        self.numbers = itertools.count()

    def expected(self, step):
        return step.here

    def kind(self, kind):
        return kind

    def settle(self):
        pass

    def host(self, letters, kind):
        url = self.tcp_address if kind.startswith("relayed.") else self.address
        return letters, [self.pipe_program], {"env": {"PENSTOCK_URL": url}}

    def processes(self, row, kind):
        if kind in KINDS_OF_PIPES:
            return hosted(self.folder, kind, row.pipes, self.host(row.letters(kind), kind))
        return self.strangers(row, kind)

    @contextlib.contextmanager
    def strangers(self, row, kind):
        """Programs that have nothing in common but the queue's name."""
        queue_name = f"row{next(self.numbers)}"
        with contextlib.ExitStack() as stack:
            found = {}
            for letter in row.letters(kind):
                ours, theirs = socket.socketpair()
                stack.enter_context(ours)
                with theirs:
                    process = subprocess.Popen(
                        [self.queue_program, self.address, kind, queue_name, str(row.maxsize)],
                        stdin=theirs,
                        stdout=theirs,
                        env=ENVIRONMENT,
                    )
                stack.callback(process.wait)
                stack.callback(process.kill)
                found[letter] = Process(ours)
            yield found


class Mixed:
    """`a` is one side's, all others the other's: for what both do alike."""

    def __init__(self, first, other, folder):
        self.first = first
        self.other = other
        self.folder = folder
        self.name = f"{first.name} with {other.name}"

    def expected(self, step):
        return step.here

    def kind(self, kind):
        return kind

    def settle(self):
        time.sleep(SETTLE_SECONDS)

    def processes(self, row, kind):
        others = row.letters(kind).replace("a", "")
        first = self.first.host("a", kind)
        return hosted(self.folder, kind, row.pipes, first, self.other.host(others, kind))


def play(side, row, kind):
    """What came of each step, up to the first of which something else came than expected."""
    outcomes = []
    with side.processes(row, kind) as processes:
        for step in row.steps:
            expected = side.expected(step)
            if expected == "-":
                continue
            outcomes.append((step, perform(side, processes, step, expected)))
            if outcomes[-1][1] != expected:
                break
    return outcomes


SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "interrupt": signal.SIGINT}


def perform(side, processes, step, expected):
    if step.control == "settle":
        side.settle()
    elif step.control:
        processes[step.who].send(SIGNALS[step.control])
    else:
        # Only what is to wait is judged by time; so a busy machine makes no row fail.
        seconds = GRACE_SECONDS if expected == "waits" else ANSWER_SECONDS_MAX
        return processes[step.who].call(step.call, seconds)
    return "done"
