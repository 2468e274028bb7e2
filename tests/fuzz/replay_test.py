#!/usr/bin/env python3
"""Proves that replaying inputs finds a bug and names its file: replay_test.py FUZZ_PLANTED"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

planted = None


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "1-harmless").write_bytes(b"no bug")

    def replay(self, *paths):
        result = subprocess.run([planted, *paths], capture_output=True, text=True, timeout=60)
        return result.returncode, result.stderr

    def test_a_bug_ends_it_and_the_last_name_is_the_one_that_failed(self):
        (self.folder / "2-bug").write_bytes(b"bug")
        (self.folder / "3-harmless").write_bytes(b"")
        code, said = self.replay(self.folder)
        self.assertNotEqual(code, 0)
        self.assertIn("assertion failed", said)
        names = [line for line in said.splitlines() if line.startswith("replaying ")]
        self.assertTrue(names[-1].endswith("/2-bug"), names)

    def test_harmless_inputs_pass_and_are_counted(self):
        code, said = self.replay(self.folder, self.folder / "1-harmless")
        self.assertEqual(code, 0, said)
        self.assertIn("2 inputs replayed", said)

    def test_nothing_to_replay_is_a_failure(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertNotEqual(self.replay(empty)[0], 0)

    def test_a_file_that_is_not_there_is_a_failure(self):
        code, said = self.replay(self.folder / "missing")
        self.assertNotEqual(code, 0)
        self.assertIn("cannot read it", said)


if __name__ == "__main__":
    planted = sys.argv.pop()
    unittest.main()
