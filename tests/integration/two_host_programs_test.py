#!/usr/bin/env python3
"""An example with two hosts: as root through two network namespaces, else over loopback. It prints
what its header says. Usage: two_host_programs_test.py PENSTOCKD PROGRAM SOURCE
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli_support import Tap, Tool, check, equal, promised_output, running, short_folder, wait_until

NAMESPACES = "two network namespaces: 10.73.0.1 and 10.73.0.2"
LOOPBACK = "two loopback addresses: 127.0.0.1 and 127.0.0.2, because "
NOT_PERMITTED = "unshare: Operation not permitted"

tap = Tap()


class World:
    def __init__(self, penstockd, program, source, folder):
        self.penstockd = penstockd
        self.program = program
        self.folder = Path(folder)
        self.example = Tool(program, PENSTOCKD=penstockd)
        way, *self.lines = promised_output(source)
        equal(way, NAMESPACES)


def may_make_namespaces():
    """Root in a container may lack the capability; anywhere else it has it."""
    return subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode == 0


def clients_of(log):
    """The addresses from which the sessions came, as the broker saw them."""
    lines = [line for line in log.read_text().splitlines() if "session_began" in line]
    return sorted(line.partition("peer=tcp:")[2].split(":")[0] for line in lines)


@tap.case("as root it takes network namespaces, else loopback, and says so first")
def _(world):
    log = world.folder / "log"
    way, *lines = world.example.done("--log", str(log)).decode().splitlines()
    equal(lines, world.lines)
    if os.geteuid() != 0:
        equal(way, LOOPBACK + "this is not root")
    elif not may_make_namespaces():
        equal(way, LOOPBACK + NOT_PERMITTED)
    else:
        equal(way, NAMESPACES)
        equal(clients_of(log), ["10.73.0.1", "10.73.0.2"])


@tap.case("over loopback it prints the same lines")
def _(world):
    # Without `ip` there is no namespace, for root neither; nor without the capability.
    environment = {**world.example.environment, "PATH": str(world.folder)}
    reason = "there is no `ip` (Debian's package is iproute2)"
    if os.geteuid() != 0:
        reason = "this is not root"
    elif not may_make_namespaces():
        reason = NOT_PERMITTED
    ways = [([world.program], environment, reason)]
    if os.geteuid() == 0:
        without = ["setpriv", "--bounding-set=-sys_admin", world.program]
        ways.append((without, world.example.environment, NOT_PERMITTED))
    for command, environment, reason in ways:
        result = subprocess.run(command, env=environment, capture_output=True, timeout=60)
        check(result, 0)
        way, *lines = result.stdout.decode().splitlines()
        equal((way, lines), (LOOPBACK + reason, world.lines))


@tap.case("two of them do not disturb each other")
def _(world):
    both = [world.example.start() for _ in range(2)]
    for process in both:
        out, error = process.communicate(timeout=60)
        equal((process.returncode, error), (0, b""))
        equal(out.decode().splitlines()[1:], world.lines)


@tap.case("interrupted at any moment it leaves nothing behind")
def _(world):
    tool = Tool(world.program, PENSTOCKD=world.penstockd, TMPDIR=str(world.folder / "keys"))
    keys = world.folder / "keys"
    keys.mkdir()
    for pause in (0, 0.02, 0.05, 0.1):
        process = tool.start(start_new_session=True)
        time.sleep(pause)
        os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does
        process.communicate(timeout=60)
        equal(os.listdir(keys), [], f"interrupted after {pause} s, keys:")
        wait_until(lambda pid=process.pid: not running(pid), "no process is left")
    # The cable is in the namespaces, and they go with their processes.
    equal("cable" in os.listdir("/sys/class/net"), False)


@tap.case("killed, its broker ends too")
def _(world):
    process = world.example.start(start_new_session=True)
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    wait_until(lambda: not running(process.pid), "no process is left")


@tap.case("without penstockd it says where that can be told, and fails")
def _(world):
    result = world.example("--penstockd", "/nobody/penstockd")
    check(result, 1, "/nobody/penstockd", "--penstockd or PENSTOCKD", "the broker did not start")


@tap.case("--help says what it shows, and a surplus word is a mistake of usage")
def _(world):
    text = world.example.done("--help")
    for word in (b"namespaces", b"--penstockd", b"--log"):
        equal(word in text, True, f"{word} in the help:")
    equal(world.example("surplus").returncode, 2)


def main():
    penstockd, program, source = sys.argv[1:]
    with short_folder() as folder:
        return tap.run(World(penstockd, program, source, folder))


if __name__ == "__main__":
    sys.exit(main())
