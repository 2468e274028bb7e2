#!/usr/bin/env python3
"""The example `work_queue`: a worker is killed in the middle of a job, and each job is done.
Usage: work_queue_test.py PENSTOCKD PENSTOCK WORK_QUEUE
"""

import json
import sys

from cli_support import Tap, Tool, World, check, equal, short_folder

tap = Tap()


def expected(jobs, workers):
    lines = [f"job {job}: done at attempt {2 if job == 3 else 1}" for job in range(jobs)]
    return lines + [f"1 of {workers} workers was killed"]


@tap.case("each job is done, also the one whose worker was killed")
def _(world):
    equal(world.work_queue.done().decode().splitlines(), expected(8, 3))
    for workers, jobs in (("2", "4"), ("5", "50")):
        lines = world.work_queue.done("--workers", workers, "--jobs", jobs).decode().splitlines()
        equal(lines, expected(int(jobs), workers), f"{workers} workers, {jobs} jobs:")
    equal(json.loads(world.tool.done("ls", "--json"))["queues"], [])


@tap.case("without a broker it says so, once, and fails")
def _(world):
    url = f"unix:{world.folder}/nobody"
    result = Tool(world.work_queue.program, url)()
    check(result, 1, "work_queue: no broker at " + url, "penstockd", "PENSTOCK_URL")
    equal((result.stdout, result.stderr.count(b"\n")), (b"", 1))


@tap.case("--help says what it shows, and one worker is a mistake of usage")
def _(world):
    text = world.work_queue.done("--help")
    for word in (b"killed", b"--workers", b"--jobs"):
        equal(word in text, True, f"{word} in the help:")
    for arguments in (("--workers", "1"), ("--jobs", "3"), ("surplus",)):
        equal(world.work_queue(*arguments).returncode, 2, f"{arguments}:")


def main():
    penstockd, penstock, work_queue = sys.argv[1:]
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        with world.broker() as broker:
            world.tool = Tool(penstock, broker.url)
            world.work_queue = Tool(work_queue, broker.url)
            return tap.run(world)


if __name__ == "__main__":
    sys.exit(main())
