#!/usr/bin/env python3
"""Checks the rules of docs/style.md that a program can check: tests/tidy.py [--root DIR]

Reads the files that git tracks or would track; outside a checkout, the files of the tree.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from tidy import check

PUBLIC_HEADERS = "client/include/"
HEADER_TESTS = "tests/headers/meson.build"
SEEDS = re.compile(r"tests/fuzz/corpus/")  # bytes, whatever they look like


def list_files(root):
    """Paths relative to `root`, with slashes, sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        listed = ""
    paths = [path for path in listed.split("\0") if path] or list(walk(root))
    return sorted(path for path in set(paths) if (root / path).is_file() and not SEEDS.match(path))


def walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if is_source(Path(folder, name))]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in names)


def is_source(folder):
    built = (folder / "meson-private").exists() or folder.name.startswith("build")
    return not built and folder.name not in (".git", ".cache", "__pycache__")


def read(path):
    """The text of a file, or None when it is not text."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def check_header_tests(root, paths):
    """Each public header has a test which compiles it alone."""
    if HEADER_TESTS not in paths:
        return
    listed = read(root / HEADER_TESTS)
    for path in paths:
        name = path.removeprefix(PUBLIC_HEADERS + "penstock/")
        if name == path or not name.endswith(".hpp"):
            continue
        if not re.search(rf"('|penstock/){re.escape(name)}'", listed):
            yield path, 1, f"not in {HEADER_TESTS}; list it there, so that it compiles alone"


def check_tree(root):
    """Yields (path, line, message) for the whole tree."""
    paths = list_files(root)
    for path in paths:
        content = read(root / path)
        if content is not None and "\0" not in content:
            yield from ((path, line, message) for line, message in check(path, content))
        elif path.endswith((".cpp", ".hpp", ".py")):
            yield path, 1, "not UTF-8 text; save it as such"
    yield from check_header_tests(root, paths)


def main():
    parser = argparse.ArgumentParser(description="Checks the rules of docs/style.md.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    findings = sorted(check_tree(root))
    for path, line, message in findings:
        print(f"{path}:{line}: {message}")
    print(f"tidy: {len(findings) or 'nothing'} to repair")
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
