#!/usr/bin/env python3
"""docs/man/penstock.1 names what `penstock` has, and nothing else.
Usage: man_test.py PENSTOCK PAGE
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, Tool, equal

tap = Tap()


def long_options(text):
    return set(re.findall(r"^ +(?:-\w,)?(--[a-z0-9-]+)", text, re.M))


def sections(page, macro):
    """The text below each heading."""
    parts = re.split(rf"^\.{macro} (.*)\n", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(text):
    """The long options that have a paragraph of their own."""
    return set(re.findall(r"^\.TP\n\.B[IR]? .*?(--[a-z0-9-]+)", text.replace("\\-", "-"), re.M))


def verbs_of(tool):
    page = tool.done("--help").decode()
    return re.findall(r"^  ([a-z]+)  ", page[page.index("\nVerbs:") :], re.M)


@tap.case("the page describes each verb, with its arguments, and no other")
def _(tool, page):
    headings = sections(sections(page, "SH")["VERBS"], "SS")
    equal([heading.split()[0] for heading in headings], verbs_of(tool))
    for heading in headings:
        verb, *arguments = heading.split()
        usage = re.search(r"^Usage: .*$", tool.done(verb, "--help").decode(), re.M)[0]
        for argument in arguments:
            equal(argument.strip("[]") in usage, True, f"{heading}: {usage}")


@tap.case("the page describes each option of each verb, and no other")
def _(tool, page):
    general = described(sections(page, "SH")["OPTIONS"])
    equal(general, long_options(tool.done("--help").decode()))
    for heading, text in sections(sections(page, "SH")["VERBS"], "SS").items():
        shown = long_options(tool.done(heading.split()[0], "--help").decode())
        equal(described(text), shown - general, heading)


@tap.case("the page has each exit code of the help, and this version")
def _(tool, page):
    text = tool.done("--help").decode()
    codes = re.findall(r"^  (\d+)  ", text[text.index("Exit codes:") :], re.M)
    status = sections(page, "SH")["EXIT STATUS"]
    equal(re.findall(r"^\.B (\d+)$", status, re.M), codes)
    equal(tool.done("--version").decode().strip() in page, True)


@tap.case("groff finds nothing wrong with the page")
def _(tool, page):
    del tool
    groff = shutil.which("groff")
    if groff is None:
        raise Skip("groff is not installed")
    result = subprocess.run(
        [groff, "-man", "-ww", "-z"], input=page.encode(), capture_output=True, env=ENVIRONMENT
    )
    equal((result.returncode, result.stderr), (0, b""))


if __name__ == "__main__":
    sys.exit(tap.run(Tool(sys.argv[1], "unix:/nowhere"), Path(sys.argv[2]).read_text()))
