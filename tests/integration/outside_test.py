#!/usr/bin/env python3
"""A project that is not ours, in a folder of its own, builds and tests itself: with what `meson
install` put somewhere and nothing else of ours, or with us as its subproject.
Usage: outside_test.py BUILD_FOLDER ROOT
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cli_support import Tap, equal

tap = Tap()
SECONDS_MAX = 900  # on a busy machine
NOT_FOR_OTHERS = ("penstockd", "penstock", "penstock.1", "hello", "headers", "unit_core")


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


def test_it(installed, project, *names):
    wrapper = f"--wrapper={installed.penstockd} --run --"
    command = ["meson", "test", "-C", "build", "--no-rebuild", "--no-suite", "penstock", wrapper]
    run([*command, *names], installed.environment, project)


def build_and_test(installed, root, *options):
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "outside")
        shutil.copytree(root / "tests/outside", project)
        setup = ["meson", "setup", "build", "--wrap-mode=nofallback", *options]
        run(setup, installed.environment, project)
        run(["ninja", "-C", "build"], installed.environment, project)
        test_it(installed, project)


@tap.case("with the shared library")
def _(installed, root):
    build_and_test(installed, root)


@tap.case("with the static library")
def _(installed, root):
    build_and_test(installed, root, "-Dstatic=true")


@tap.case("with us as a subproject, of which it builds the libraries and nothing else")
def _(installed, root):
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "outside")
        shutil.copytree(root / "tests/outside", project)
        Path(project, "subprojects/penstock").symlink_to(root)
        # One library once more takes long enough; the programs that want the others compile, too.
        options = ["-Dbuildtype=plain", "-Dstatic=true", "--wrap-mode=forcefallback"]
        run(["meson", "setup", "build", *options], installed.environment, project)
        others = [f"{name}.p/{name}.cpp.o" for name in ("async", "embedded", "squares_test")]
        run(["ninja", "-C", "build", "client", *others], installed.environment, project)
        test_it(installed, project, "client")
        command = ["ninja", "-C", "build", "-t", "targets", "all"]
        targets = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, check=True)
        built = re.findall(r"([^/\n]+): \w+_LINKER", targets.stdout.decode())
        equal("libpenstock-async.a" in built, True, built)
        equal([name for name in built if name in NOT_FOR_OTHERS], [], "not for other projects")


@tap.case("without Meson, by pkg-config alone")
def _(installed, root):
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
        source_file = root / "tests/outside/embedded.cpp"
        run([*compiler, "-std=c++20", source_file, "-o", program, *words], None, folder)
        run([program], installed.environment, folder)


@tap.case("docs/building.md shows what this project does")
def _(installed, root):
    del installed
    page = Path(root, "docs/building.md").read_text()
    equal(Path(root, "tests/outside/subprojects/penstock.wrap").read_text() in page, True, "wrap")
    ours = Path(root, "tests/outside/meson.build").read_text().splitlines()
    shown = re.search(r"```meson\n(.*?)```", page, re.S)[1].splitlines()
    lacking = [line for line in shown if line not in ours and not line.startswith("#")]
    equal(lacking, [], "lines of meson.build that are tested nowhere")


if __name__ == "__main__":
    build, root = (Path(path).absolute() for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as destination:
        sys.exit(tap.run(Installed(build, destination), root))
