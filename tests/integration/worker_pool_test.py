#!/usr/bin/env python3
"""The example `worker_pool`, and the Python in its header that it mirrors: both print the same.
Usage: worker_pool_test.py PENSTOCKD PENSTOCK WORKER_POOL WORKER_POOL.cpp
"""

import json
import os
import re
import signal
import sys
from math import isqrt
from pathlib import Path

from cli_support import Tap, Tool, World, check, equal, short_folder, wait_until


def count_primes(end):
    return sum(n > 1 and all(n % d for d in range(2, isqrt(n) + 1)) for n in range(end))


COUNTS = [1229, 1033, 983, 958, 930, 924, 878, 902, 876, 879]
LINES = [f"{i * 10_000} to {i * 10_000 + 9_999}: {n} primes" for i, n in enumerate(COUNTS)]
LINES.append(f"together: {sum(COUNTS)} primes")

tap = Tap()


def queues(world):
    return {q["name"]: q for q in json.loads(world.tool.done("ls", "--json"))["queues"]}


def workers_of(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children")
            .read_text().split()]


def start_long(world):
    """A pool that has much to do, once it has done the first job."""
    process = world.worker_pool.start("--jobs", "3000", start_new_session=True)
    name = f"worker_pool:results:{process.pid}"
    wait_until(lambda: queues(world).get(name, {}).get("put_total"), "the first job is done")
    return process


@tap.case("what is expected is right")
def _(world):
    equal(count_primes(10_000), COUNTS[0])
    equal(sum(COUNTS), 9592)  # https://oeis.org/A006880


@tap.case("worker_pool prints the results in the order of the numbers, whoever found them")
def _(world):
    for workers in ("1", "4", "16"):
        lines = world.worker_pool.done("--workers", workers).decode().splitlines()
        equal(lines, LINES, f"with {workers} workers:")
    equal(queues(world), {})


@tap.case("the Python in its header prints the same lines")
def _(world):
    header = world.source.read_text().partition("\n#include")[0]
    program = re.sub(r"^//(     )?", "", header[header.index("//     from") :], flags=re.M)
    file = Path(world.folder, "worker_pool.py")  # a file: processes that are spawned import it
    file.write_text(program[: program.index("\n Where Python")])
    equal(Tool(sys.executable).done("-B", str(file)).decode().splitlines(), LINES)


@tap.case("as many processes as told take part")
def _(world):
    process = start_long(world)
    try:
        equal(len(workers_of(process)), 4)
        jobs = queues(world)[f"worker_pool:jobs:{process.pid}"]
        wait_until(lambda: queues(world)[jobs["name"]]["get_total"] >= 8, "all are busy")
        equal(queues(world)[jobs["name"]]["handles"], 5)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


@tap.case("interrupted, it fails and removes its queues, and no worker is left")
def _(world):
    process = start_long(world)
    workers = workers_of(process)
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does
    process.communicate(timeout=60)
    equal((process.returncode, queues(world)), (1, {}))
    equal([pid for pid in workers if Path(f"/proc/{pid}").exists()], [])


@tap.case("when a worker is killed it says so, and ends the others")
def _(world):
    process = start_long(world)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    out, error = process.communicate(timeout=60)
    equal((process.returncode, out, error), (1, b"", b"worker_pool: a worker died\n"))
    equal(queues(world), {})


@tap.case("without a broker it says so, once, and fails")
def _(world):
    url = f"unix:{world.folder}/nobody"
    result = Tool(world.worker_pool.program, url)()
    check(result, 1, "worker_pool: no broker at " + url, "penstockd", "PENSTOCK_URL")
    equal((result.stdout, result.stderr.count(b"\n")), (b"", 1))


@tap.case("--help says what it shows, and no workers are a mistake of usage")
def _(world):
    text = world.worker_pool.done("--help")
    for word in (b"primes", b"--workers", b"--jobs"):
        equal(word in text, True, f"{word} in the help:")
    for arguments in (("--workers", "0"), ("--jobs", "many"), ("surplus",)):
        equal(world.worker_pool(*arguments).returncode, 2, f"{arguments}:")


def main():
    penstockd, penstock, worker_pool, source = sys.argv[1:]
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        world.source = Path(source)
        with world.broker() as broker:
            world.tool = Tool(penstock, broker.url)
            world.worker_pool = Tool(worker_pool, broker.url)
            return tap.run(world)


if __name__ == "__main__":
    sys.exit(main())
