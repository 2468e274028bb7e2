#!/usr/bin/env python3
"""A project that is not ours builds and tests itself with what `meson install` put somewhere, and
nothing else of ours.
Usage: outside_test.py BUILD_FOLDER OUTSIDE_FOLDER
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cli_support import Tap, equal

tap = Tap()
SECONDS_MAX = 300


def run(command, environment, folder):
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
    )
    equal(done.returncode, 0, f"{' '.join(map(str, command))}\n{done.stdout}")


class Installed:
    """What is installed, under a root that is not the system's."""

    def __init__(self, build, root):
        command = ["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root]
        subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
        described = next(Path(root).rglob("penstock.pc"))
        self.library = described.parent.parent
        self.penstockd = next(Path(root).rglob("bin/penstockd"))
        self.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": str(described.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(root),
            "LD_LIBRARY_PATH": str(self.library),
        }
        # Only what `pkg-config` names beside the system's own is under that root.
        self.environment.pop("PENSTOCK_URL", None)


def build_and_test(installed, source, *options):
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "outside")
        shutil.copytree(source, project)
        run(["meson", "setup", "build", *options], installed.environment, project)
        run(["ninja", "-C", "build"], installed.environment, project)
        wrapper = f"--wrapper={installed.penstockd} --run --"
        run(["meson", "test", "-C", "build", wrapper], installed.environment, project)


@tap.case("with the shared library")
def _(installed, source):
    build_and_test(installed, source)


@tap.case("with the static library")
def _(installed, source):
    build_and_test(installed, source, "-Dstatic=true")


@tap.case("without Meson, by pkg-config alone")
def _(installed, source):
    with tempfile.TemporaryDirectory() as folder:
        compiler = os.environ.get("CXX", "g++").split()
        words = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "penstock-broker"],
            env=installed.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS_MAX,
        ).stdout.split()
        equal([word for word in words if "BOOST" in word], [], "users of it need no Boost")
        program = Path(folder, "embedded")
        source_file = Path(source, "embedded.cpp")
        run([*compiler, "-std=c++20", source_file, "-o", program, *words], None, folder)
        run([program], installed.environment, folder)


if __name__ == "__main__":
    build, source = (os.path.abspath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as root:
        sys.exit(tap.run(Installed(build, root), source))
