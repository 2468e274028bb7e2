#!/usr/bin/env python3
"""`penstock top` and `penstock watch` on a terminal: what they draw, and what keys and signals do.
Usage: cli_screen_test.py PENSTOCKD PENSTOCK
"""

import re
import signal
import sys
import time

from cli_support import Tap, Tool, equal, run_with_world
from terminal_support import Terminal

CTRL_C, CTRL_Z = b"\x03", b"\x1a"
DOWN, END, ESCAPE = b"\x1bOB", b"\x1bOF", b"\x1b"

tap = Tap()


def screen_of(tool, *arguments, **size):
    return Terminal([tool.program, *arguments], tool.environment, **size)


def rows(terminal, prefix):
    """The names of the rows on the screen."""
    lines = (line.split() for line in terminal.text().splitlines())
    return [words[0] for words in lines if words and words[0].startswith(prefix)]


def rows_are(prefix, *names):
    def seen(terminal):
        return rows(terminal, prefix) == [prefix + name for name in names]

    return seen


def cell(terminal, row, heading):
    """What stands right-aligned under a heading."""
    lines = terminal.text().splitlines()
    head = next((line for line in lines if heading in line), "")
    line = next((line for line in lines if line.startswith(row + " ")), "")
    words = line[: head.find(heading) + len(heading)].split() if head else []
    return words[-1] if words else ""


def put(tool, name, count):
    tool.done("put", name, "--lines", input=b"item\n" * count)


class Own:
    """A broker and a tool of its own, for cases that count queues or stop it."""

    def __init__(self, world):
        self.world = world
        self.broker = world.broker()
        self.tool = Tool(world.penstock, self.broker.url)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.stop()

    def start_again(self):
        self.broker = self.world.broker(self.broker.url)


# --- top ------------------------------------------------------------------------------------------


@tap.case("top shows the broker, how fresh its figures are, and each queue with its state")
def _(world):
    with Own(world) as own:
        own.tool.done("create", "jobs", "--maxsize", "3")
        put(own.tool, "jobs", 3)
        own.tool.done("create", "idle")
        with screen_of(own.tool, "top", columns=130) as terminal:
            terminal.wait_for("jobs")
            title = terminal.line("penstockd")
            equal(own.broker.url in title, True, title)
            equal(bool(re.search(r"up \d+ s .* live, \d+\.\d s old$", title)), True, title)
            equal(terminal.line("2 queues") != "", True, terminal.text())
            heading = terminal.line("NAME")
            for word in ("STATE", "DEPTH/MAX", "OLDEST", "IN/S", "PUTTERS", "CONSUMERS", "BYTES"):
                equal(word in heading, True, heading)
            equal(terminal.line("jobs").split()[:3], ["jobs", "full", "3/3"])
            equal(terminal.line("idle").split()[:3], ["idle", "empty", "0"])


@tap.case("top draws what changes, with rates")
def _(world):
    name = world.queue()
    with screen_of(world.tool, "top", "--interval", "200ms", "--filter", name) as terminal:
        terminal.wait_for("no queue has that in its name")
        producer = world.tool.start("put", name, "x", "--rate", "20/s", "--count", "1000")
        try:
            terminal.wait_for(lambda seen: cell(seen, name, "IN/S") not in ("", "-", "0"))
        finally:
            producer.kill()
            producer.communicate()


@tap.case("top's keys scroll, sort, filter, pause and explain themselves")
def _(world):
    with Own(world) as own:
        for count, name in enumerate(("q-a", "q-b", "q-c", "q-d"), 1):
            put(own.tool, name, count)
        with screen_of(own.tool, "top", "--interval", "100ms", lines=8) as terminal:
            terminal.wait_for(rows_are("q-", "d", "c", "b"))  # three rows: the fullest first
            terminal.wait_for("1-3 of 4")
            terminal.type(DOWN)
            terminal.wait_for(rows_are("q-", "c", "b", "a"))
            terminal.type("<<")
            terminal.wait_for("by name")
            terminal.type("r")
            terminal.wait_for("by name, reversed")
            terminal.type(END)
            terminal.wait_for(rows_are("q-", "c", "b", "a"))
            terminal.type("/B")
            terminal.wait_for("filter: B_")
            terminal.wait_for(rows_are("q-", "b"))
            terminal.type(ESCAPE)
            terminal.wait_for(rows_are("q-", "d", "c", "b"))
            terminal.type("?")
            terminal.wait_for("sort by the next column")
            terminal.type(" ")
            terminal.wait_for("by name, reversed")
            terminal.type("p")
            terminal.wait_for("PAUSED")
            put(own.tool, "q-e", 1)
            terminal.wait_for(lambda seen: re.search(r"PAUSED, [3-9]\d* readings", seen.text()))
            equal(rows(terminal, "q-"), ["q-d", "q-c", "q-b"])
            terminal.type("p")
            terminal.wait_for(rows_are("q-", "e", "d", "c"))
            terminal.type("q")
            equal(terminal.wait_for_end(), 0)
            equal(terminal.is_restored(), True)


@tap.case("top follows the size of the terminal")
def _(world):
    with Own(world) as own:
        for i in range(12):
            own.tool.done("create", f"q{i:02}")
        with screen_of(own.tool, "top", "--sort", "name", columns=130, lines=10) as terminal:
            terminal.wait_for("1-5 of 12")
            equal("BYTES" in terminal.line("NAME"), True)
            terminal.resize(60, 30)
            terminal.wait_for(lambda seen: "q11" in seen.text() and "BYTES" not in seen.text())
            terminal.resize(130, 12)
            terminal.wait_for(lambda seen: "1-7 of 12" in seen.text() and "BYTES" in seen.text())


@tap.case("a signal ends it as ever, and the terminal is as it was")
def _(world):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        for verb in (("top",), ("watch", "nothing")):
            with screen_of(world.tool, *verb) as terminal:
                terminal.wait_for("live")
                if number == signal.SIGINT:
                    terminal.type(CTRL_C)
                else:
                    terminal.process.send_signal(number)
                equal(terminal.wait_for_end(), -number, verb)
                equal(terminal.is_restored(), True, (verb, number))


@tap.case("Ctrl-Z gives the terminal back, and fg draws again")
def _(world):
    # bash starts it as a job of its own, as on anybody's terminal.
    script = 'set -m; "$0" top; echo "it has stopped: $?"; read -r _; fg >/dev/null; echo "end: $?"'
    command = ["bash", "-c", script, world.tool.program]
    with Terminal(command, world.tool.environment) as terminal:
        terminal.wait_for("live")
        terminal.type(CTRL_Z)
        terminal.wait_for("it has stopped: 148")
        equal(terminal.is_restored(), True)
        terminal.resize(90, 12)  # it isn't told of that, as long as it is stopped
        terminal.type("\n")
        terminal.wait_for(lambda seen: "live" in seen.text() and "stopped" not in seen.text())
        terminal.wait_for(lambda seen: "q: quit" in seen.screen.display[11])
        terminal.type("q")
        terminal.wait_for("end: 0")


@tap.case("top says that it reconnects, and since when; then it shows the gap")
def _(world):
    with Own(world) as own:
        own.tool.done("create", "before")
        with screen_of(own.tool, "top", "--interval", "100ms") as terminal:
            terminal.wait_for("before")
            own.broker.stop()
            since = r"reconnecting, no data for ([1-9]\.|\d\d)"
            terminal.wait_for(lambda seen: re.search(since, seen.text()))
            equal(terminal.line("before") != "", True, "the last figures stay")
            own.start_again()
            terminal.wait_for("the broker was restarted")
            equal(bool(re.search(r"no data for [\d.]+ s:", terminal.text())), True, terminal.text())
            terminal.wait_for(lambda seen: "live" in seen.text() and "before" not in seen.text())
            own.tool.done("create", "after")
            terminal.wait_for("after")


@tap.case("a broker that stands still is no reason to stand still, too")
def _(world):
    with Own(world) as own:
        own.tool.done("create", "jobs")
        with screen_of(own.tool, "top", "--interval", "100ms") as terminal:
            terminal.wait_for("jobs")
            own.broker.process.send_signal(signal.SIGSTOP)
            terminal.wait_for("no answer for")
            terminal.type("?")
            terminal.wait_for("sort by the next column")
            terminal.type("x")
            own.broker.process.send_signal(signal.SIGCONT)
            terminal.wait_for("live")
            own.broker.process.send_signal(signal.SIGSTOP)
            terminal.read(0.3)
            began = time.monotonic()
            terminal.type("q")
            equal(terminal.wait_for_end(), 0)
            equal(time.monotonic() - began < 10, True, "it waited for the broker")


@tap.case("without an idea of the terminal it says what to do")
def _(world):
    for kind in ("dumb", "no-such-terminal", ""):
        tool = Tool(world.penstock, world.tool.url)
        with Terminal(["env", f"TERM={kind}", tool.program, "top"], tool.environment) as terminal:
            equal(terminal.wait_for_end(), 2, kind)
            text = terminal.text().replace("\n", "")
            equal("cannot draw on this terminal" in text and "--plain" in text, True, text)


@tap.case("on a terminal, too, --plain prints text")
def _(world):
    with screen_of(world.tool, "top", "--plain", "--count", "1") as terminal:
        equal(terminal.wait_for_end(), 0)
        equal("penstockd" in terminal.text(), True)
        equal(b"\x1b[?1049h" in terminal.written, False)


# --- watch ----------------------------------------------------------------------------------------


@tap.case("watch waits for the queue, and shows who waits there")
def _(world):
    name = world.queue()
    with screen_of(world.tool, "watch", name, "--interval", "100ms") as terminal:
        terminal.wait_for("there is no such queue yet; waiting for it")
        world.tool.done("create", name, "--maxsize", "2")
        terminal.wait_for("0 of 2 items")
        put(world.tool, name, 2)
        terminal.wait_for("full")
        equal("[####" in terminal.line("2 of 2 items"), True, terminal.text())
        producer = world.tool.start("put", name, "one more")
        wanted = rf"1 put of penstock:{producer.pid} \(unix:.*pid={producer.pid}\) for \d"
        try:
            terminal.wait_for(lambda seen: re.search(wanted, seen.text()))
        finally:
            world.tool.done("get", name)
            producer.communicate()
        terminal.wait_for("waiting: 0 put, 0 get, 0 join")
        world.tool.done("rm", name, "--yes")
        terminal.wait_for("the queue was removed; waiting for one of that name")
        terminal.type("q")
        equal(terminal.wait_for_end(), 0)
        equal(terminal.is_restored(), True)


@tap.case("watch shows the gap of a broker that was restarted")
def _(world):
    with Own(world) as own:
        put(own.tool, "jobs", 5)
        with screen_of(own.tool, "watch", "jobs", "--interval", "100ms") as terminal:
            terminal.wait_for("5 items, no bound")
            own.broker.stop()
            terminal.wait_for("reconnecting, no data for")
            own.start_again()
            terminal.wait_for("the broker was restarted")
            terminal.wait_for("the queue was removed")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
