#!/usr/bin/env python3
"""The example `python_peer` prints what its header says, with each Python that is found.
Usage: python_child_test.py PYTHON_PEER SOURCE SCRIPT
"""

import sys

from cli_support import Tap, Tool, check, equal, promised_output
from pythons import pythons

tap = Tap()


@tap.case("parent and child print what the header says, line by line")
def _(program, source, script):
    promised = promised_output(source)
    equal(len(promised), 8)
    for name in pythons():
        output = Tool(program, PYTHON=name).done(script).decode().splitlines()
        equal(output, promised, name)


@tap.case("a child that can't be started, or fails, makes the parent fail")
def _(program, source, script):
    del source
    check(Tool(program, PYTHON="/nowhere/python3")(script), 1, "cannot start")
    check(Tool(program)(), 2, "usage")


if __name__ == "__main__":
    sys.exit(tap.run(*sys.argv[1:]))
