"""A terminal for programs that draw on a whole screen: what stands there, and keys."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pyte

SECONDS_MAX = 30


class Terminal:
    """Runs a command on a pseudo-terminal of its own; killed, if it still runs, at the end of the
    `with`."""

    def __init__(self, command, environment, columns=100, lines=24):
        self.columns, self.lines = columns, lines
        self.ours, self.theirs = pty.openpty()
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.set_size()
        self.before = termios.tcgetattr(self.theirs)
        self.process = subprocess.Popen(
            command,
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            env={**environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def set_size(self):
        size = struct.pack("HHHH", self.lines, self.columns, 0, 0)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, size)

    def resize(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.screen.resize(lines, columns)
        self.set_size()  # the kernel tells the program

    def type(self, text):
        os.write(self.ours, text if isinstance(text, bytes) else text.encode())

    def read(self, seconds):
        """Draws what comes within this time, at least what is there."""
        until = time.monotonic() + seconds
        while True:
            left = max(0, until - time.monotonic())
            if not select.select([self.ours], [], [], left)[0]:
                return
            chunk = os.read(self.ours, 65536)
            self.written += chunk
            self.stream.feed(chunk)

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, part):
        """The first one with it, or an empty one."""
        return next((line.rstrip() for line in self.screen.display if part in line), "")

    def wait_for(self, what, seconds=SECONDS_MAX):
        """Until the screen shows a text, or until a function of this terminal gives true."""
        seen = what if callable(what) else lambda terminal: what in terminal.text()
        until = time.monotonic() + seconds
        while not seen(self):
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain for {what!r}; there is\n{self.text()}")
            if self.process.poll() is not None:
                self.read(0)
                if seen(self):
                    return
                raise AssertionError(f"it ended, with {self.process.returncode}:\n{self.text()}")
            self.read(0.05)

    def wait_for_end(self):
        """The exit status, once it has ended."""
        until = time.monotonic() + SECONDS_MAX
        while self.process.poll() is None:
            if time.monotonic() > until:
                raise AssertionError(f"it doesn't end; there is\n{self.text()}")
            self.read(0.05)
        self.read(0)
        return self.process.returncode

    def is_restored(self):
        """The modes are those of before, the screen of before is back, and the cursor is seen."""
        shows = self.written.rfind(b"\x1b[?1049l") > self.written.rfind(b"\x1b[?1049h") >= 0
        hidden = self.written.rfind(b"\x1b[?25l") > self.written.rfind(b"\x1b[?25h")
        return termios.tcgetattr(self.theirs) == self.before and shows and not hidden
