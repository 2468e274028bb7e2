#!/usr/bin/env python3
"""What the asynchronous headers bring into a user's file, in lines after the preprocessor: hardly
more than the few headers of Asio that they stand on, and <chrono>. Times would depend on the
machine; lines tell of a new header of the standard library or of Asio as well.
Usage: cost_test.py INCLUDE_FOLDER COMPILER...
"""

import subprocess
import sys
from pathlib import Path

SHARE_MAX = 1.06  # <ranges> or <boost/asio/io_context.hpp> would already exceed it
UNAVOIDABLE = (
    "boost/asio/any_completion_handler.hpp",
    "boost/asio/any_io_executor.hpp",
    "boost/asio/async_result.hpp",
    "boost/asio/deferred.hpp",
    "chrono",
)


def lines_of(compiler, folder, headers):
    source = "".join(f"#include <{header}>\n" for header in headers)
    command = [*compiler, "-std=c++20", "-I", folder, "-E", "-P", "-x", "c++", "-"]
    done = subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.count("\n")


def main(folder, *compiler):
    allowed = int(SHARE_MAX * lines_of(compiler, folder, UNAVOIDABLE))
    headers = Path(folder).rglob("penstock/async/**/*.hpp")
    found = [str(path.relative_to(folder)) for path in headers]
    costs = {header: lines_of(compiler, folder, [header]) for header in sorted(found)}
    for header, lines in costs.items():
        print(f"{header}: {lines} lines of at most {allowed}")
    if not costs:
        sys.exit(f"there are no asynchronous headers in {folder}")
    if max(costs.values()) > allowed:
        sys.exit("too many: `g++ -H` shows what includes what")


if __name__ == "__main__":
    main(*sys.argv[1:])
