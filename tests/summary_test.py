#!/usr/bin/env python3
"""Tests tests/summary.py on logs as Meson 1.0 writes them."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SUMMARY = Path(__file__).resolve().parent / "summary.py"


def program(name, result="OK", **more):
    return {"name": name, "result": result, "returncode": 0, "stdout": "", **more}


def suite(name, *cases):
    return f'<testsuite name="{name}">{"".join(cases)}</testsuite>'


def case(name, inside="", status="run"):
    return f'<testcase classname="C" name="{name}" status="{status}">{inside}</testcase>'


QUEUE = "penstock.penstock:unit / core.Queue"  # project, program as Meson shows it, gtest's suite
FAILURE = '<failure message="expected 1&#x0A;got 2">more</failure>'


class SummaryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def logs(self, folder, programs, suites):
        logs = self.root / folder / "meson-logs"
        logs.mkdir(parents=True)
        (logs / "testlog.json").write_text("".join(json.dumps(one) + "\n" for one in programs))
        (logs / "testlog.junit.xml").write_text(f"<testsuites>{''.join(suites)}</testsuites>")

    def sum_up(self, *folders):
        command = [sys.executable, SUMMARY, *folders]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def test_counts_cases_and_programs_over_all_folders(self):
        programs = [program("penstock:unit / core"), program("penstock:tidy / tidy")]
        suites = [
            suite(QUEUE, case("A"), case("B")),
            suite("penstock.penstock:unit / core.Pipe/0", case("C")),
            suite("penstock", case("penstock:tidy / tidy")),
        ]
        self.logs("build", programs, suites)
        self.logs("build-asan", programs, suites)
        self.assertEqual(self.sum_up("build"), (0, ["4 passed, 0 failed"]))
        self.assertEqual(self.sum_up("build-asan", "build"), (0, ["8 passed, 0 failed"]))

    def test_names_without_a_suite(self):
        self.logs("build", [program("core")], [suite("penstock.core.Queue", case("A"), case("B"))])
        self.assertEqual(self.sum_up("build"), (0, ["2 passed, 0 failed"]))

    def test_names_failing_cases(self):
        suites = [suite(QUEUE, case("A"), case("B", FAILURE), case("D", FAILURE))]
        self.logs("build", [program("penstock:unit / core", "FAIL", returncode=1)], suites)
        status, lines = self.sum_up("build")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 2 failed"))
        self.assertEqual(lines[0], "FAILED build: penstock:unit / core: C.B")
        self.assertEqual(lines[1:3], ["    expected 1", "    got 2"])

    def test_a_program_may_fail_although_its_cases_passed(self):
        suites = [suite(QUEUE, case("A"))]
        leak = program("penstock:unit / core", "FAIL", returncode=1, stdout="a leak\n")
        self.logs("build", [leak], suites)
        status, lines = self.sum_up("build")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("    a leak", lines)

    def test_crashes_and_time_outs_are_failures(self):
        programs = [
            program("penstock:unit / core", "ERROR", returncode=-11),
            program("penstock:examples / cards", "TIMEOUT", returncode=-9),
        ]
        # Meson 1.0 writes a program that timed out as if it had passed.
        self.logs("build", programs, [suite("penstock", case("penstock:examples / cards"))])
        status, lines = self.sum_up("build")
        self.assertEqual((status, lines[-1]), (1, "0 passed, 2 failed"))
        self.assertIn("    timeout, status -9", lines)

    def test_skipped_ones_are_told(self):
        programs = [program("penstock:unit / core"), program("penstock:x / python", "SKIP")]
        skipped = [case("B", "<skipped/>"), case("D", status="notrun")]
        self.logs("build", programs, [suite(QUEUE, case("A"), *skipped)])
        self.assertEqual(self.sum_up("build"), (0, ["1 passed, 0 failed, 3 skipped"]))

    def test_a_tap_program_is_one_suite(self):
        suites = [suite("penstock.penstock:x / tap", case("1"), case("2", "<error/>"))]
        self.logs("build", [program("penstock:x / tap", "FAIL")], suites)
        self.assertEqual(self.sum_up("build")[1][-1], "1 passed, 1 failed")

    def test_nothing_run_is_a_failure(self):
        self.logs("build", [], [])
        self.assertEqual(self.sum_up("build"), (1, ["no test was run", "0 passed, 0 failed"]))

    def test_a_missing_log_is_a_failure(self):
        self.logs("build", [program("core")], [])
        status, lines = self.sum_up("build", "build-asan")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertEqual(lines[0], "FAILED build-asan: meson test")


if __name__ == "__main__":
    unittest.main()
