"""penstockd as an operator meets it: addresses, keys, signals, bad options, rude peers."""

import array
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from cli_support import ENVIRONMENT, Broker, Tap, Tool, equal, run_with_world, wait_until, write_key

tap = Tap()
STOP_SECONDS = 10  # the bound that SIGTERM promises
HANDSHAKE_SECONDS = 5
LOG_LINE = re.compile(
    r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warning|error) event=[a-z_]+"
    r'( [a-z_]+=([^\s"=\\]+|"([^"\\]|\\.)*"))*'
)


def refused(world, *options, **environment):
    """A start that must fail at once; what it said."""
    result = subprocess.run(
        [world.penstockd, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        env={**ENVIRONMENT, **environment},
    )
    if result.returncode == 0:
        raise AssertionError(f"{options} was accepted")
    return result.returncode, result.stderr.decode()


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text!r}")


def unix_path(url):
    return url.removeprefix("unix:")


def peer(broker):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(unix_path(broker.url))
    return connection


def descriptors(broker):
    return len(os.listdir(f"/proc/{broker.process.pid}/fd"))


@tap.case("a stale socket file is replaced, and gone after the end")
def _(world):
    path = Path(world.folder, "stale")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with world.broker(f"unix:{path}") as broker:
        Tool(world.penstock, broker.url).done("ping")
        equal(path.stat().st_mode & 0o777, 0o600)
    equal(list(path.parent.glob("stale*")), [], "the socket and its lock are gone;")


@tap.case("a killed broker's socket is replaced; a living one's is a clear error")
def _(world):
    url = f"unix:{world.folder}/live"
    killed = Broker(world.penstockd, url)
    killed.stop(signal.SIGKILL)
    with Broker(world.penstockd, url) as broker:
        code, error = refused(world, "--listen", url)
        equal(code, 1)
        contains(error, url, "a broker listens there already", "--listen")
        Tool(world.penstock, broker.url).done("ping")


@tap.case("a file that is no socket is left alone")
def _(world):
    path = Path(world.folder, "notes")
    path.write_text("mine")
    _, error = refused(world, "--listen", f"unix:{path}")
    contains(error, "not a socket")
    equal(path.read_text(), "mine")
    equal(list(path.parent.glob("notes?*")), [])  # nor is a lock left beside it


@tap.case("each bad --listen says what is right, and exits with 2")
def _(world):
    for listen, *parts in (
        ("unix://run/x", "unix:/"),
        ("tcp://localhost:1", "tcp:"),
        ("tcp:localhost", "port"),
        ("tcp:localhost:70000", "port"),
        ("unix:relative", "unix:/"),
        ("unix:/tmp/x,auth=none", "auth=peer, auth=key"),
        ("tcp:127.0.0.1:0,auth=peer", "auth=key, auth=none"),
        ("tcp:127.0.0.1:0", "--key-file", "auth=none"),
        ("unix:/tmp/x,auth=key", "--key-file"),
    ):
        code, error = refused(world, "--listen", listen)
        equal(code, 2, listen)
        contains(error, *parts)
    equal(refused(world, "--no-such-option")[0], 2)


@tap.case("TCP without a key is for loopback only")
def _(world):
    _, error = refused(world, "--listen", "tcp:0.0.0.0:0,auth=none")
    contains(error, "loopback", "--key-file")
    with world.broker("tcp:127.0.0.1:0,auth=none") as broker:
        Tool(world.penstock, broker.url).done("ping")


@tap.case("a key file that others may read is refused")
def _(world):
    key = write_key(world.folder)
    os.chmod(key, 0o640)
    code, error = refused(world, "--listen", "tcp:127.0.0.1:0", "--key-file", key)
    equal(code, 2)
    contains(error, key, "chmod 600")


@tap.case("several addresses are printed as they are")
def _(world):
    key = write_key(world.folder)
    process = subprocess.Popen(
        [world.penstockd, "--listen", f"unix:{world.folder}/a", "--listen", "tcp:127.0.0.1:0"]
        + ["--listen", "tcp:[::1]:0,auth=none", "--key-file", key],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        lines = [process.stdout.readline().decode().split() for _ in range(3)]
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        process.stdout.close()
    equal([word for word, _ in lines], ["listening"] * 3)
    equal(lines[0][1], f"unix:{world.folder}/a")
    hosts, ports = zip(*(url.rsplit(":", 1) for _, url in lines[1:]))
    equal(hosts, ("tcp:127.0.0.1", "tcp:[::1]"))
    equal("0" in ports, False)


@tap.case("without arguments it listens where clients look")
def _(world):
    runtime = Path(world.folder, "runtime")
    runtime.mkdir()
    process = subprocess.Popen(
        [world.penstockd],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**ENVIRONMENT, "XDG_RUNTIME_DIR": str(runtime)},
    )
    try:
        line = process.stdout.readline().decode().strip()
        equal(line, f"listening unix:{runtime}/penstock/penstock.sock")
        Tool(world.penstock, XDG_RUNTIME_DIR=str(runtime)).done("ping")
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        process.stdout.close()
    os.chmod(runtime / "penstock", 0o755)
    _, error = refused(world, XDG_RUNTIME_DIR=str(runtime))
    contains(error, "0700")


@tap.case("SIGTERM ends it with 0 and a line for each queue with what it dropped")
def _(world):
    broker = world.broker()
    tool = Tool(world.penstock, broker.url)
    tool.done("put", "kept", "--count", "3", "x")
    tool.done("create", "nothing")
    waiting = tool.start("get", "nothing", stderr=subprocess.PIPE)
    wait_until(lambda: b"\n" in tool.done("ls"), "the queues are there")
    begin = time.monotonic()
    broker.stop()
    equal(broker.process.returncode, 0)
    equal(time.monotonic() - begin < STOP_SECONDS, True)
    waiting.wait(STOP_SECONDS)
    waiting.stderr.close()
    equal(waiting.returncode, 3)
    contains(broker.log_text(), "event=queue_ended queue=kept dropped=3")
    contains(broker.log_text(), "event=queue_ended queue=nothing dropped=0", "event=stopped")
    equal(broker.log_text().count("event=queue_ended"), 2)
    equal([line for line in broker.log_text().splitlines() if not LOG_LINE.fullmatch(line)], [])


def seconds_to_end(world, signals):
    """How long `signals` SIGTERMs take while a client stands still and doesn't say goodbye."""
    with world.broker() as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("create", "q")
        still = tool.start("get", "q", stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: b'"getters":1' in tool.done("ls", "--json"), "it waits")
            still.send_signal(signal.SIGSTOP)
            begin = time.monotonic()
            for _ in range(signals):
                broker.process.terminate()
                wait_until(lambda: "event=stopping" in broker.log_text(), "it is told")
            broker.process.wait(2 * STOP_SECONDS)
            seconds = time.monotonic() - begin
        finally:
            still.send_signal(signal.SIGCONT)
            still.kill()
            still.communicate()
        equal(broker.process.returncode, 0)
        contains(broker.log_text(), "event=queue_ended queue=q dropped=0", "event=stopped")
        equal(os.path.exists(unix_path(broker.url)), False)
        return seconds


@tap.case("a client that stands still can't hold up SIGTERM for long")
def _(world):
    equal(seconds_to_end(world, 1) < STOP_SECONDS, True)


@tap.case("a second SIGTERM waits for nobody")
def _(world):
    equal(seconds_to_end(world, 2) < HANDSHAKE_SECONDS - 1, True)


@tap.case("a peer that says nothing is dropped, and harms nobody meanwhile")
def _(world):
    with world.broker() as broker:
        silent = [peer(broker) for _ in range(20)]
        begin = time.monotonic()
        Tool(world.penstock, broker.url).done("ping")
        for connection in silent:
            while connection.recv(100):
                pass
            connection.close()
        equal(HANDSHAKE_SECONDS - 1 < time.monotonic() - begin < HANDSHAKE_SECONDS + 10, True)
        contains(broker.log_text(), "event=handshake_timeout")


@tap.case("garbage and huge lengths end the peer that sent them")
def _(world):
    with world.broker() as broker:
        bad_first_frame = b"\0\0\0\1\x24"
        huge = b"\x7f\xff\xff\xff"
        for rubbish in (b"GET / HTTP/1.1\r\n\r\n", huge, b"\xff" * 4, bad_first_frame):
            with peer(broker) as connection:
                connection.sendall(rubbish)
                while connection.recv(1000):
                    pass
        Tool(world.penstock, broker.url).done("ping")


@tap.case("descriptors that come along are closed, and none is lost in 1,000 connections")
def _(world):
    with world.broker() as broker:
        Tool(world.penstock, broker.url).done("ping")
        wait_until(lambda: "event=session_ended" in broker.log_text(), "the ping has ended")
        before = descriptors(broker)
        with peer(broker) as connection, open("/dev/null") as extra:
            rights = array.array("i", [extra.fileno()] * 8)
            connection.sendmsg([b"\0\0\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            time.sleep(0.2)
            equal(descriptors(broker) <= before + 2, True)  # its socket, and a pidfd
        for _ in range(1000):
            peer(broker).close()
        wait_until(lambda: descriptors(broker) == before, "the descriptors are closed")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
