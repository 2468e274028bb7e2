#!/usr/bin/env python3
"""What the README shows is what happens.
Usage: readme_test.py PENSTOCKD PENSTOCK CARDS WORKER_POOL HELLO ROOT
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from cli_support import (
    CALL_SECONDS_MAX,
    ENVIRONMENT,
    Tap,
    Tool,
    World,
    check,
    code_blocks,
    equal,
    short_folder,
)

NAMED_TEST = re.compile(r"`([A-Z]\w+\.[A-Z]\w+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")

# The README's commands stand in a checkout; so does what they name.
TYPED_BY_HAND = """
set -e
trap 'kill -TERM "$broker" && wait "$broker"' EXIT
{commands}
"""
WAIT_FOR_BROKER = """
broker=$!
for _ in $(seq 200); do [ -S "$XDG_RUNTIME_DIR/penstock/penstock.sock" ] && break; sleep 0.05; done
"""

tap = Tap()


@tap.case("the C++ is examples/hello.cpp, and has twelve lines")
def _(world):
    shown = code_blocks(world.readme, "cpp")[0]
    source = (world.root / "examples/hello.cpp").read_text()
    equal(shown, source[source.index("#include") :])
    equal(len([line for line in shown.splitlines() if line]), 12)


@tap.case("a broker of one's own is begun as an outside project does it")
def _(world):
    shown = code_blocks(world.readme, "cpp")[1]
    program = (world.root / "tests/outside/embedded.cpp").read_text()
    for line in shown.splitlines():
        equal(line.partition("  //")[0] in program, True, line)


@tap.case("the coroutine is one that an outside project runs, and tidy looks at")
def _(world):
    _, _, shown = code_blocks(world.readme, "cpp")
    equal(shown in (world.root / "tests/outside/async.cpp").read_text(), True, shown)


@tap.case("the C++ and the Python print the same")
def _(world):
    (program,) = code_blocks(world.readme, "python")
    file = Path(world.folder, "hello.py")
    file.write_text(program)
    equal(Tool(sys.executable).done("-B", str(file)), b"hello\n")
    with world.broker() as broker:
        equal(Tool(world.hello, broker.url).done(), b"hello\n")


@tap.case("the two commands are jobs of dev")
def _(world):
    commands = code_blocks(world.readme, "sh")[0].splitlines()
    equal(commands, ["./dev demo", "./dev test"])
    jobs = Tool(str(world.root / "dev")).done("help").decode()
    for command in commands:
        if f"\n  {command.split()[1]} " not in jobs:
            raise AssertionError(f"{command} is no job of dev")


@tap.case("the demo's programs print what is shown")
def _(world):
    (shown,) = code_blocks(world.readme, "text")
    words = (world.root / "dev").read_text()
    start, export, *steps = [part.splitlines() for part in shown.strip().split("\n\n")]
    url = export[0].partition("PENSTOCK_URL=")[2]
    equal(start, [f"$ build/server/penstockd --listen {url} &", f"listening {url}"])
    equal(export, [f"$ export PENSTOCK_URL={url}"])
    with world.broker() as broker:
        for first, *output in steps:
            if not first.startswith("$ "):
                equal((first in words, output), (True, []), f"dev says {first!r}:")
                continue
            result = subprocess.run(
                shlex.split(first[2:]),
                cwd=world.checkout,
                env={**ENVIRONMENT, "PENSTOCK_URL": broker.url},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=CALL_SECONDS_MAX,
            )
            check(result, 0)
            equal(result.stdout.decode().splitlines(), output, first)


@tap.case("what is to be tried by hand works as it stands there")
def _(world):
    build, *commands = code_blocks(world.readme, "sh")[1].splitlines()
    equal(build, "./dev build")
    start = next(i for i, line in enumerate(commands) if line.endswith("&"))
    commands.insert(start + 1, WAIT_FOR_BROKER)
    result = subprocess.run(
        ["bash", "-c", TYPED_BY_HAND.format(commands="\n".join(commands))],
        cwd=world.checkout,
        env={**ENVIRONMENT, "XDG_RUNTIME_DIR": world.folder},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=CALL_SECONDS_MAX,
    )
    check(result, 0)
    equal(result.stdout.splitlines()[-1], b"hello")


@tap.case("what is shown for two hosts works on one")
def _(world):
    make_key, listen, get = code_blocks(world.readme, "sh")[2].splitlines()
    subprocess.run(["bash", "-c", make_key], cwd=world.folder, check=True)
    key = str(Path(world.folder, "key"))
    # The port may be taken, and the README's listener is open to the network.
    _, option, address, *options = shlex.split(listen)
    equal((option, address, options), ("--listen", "tcp:0.0.0.0:7410", ["--key-file", "key"]))
    with world.broker("tcp:127.0.0.1:0", "--key-file", key) as broker:
        _, *arguments = shlex.split(get)
        replace = {"tcp:the-host:7410": broker.url, "key": key}
        arguments = [replace.get(argument, argument) for argument in arguments]
        Tool(world.penstock, broker.url, PENSTOCK_KEY_FILE=key).done("put", "jobs", "hello")
        equal(Tool(world.penstock).done(*arguments), b"hello")


@tap.case("each test that docs/guarantees.md names is there")
def _(world):
    tests = [path.read_text() for path in (world.root / "tests").glob("*/**/*_test.*")]
    page = (world.root / "docs/guarantees.md").read_text()
    tables = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    named = [name.partition(".") for name in NAMED_TEST.findall(tables)]
    equal(len(named) > 20, True, "the page names many tests:")
    missing = [
        ".".join((suite, name))
        for suite, _, name in named
        if not any(re.search(rf"TEST(_F|_P)?\({suite},\s+{name}\)", test) for test in tests)
    ]
    equal(missing, [])


@tap.case("the verbs that are shown do what is said")
def _(world):
    with world.broker() as broker:
        bash = Tool("bash", broker.url)
        commands = "set -e\n" + code_blocks(world.readme, "sh")[3]
        lines = bash.done("-c", commands, cwd=world.checkout).decode().splitlines()
    equal([line for line in lines if line.isdigit()], ["1", "2"])
    words = [line.split()[0] for line in lines if line.startswith(("healthy", "ready"))]
    equal(words, ["ready", "healthy:"])
    equal([line for line in lines if line.startswith("error")], [])


@tap.case("links lead to files that are there")
def _(world):
    for page in (world.readme, *(world.root / "docs").glob("*.md")):
        links = {link for link in LINK.findall(page.read_text()) if "://" not in link}
        equal([link for link in links if not (page.parent / link).exists()], [], str(page))


def lay_out_checkout(folder, penstockd, penstock, *examples):
    """Where ./dev build puts the programs."""
    for program, place in (
        (penstockd, "build/server"),
        (penstock, "build/client/cli"),
        *((example, "build/examples") for example in examples),
    ):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / Path(program).name).symlink_to(Path(program).resolve())
    return folder


def main():
    penstockd, penstock, cards, worker_pool, hello, root = sys.argv[1:]
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        world.hello, world.root = hello, Path(root)
        world.readme = world.root / "README.md"
        world.checkout = lay_out_checkout(
            Path(folder, "checkout"), penstockd, penstock, cards, worker_pool
        )
        return tap.run(world)


if __name__ == "__main__":
    sys.exit(main())
