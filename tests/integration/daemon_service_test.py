"""penstockd under a service manager: readiness, signs of life, and sockets that it is handed."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, Tool, equal, run_with_world, wait_until

tap = Tap()
SECONDS_MAX = 20


class Notifications:
    """The socket that a service manager would read."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(SECONDS_MAX)
        self.socket.bind(address)
        self.seen = []

    def until(self, begin):
        while True:
            self.seen.append(self.socket.recv(4096).decode())
            if self.seen[-1].startswith(begin):
                return self.seen[-1]


# Only the process itself knows its id and which of its descriptors are free.
PASS_ON = """
import fcntl, os, sys
pid, numbers, command = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 100) for number in numbers]
for wanted, fd in enumerate(high, 3):
    os.dup2(fd, wanted)
os.environ["LISTEN_PID"] = pid or str(os.getpid())
os.execv(command[0], command)
"""


@contextlib.contextmanager
def daemon(world, *options, sockets=(), names="", pid="", **environment):
    """A penstockd with `sockets` as LISTEN_FDS."""
    environment = {**ENVIRONMENT, **environment}
    command = [world.penstockd, *options]
    fds = [one.fileno() for one in sockets]
    if sockets:
        environment |= {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": names}
        command = [sys.executable, "-c", PASS_ON, pid, " ".join(map(str, fds)), *command]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        pass_fds=fds,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            process.communicate(timeout=SECONDS_MAX)


def listening(process):
    return process.stdout.readline().decode().split()[1]


def unix_socket(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    return listener


@tap.case("READY comes when the address is open, STATUS counts, STOPPING comes at the end")
def _(world):
    url = f"unix:{world.folder}/ready"
    address = f"{world.folder}/notify"
    notifications = Notifications(address)
    with daemon(world, "--listen", url, NOTIFY_SOCKET=address) as process:
        notifications.until("READY=1")
        equal(notifications.seen, ["READY=1"])
        tool = Tool(world.penstock, url)
        tool.done("create", "q")
        equal(notifications.until("STATUS=connections: 0, sessions: 0, queues: 0")[:7], "STATUS=")
        waiting = tool.start("get", "q")
        notifications.until("STATUS=connections: 1, sessions: 1, queues: 1")
        process.terminate()
        notifications.until("STOPPING=1")
        waiting.communicate(timeout=SECONDS_MAX)


@tap.case("an abstract socket, the watchdog and SIGHUP are served too")
def _(world):
    name = f"penstock-test-{os.getpid()}"
    notifications = Notifications("\0" + name)
    variables = {"NOTIFY_SOCKET": "@" + name, "WATCHDOG_USEC": "200000"}
    with daemon(world, "--listen", f"unix:{world.folder}/dog", **variables) as process:
        notifications.until("READY=1")
        for _ in range(5):
            notifications.until("WATCHDOG=1")
        process.send_signal(signal.SIGHUP)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reloading = notifications.until("RELOADING=1").split("\nMONOTONIC_USEC=")
        equal(abs(int(reloading[1]) - before) < SECONDS_MAX * 1_000_000, True)
        notifications.until("READY=1")


@tap.case("a watchdog for another process is not fed")
def _(world):
    address = f"{world.folder}/other"
    notifications = Notifications(address)
    variables = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}
    with daemon(world, "--listen", f"unix:{world.folder}/nodog", **variables) as process:
        notifications.until("STATUS=")
        time.sleep(0.5)
        process.terminate()
        notifications.until("STOPPING=1")
        equal([text for text in notifications.seen if "WATCHDOG" in text], [])


@tap.case("sockets that listen are taken, and their paths left alone")
def _(world):
    path = f"{world.folder}/handed"
    local = unix_socket(path)
    remote = socket.create_server(("127.0.0.1", 0))
    port = remote.getsockname()[1]
    with daemon(world, sockets=(local, remote), names="any.socket:auth=none") as process:
        equal(listening(process), f"unix:{path}")
        equal(listening(process), f"tcp:127.0.0.1:{port}")
        for url in (f"unix:{path}", f"tcp:127.0.0.1:{port}"):
            Tool(world.penstock, url).done("ping")
    equal(Path(path).is_socket(), True, "the path is still there;")
    waiting = Tool(world.penstock, f"unix:{path}").start("ping", "--timeout", "20")
    with daemon(world, sockets=(local,)) as process:
        equal(waiting.wait(SECONDS_MAX), 0, "who came in between is served;")
    waiting.communicate()
    local.close()
    remote.close()


@tap.case("sockets for another process are left alone")
def _(world):
    url = f"unix:{world.folder}/mine"
    with unix_socket(f"{world.folder}/notmine") as other:
        with daemon(world, "--listen", url, sockets=(other,), pid="1") as process:
            equal(listening(process), url)


@tap.case("a socket of no use is an error that says why")
def _(world):
    deaf = socket.socket(socket.AF_UNIX)
    deaf.bind(f"{world.folder}/deaf")
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with socket.create_server(("127.0.0.1", 0)) as remote:
        for handed, name, *parts in (
            (deaf, "", "does not listen"),
            (datagrams, "", "not a stream socket"),
            (open(os.devnull), "", "not a socket"),
            (remote, "", "--key-file"),
            (remote, "auth=peer", "auth=key, auth=none"),
        ):
            with daemon(world, sockets=(handed,), names=name) as process:
                error = process.communicate(timeout=SECONDS_MAX)[1].decode()
            equal(process.returncode in (1, 2), True, error)
            for part in parts:
                equal(part in error, True, f"{part!r} in {error!r}:")


@tap.case("without a key, a handed TCP socket is for loopback only")
def _(world):
    with socket.create_server(("0.0.0.0", 0)) as remote:
        with daemon(world, sockets=(remote,), names="auth=none") as process:
            error = process.communicate(timeout=SECONDS_MAX)[1].decode()
        equal("loopback" in error, True, error)


@tap.case("systemd-socket-activate starts it at the first connection")
def _(world):
    activate = shutil.which("systemd-socket-activate")
    if activate is None:
        raise Skip("systemd-socket-activate is not installed")
    path = f"{world.folder}/activated"
    process = subprocess.Popen(
        [activate, f"--listen={path}", world.penstockd],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        wait_until(lambda: os.path.exists(path), "it listens")
        Tool(world.penstock, f"unix:{path}").done("ping", "--timeout", "20")
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
