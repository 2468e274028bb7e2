#!/usr/bin/env python3
"""`penstock top` and `penstock watch` without a terminal: as text, and as JSON.
Usage: cli_live_test.py PENSTOCKD PENSTOCK
"""

import json
import re
import signal
import subprocess
import sys

from cli_support import Tap, Tool, check, documents, equal, run_with_world

tap = Tap()


class Live:
    """One under way; gives its lines."""

    def __init__(self, tool, *arguments):
        self.process = tool.start(*arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def line_with(self, part):
        """The next line in which that pattern is."""
        for line in iter(self.process.stdout.readline, b""):
            if re.search(part, line.decode()):
                return line.decode().rstrip("\n")
        raise AssertionError(f"it ended without {part!r}: {self.process.stderr.read()}")

    def document_with(self, right):
        for line in iter(self.process.stdout.readline, b""):
            document = json.loads(line)
            if right(document):
                return document
        raise AssertionError(f"it ended in vain: {self.process.stderr.read()}")


def names_of(output):
    return [queue["name"] for queue in documents(output)[0]["queues"]]


# --- top ------------------------------------------------------------------------------------------


@tap.case("top prints its table after each interval, --count times")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "7")
    arguments = ("--count", "3", "--interval", "50ms", "--filter", name)
    text = world.tool.done("top", *arguments).decode()
    equal(len(re.findall(r"^penstockd .* up \d+ s$", text, re.M)), 3, text)
    equal(len(re.findall(rf"^{name} +empty +0/7 ", text, re.M)), 3, text)
    rates = re.findall(r" in (\S+)/s  out (\S+)/s ", text)
    equal(rates[0], ("-", "-"), "one reading has no rates")
    equal(rates[1:], [("0", "0")] * 2)


@tap.case("top sorts and filters as it is told")
def _(world):
    prefix = world.queue() + "-"
    for name, count in (("a", 1), ("b", 3), ("c", 2)):
        world.tool.done("put", prefix + name, "--lines", input=b"x\n" * count)

    def names(*options):
        arguments = ("top", "--json", "--count", "1", "--filter", prefix.upper(), *options)
        shown = names_of(world.tool.done(*arguments))
        return "".join(name.removeprefix(prefix) for name in shown)

    equal(names(), "bca")
    equal(names("--reverse"), "acb")
    equal(names("--sort", "name"), "abc")
    equal(names("--sort", "bytes"), "bca")
    check(world.tool("top", "--sort", "colour"), 2, "no column 'colour'", "name, state, depth")
    check(world.tool("top", "--interval", "1ms"), 2, "10ms or more")


@tap.case("the age of the oldest item grows, and goes with the item")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    arguments = ("--json", "--count", "3", "--interval", "150ms", "--filter", name)
    seen = documents(world.tool.done("top", *arguments))
    ages = [document["queues"][0]["oldest_ms"] for document in seen]
    equal(ages[0] >= 0 and ages[2] >= ages[0] + 200, True, ages)
    world.tool.done("get", name)
    (seen,) = documents(world.tool.done("top", "--json", "--count", "1", "--filter", name))
    equal(seen["queues"][0]["oldest_ms"], None)


@tap.case("the rates in JSON are those of the totals and the broker's own time")
def _(world):
    name = world.queue()
    world.tool.done("create", name)
    producer = world.tool.start("put", name, "x", "--rate", "200/s", "--count", "10000")
    try:
        arguments = ("--json", "--count", "4", "--interval", "500ms", "--filter", name)
        seen = documents(world.tool.done("top", *arguments))
    finally:
        producer.kill()
        producer.communicate()
    equal(len(seen), 4)
    for before, after in zip(seen, seen[1:], strict=False):
        ms = after["broker"]["uptime_ms"] - before["broker"]["uptime_ms"]
        gain = after["queues"][0]["put_total"] - before["queues"][0]["put_total"]
        rate = after["queues"][0]["in_per_s"]
        # The two moments are whole milliseconds, and a little before those of the rows.
        equal(abs(rate - gain * 1000 / ms) <= 0.3 * rate + 5, True, f"{rate} of {gain} in {ms} ms")
    equal(any(document["queues"][0]["in_per_s"] > 0 for document in seen[1:]), True, seen)


@tap.case("top says in text that it reconnects, and then the gap")
def _(world):
    broker = world.broker()
    tool = Tool(world.penstock, broker.url)
    with Live(tool, "top", "--interval", "100ms") as top:
        top.line_with("^penstockd")
        broker.stop()
        top.line_with(r"^reconnecting, no data for [\d.]+ s: .")
        with world.broker(broker.url):
            gap = top.line_with("^no data for")
            equal(bool(re.fullmatch(r"no data for [\d.]+ s: the broker was restarted", gap)), True)
            top.line_with("^penstockd")


@tap.case("top says it in JSON, too, and of a gap how long it was")
def _(world):
    broker = world.broker()
    tool = Tool(world.penstock, broker.url)
    with Live(tool, "top", "--json", "--interval", "100ms") as top:
        boot = top.document_with(lambda document: True)["broker"]["boot"]
        broker.stop()
        lost = top.document_with(lambda document: document["connection"] == "reconnecting")
        equal("queues" in lost or "broker" in lost, False, "no old figures")
        equal(lost["why"] != "", True)
        later = top.document_with(lambda document: document["age_ms"] > lost["age_ms"] + 200)
        with world.broker(broker.url):
            back = top.document_with(lambda document: document["connection"] == "live")
            equal(back["restarted"], True)
            equal(back["gap_ms"] >= later["age_ms"], True, back)
            equal(back["broker"]["boot"] != boot, True)
            equal("gap_ms" in top.document_with(lambda document: True), False, "it is told once")


@tap.case("without a broker at first there is nothing to wait for")
def _(world):
    nobody = Tool(world.penstock, f"unix:{world.folder}/nobody")
    check(nobody("top"), 3, "no broker at", "start penstockd")
    check(nobody("watch", "jobs", "--json"), 3, "no broker at")


@tap.case("whoever has seen enough has not failed, and Ctrl-C ends it as ever")
def _(world):
    for arguments in (("top",), ("top", "--json"), ("watch", "nothing")):
        with Live(world.tool, *arguments, "--interval", "50ms") as live:
            live.line_with(".")
            live.process.stdout.close()
            equal(live.process.wait(30), 0, arguments)
        with Live(world.tool, *arguments, "--interval", "50ms") as live:
            live.line_with(".")
            live.process.send_signal(signal.SIGINT)
            equal(live.process.wait(30), -signal.SIGINT, arguments)


# --- watch ----------------------------------------------------------------------------------------


@tap.case("watch waits for no queue that there can't be")
def _(world):
    check(world.tool("watch", "not a name"), 2, "not a name")
    check(world.tool("watch", ""), 2)


@tap.case("watch prints a line when something changed, and none when nothing did")
def _(world):
    name = world.queue()
    with Live(world.tool, "watch", name, "--interval", "50ms") as watch:
        equal(watch.line_with("."), f"there is no queue '{name}' yet; waiting for it")
        world.tool.done("create", name, "--maxsize", "2")
        watch.line_with("^STATE +DEPTH/MAX")
        watch.line_with(r"^empty +0/2 ")
        world.tool.done("put", name, "--lines", input=b"a\nb\n")
        watch.line_with(r"^full +2/2 ")
        producer = world.tool.start("put", name, "c")
        waits = rf" 1 put of penstock:{producer.pid} \(unix:.*pid={producer.pid}\) for \d"
        watch.line_with(waits)
        world.tool.done("get", name)
        check(subprocess.CompletedProcess([], producer.wait(30)), 0)
        producer.communicate()
        watch.line_with(r"^full .* -$")
        world.tool.done("rm", name, "--yes")
        equal(watch.line_with("removed"), f"the queue '{name}' was removed; waiting for one")


@tap.case("watch says nothing while nothing changes")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    with Live(world.tool, "watch", name, "--interval", "20ms", "--count", "2") as watch:
        watch.line_with("^ready +1 ")
        try:  # a second line would be its last one
            code = watch.process.wait(0.4)
            raise AssertionError(f"it ended, with {code}")
        except subprocess.TimeoutExpired:
            pass
        world.tool.done("get", name)
        equal(watch.process.wait(30), 0)


@tap.case("watch has in JSON who waits and who uses the queue, by name and address")
def _(world):
    name = world.queue()
    consumer = world.tool.start("get", name)
    try:
        with Live(world.tool, "watch", name, "--json", "--interval", "50ms") as watch:
            document = watch.document_with(lambda seen: seen["queue"] and seen["waits"])
            wait = document["waits"][0]
            equal((wait["waits_for"], wait["operations"]), ("get", 1))
            equal(wait["client"], f"penstock:{consumer.pid}")
            equal(f"pid={consumer.pid}" in wait["address"], True)
            equal(document["queue"]["getters"], 1)
            equal(document["parties"][0]["session"], wait["session"])
            equal(document["parties"][0]["consumers"], 1)
            world.tool.done("put", name, "x")
            after = watch.document_with(lambda seen: seen["queue"]["get_total"] == 1)
            equal(after["waits"], [])
    finally:
        consumer.kill()
        consumer.communicate()


@tap.case("watch comes back to a broker that was restarted, and says so")
def _(world):
    broker = world.broker()
    tool = Tool(world.penstock, broker.url)
    tool.done("put", "jobs", "x")
    with Live(tool, "watch", "jobs", "--interval", "50ms") as watch:
        watch.line_with("^ready")
        broker.stop()
        watch.line_with(r"^reconnecting, no data for [\d.]+ s: .")
        with world.broker(broker.url):
            watch.line_with(r"^no data for [\d.]+ s: the broker was restarted$")
            watch.line_with("^the queue 'jobs' was removed")
            tool.done("put", "jobs", "y")
            watch.line_with("^ready +1 ")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
