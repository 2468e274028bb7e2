#!/usr/bin/env python3
"""docs/man/penstock-bridge.8 describes the options of `penstock-bridge`, and no others.
Usage: bridge_man_test.py PENSTOCK_BRIDGE PAGE
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, Tool, equal

tap = Tap()


@tap.case("the page describes each option, and no other")
def _(tool, page):
    text = page.replace("\\-", "-")
    described = re.findall(r"^\.TP\n\.B.*?(--[a-z-]+)", text, re.M)
    helped = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", tool.done("--help").decode(), re.M)
    equal(sorted(set(described)), sorted(set(helped)))


@tap.case("the page names this version, and groff finds nothing wrong with it")
def _(tool, page):
    version = tool.done("--version").decode().split()[1]
    equal(f'"penstock {version}"' in page, True)
    groff = shutil.which("groff")
    if groff is None:
        raise Skip("groff is not installed")
    result = subprocess.run(
        [groff, "-man", "-ww", "-z"], input=page.encode(), capture_output=True, env=ENVIRONMENT
    )
    equal((result.returncode, result.stderr), (0, b""))


if __name__ == "__main__":
    sys.exit(tap.run(Tool(sys.argv[1]), Path(sys.argv[2]).read_text()))
