"""What docs/python.md says of the rows: its edges (Q1, J1, ...) and its differences (D1, ...).

A table row begins with its number; an asterisk behind it says that it can't be run. An edge names
the differences that it shows; one that names none is the same in Python and here.
"""

import re

ROW = re.compile(r"^\| ([A-Z])(\d+)(\\\*)? \|(.*)$", re.M)
DIFFERENCE = re.compile(r"\bD\d+\b")


class Page:
    def __init__(self, text):
        self.edges = {}  # number -> the differences that it names
        self.differences = set()
        self.not_run = set()  # of both
        self.problems = []
        for letter, digits, not_run, rest in ROW.findall(text):
            number = letter + digits
            if number in self.edges or number in self.differences:
                self.problems.append(f"{number} is there twice")
            if not_run:
                self.not_run.add(number)
            if letter == "D":
                self.differences.add(number)
            else:
                self.edges[number] = set(DIFFERENCE.findall(rest))


def compare(page, rows):
    """What the page and the rows say of each other and is not true; none is as it should be."""
    problems = list(page.problems)
    shown = {}  # edge -> the differences of its rows
    for row in rows:
        shown.setdefault(row.edge, set()).update({row.difference} - {None})
        if row.expects_difference() != (row.difference is not None):
            problems.append(f"{row.edge} {row.sentence}: `differs` and the outcomes disagree")
    for edge in sorted(set(page.edges) | set(shown)):
        problems += compare_edge(page, edge, shown.get(edge))
    run = set().union(*shown.values())
    for number in sorted(page.differences | run):
        if number not in page.differences:
            problems.append(f"{number} is in the rows, but not on the page")
        elif (number in run) == (number in page.not_run):
            problems.append(f"{number} is run, or has an asterisk: either")
    return problems


def compare_edge(page, edge, shown):
    if edge not in page.edges:
        return [f"{edge} is in the rows, but not on the page"]
    named = page.edges[edge]
    problems = [f"{edge} names {number}, which is not there" for number in named - page.differences]
    if (shown is None) != (edge in page.not_run):
        problems.append(f"{edge} has rows, or an asterisk: either")
    if shown is not None and named - page.not_run != shown:
        problems.append(f"{edge} names {sorted(named)}, its rows show {sorted(shown)}")
    return problems
