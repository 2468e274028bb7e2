#!/usr/bin/env python3
"""The example `cards`, and the Python in docs/python.md that it mirrors: both print the same lines.
Usage: cards_test.py PENSTOCKD PENSTOCK CARDS PYTHON.md CARDS.cpp
"""

import json
import os
import signal
import sys
from pathlib import Path

from cli_support import (
    Tap,
    Tool,
    World,
    check,
    code_blocks,
    equal,
    short_folder,
    wait_until,
)

CARDS = ["A", "K", "Q", "J", "10"]
PUT_LINES = [f"Put {card} to queue..." for card in CARDS]
GET_LINES = [f"Get {card} from queue." for card in CARDS]
IN_TURN = [line for pair in zip(PUT_LINES, GET_LINES) for line in pair]

tap = Tap()


def queues(world):
    return json.loads(world.tool.done("ls", "--json"))["queues"]


@tap.case("cards prints what was put and what was got, in turn")
def _(world):
    # The players are a second apart: far more than even a busy machine needs for a card.
    equal(world.cards.done().decode().splitlines(), IN_TURN)


@tap.case("without pauses each player keeps its order, and nothing is got before it is put")
def _(world):
    lines = world.cards.done("--interval", "0").decode().splitlines()
    equal([line for line in lines if line.startswith("Put")], PUT_LINES)
    equal([line for line in lines if line.startswith("Get")], GET_LINES)
    equal(sorted(lines), sorted(IN_TURN))
    for put, get in zip(PUT_LINES, GET_LINES):
        if lines.index(put) > lines.index(get):
            raise AssertionError(f"{get!r} came before {put!r}")


@tap.case("a taker that gave up before the last card is a failure")
def _(world):
    result = world.cards("--interval", "3s")  # the taker waits for two
    check(result, 1, "cards: nobody got 4 of the cards")
    lines = result.stdout.decode().splitlines()
    equal([line for line in lines if line.startswith("Get")], GET_LINES[:1])
    equal(queues(world), [])


@tap.case("cards removes its queue, also when it is interrupted")
def _(world):
    equal(queues(world), [])
    process = world.cards.start("--interval", "60s", start_new_session=True)
    process.stdout.readline()
    equal([queue["name"].split(":")[0] for queue in queues(world)], ["cards"])
    # Once the taker has got the card, all three have set up what they need.
    wait_until(lambda: queues(world)[0]["get_total"] == 1, "the taker gets the first card")
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does
    process.communicate(timeout=30)
    equal(process.returncode, 1)
    equal(queues(world), [])


@tap.case("without a broker cards says so, once, and fails")
def _(world):
    url = f"unix:{world.folder}/nobody"
    result = Tool(world.cards.program, url)()
    check(result, 1, "cards: no broker at " + url, "penstockd", "PENSTOCK_URL")
    equal((result.stdout, result.stderr.count(b"\n")), (b"", 1))


@tap.case("what can't be an interval is a mistake of usage")
def _(world):
    for interval in ("-1", "soon", "1 week"):
        check(world.cards("--interval", interval), 2, "--interval")


@tap.case("the Python of docs/python.md prints the same lines")
def _(world):
    program = next(block for block in code_blocks(world.page, "python") if "__main__" in block)
    file = Path(world.folder, "cards.py")  # a file: processes that are spawned import it
    file.write_text(program)
    equal(Tool(sys.executable).done("-B", str(file)).decode().splitlines(), IN_TURN)
    (shown,) = code_blocks(world.page, "text")
    equal(shown.splitlines(), IN_TURN)


@tap.case("the C++ in docs/python.md is the example's")
def _(world):
    (shown,) = code_blocks(world.page, "cpp")
    if shown not in world.source.read_text():
        raise AssertionError("docs/python.md shows other players than examples/cards.cpp has")


def main():
    penstockd, penstock, cards, page, source = sys.argv[1:]
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        world.page, world.source = Path(page), Path(source)
        with world.broker() as broker:
            world.tool = Tool(penstock, broker.url)
            world.cards = Tool(cards, broker.url)
            return tap.run(world)


if __name__ == "__main__":
    sys.exit(main())
