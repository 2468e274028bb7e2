#!/usr/bin/env python3
"""penstockd serves its monitor: where, for whom, and until when.
Usage: daemon_monitor_test.py PENSTOCKD PENSTOCK
"""

import http.client
import json
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

from cli_support import ENVIRONMENT, STOP_SECONDS_MAX, Tap, Tool, equal, run_with_world, wait_until

tap = Tap()
FREE = ("--monitor", "127.0.0.1:0")
ANSWER_SECONDS_MAX = 20


def listening(broker):
    """(address, token file), as the log has it."""
    line = re.search(r"event=monitor_listening address=(\S+) token_file=(\S+)", broker.log_text())
    return (line[1], line[2]) if line else None


def ask(broker, target, token=None):
    connection = http.client.HTTPConnection(listening(broker)[0], timeout=ANSWER_SECONDS_MAX)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    result = answer.status, answer.read().decode()
    connection.close()
    return result


def token(broker, role="viewer"):
    lines = Path(listening(broker)[1]).read_text().splitlines()
    return dict(line.split() for line in lines)[role]


def ready(broker):
    wait_until(lambda: ask(broker, "/readyz")[0] == 200, "a monitor that is ready")


def fails(world, *options):
    command = [world.penstockd, "--listen", f"unix:{world.folder}/{world.queue()}", *options]
    result = subprocess.run(command, capture_output=True, timeout=30, env=ENVIRONMENT)
    return result.returncode, result.stdout, result.stderr.decode()


@tap.case("the monitor is served beside the broker, and lists what the broker has")
def _(world):
    with world.broker(None, *FREE) as broker:
        ready(broker)
        Tool(world.penstock, broker.url).done("put", "jobs", "hello")
        equal(ask(broker, "/livez")[0], 200)
        equal(ask(broker, "/")[0], 200)
        equal(ask(broker, "/api/v1/state")[0], 401)
        secret = token(broker)
        wait_until(lambda: '"jobs"' in ask(broker, "/api/v1/state", secret)[1], "its row")


@tap.case("its tokens lie beside the socket, for this user only, and survive a restart")
def _(world):
    url = f"unix:{world.folder}/{world.queue()}"
    with world.broker(url, *FREE) as broker:
        file = listening(broker)[1]
        equal(file, url.removeprefix("unix:") + ".monitor")
        equal(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        before = token(broker)
    with world.broker(url, *FREE) as broker:
        equal(token(broker), before)
        equal(before in broker.log_text(), False)


@tap.case("a token file that others can read ends the start, and says what to do")
def _(world):
    file = Path(world.folder, world.queue())
    file.write_text("viewer abc\noperator def\n")
    file.chmod(0o644)
    code, out, error = fails(world, *FREE, "--monitor-token-file", str(file))
    equal((code, out), (1, b""))
    equal("chmod 600" in error, True, error)


@tap.case("a port that was named and is taken ends the start")
def _(world):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, error = fails(world, "--monitor", f"127.0.0.1:{port}")
        equal((code, out), (1, b""))
        equal(f"127.0.0.1:{port}" in error, True, error)


@tap.case("if nobody names a port and 8700 is taken, it takes a free one")
def _(world):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8700))
            taken.listen()
        except OSError:
            pass  # somebody else has it, which is as good
        options = ("--monitor-token-file", f"{world.folder}/{world.queue()}")
        with world.broker(None, *options, under=("env", "PENSTOCK_NO_MONITOR=no")) as broker:
            ready(broker)
            equal(listening(broker)[0] in ("", "127.0.0.1:8700"), False)


@tap.case("whoever closes the monitor's own connection does not end it")
def _(world):
    with world.broker(None, *FREE) as broker:
        ready(broker)
        tool = Tool(world.penstock, broker.url)
        conns = json.loads(tool.done("ls", "conns", "--json"))["conns"]
        own = next(conn["id"] for conn in conns if conn["address"] == "inside")
        tool.done("kick", str(own), "--yes")
        wait_until(lambda: broker.log_text().count("event=monitor_connected") == 2, "a new one")
        ready(broker)
        tool.done("put", "jobs", "hello")
        secret = token(broker)
        wait_until(lambda: '"jobs"' in ask(broker, "/api/v1/state", secret)[1], "its row")


@tap.case("where it can't be and nobody asked for it, the broker serves without")
def _(world):
    homeless = ("env", "-u", "HOME", "-u", "XDG_STATE_HOME", "PENSTOCK_NO_MONITOR=no")
    listen = "tcp:127.0.0.1:0,auth=none"
    with world.broker(listen, under=homeless) as broker:
        equal("event=monitor_failed" in broker.log_text(), True, broker.log_text())
        equal(listening(broker), None)
        Tool(world.penstock, broker.url).done("put", "jobs", "hello")
    command = [*homeless, world.penstockd, "--listen", listen, *FREE]
    asked = subprocess.run(command, capture_output=True, timeout=30, env=ENVIRONMENT)
    equal((asked.returncode, asked.stdout), (1, b""))
    equal(b"--monitor-token-file" in asked.stderr, True, asked.stderr)


@tap.case("an address that others can reach needs --insecure-monitor")
def _(world):
    code, _, error = fails(world, "--monitor", "0.0.0.0:0")
    equal(code, 1)
    equal("--insecure-monitor" in error, True, error)
    with world.broker(None, "--monitor", "0.0.0.0:0", "--insecure-monitor") as broker:
        equal(listening(broker)[0].startswith("0.0.0.0:"), True)


@tap.case("--no-monitor, the environment and --run serve none; naming an address outdoes them")
def _(world):
    with world.broker(None) as broker:  # the environment of the tests says no
        equal(listening(broker), None)
    with world.broker(None, "--no-monitor", under=("env", "PENSTOCK_NO_MONITOR=no")) as broker:
        equal(listening(broker), None)
    equal(fails(world, "--no-monitor", *FREE)[0], 2)
    show = [world.penstockd, "--run", "--", "sh", "-c", "sleep 0.2"]
    quiet = subprocess.run(show, capture_output=True, timeout=30, env=ENVIRONMENT)
    equal((quiet.returncode, quiet.stderr), (0, b""))
    show = [world.penstockd, "--log-level", "info", *FREE, *show[1:]]
    served = subprocess.run(show, capture_output=True, timeout=30, env=ENVIRONMENT)
    equal(b"event=monitor_listening" in served.stderr, True, served.stderr)


@tap.case("the URL with its token goes to a terminal only")
def _(world):
    ours, theirs = pty.openpty()
    file = f"{world.folder}/{world.queue()}"
    process = subprocess.Popen(
        [
            *(world.penstockd, "--listen", f"unix:{world.folder}/{world.queue()}", *FREE),
            *("--monitor-operator", "--monitor-token-file", file),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=ENVIRONMENT,
    )
    os.close(theirs)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    text = b""
    try:
        while chunk := os.read(ours, 4096):
            text += chunk
    except OSError:
        pass
    process.wait(STOP_SECONDS_MAX)
    process.stdout.close()
    os.close(ours)
    tokens = dict(line.split() for line in Path(file).read_text().splitlines())
    for role in ("viewer", "operator"):
        pattern = rf"http://127\.0\.0\.1:\d+/#t={tokens[role]}".encode()
        equal(bool(re.search(pattern, text)), True, text)


@tap.case("who holds connections to it does not hold up the broker's end")
def _(world):
    with world.broker(None, *FREE) as broker:
        ready(broker)
        host, port = listening(broker)[0].split(":")
        idle = [socket.create_connection((host, int(port))) for _ in range(8)]
        idle[0].sendall(b"GET / HTTP/1.1\r\nHost:")
        began = time.monotonic()
        broker.stop()
        equal(time.monotonic() - began < 5, True)
        for connection in idle:
            connection.close()


@tap.case("the monitor is one more client, called inside, and the broker says where it is served")
def _(world):
    with world.broker(None, *FREE) as broker:
        ready(broker)
        stat_text = Tool(world.penstock, broker.url).done("stat", "--json")
        equal(json.loads(stat_text)["sessions"], 2)
        equal("peer=inside client=monitor" in broker.log_text(), True)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
