#!/usr/bin/env python3
"""What `meson install` puts where, and whether systemd likes its units.
Usage: install_test.py BUILD_FOLDER PENSTOCKD
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, equal

tap = Tap()
EXPOSURE_MAX = 2.0

# Of each path its end, for the prefix is the builder's choice.
INSTALLED = """
bin/penstock
bin/penstock-bridge
bin/penstockd
include/penstock/async/client.hpp
include/penstock/async/dial.hpp
include/penstock/async/pipe.hpp
include/penstock/async/connection_state.hpp
include/penstock/async/detail/admin_calls.hpp
include/penstock/broker.hpp
include/penstock/penstock.hpp
include/penstock/detail/handle.hpp
libpenstock-async.a
libpenstock-broker.a
libpenstock.a
libpenstock.so
libpenstock.so.0
pkgconfig/penstock-async.pc
pkgconfig/penstock-broker.pc
pkgconfig/penstock.pc
share/bash-completion/completions/penstock
share/doc/penstock/penstockd.conf
share/fish/vendor_completions.d/penstock.fish
share/man/man1/penstock.1
share/man/man8/penstock-bridge.8
share/man/man8/penstockd.8
share/zsh/site-functions/_penstock
systemd/system/penstockd.service
systemd/system/penstockd.socket
""".split()


def files_of(installed):
    return [path for path in sorted(installed.rglob("*")) if not path.is_dir()]


def unit_of(installed, name):
    return next(path for path in files_of(installed) if path.name == name)


@tap.case("programs, library, headers, pages and units are installed")
def _(installed, penstockd):
    del penstockd
    paths = [str(path) for path in files_of(installed)]
    for wanted in INSTALLED:
        equal(any(path.endswith("/" + wanted) for path in paths), True, wanted)


@tap.case("nothing of our own insides is installed")
def _(installed, penstockd):
    del penstockd
    for path in files_of(installed):
        equal(re.search(r"common|gtest|fuzz|_test|\.cpp$", path.name), None, path)


def listed(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@tap.case("there is no Boost in libpenstock.so, and none that it asks for")
def _(installed, penstockd):
    del penstockd
    library = str(unit_of(installed, "libpenstock.so").resolve())
    symbols = listed("nm", "--demangle", library).splitlines()
    equal(any("penstock::connect(" in line for line in symbols), True, "nm shows symbols")
    equal([line for line in symbols if re.search("boost|asio", line)], [])
    needed = re.findall(r"NEEDED.*\[(.+)\]", listed("readelf", "--dynamic", library))
    equal(any(name.startswith("libcrypto.so") for name in needed), True, needed)
    equal([name for name in needed if "boost" in name], [])


@tap.case("of our own insides libpenstock.so shows nothing to others")
def _(installed, penstockd):
    del penstockd
    library = str(unit_of(installed, "libpenstock.so").resolve())
    shown = listed("nm", "--dynamic", "--defined-only", "--demangle", library).splitlines()
    inner = re.compile(r"^\S+ \S (vtable for |typeinfo for )?penstock::(wire|protocol|base)::")
    equal([line for line in shown if inner.search(line)], [])


@tap.case("the example configuration is good")
def _(installed, penstockd):
    example = unit_of(installed, "penstockd.conf")
    command = [penstockd, "--config", str(example), "--check-config"]
    result = subprocess.run(command, capture_output=True, env=ENVIRONMENT)
    equal((result.returncode, result.stdout), (0, b"ok\n"), result.stderr)


def analyze(*arguments):
    program = shutil.which("systemd-analyze")
    if program is None:
        raise Skip("systemd-analyze is not installed")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=60, env=ENVIRONMENT
    )


def copies(installed, penstockd):
    """The units, naming the daemon that was built."""
    folder = Path(installed, "copies")
    folder.mkdir(exist_ok=True)
    for name in ("penstockd.service", "penstockd.socket"):
        text = unit_of(installed, name).read_text()
        text = re.sub(r"^ExecStart=\S+", f"ExecStart={penstockd}", text, flags=re.M)
        text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)  # verify asks man for it
        Path(folder, name).write_text(text)
    return [str(Path(folder, name)) for name in ("penstockd.service", "penstockd.socket")]


@tap.case("systemd-analyze verify finds nothing wrong with the units")
def _(installed, penstockd):
    units = copies(installed, penstockd)
    result = analyze("verify", *units)
    ours = [line for line in result.stderr.splitlines() if "penstock" in line]
    equal((result.returncode, ours), (0, []), result.stderr)


@tap.case("systemd-analyze security calls the service hardly exposed")
def _(installed, penstockd):
    unit = copies(installed, penstockd)[0]
    result = analyze("security", "--offline=true", unit)
    found = re.search(r"Overall exposure level for penstockd.service: ([\d.]+)", result.stdout)
    if found is None:
        raise Skip(f"this systemd-analyze can't: {result.stderr.strip()}")
    equal(float(found[1]) <= EXPOSURE_MAX, True, found[0])


def install(build, folder):
    command = ["meson", "install", "-C", build, "--no-rebuild", "--destdir", folder, "--quiet"]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    return Path(folder)


if __name__ == "__main__":
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as destination:
        penstockd = os.path.abspath(sys.argv[2])
        sys.exit(tap.run(install(sys.argv[1], destination), penstockd))
