#!/usr/bin/env python3
"""Sums up what `meson test` wrote into build folders: tests/summary.py BUILD_DIR...

Prints what failed, and as its last line `N passed, N failed`. Counts single cases where a program
reports them (gtest, TAP) and whole programs elsewhere. Exits with 1 when anything failed or
nothing passed.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

MESSAGE_LINES_MAX = 12
OUTPUT_LINES_MAX = 100


class Summary:
    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []  # (name, what is known about it)

    def closing_line(self):
        line = f"{self.passed} passed, {len(self.failures)} failed"
        return line + (f", {self.skipped} skipped" if self.skipped else "")

    def add_folder(self, folder):
        """Meson's own verdict on each program counts; the cases tell how many tests it ran."""
        logs = Path(folder, "meson-logs")
        try:
            with open(logs / "testlog.json", encoding="utf-8", errors="replace") as log:
                programs = [json.loads(line) for line in log if line.strip()]
            suites = ElementTree.parse(logs / "testlog.junit.xml").findall(".//testsuite")
        except (OSError, ValueError, ElementTree.ParseError) as error:
            self.failures.append((f"{folder}: meson test", f"left no log: {error}"))
            return
        for program in programs:
            own = [suite for suite in suites if belongs_to(suite, program["name"])]
            cases = [case for suite in own for case in suite.findall("testcase")]
            self.add_program(folder, program, cases)

    def add_program(self, folder, program, cases):
        name = f"{folder}: {program['name']}"
        failed_before = len(self.failures)
        for case in cases:
            self.add_case(name, case)
        result = program["result"]
        if result in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"):
            # A program may also fail beside its cases: it crashes, leaks or hangs.
            if len(self.failures) == failed_before:
                self.failures.append((name, describe(program)))
        elif cases:
            pass
        elif result == "SKIP":
            self.skipped += 1
        else:
            self.passed += 1

    def add_case(self, name, case):
        faults = case.findall("failure") + case.findall("error")
        if faults:
            text = "\n".join(fault.get("message") or fault.text or "" for fault in faults)
            full_name = f"{name}: {case.get('classname', '')}.{case.get('name')}"
            self.failures.append((full_name, first_lines(text, MESSAGE_LINES_MAX)))
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            self.skipped += 1
        else:
            self.passed += 1


def belongs_to(suite, name):
    """Meson calls a suite PROJECT.PROGRAM (TAP) or PROJECT.PROGRAM.SUITE (gtest)."""
    _, _, rest = suite.get("name", "").partition(".")
    return rest == name or rest.rpartition(".")[0] == name


def describe(program):
    output = program.get("stdout", "") + program.get("stderr", "")
    end = "\n".join(output.rstrip().split("\n")[-OUTPUT_LINES_MAX:])
    return f"{program['result'].lower()}, status {program.get('returncode')}\n{end}"


def first_lines(text, most):
    lines = text.strip().split("\n")
    return "\n".join(lines[:most] + ["..."] * (len(lines) > most))


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    summary = Summary()
    for folder in sys.argv[1:]:
        summary.add_folder(folder)
    for name, what in summary.failures:
        print(f"FAILED {name}")
        print("".join(f"    {line}\n" for line in what.split("\n") if line), end="")
    if not summary.failures and not summary.passed:
        print("no test was run")
    print(summary.closing_line())
    sys.exit(bool(summary.failures) or not summary.passed)


if __name__ == "__main__":
    main()
