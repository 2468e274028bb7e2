"""The Pythons of this machine, for tests that talk to them or compare with them: those on PATH, and
those that PENSTOCK_TEST_PYTHONS names (paths, separated by spaces)."""

import functools
import os
import shutil
import subprocess


def minor_version(python):
    """None for a name that leads nowhere (a version manager's stand-in)."""
    words = [python, "-c", "import sys; print(sys.version_info[1])"]
    result = subprocess.run(words, capture_output=True)
    return int(result.stdout) if result.returncode == 0 else None


@functools.cache
def pythons():
    names = ["python3"] + [f"python3.{minor}" for minor in range(8, 16)]
    found = {shutil.which(name, path=path) for name in names for path in ("/usr/bin", None)}
    found |= set(os.environ.get("PENSTOCK_TEST_PYTHONS", "").split())
    return sorted(path for path in found if path and minor_version(path) is not None)
