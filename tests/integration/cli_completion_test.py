#!/usr/bin/env python3
"""What the completion scripts of `penstock` offer, asked of the shells themselves.
Usage: cli_completion_test.py PENSTOCKD PENSTOCK
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from cli_support import ENVIRONMENT, Skip, Tap, Tool, check, equal, run_with_world

# Bash sets the COMP variables so when Tab is pressed behind the line.
ASK_BASH = r"""
set -u
source <("$1" completion bash)
COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
COMP_WORDS=() COMP_CWORD=0
compopt() { :; }
_penstock
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
"""

tap = Tap()


def offered(world, rest, **environment):
    bash = Tool("bash", world.tool.url, **environment)
    line = f"{world.penstock} {rest}"
    result = bash("--norc", "-c", ASK_BASH, "bash", world.penstock, line)
    check(result, 0)
    equal(result.stderr, b"")
    return result.stdout.decode().split()


def help_of(tool, *verb):
    return tool.done(*verb, "--help").decode()


def verbs_of(tool):
    page = help_of(tool)
    return re.findall(r"^  ([a-z]+)  ", page[page.index("\nVerbs:") :], re.M)


@tap.case("bash completes verbs")
def _(world):
    equal(set(offered(world, "")), {*verbs_of(world.tool), "help"})
    equal(offered(world, "pu"), ["put", "purge"])
    equal(offered(world, "--json he"), ["health", "help"])
    equal(offered(world, "-s unix:/nowhere pin"), ["ping"])
    equal(offered(world, "help docto"), ["doctor"])
    equal(offered(world, "completion "), ["bash", "zsh", "fish"])


@tap.case("bash completes each verb's options, those that its help shows")
def _(world):
    for verb in verbs_of(world.tool):
        shown = set(re.findall(r"^ +(?:-\w,)?(--[a-z0-9-]+)", help_of(world.tool, verb), re.M))
        equal(set(offered(world, f"{verb} --")), shown, verb)
    equal(offered(world, "put --fi"), ["--file"])
    equal(offered(world, "put jobs --cou"), ["--count"])


@tap.case("bash completes the values that are known, and offers no queue for the others")
def _(world):
    equal(offered(world, "get q --format "), ["raw", "json", "hex"])
    equal(offered(world, "put q --type m"), ["msgpack"])
    equal(offered(world, "get --count "), [])
    # Bash keeps what stands before the '=', as before a colon.
    equal(offered(world, "get q --format=r"), ["raw"])
    equal(offered(world, "put --type="), offered(world, "put --type "))
    equal(offered(world, f"--key-file={world.folder}/nothing"), [])
    Path(world.folder, "a key").touch()
    equal(offered(world, f"--key-file={world.folder}/a"), [f"{world.folder}/a", "key"])
    equal(offered(world, "get --count="), [])
    equal("root" in offered(world, "--broker-user roo"), True)
    equal("root" in offered(world, "ls --broker-user=roo"), True)
    equal(offered(world, f"--key-file {world.folder}/nothing"), [])


@tap.case("bash completes the names of queues, with slashes and colons too")
def _(world):
    for name in ("colon:one", "colon:two", "slash/one", "plain"):
        world.tool.done("create", name)
    equal(offered(world, "get pla"), ["plain"])
    equal(offered(world, "get slash/"), ["slash/one"])
    equal(offered(world, "peek --limit 3 pla"), ["plain"])
    # Bash has cut the word at the colon and keeps what stands before it.
    equal(offered(world, "stat colon:"), ["one", "two"])
    equal(offered(world, "stat col"), ["colon:one", "colon:two"])
    equal(offered(world, "put plain pla"), [])  # DATA is nobody's name
    equal(offered(world, "mv pla"), ["plain"])
    equal(offered(world, "mv plain slash/"), ["slash/one"])
    equal(offered(world, "mv plain slash/one pla"), [])
    equal(offered(world, "pause slash/one plain pla"), ["plain"])
    equal(offered(world, "kick pla"), [])
    equal(offered(world, "ping "), [])
    equal(offered(world, "pipe pla"), [])  # nor is a pipe's name a queue's
    with world.broker() as other:
        Tool(world.penstock, other.url).done("create", "elsewhere")
        equal(offered(world, f"-s {other.url} get "), ["elsewhere"])
        equal(offered(world, f"get -s {other.url} els"), ["elsewhere"])
        equal(offered(world, f"get --server={other.url} els"), ["elsewhere"])


@tap.case("without a broker, or with one that stands still, Tab gives nothing, and soon")
def _(world):
    equal(offered(world, f"-s unix:{world.folder}/nobody get "), [])
    with world.broker() as broker:
        broker.process.send_signal(signal.SIGSTOP)
        tool = Tool(world.penstock, broker.url)
        start = time.monotonic()
        equal(tool.done("__complete"), b"")
        if time.monotonic() - start > 3:  # 0.3 s, on a machine that may be busy
            raise AssertionError("it took too long")


@tap.case("__complete is for the scripts only")
def _(world):
    for text in (help_of(world.tool), world.tool.done("completion", "bash").decode()):
        equal(re.findall(r"^ *__complete", text, re.M), [])
    check(world.tool("completion", "tcsh"), 2, "bash, zsh or fish")
    check(world.tool("completion"), 2, "SHELL")


@tap.case("bash takes its script without a word")
def _(world):
    script = world.tool.done("completion", "bash")
    result = subprocess.run(["bash", "-n"], input=script, capture_output=True, env=ENVIRONMENT)
    check(result, 0)
    equal(result.stderr, b"")


@tap.case("shellcheck finds nothing wrong with bash's script")
def _(world):
    if shutil.which("shellcheck") is None:
        raise Skip("shellcheck is not installed")
    script = world.tool.done("completion", "bash")
    command = ["shellcheck", "-s", "bash", "-"]
    result = subprocess.run(command, input=script, capture_output=True, env=ENVIRONMENT)
    equal((result.returncode, result.stdout), (0, b""))


def check_syntax(world, shell):
    script = world.tool.done("completion", shell)
    lines = script.decode().splitlines()
    for verb in verbs_of(world.tool):
        if not any(re.search(rf"\b{verb}\b", line) for line in lines):
            raise AssertionError(f"{verb} is missing")
    if shutil.which(shell) is None:
        raise Skip(f"{shell} is not installed to check the syntax")
    file = os.path.join(world.folder, "script." + shell)
    with open(file, "wb") as out:
        out.write(script)
    result = subprocess.run([shell, "-n", file], capture_output=True, env=ENVIRONMENT)
    check(result, 0)
    equal(result.stderr, b"")


@tap.case("zsh takes its script")
def _(world):
    check_syntax(world, "zsh")


@tap.case("fish takes its script")
def _(world):
    check_syntax(world, "fish")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
