"""Rules about lines, words and the shape of a file."""

import re
from pathlib import PurePosixPath

from .includes import PURE

NO_THROW = ("common/", "server/core/", "server/session/")

FILE_LINES_MAX = 400
LINE_LENGTH_MAX = 100

# The words are cut in two, so that this file may be checked as well.
_WORDS = (
    (re.compile("FIX" r"ME\b"), "FIX" "ME; repair it now, or file an issue"),
    (re.compile(r"\bTO" r"DO\b(?!\(#\d+\))"), "TO" "DO without an issue; write TO" "DO(#12)"),
)
_MACHINE_PATH = re.compile(r"(?<![\w.~$})/-])/(?:wo" r"rk|ro" r"ot)/")

_CLOCK = re.compile(r"::now\s*\(")
_SLEEP = re.compile(r"\bsleep_(?:for|until)\b|\bu?sleep\s*\(")
_EXCEPTION = re.compile(r"\b(?:throw|try|catch)\b")
_USING_STD = re.compile(r"\busing\s+namespace\s+std\s*;")
_COMMENT = re.compile(r"\s*(?://[^\n]*|/\*.*?\*/)", re.S)


def check(path, content):
    """The rules for every text file."""
    suffix = PurePosixPath(path).suffix
    if content and not content.endswith("\n"):
        yield content.count("\n") + 1, "no newline at the end of the file; add it"
    lines = content.split("\n")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "white space at the end of the line; remove it"
        if "\t" in line:
            yield number, "tab; indent with spaces"
        if _MACHINE_PATH.search(line):
            yield number, "path of one machine; write it from the root of the repository"
        if suffix != ".md":
            yield from ((number, what) for word, what in _WORDS if word.search(line))
    if suffix in (".cpp", ".hpp", ".py"):
        yield from _check_size(lines)


def _check_size(lines):
    count = len(lines) - 1
    if count > FILE_LINES_MAX:
        yield FILE_LINES_MAX + 1, (
            f"{count} lines, at most {FILE_LINES_MAX}; split the file by what its parts know"
        )
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LENGTH_MAX:
            yield number, f"{len(line)} columns, at most {LINE_LENGTH_MAX}; break the line"


def check_cpp(path, content, bare):
    """`bare` is `content` without comments and the insides of literals."""
    pure = path.startswith(PURE)
    for number, line in enumerate(bare.split("\n"), 1):
        if _USING_STD.search(line):
            yield number, "using namespace std; name what you use"
        if pure and _CLOCK.search(line):
            yield number, "asks the clock; take a TimePoint from the caller"
        if (pure or path.startswith("tests/unit/")) and _SLEEP.search(line):
            yield number, "sleeps; take a TimePoint, in tests from FakeClock"
        if path.startswith(NO_THROW) and _EXCEPTION.search(line):
            yield number, "exceptions; a peer's fault is a value, our own a PENSTOCK_ASSERT"
    yield from _check_name(path, content)


def _check_name(path, content):
    if path.endswith(".hpp"):
        start = 0
        while comment := _COMMENT.match(content, start):
            start = comment.end()
        if not re.match(r"\s*#pragma once\n", content[start:]):
            yield 1, "no #pragma once; it is the first line after the leading comment"
    elif path.startswith("tests/unit/") and not path.endswith("_test.cpp"):
        yield 1, "not named like a test; name it <tested file>_test.cpp, helpers in tests/support"
