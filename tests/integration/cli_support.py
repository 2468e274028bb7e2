"""For the tests of `penstock`: brokers of their own, calls of the program, and results as TAP."""

import json
import os
import pty
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

CALL_SECONDS_MAX = 120
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20

# Whatever is set where the tests run must not lead them to another broker.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("PENSTOCK_")
} | {"PENSTOCK_NO_MONITOR": "yes"}


class Broker:
    """A penstockd with one listener; stopped, by its own id, at the end of the `with`. `under` is a
    command that becomes it, like `prlimit --nofile=64`."""

    def __init__(self, program, listen, *options, under=()):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*under, program, "--listen", listen, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=ENVIRONMENT,
            bufsize=0,  # else a second line would be read with the first, and waited for in vain
        )
        self.url = self.read_address()

    def read_address(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(START_SECONDS_MAX) else b""
        if not line.startswith(b"listening "):
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"penstockd did not start: {line!r} {self.log_text()}")
        return line.decode().split()[1]

    def log_text(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, signal_number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)  # one that stands still can't end
            self.process.send_signal(signal_number)
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


class Tool:
    """`penstock`, told to use one broker."""

    def __init__(self, program, url=None, **environment):
        self.program = program
        self.url = url
        self.environment = {**ENVIRONMENT, **environment}
        if url is not None:
            self.environment["PENSTOCK_URL"] = url

    def start(self, *arguments, **streams):
        streams.setdefault("stdin", subprocess.DEVNULL)
        streams.setdefault("stdout", subprocess.PIPE)
        streams.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([self.program, *arguments], env=self.environment, **streams)

    def __call__(self, *arguments, **options):
        """Runs it to its end; `input` is what stands on stdin (nothing if it is not given)."""
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        command = [self.program, *arguments]
        return subprocess.run(command, env=self.environment, timeout=CALL_SECONDS_MAX, **options)

    def done(self, *arguments, **options):
        """As above, for calls that must succeed; gives what they wrote."""
        result = self(*arguments, **options)
        check(result, 0)
        return result.stdout


def equal(actual, expected, what=""):
    if actual != expected:
        raise AssertionError(f"{what} expected {expected!r}, not {actual!r}".strip())


def check(result, exit_code, *texts):
    """The exit code, and what stderr must contain."""
    error = (result.stderr or b"").decode(errors="replace")
    if result.returncode != exit_code:
        codes = f"exit code {result.returncode}, not {exit_code}"
        raise AssertionError(f"{result.args}: {codes}; {error}")
    for text in texts:
        if text not in error:
            raise AssertionError(f"{result.args}: stderr lacks {text!r}: {error!r}")


def wait_until(condition, what):
    deadline = time.monotonic() + START_SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.01)


def connection_of(broker, process):
    """The number of a program's connection, as the log tells."""
    began = re.compile(rf"event=session_began conn=(\d+) .*\bpid={process.pid}\b")
    wait_until(lambda: began.search(broker.log_text()), "a session")
    return began.search(broker.log_text())[1]


class Skip(Exception):
    """Raised by a case that cannot be run here; its text says why."""


class Tap:
    """Collects cases and runs them: one line each, as the Test Anything Protocol has it."""

    def __init__(self):
        self.cases = []

    def case(self, name):
        def add(function):
            self.cases.append((name, function))
            return function

        return add

    def run(self, *arguments):
        failed = 0
        print(f"1..{len(self.cases)}", flush=True)
        for number, (name, function) in enumerate(self.cases, 1):
            try:
                function(*arguments)
                print(f"ok {number} - {name}", flush=True)
            except Skip as reason:
                print(f"ok {number} - {name} # SKIP {reason}", flush=True)
            except Exception:  # a case that fails must not hide the others
                failed += 1
                print(f"not ok {number} - {name}", flush=True)
                traceback.print_exc(file=sys.stderr)
        return 1 if failed else 0


def short_folder():
    """A Unix socket's path has at most 107 bytes, and TMPDIR may be long."""
    return tempfile.TemporaryDirectory(prefix="penstock.", dir="/tmp")


def copy_for_all(penstock, folder):
    """A copy of `penstock` for users who may not enter where it is built; its library lies beside
    it, for LD_LIBRARY_PATH."""
    os.chmod(folder, 0o755)
    for library in Path(penstock).parents[1].glob("libpenstock.so.?"):
        shutil.copy(library, folder)
    return shutil.copy(penstock, folder)


def write_key(folder, text="a key for these tests only"):
    path = Path(folder, "key")
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


class World:
    """The broker that most cases share, and where others find their own."""

    tool = None  # uses the broker that most cases share

    def __init__(self, penstockd, penstock, folder):
        self.penstockd = penstockd
        self.penstock = penstock
        self.folder = folder
        self.names = 0

    def queue(self):
        self.names += 1
        return f"queue{self.names}"

    def broker(self, listen=None, *options, **how):
        listen = listen or f"unix:{self.folder}/{self.queue()}"
        return Broker(self.penstockd, listen, *options, **how)

    def stat(self, name):
        queues = json.loads(self.tool.done("ls", "--json"))["queues"]
        return next(queue for queue in queues if queue["name"] == name)


def on_terminal(world, arguments, typed):
    """Runs it with a terminal for stdin and stderr; gives exit code, stdout and what it said."""
    ours, theirs = pty.openpty()
    try:
        process = world.tool.start(*arguments, stdin=theirs, stderr=theirs)
        os.write(ours, typed)
        os.close(theirs)
        # It comes in pieces, the last one before the terminal has no other side any more.
        text = b""
        try:
            while chunk := os.read(ours, 4096):
                text += chunk
        except OSError:
            pass
        return process.wait(30), process.communicate()[0], text
    finally:
        os.close(ours)


def code_blocks(page, language):
    """What a page of Markdown shows between ```language and ```."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.M | re.S)


def written_to(file):
    """All that is in a file to which another process writes. Seeking would move that one, too."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


def promised_output(source):
    """The lines that an example's header shows below its command."""
    header = Path(source).read_text()
    shown = re.search(r"^//     \$ .*\n((?://     .*\n)+)", header, re.M)[1]
    return [line.removeprefix("//     ") for line in shown.splitlines()]


def running(group):
    """The processes of a group that have not ended; who reaps orphans is not our business."""
    result = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just gone
        if int(of_group) == group and state != "Z":
            result.append(file.parent.name)
    return result


def documents(output):
    result = [json.loads(line) for line in output.splitlines()]
    for document in result:
        equal(document["schema"], 1)
    return result


def run_with_world(tap):
    # Meson names them relative to its folder, and some cases run them elsewhere.
    penstockd, penstock = map(os.path.abspath, sys.argv[1:])
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        with world.broker() as broker:
            world.tool = Tool(penstock, broker.url)
            return tap.run(world)
