#!/usr/bin/env python3
"""Writes the files of the monitor's page as C++: embed.py OUTPUT FILE..."""

import hashlib
import sys
from pathlib import Path

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
LINE_BYTES = 20

HEAD = """// Written by server/web/embed.py; change the files of the page instead.
#include "server/web/files.hpp"

#include <algorithm>

namespace penstock::web {

namespace {

"""

TAIL = """
}  // namespace

const File* find(std::string_view path)
{
    const auto* const found = std::find_if(
        std::begin(files), std::end(files), [&](const File& file) { return file.path == path; });
    return found == std::end(files) ? nullptr : found;
}

}  // namespace penstock::web
"""


def array(name, data):
    """A char array: a string literal may have no more than 65,536 characters."""
    lines = [f"constexpr char {name}[] = {{"]
    for start in range(0, len(data), LINE_BYTES):
        # As characters: a byte above 127 is no value of a char where that has a sign.
        numbers = (byte - 256 if byte > 127 else byte for byte in data[start : start + LINE_BYTES])
        lines.append("    " + " ".join(f"{number}," for number in numbers))
    return "\n".join([*lines, "};", ""])


def entry(name, path, data):
    where = "/" if path.name == "index.html" else f"/{path.name}"
    etag = hashlib.sha256(data).hexdigest()[:32]
    return (
        f'    {{"{where}", "{TYPES[path.suffix]}", "\\"{etag}\\"",'
        f" std::string_view({name}, {len(data)})}},"
    )


def main():
    output, *paths = map(Path, sys.argv[1:])
    arrays, entries = [], []
    for number, path in enumerate(paths):
        data = path.read_bytes()
        arrays.append(array(f"file_{number}", data))
        entries.append(entry(f"file_{number}", path, data))
    table = "\n".join(["constexpr File files[] = {", *entries, "};", ""])
    output.write_text(HEAD + "\n".join([*arrays, table]) + TAIL)


if __name__ == "__main__":
    main()
