#!/usr/bin/env python3
"""The example `urls` prints what its header says, and ends whoever is killed.
Usage: urls_test.py URLS SOURCE
"""

import os
import signal
import sys
from pathlib import Path

from cli_support import Tap, Tool, equal, promised_output, running, wait_until

tap = Tap()


def children(pid):
    """In the order in which they were made: the receiver, the sender."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@tap.case("the receiver prints all that the sender sent, and then it ends")
def _(program, source):
    promised = promised_output(source)
    equal(len(promised), 11)
    equal(program.done().decode().splitlines(), promised)


@tap.case("a sender that is killed ends the receiver, too, and makes the parent fail")
def _(program, source):
    process = program.start()
    wait_until(lambda: len(children(process.pid)) == 2, "both are there")
    os.kill(children(process.pid)[1], signal.SIGKILL)
    *urls, last = process.communicate(timeout=60)[0].decode().splitlines()
    promised = promised_output(source)
    equal((process.returncode, urls, last), (1, promised[: len(urls)], promised[-1]))


@tap.case("when the parent is killed the others end by themselves, and nothing is lost")
def _(program, source):
    process = program.start(start_new_session=True)
    process.stdout.readline()
    process.kill()
    process.wait()
    equal(process.stdout.read().decode().splitlines(), promised_output(source)[1:])
    process.communicate()
    wait_until(lambda: not running(process.pid), "no process is left")


if __name__ == "__main__":
    sys.exit(tap.run(Tool(sys.argv[1]), sys.argv[2]))
