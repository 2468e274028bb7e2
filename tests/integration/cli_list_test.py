#!/usr/bin/env python3
"""`penstock ls` of queues, pipes, conns and sessions, and `penstock metrics`.
Usage: cli_list_test.py PENSTOCKD PENSTOCK
"""

import json
import re
import shutil
import subprocess
import sys

from cli_support import Skip, Tap, check, documents, equal, run_with_world, wait_until

tap = Tap()


def rows_of(world, what):
    """The rows of a table by their first words, and its heading."""
    heading, *rows = world.tool.done("ls", what).decode().splitlines()
    return heading, {row.split()[0]: row for row in rows}


def listed(world, what):
    (document,) = documents(world.tool.done("ls", what, "--json"))
    return document[what]


@tap.case("ls queues is what ls alone is")
def _(world):
    world.tool.done("create", world.queue())
    equal(world.tool.done("ls", "queues"), world.tool.done("ls"))


@tap.case("ls conns names who is connected, in a table with aligned columns")
def _(world):
    getter = world.tool.start("get", world.queue())
    wait_until(lambda: any(row["pid"] == getter.pid for row in listed(world, "conns")), "it is in")
    connection = next(row for row in listed(world, "conns") if row["pid"] == getter.pid)
    equal(connection["state"], "live")
    heading, rows = rows_of(world, "conns")
    equal(heading.split()[:5], ["CONN", "SESSION", "STATE", "CLIENT", "ADDRESS"])
    row = rows[str(connection["id"])]
    equal(f"pid={getter.pid}" in row, True)
    equal(row.index("live"), heading.index("STATE"))
    world.tool.done("kick", str(connection["id"]), "--yes")
    getter.wait(30)
    ids = [row["id"] for row in listed(world, "conns")]
    equal(connection["id"] in ids, False)


@tap.case("ls sessions says what each client waits for and holds")
def _(world):
    getter = world.tool.start("get", world.queue())
    waits = lambda: [row for row in listed(world, "sessions") if row["waiting"] == 1]  # noqa: E731
    wait_until(waits, "the get waits")
    (session,) = waits()
    equal(session["handles"], 1)
    heading, rows = rows_of(world, "sessions")
    equal(heading.split()[0], "SESSION")
    equal(str(session["id"]) in rows[str(session["session"])].split(), True)
    world.tool.done("kick", str(session["id"]), "--yes")
    getter.wait(30)


@tap.case("ls pipes shows both ends, and that one still waits for the other")
def _(world):
    name = world.queue()
    equal(listed(world, "pipes"), [])
    check(world.tool("ls", "pipes"), 0, "penstock pipe")
    left = world.tool.start("pipe", name, "--left", stdin=subprocess.PIPE)
    wait_until(lambda: listed(world, "pipes"), "the pipe is there")
    (pipe,) = listed(world, "pipes")
    equal((pipe["name"], pipe["transport"], pipe["right_session"]), (name, "waiting", 0))
    right = world.tool.start("pipe", name, "--right", stdin=subprocess.PIPE)
    wait_until(lambda: listed(world, "pipes")[0]["right_session"] != 0, "the other end, too")
    heading, rows = rows_of(world, "pipes")
    equal(heading.split()[:4], ["NAME", "TRANSPORT", "LEFT", "RIGHT"])
    equal(rows[name].split()[1], "direct")
    for end in (left, right):
        end.stdin.close()
        end.stdin = None
    for end in (left, right):
        equal(end.wait(30), 0)
    wait_until(lambda: not listed(world, "pipes"), "the pipe is gone")


@tap.case("ls of something else says what there is")
def _(world):
    check(world.tool("ls", "jobs"), 2, "queues, pipes, conns or sessions", "stat NAME")


def metrics(world):
    page = world.tool.done("metrics").decode()
    samples = re.findall(r"^([a-z_]+(?:\{.*\})?) (\S+)$", page, re.M)
    equal(len(dict(samples)), len(samples), "a series stands twice:")
    return dict(samples)


@tap.case("metrics has the figures of the broker and of each queue")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "--lines", input=b"a\nb\nc")
    world.tool.done("get", name)
    samples = metrics(world)
    equal(samples[f'penstock_queue_depth{{queue="{name}"}}'], "2")
    equal(samples[f'penstock_messages_put_total{{queue="{name}"}}'], "3")
    equal(samples[f'penstock_messages_got_total{{queue="{name}"}}'], "1")
    version = json.loads(world.tool.done("stat", "--json"))["version"]
    equal(samples[f'penstock_build_info{{version="{version}"}}'], "1")
    puts = int(samples['penstock_op_duration_seconds_count{op="put"}'])
    equal(puts >= 3, True)
    world.tool.done("put", name, "d")
    equal(int(metrics(world)['penstock_op_duration_seconds_count{op="put"}']), puts + 1)


@tap.case("promtool finds nothing wrong with metrics")
def _(world):
    if not shutil.which("promtool"):
        raise Skip("promtool is not here; Debian has it in prometheus")
    world.tool.done("put", world.queue(), "x")
    page = world.tool.done("metrics")
    result = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, timeout=60, check=False
    )
    equal((result.returncode, result.stdout + result.stderr), (0, b""))


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
