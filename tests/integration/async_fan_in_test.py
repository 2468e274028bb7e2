#!/usr/bin/env python3
"""The example `async_fan_in`: each way to take from three queues gives what the stations put.
Usage: async_fan_in_test.py PENSTOCKD PENSTOCK ASYNC_FAN_IN SOURCE
"""

import signal
import sys

from async_examples_support import Place, run
from cli_support import Tap, Tool, check, equal, promised_output, wait_until

tap = Tap()


def expected(readings):
    for seed, name in enumerate(("north", "east", "south")):
        degrees = [(i * 7 + seed * 3) % 25 + 5 * seed - 10 for i in range(readings)]
        lowest = f", {min(degrees)} to {max(degrees)} degrees" if degrees else ""
        yield f"{name}: {readings} readings{lowest}"


def at(*places):
    return [word for place in places for word in ("--at", place.url)]


def wait_for_first(place, process, station):
    name = f"async_fan_in:{station}:{process.pid}"
    wait_until(lambda: place.queues().get(name, {}).get("get_total"), "one has been taken")
    return name


@tap.case("it prints what its header says, with a broker inside, over a Unix socket and over TCP")
def _(world):
    promised = promised_output(world.source)
    equal(promised, list(expected(40)))
    for example in (Tool(world.program), *(place.example for place in world.places)):
        for options in ((), ("--each",)):
            lines = example.done(*options).decode().splitlines()
            equal(lines, promised, f"{example.url} {options}:")


@tap.case("one get_any and one get for each queue take the same, at one broker and at several")
def _(world):
    near, far = world.places
    example = far.example  # has the key
    for readings in (0, 1, 7, 100):
        for way in (at(near), at(far), [*at(near), "--each"], at(near, far), at(far, near, far)):
            output = example.done(*way, "--readings", str(readings)).decode()
            equal(output.splitlines(), list(expected(readings)), f"{way}:")


@tap.case("meanwhile it says how far it is, and when nothing came")
def _(world):
    slow = ("--readings", "3", "--pause", "100", "--heartbeat", "40", "--idle", "30")
    for place in world.places:
        for way, nothing in ((), b"nothing came\n"), (("--each",), b"nothing came from south\n"):
            result = place.example(*slow, *way)
            check(result, 0, "async_fan_in: so far north")
            equal(result.stdout.decode().splitlines(), list(expected(3)))
            equal(b"async_fan_in: " + nothing in result.stderr, True, f"{result.stderr}:")


@tap.case("a broker that goes away ends its station only, and the others go on")
def _(world):
    near = world.places[0]
    with world.broker() as broker:
        other = Place(world, broker, world.program)
        how = ("--readings", "20", "--pause", "20")
        process = near.example.start(*at(near, other), *how)
        wait_for_first(other, process, "east")
        broker.stop(signal.SIGKILL)
        out, error = process.communicate(timeout=60)
    north, east, south = out.decode().splitlines()
    all_north, _, all_south = expected(20)
    equal((process.returncode, north, south), (1, all_north, all_south))
    equal("east: " in east and east.endswith(", then there is no connection to the broker"), True)
    equal(error.endswith(b"async_fan_in: not all came\n"), True, f"{error}:")


@tap.case("where one call waits for all, a queue that is removed ends it")
def _(world):
    for place in world.places:
        process = place.example.start("--readings", "1000", "--pause", "20")
        place.tool.done("rm", wait_for_first(place, process, "east"), "--yes")
        out, error = process.communicate(timeout=60)
        equal((process.returncode, out, b"closed" in error), (1, b"", True), f"{error}:")


@tap.case("interrupted, it says so, fails and removes its queues")
def _(world):
    for place in world.places:
        for way in ((), ("--each",)):
            process = place.example.start("--readings", "1000", "--pause", "20", *way)
            wait_for_first(place, process, "south")
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=60)
            equal((process.returncode, out, error), (1, b"", b"async_fan_in: interrupted\n"))
            equal(place.queues(), {})


@tap.case("without one of the brokers it says which, once, and fails")
def _(world):
    near = world.places[0]
    url = f"unix:{world.folder}/nobody"
    result = near.example(*at(near), "--at", url)
    check(result, 1, "async_fan_in: no broker at " + url, "penstockd")
    equal((result.stdout, result.stderr.count(b"\n")), (b"", 1))


@tap.case("--help says what it shows, and a pause that is no number is a mistake of usage")
def _(world):
    text = world.places[0].example.done("--help")
    for word in (b"stations", b"--at", b"--each", b"--idle", b"--heartbeat"):
        equal(word in text, True, f"{word} in the help:")
    for arguments in (("--pause", "long"), ("--idle", "0"), ("surplus",)):
        equal(world.places[0].example(*arguments).returncode, 2, f"{arguments}:")


if __name__ == "__main__":
    sys.exit(run(tap))
