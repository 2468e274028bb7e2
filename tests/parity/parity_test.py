#!/usr/bin/env python3
"""Runs each row against CPython and against us; what differs is what docs/python.md says.
Usage: parity_test.py PENSTOCKD PENSTOCK_SIDE PENSTOCK_PIPE_SIDE PYTHON_MD [ours], where `ours`
leaves CPython out.
"""

import os
import re
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from cli_support import Broker, Skip, Tap, equal, short_folder
from page import Page, compare
from pythons import minor_version, pythons
from rows import OLDEST_PYTHON, read_all
from sides import CPython, Mixed, Penstock, play

AT_A_TIME = 10  # most of them wait


def found_pythons(folder):
    """One of each version, the oldest first."""
    found = {(3, minor_version(path)): path for path in pythons()}
    versions = sorted(version for version in found if version >= OLDEST_PYTHON)
    return [CPython(found[version], version, folder) for version in versions]


class Runs:
    """All rows on all sides, a few at a time; each is played once, and its outcomes kept."""

    def __init__(self, pool):
        self.pool = pool
        self.futures = {}

    def start(self, side, row, kind):
        """False if it was played before."""
        key = side, row, side.kind(kind)
        if key in self.futures:
            return False
        self.futures[key] = self.pool.submit(play, *key)
        return True

    def outcomes(self, side, row, kind):
        return self.futures[side, row, side.kind(kind)].result()


def add_row(tap, runs, side, row, kind):
    if not runs.start(side, row, kind):
        return

    @tap.case(f"{side.name} {side.kind(kind)}: {row.edge} {row.sentence}")
    def _():
        outcomes = runs.outcomes(side, row, kind)
        for step, outcome in outcomes:
            equal(outcome, side.expected(step), f"`{step}`:")


def add_missing(tap, version, count):
    @tap.case(f"python{'.'.join(map(str, version))}: the {count} rows that it is the first to have")
    def _():
        raise Skip("neither it nor a later one is here")


def add_comparison(tap, runs, python, penstock, rows, page):
    @tap.case(f"{python.name}: what differs is what docs/python.md names, and nothing else")
    def _():
        problems = []
        for row in (row for row in rows if row.since <= python.version):
            named = row.difference in page.edges.get(row.edge, ())
            for kind in row.kinds:
                there, here = (
                    [outcome for _, outcome in runs.outcomes(side, row, kind)]
                    for side in (python, penstock)
                )
                if (there != here) != named:
                    what = f"named, but there is none in {there}" if named else f"{there} | {here}"
                    problems.append(f"{kind}: {row.edge} {row.sentence}: {what}")
        equal(problems, [])


def add_page(tap, text, rows):
    here = Page(text)

    def problems_of_another(other_text):
        return set(compare(Page(other_text), rows)) - set(compare(here, rows))

    @tap.case("docs/python.md and the rows name the same edges and differences")
    def _():
        equal(compare(here, rows), [])

    @tap.case("a difference that docs/python.md does not name is found, and one too many as well")
    def _():
        for number in sorted(here.differences - here.not_run):
            line = re.search(rf"^\| {number} \|.*\n", text, re.M)[0]
            problems = problems_of_another(text.replace(line, ""))
            equal(f"{number} is in the rows, but not on the page" in problems, True, number)
        surplus = text + "| D999 | one | two | three |\n"
        equal(problems_of_another(surplus), {"D999 is run, or has an asterisk: either"})

    @tap.case("an edge that names a difference too many is found, and one that names none as well")
    def _():
        for edge, named in here.edges.items():
            line = re.search(rf"^\| {edge}(\\\*)? \|.*\n", text, re.M)[0]
            other = re.sub(r"\bD\d+", "", line) if named else line.replace("the same", "D1")
            if edge not in here.not_run:
                equal(len(problems_of_another(text.replace(line, other))), 1, f"{edge}:")


def add_ours(tap, runs, penstock, rows):
    for row in rows:
        for kind in row.kinds:
            add_row(tap, runs, penstock, row, kind)


def add_mixed(tap, runs, penstock, python, rows):
    """Either of them listens, and the other one comes."""
    for row in rows:
        mixes = "Listener" in row.kinds and len(row.letters("Listener")) > 1
        if mixes and row.difference is None:
            for first, other in ((penstock, python), (python, penstock)):
                add_row(tap, runs, Mixed(first, other, python.folder), row, "Listener")


def add_pythons(tap, runs, pythons_here, rows):
    missing = Counter()  # version -> rows
    for row in rows:
        for kind in row.kinds:
            able = [python for python in pythons_here if python.version >= row.since]
            for python in able:
                add_row(tap, runs, python, row, kind)
            if not able:
                missing[row.since] += 1
    for version, count in missing.items():
        add_missing(tap, version, count)


def main():
    penstockd, queue_side, pipe_side, page = map(os.path.abspath, sys.argv[1:5])
    rows, text, tap = read_all(), Path(page).read_text(), Tap()
    with (
        short_folder() as folder,
        Broker(penstockd, f"unix:{folder}/s") as broker,
        Broker(penstockd, "tcp:127.0.0.1:0,auth=none") as relay,
    ):
        penstock = Penstock(queue_side, pipe_side, broker.url, relay.url, folder)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            runs = Runs(pool)
            add_page(tap, text, rows)
            add_ours(tap, runs, penstock, rows)
            if sys.argv[5:] != ["ours"]:
                here = found_pythons(folder)
                add_pythons(tap, runs, here, rows)
                for python in here:
                    add_mixed(tap, runs, penstock, python, rows)
                    add_comparison(tap, runs, python, penstock, rows, Page(text))
            return tap.run()


if __name__ == "__main__":
    sys.exit(main())
