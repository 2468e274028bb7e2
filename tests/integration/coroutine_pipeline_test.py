#!/usr/bin/env python3
"""The example `coroutine_pipeline`, and the Python in its header that it mirrors: both print the
same. Usage: coroutine_pipeline_test.py PENSTOCKD PENSTOCK COROUTINE_PIPELINE SOURCE
"""

import signal
import sys
from pathlib import Path

from async_examples_support import python_in_header, run
from cli_support import Tap, Tool, check, equal, promised_output, wait_until

tap = Tap()


def steps(n):
    count = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        count += 1
    return count


def expected(numbers, workers):
    counts = {n: steps(n) for n in range(1, numbers + 1)}
    most = max(counts, key=counts.get)
    return [
        f"{numbers} numbers, by {workers} workers",
        f"{sum(counts.values())} steps together",
        f"{most} takes most: {counts[most]}",
    ]


def start_slow(place):
    """A pipeline that would take an hour, when its queues are full."""
    process = place.example.start("--numbers", "100000", "--pause", "100")
    name = f"coroutine_pipeline:numbers:{process.pid}"
    wait_until(lambda: place.queues().get(name, {}).get("putters") == 1, "the producer waits")
    return process, name


@tap.case("it prints what its header says, with a broker inside, over a Unix socket and over TCP")
def _(world):
    promised = promised_output(world.source)
    equal(promised, expected(1000, 3))
    for example in (Tool(world.program), *(place.example for place in world.places)):
        equal(example.done().decode().splitlines(), promised, f"{example.url}:")


@tap.case("the Python in its header prints the same lines")
def _(world):
    program = python_in_header(world.source)
    file = Path(world.folder, "pipeline.py")
    file.write_text(program[: program.index("\n There each stage")])
    output = Tool(sys.executable).done("-B", str(file)).decode()
    equal(output.splitlines(), promised_output(world.source))


@tap.case("it ends cleanly with any number of workers and any room, also with more than have work")
def _(world):
    for place in world.places:
        for numbers, workers, room in ((1, 1, 1), (5, 16, 1), (300, 2, 1), (300, 16, 1000)):
            options = ("--numbers", numbers, "--workers", workers, "--room", room)
            lines = place.example.done(*map(str, options)).decode().splitlines()
            equal(lines, expected(numbers, workers), f"{options}:")


@tap.case("the producer is never further ahead than the queue has room")
def _(world):
    for place in world.places:
        process, name = start_slow(place)
        try:
            for _ in range(20):
                queue = place.queues()[name]
                equal((queue["maxsize"], queue["ready"] <= 4), (4, True), f"{queue}:")
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


@tap.case("interrupted, it says so, fails and removes its queues")
def _(world):
    for place in world.places:
        for number in (signal.SIGINT, signal.SIGTERM):
            process, _ = start_slow(place)
            process.send_signal(number)
            out, error = process.communicate(timeout=60)
            message = b"coroutine_pipeline: interrupted\n"
            equal((process.returncode, out, error), (1, b"", message))
            equal(place.queues(), {})


@tap.case("with the broker inside it can be interrupted, too")
def _(world):
    process = Tool(world.program).start("--numbers", "100000", "--pause", "100")
    catches = Path(f"/proc/{process.pid}/status")
    bit = 1 << (signal.SIGINT - 1)
    caught = lambda: int(catches.read_text().partition("SigCgt:")[2].split()[0], 16)  # noqa: E731
    wait_until(lambda: caught() & bit, "it waits for signals")
    process.send_signal(signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    equal((process.returncode, error), (1, b"coroutine_pipeline: interrupted\n"))


@tap.case("an error in one of the workers ends all stages, and it is that error which is told")
def _(world):
    for place in world.places:
        for refused in ("1", "500", "1000"):
            result = place.example("--refuse", refused)
            equal((result.returncode, result.stdout), (1, b""))
            equal(result.stderr, f"coroutine_pipeline: a worker refuses {refused}\n".encode())
            equal(place.queues(), {})


@tap.case("a queue that is removed meanwhile is an error, too")
def _(world):
    for place in world.places:
        process, name = start_slow(place)
        place.tool.done("rm", name, "--yes")
        error = process.communicate(timeout=60)[1]
        equal((process.returncode, b"closed" in error), (1, True), f"{error}:")


@tap.case("without a broker it says so, once, and fails")
def _(world):
    url = f"unix:{world.folder}/nobody"
    result = Tool(world.program, url)()
    check(result, 1, "coroutine_pipeline: no broker at " + url, "penstockd", "PENSTOCK_URL")
    equal((result.stdout, result.stderr.count(b"\n")), (b"", 1))


@tap.case("--help says what it shows, and no workers are a mistake of usage")
def _(world):
    text = world.places[0].example.done("--help")
    for word in (b"stages", b"--workers", b"--room", b"--refuse"):
        equal(word in text, True, f"{word} in the help:")
    for arguments in (("--workers", "0"), ("--numbers", "many"), ("surplus",)):
        equal(world.places[0].example(*arguments).returncode, 2, f"{arguments}:")


if __name__ == "__main__":
    sys.exit(run(tap))
