#!/usr/bin/env python3
"""The live protocol of the monitor, at a real broker. docs/monitor.md.
Usage: bridge_live_test.py PENSTOCKD PENSTOCK PENSTOCK_BRIDGE
"""

import os
import re
import struct
import sys
import time

from bridge_support import Live, Page, rows_of, run_with_bridge
from cli_support import Tap, Tool, equal, wait_until
from peer_support import ACK, FOREVER, PUT, Peer

tap = Tap()


def watched(live, page, condition):
    """Reads until the page shows what it must."""

    def shows(message):
        page.take(message)
        return condition(page)

    return live.until("snap", "delta", also=shows)


@tap.case("what is put is seen at the next tick, and cumulative counters say how much")
def _(world):
    name = world.queue()
    world.tool.done("create", name, "--maxsize", "200")
    with world.bridge() as bridge, bridge.live(tick_ms=1000) as live:
        welcome = live.until("welcome")
        equal((welcome["proto"], welcome["role"], welcome["tick_ms"]), (1, "viewer", 1000))
        page = Page()
        watched(live, page, lambda page: page.row(name))
        equal(page.row(name)["state"], "empty")
        world.tool.done("put", name, "--lines", input="\n".join(map(str, range(100))).encode())
        done = time.monotonic()
        watched(live, page, lambda page: page.row(name)["depth"] == 100)
        equal(time.monotonic() - done < 10, True, "in time")
        row = page.row(name)
        equal((row["max"], row["in"], row["out"], row["state"]), (200, 100, 0, "ready"))
        world.tool.done("get", name, "--count", "30")
        watched(live, page, lambda page: page.row(name)["out"] == 30)
        equal(page.row(name)["depth"], 70)


@tap.case("a page that only takes what changed shows the same as one that loads all")
def _(world):
    names = [world.queue() for _ in range(8)]
    with world.bridge() as bridge, bridge.live() as live:
        page = Page()
        for i in range(40):
            world.tool.done("put", names[i % 8], str(i))
            if i % 5 == 4:
                world.tool.done("rm", names[i % 7], "--yes")
        last = world.queue()
        world.tool.done("put", last, "the last one")
        watched(live, page, lambda page: page.row(last))
        time.sleep(1.1)  # what is asked for next is not older than this
        whole = rows_of(bridge.state("?kind=queues&sort=name")["views"]["queues"])
        watched_names = {row["name"]: row["depth"] for row in page.table()}
        equal(watched_names, {row["name"]: row["depth"] for row in whole})


@tap.case("who comes back gets what changed, not everything")
def _(world):
    quiet, busy = world.queue(), world.queue()
    world.tool.done("put", quiet, "x")
    world.tool.done("put", busy, "x")
    with world.bridge() as bridge:
        with bridge.live() as live:
            page = Page()
            snap = watched(live, page, lambda page: page.row(busy))
            boot, since = snap["boot"], snap["ver"]
        world.tool.done("put", busy, "y")
        time.sleep(1.1)
        with bridge.live(boot=boot, since=since) as live:
            first = live.until("snap", "delta", "gone")
            equal((first["t"], first["from"]), ("delta", since))
            page.take(first)
            equal(page.row(busy)["depth"], 2)
            changed = {row[1] for row in first["views"]["q"].get("up", [])}
            equal(changed, {busy})
        with bridge.live(boot="another", since=since) as live:
            equal(live.until("snap", "delta", "gone"), {"t": "gone", "why": "boot"})
            equal(live.until("snap", "delta")["t"], "snap")


@tap.case("a broker that ends is said to be away; its successor is another, and shown whole")
def _(world):
    url = f"unix:{world.folder}/{world.queue()}"
    with world.broker(url) as broker:
        tool = Tool(world.penstock, url)
        tool.done("put", "before", "x")
        bridge = world.bridge(url=url)
        live = bridge.live()
        page = Page()
        watched(live, page, lambda page: page.row("before"))
        broker.stop()
    with bridge, live:
        away = live.until("tick", also=lambda tick: "away" in tick)
        equal("no broker" in away["away"] or "cut" in away["away"], True, away["away"])
        wait_until(lambda: bridge.ask("/readyz")[0] == 503, "not ready")
        equal(bridge.ask("/livez")[0], 200)
        equal(bridge.ask("/api/v1/state", token=bridge.token())[0], 503)
        with world.broker(url):
            tool.done("put", "after", "y")
            equal(live.until("gone", "snap", "delta"), {"t": "gone", "why": "boot"})
            snap = live.until("snap", "delta")
            equal(snap["t"], "snap")
            page.take(snap)
            if not page.row("after"):
                watched(live, page, lambda page: page.row("after"))
            equal(page.row("before"), None)
            wait_until(lambda: bridge.ask("/readyz")[0] == 200, "ready again")


@tap.case("an operator purges, pauses, resumes, moves, peeks, puts and closes, and sees how many")
def _(world):
    name, other = world.queue(), world.queue()
    world.tool.done("create", other)
    world.tool.done("put", name, "--lines", input=b"a\nb\nc\nd")
    number = world.stat(name)["object"] if "object" in world.stat(name) else None
    with world.bridge("--monitor-operator") as bridge, bridge.live("operator") as live:
        page = Page()
        watched(live, page, lambda page: page.row(name) and page.row(other))
        shown = page.row(name)["id"]
        if number is not None:
            equal(shown, number)

        def ask(op, **more):
            live.send({"t": "cmd", "id": op, "op": op, "target": name, **more})
            return live.until("res", also=lambda answer: answer["id"] == op)

        equal([item["head"] for item in ask("peek", count=2)["items"]], ["a", "b"])
        equal(world.stat(name)["ready"], 4, "peek takes nothing")
        equal(ask("put", text="e")["ok"], True)
        equal(ask("move", to=other, count=2)["count"], 2)
        equal(ask("pause", object=shown)["ok"], True)
        equal(world.tool("get", name, "--timeout", "100ms").returncode, 1)
        equal(ask("resume")["ok"], True)
        equal(world.tool.done("get", name), b"c")
        equal(ask("purge", object=shown, confirm="no")["err"], "confirm")
        equal(ask("purge", object=shown + 1000, confirm=name)["err"], "changed")
        equal(ask("purge", object=shown, confirm=name)["count"], 2)
        equal(ask("kick", connection=999_999)["err"], "not_found")
        equal(world.stat(other)["ready"], 2)
        equal("event=monitor_command" in bridge.log_text(), True)


@tap.case("who waits for whom is said in words")
def _(world):
    jobs, results = world.queue(), world.queue()
    for name in (jobs, results):
        world.tool.done("create", name, "--maxsize", "1")
        world.tool.done("put", name, "x")
    waiting = [world.tool.start("put", jobs, "y"), world.tool.start("put", results, "y")]
    try:
        with world.bridge() as bridge, bridge.live() as live:

            def is_told(message):
                lines = {line.get("queue"): line for line in message.get("attention", [])}
                return lines.get(jobs, {}).get("code") == "deadlock" and lines

            message = live.until("snap", "delta", also=is_told)
            line = is_told(message)[jobs]
            text = f"{jobs} is full: 1 producer waits; nobody gets from it"
            equal((line["text"], line["lvl"]), (text, "warning"))
            equal(line["since"] <= message["now"], True)
            waits = rows_of(bridge.state("?kind=waits&filter=" + jobs)["views"]["waits"])
            shown = [(row["queue"], row["for"], row["operations"]) for row in waits]
            equal(shown, [(jobs, "put", 1)])
            equal(str(waiting[0].pid) in waits[0]["client"], True)
            world.tool.done("get", jobs)
            live.until(
                "delta",
                also=lambda message: "attention" in message
                and ("deadlock", jobs)
                not in {(line["code"], line.get("queue")) for line in message["attention"]},
            )
    finally:
        for process in waiting:
            process.kill()
            process.communicate()


@tap.case("a consumer that waits itself, in another full queue, is named")
def _(world):
    jobs, results = world.queue(), world.queue()
    for name in (jobs, results):
        world.tool.done("create", name, "--maxsize", "1")
        world.tool.done("put", name, "x")
    worker = Peer(world.tool.url)
    worker.open(jobs, handle=1, maxsize=1)
    worker.open(results, handle=2, maxsize=1)
    worker.get()
    worker.answer()
    worker.send(ACK, op=worker.op)
    worker.send(PUT, struct.pack(">IIBBHI", 2, FOREVER, 0, 0, 0, 1) + b"y")
    world.tool.done("put", jobs, "x")
    waiting = [world.tool.start("put", jobs, "y") for _ in range(3)]
    try:
        with world.bridge() as bridge, bridge.live() as live:

            def text(message):
                lines = [line for line in message.get("attention", []) if line.get("queue") == jobs]
                return lines[0]["text"] if lines and "3 producers" in lines[0]["text"] else None

            said = text(live.until("snap", "delta", also=text))
            # A raw peer has not said who it is: so it goes by its number.
            before, number, after = re.fullmatch(r"(.* session )(\d+)( waits .*)", said).groups()
            equal(before, f"{jobs} is full: 3 producers wait; its only consumer session ")
            equal(after, f" waits in put on {results}, which is full; nobody gets from it")
            sessions = rows_of(bridge.state("?kind=connections")["views"]["connections"])
            equal(int(number) in {row["session"] for row in sessions}, True, number)
    finally:
        worker.close()
        for process in waiting:
            process.kill()
            process.communicate()


@tap.case("a message that is none, a second hello and a binary one end it with a reason and a code")
def _(world):
    with world.bridge() as bridge:
        for send, code in (
            (lambda live: live.send_frame(1, b"{"), 4002),
            (lambda live: live.send({"t": "hello", "proto": 1}), 4002),
            (lambda live: live.send({"t": "ack", "ver": 1 << 40}), 4002),
            (lambda live: live.send_frame(2, b"{}"), 4002),
            (lambda live: [live.send({"t": "ping", "c": i}) for i in range(60)], 1008),
        ):
            with bridge.live() as live:
                send(live)
                equal(live.until("bye")["code"], code)
                equal(live.close_code(), code)
        with Live(bridge, ticket=bridge.ticket()) as live:
            live.send({"t": "hello", "proto": 7})
            equal(live.receive()["code"], 4005)
        with Live(bridge, ticket=bridge.ticket()) as live:
            equal(live.receive()["code"], 4002, "no hello")


@tap.case("64 may watch; one more is told so, and its place is free when another leaves")
def _(world):
    with world.bridge() as bridge:
        all_of_them = [bridge.live() for _ in range(64)]
        with bridge.live() as live:
            equal(live.until("bye")["code"], 4004)
        equal(bridge.ask("/livez")[0], 200)
        all_of_them.pop().close()

        def is_free():
            with bridge.live() as live:
                return live.until("snap", "bye")["t"] == "snap"

        wait_until(is_free, "a free place")
        for live in all_of_them:
            live.close()


@tap.case("one that acknowledges nothing is told why it is closed, and costs nothing meanwhile")
def _(world):
    name = world.queue()
    with world.bridge() as bridge, bridge.live() as live, bridge.live() as other:
        live.until("welcome")
        states = 0
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            message = live.receive()
            states += message["t"] in ("snap", "delta")
            if message["t"] == "bye":
                break
            if states == 1:
                world.tool.done("put", name, "x")
        equal((message["code"], states), (4003, 1))
        equal(live.close_code(), 4003)
        other.until("snap", "delta")


@tap.case("when the bridge ends it says goodbye")
def _(world):
    with world.bridge() as bridge, bridge.live() as live:
        live.until("snap")
        bridge.process.terminate()
        equal(live.until("bye")["code"], 1001)
        equal(live.close_code(), 1001)
        equal(bridge.process.wait(20), 0)


if __name__ == "__main__":
    os.environ.pop("PENSTOCK_URL", None)
    sys.exit(run_with_bridge(tap, Tool))
