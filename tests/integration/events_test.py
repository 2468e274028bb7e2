#!/usr/bin/env python3
"""Each event of the log has its line in docs/operations.md, and has no other name.
Usage: events_test.py ROOT
"""

import re
import sys
from pathlib import Path

from cli_support import Tap, equal

tap = Tap()
CODE = r"inline constexpr std::string_view (\w+) = \"(\w+)\";"


def codes(root):
    files = (root / "server" / part / "events.hpp" for part in ("session", "bridge"))
    return [found for file in files for found in re.findall(CODE, file.read_text())]


@tap.case("the table of events has each one, and no other")
def _(root):
    for name, value in codes(root):
        equal(name, value)
    page = (root / "docs/operations.md").read_text()
    section = page.partition("\n## The log")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`) \| [a-z, ]+ \|", section, re.M)
    documented = [code for row in rows for code in re.findall(r"`(\w+)`", row)]
    equal(sorted(documented), sorted(value for _, value in codes(root)))


@tap.case("the broker's code names an event by its constant")
def _(root):
    values = {value for _, value in codes(root)}
    for path in sorted((root / "server").rglob("*.cpp")):
        literals = re.findall(r"\"(\w+)\",? *\{?\{", path.read_text())
        equal([literal for literal in literals if literal in values], [], str(path))


if __name__ == "__main__":
    sys.exit(tap.run(Path(sys.argv[1])))
