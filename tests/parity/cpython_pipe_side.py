"""CPython's side of the rows about pipes: the processes that have their ends, or a listener.

Usage: cpython_pipe_side.py SOCKET KIND PIPES LETTERS. Each letter is a process of its own: `a` has
the first end of each pipe, `b` the second, and all others copies of the first. It connects to
SOCKET and answers each line with what came of the call. Runs in each Python that is found.
"""

import array
import errno
import gc
import multiprocessing
import multiprocessing.connection as mpc
import os
import select
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from cpython_line import (
    LIFE_SECONDS_MAX,
    Undecodable,
    Unencodable,
    answer_lines,
    literal,
    parts,
    word_of_error,
)

CONTEXT = multiprocessing.get_context("fork")
BIG = "x" * (1 << 20)  # does not fit into a pipe
ONE_OF_MANY = "x" * (1 << 16)
CLOSED_FD = 999  # more than any process here opens
CLOSING_SECONDS = 0.1  # then another thread closes

ITEMS = {"unencodable": Unencodable(), "undecodable": Undecodable(), "big": BIG}
KEYS = {"empty": b""}


def bytes_of(word):
    return {"empty": b"", "big": BIG.encode()}.get(word, word.encode())


def key_of(word):
    return None if word is None else KEYS.get(word, word.encode())


class Part:
    """One process's calls. `folder` is where the listener of a row is."""

    def __init__(self, ends, folder):
        self.ends = ends
        self.folder = Path(folder)
        self.listener = None
        self.others = {}  # what else can be waited for, and what must stay open

    def call(self, verb, *words, end="1", **options):
        index = int(end) - 1
        if hasattr(self, verb):
            return getattr(self, verb)(index, *words, **options)
        options = {name: literal(text) for name, text in options.items()}
        attribute = getattr(self.ends[index], verb)
        return attribute(*words, **options) if callable(attribute) else attribute

    # --- An end ---------------------------------------------------------------------------------

    def send(self, index, word, timeout=None):
        options = {} if timeout is None else {"timeout": literal(timeout)}
        return self.ends[index].send(ITEMS.get(word, word), **options)

    def send_many(self, index, count):
        for _ in range(int(count)):
            self.ends[index].send(ONE_OF_MANY)

    def recv_many(self, index, count):
        for _ in range(int(count)):
            if self.ends[index].recv() != ONE_OF_MANY:
                return "something else"
        return None

    def send_bytes(self, index, word, **options):
        options = {name: literal(text) for name, text in options.items()}
        return self.ends[index].send_bytes(bytes_of(word), **options)

    def send_numbers(self, index, *words):
        return self.ends[index].send_bytes(array.array("i", map(int, words)))

    def send_end(self, index, other):
        self.ends[index].send(self.ends[int(other) - 1])

    def recv_bytes_into(self, index, size, offset="0"):
        room = bytearray(int(size))
        count = self.ends[index].recv_bytes_into(room, int(offset))
        return f"{count} {room.strip(bytes(1)).decode()}".strip()

    def write(self, index, digits):
        os.write(self.ends[index].fileno(), bytes.fromhex(digits))

    def fileno(self, index):
        return "a descriptor" if self.ends[index].fileno() >= 0 else "-1"

    def select(self, index):
        return bool(select.select([self.ends[index].fileno()], [], [], 0)[0])

    def use(self, index):
        with self.ends[index]:
            pass

    def drop(self, index):
        self.ends[index] = None
        gc.collect()

    def reopen(self, index):
        end = self.ends[index]
        copy = os.dup(end.fileno())
        self.ends[index] = mpc.Connection(copy, end.readable, end.writable)
        end.close()

    def adopt_pipe(self, _):
        fd, other = os.pipe()
        os.close(other)
        mpc.Connection(fd, writable=False).close()

    def recv_while_closing(self, index):
        return self.while_closing(self.ends[index], self.ends[index].recv)

    def while_closing(self, what, call, *arguments):
        threading.Timer(CLOSING_SECONDS, what.close).start()
        return call(*arguments)

    def wrong(self, index, what):
        """Each of the calls that `what` means; the last error, if all fail."""
        end, buffer = self.ends[index], bytearray(3)
        calls = {
            "offset": [
                lambda: end.send_bytes(b"abc", -1),
                lambda: end.send_bytes(b"abc", 4),
                lambda: end.send_bytes(b"abc", 1, -1),
                lambda: end.send_bytes(b"abc", 1, 3),
            ],
            "text": [lambda: end.send_bytes("text")],
            "into": [
                lambda: end.recv_bytes_into(buffer, -1),
                lambda: end.recv_bytes_into(buffer, 4),
            ],
        }[what]
        for call in calls[:-1]:
            try:
                call()
            except (ValueError, TypeError):
                continue
            return "done"
        return calls[-1]()

    # --- wait -----------------------------------------------------------------------------------

    def member(self, word):
        if word in self.others:
            return self.others[word]
        if word.isdigit():
            return self.ends[int(word) - 1]
        if word == "listener":
            return self.listener
        if word == "sentinel":
            keep = CONTEXT.Process(target=time.sleep, args=(CLOSING_SECONDS,))
            keep.start()
            made = keep.sentinel
        elif word in ("socket", "idle-socket"):
            made, keep = socket.socketpair()
            keep.sendall(b"x" * (word == "socket"))
        else:  # fd, idle-fd, closed-fd, -1
            made, keep = os.pipe()
            os.write(keep, b"x" * (word == "fd"))
        made = {"closed-fd": CLOSED_FD, "-1": -1}.get(word, made)
        self.others[word], self.others[word + "'s peer"] = made, keep
        return made

    def wait(self, _, *words, timeout="None"):
        members = [self.member(word) for word in words]
        ready = mpc.wait(members, literal(timeout))
        return self.words_of(ready, dict(zip(map(id, members), words)))

    def words_of(self, ready, words):
        return " ".join(words[id(member)] for member in ready) or "none"

    def wait_while_closing(self, index, *words):
        return self.while_closing(self.ends[index], self.wait, index, *words)

    # --- Listener and Client --------------------------------------------------------------------

    def path(self):
        return str(self.folder / "l")

    def listen(self, _, place="path", key=None, text_key=None):
        address = {
            "path": self.path(),
            "tcp": ("127.0.0.1", 0),
            "ipv6": ("::1", 0),
            "abstract": "\0" + self.path(),
        }.get(place)
        if place == "same":
            address = self.said()
        self.listener = mpc.Listener(address, authkey=text_key or key_of(key))
        if isinstance(self.listener.address, tuple):
            self.leave_word("tcp:{}:{}".format(*self.listener.address))

    def leave_word(self, url):
        (self.folder / "address").write_text(url)

    def said(self):
        """Where the row's listener is: as it has left word, or at the path."""
        word = self.folder / "address"
        if not word.exists() or word.read_text().startswith("unix:"):
            return self.path()
        _, host, port = word.read_text().split(":")
        return host, int(port)

    def dial(self, _, key=None, **options):
        self.ends.append(mpc.Client(self.said(), authkey=key_of(key), **options))

    def connect(self, _):
        silent = self.others.setdefault("silent", socket.socket(socket.AF_UNIX))
        silent.connect(self.path())

    def accept(self, _, **options):
        options = {name: literal(text) for name, text in options.items()}
        self.ends.append(self.listener.accept(**options))

    def accept_while_closing(self, _):
        return self.while_closing(self.listener, self.accept, None)

    def accept_in_child(self, _):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, outcome(self, "accept").encode())
            os._exit(0)
        return os.read(reading, 100).decode()

    def address(self, _):
        address = self.listener.address
        if isinstance(address, tuple):
            return "a port" if address[1] > 0 else "port 0"
        return "the path" if address == self.path() else "a path of its own"

    def last_accepted(self, _):
        last = self.listener.last_accepted
        return "host and port" if isinstance(last, tuple) and last[1] > 0 else repr(last)

    def failures(self, _):
        return self.listener.failures()

    def nodelay(self, index):
        with socket.socket(fileno=os.dup(self.ends[index].fileno())) as copy:
            return bool(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def close_listener(self, _):
        self.listener.close()

    def use_listener(self, _):
        with self.listener:
            pass

    def replace(self, _):
        os.unlink(self.path())
        Path(self.path()).touch()

    def exists(self, _):
        return os.path.lexists(self.path())


def word_of(value):
    if value is None:
        return "done"
    if isinstance(value, mpc.Connection):
        return "an end"
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
        value = "#CHALLENGE#" if value.startswith("#CHALLENGE#") else value
    return {"": "empty", BIG: "big"}.get(value, str(value))


ERRORS = (
    (OSError, "listener is closed", "closed"),
    (OSError, "got end of file during message", "protocol"),
    (OSError, "bad message length", "too_large"),
    (OSError, "connection is write-only", "wrong direction"),
    (OSError, "connection is read-only", "wrong direction"),
    (EOFError, "", "eof"),
    (BrokenPipeError, "", "gone"),
    (ConnectionResetError, "", "reset"),
    (multiprocessing.AuthenticationError, "", "refused"),
)


def outcome(part, line):
    words, options = parts(line)
    try:
        return word_of(part.call(*words, **options))
    except KeyboardInterrupt:
        return "interrupted"
    except multiprocessing.BufferTooShort as error:
        return f"too short: {error.args[0].decode()}"
    except Exception as error:
        word = word_of_error(error, ERRORS)
        known = word != type(error).__name__
        of_system = getattr(error, "errno", None) in errno.errorcode  # as ours are
        return os.strerror(error.errno) if of_system and not known else word


class Gate:
    """Nobody begins before the process that made the ends has closed its copies."""

    def __init__(self):
        self.reading, self.writing = os.pipe()

    def wait(self):
        os.close(self.writing)
        os.read(self.reading, 1)
        os.close(self.reading)

    def open(self):
        os.close(self.writing)


def made(kind, count):
    """Both sides' ends. Nothing else refers to them: a process may drop its own."""
    firsts, seconds = [], []
    for _ in range(count):
        first, second = CONTEXT.Pipe("False" not in kind)
        firsts.append(first)
        seconds.append(second)
    return firsts, seconds


def play(address, letter, own, others, gate):
    for end in others:
        end.close()
    gate.wait()
    part = Part(own, Path(address).parent)
    answer_lines(address, letter, lambda line: outcome(part, line))


def main():
    address, kind, pipes, letters = sys.argv[1:]
    signal.alarm(LIFE_SECONDS_MAX)
    count = 0 if kind == "Listener" else int(pipes)
    firsts, seconds = made(kind, count)
    gate = Gate()
    for letter in letters:
        own, others = (seconds, firsts) if letter == "b" else (firsts, seconds)
        CONTEXT.Process(target=play, args=(address, letter, own, others, gate)).start()
    for end in firsts + seconds:
        end.close()
    gate.open()
    signal.pause()


if __name__ == "__main__":
    main()
