#!/usr/bin/env python3
"""docs/man/penstockd.8 and docs/operations.md name the options of `penstockd`, and no others.
Usage: daemon_man_test.py PENSTOCKD PAGE OPERATIONS
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, Tool, equal

tap = Tap()


def sections(help_text):
    """The names and the defaults of the options below each heading."""
    result = {}
    for part in re.split(r"\n(?=[A-Z][a-z ]+:\n  -)", help_text)[1:]:
        heading, body = part.split(":\n", 1)
        options = re.split(r"^  (?=-)", body, flags=re.M)[1:]
        names = [re.search(r"--[a-z0-9-]+", option)[0] for option in options]
        defaults = [re.search(r"Default:\s+([^\s.]+)", option) for option in options]
        result[heading] = dict(zip(names, (d and d[1] for d in defaults), strict=True))
    return result


@tap.case("the page describes each option below the same heading, with its default, and no other")
def _(tool, page, operations):
    del operations
    parts = re.split(r"^\.SH (.*)\n", page.replace("\\-", "-"), flags=re.M)
    headings = dict(zip(parts[1::2], parts[2::2], strict=True))
    for heading, options in sections(tool.done("--help").decode()).items():
        text = headings[heading.upper()]
        equal(re.findall(r"^\.TP\n\.B[IR]? .*?(--[a-z0-9-]+)", text, re.M), list(options), heading)
        if heading == "Limits":
            equal(re.findall(r"Default: (.*)\.$", text, re.M), list(options.values()), heading)


@tap.case("the page names this version, and groff finds nothing wrong with it")
def _(tool, page, operations):
    del operations
    version = tool.done("--version").decode().split()[1]
    equal(f'"penstock {version}"' in page, True)
    groff = shutil.which("groff")
    if groff is None:
        raise Skip("groff is not installed")
    result = subprocess.run(
        [groff, "-man", "-ww", "-z"], input=page.encode(), capture_output=True, env=ENVIRONMENT
    )
    equal((result.returncode, result.stderr), (0, b""))


@tap.case("the table of limits has each limit with its default, and no other flag")
def _(tool, page, operations):
    del page
    table = operations[operations.index("\n## Limits") :]
    rows = dict(re.findall(r"^\| `(--[a-z0-9-]+)` \| (\S+) \|", table, re.M))
    equal(rows, sections(tool.done("--help").decode())["Limits"])


@tap.case("operations.md names each option")
def _(tool, page, operations):
    del page
    for options in sections(tool.done("--help").decode()).values():
        for name in options:
            equal(name in operations or name in ("--help", "--version"), True, name)


if __name__ == "__main__":
    pages = [Path(path).read_text() for path in sys.argv[2:]]
    sys.exit(tap.run(Tool(sys.argv[1]), *pages))
