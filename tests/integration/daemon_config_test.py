"""penstockd's configuration: the file, who outdoes whom, what it prints, and SIGHUP."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from cli_support import ENVIRONMENT, Tap, Tool, check, equal, run_with_world, wait_until, write_key

tap = Tap()


def write(world, text, name="conf"):
    path = Path(world.folder, name)
    path.write_text(text)
    return str(path)


def run(world, *options, **environment):
    return subprocess.run(
        [world.penstockd, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        env={**ENVIRONMENT, **environment},
    )


def printed(world, *options, **environment):
    result = run(world, "--print-config", *options, **environment)
    check(result, 0)
    return result.stdout.decode().splitlines()


def reload(broker, event):
    before = broker.log_text().count(f"event={event}")
    broker.process.send_signal(signal.SIGHUP)
    wait_until(lambda: broker.log_text().count(f"event={event}") > before, event)
    return next(
        line for line in reversed(broker.log_text().splitlines()) if f"event={event}" in line
    )


@tap.case("a good file is ok")
def _(world):
    path = write(world, "# comment\nsessions-max = 3\n\nlisten = unix:/tmp/x,auth=peer # here\n")
    result = run(world, "--config", path, "--check-config")
    equal((result.returncode, result.stdout), (0, b"ok\n"))


@tap.case("a bad file is an error with its line, its exit code is 2, and nothing is started")
def _(world):
    for text, *parts in (
        ("\nsesions-max = 3", ":2:", "'sesions-max'", "did you mean 'sessions-max'"),
        ("sessions-max", ":1:", "`name = value`"),
        ("item-size-max = 2GiB", ":1: item-size-max", "1GiB"),
        ("drain-timeout = soon", "drain-timeout", "250ms"),
        ("key-file = /nowhere", "/nowhere", "No such file"),
        ("config = other", "'config'"),
    ):
        path = write(world, text)
        for job in ("--check-config", "--print-config", "--listen=unix:/nowhere/x"):
            check(run(world, "--config", path, job), 2, *parts)
    check(run(world, "--config", "/nowhere", "--check-config"), 2, "/nowhere", "No such file")


@tap.case("--check-config says what the start would say of the addresses")
def _(world):
    twice = f"unix:{world.folder}/twice"
    Path(world.folder, "file").touch()
    for listen, *parts in (
        (["tcp:0.0.0.0:0,auth=none"], "tcp:0.0.0.0:0", "only loopback"),
        (["tcp:[::]:0,auth=none"], "only loopback"),
        (["tcp:no-such-host.invalid:7410,auth=none"], "no-such-host.invalid"),
        ([twice, twice], twice, "twice"),
        (["tcp:127.0.0.1:7410,auth=none", "tcp:127.0.0.1:7410,auth=none"], "twice"),
        (["tcp:127.0.0.1:7410,auth=none", "tcp:127.1:7410,auth=none"], "127.1", "same as tcp:127"),
        ([twice, f"unix:/tmp/../{world.folder}/./twice"], "/./twice", f"same as {twice}"),
        ([f"unix:{world.folder}/none/socket"], f"folder {world.folder}/none: No such", "make it"),
        ([f"unix:{world.folder}/file"], "a file that is not a socket", "remove it"),
        ([f"unix:{world.folder}/file/socket"], "Not a directory"),
    ):
        options = [f"--listen={address}" for address in listen]
        checked = run(world, "--check-config", *options)
        check(checked, 2, *parts)
        started = run(world, *options)
        equal((started.stderr, started.stdout), (checked.stderr, b""))
    unmade = "--listen=unix:/run/penstock-nobody-made-it/s"  # a service manager makes such a one
    equal(run(world, "--check-config", unmade).stdout, b"ok\n")
    check(run(world, unmade), 1, "folder /run/penstock-nobody-made-it: No such", "make it")
    free = ["--listen=tcp:127.0.0.1:0,auth=none", "--listen=tcp:localhost:0,auth=none"]
    equal(run(world, "--check-config", *free, *free).stdout, b"ok\n")


@tap.case("a limit that would leave nothing to work with is refused with the least that works")
def _(world):
    unix, tcp = f"--listen=unix:{world.folder}/s", "--listen=tcp:127.0.0.1:0,auth=none"
    for least, *options in (
        ("321MiB", "--pending-max", unix),
        ("2MiB", "--pending-max", unix, "--item-size-max=1MiB"),
        ("1000KiB", "--pending-max", unix, "--item-size-max=500KiB", "--share-max=50"),
        ("2", "--descriptors-max", unix, tcp),
        ("11", "--descriptors-max", unix, "--share-max=10"),
    ):
        option, *others = options
        text = f"make it at least {least}"
        check(run(world, "--check-config", f"{option}=1", *others), 2, f"{option} 1", text)
        equal(run(world, "--check-config", f"{option}={least}", *others).stdout, b"ok\n")
    equal(run(world, "--check-config", "--descriptors-max=1", tcp).stdout, b"ok\n")
    with world.broker(None, "--descriptors-max=2") as broker:
        Tool(world.penstock, broker.url).done("ping")


@tap.case("a wrong option names the one that was meant")
def _(world):
    check(run(world, "--sesions-max", "3"), 2, "did you mean '--sessions-max'")
    check(run(world, "--sesions-max=3"), 2, "did you mean '--sessions-max'")
    check(run(world, "--check-confg"), 2, "did you mean '--check-config'")
    check(run(world, "--sessions-max", "3", "--sessions-max", "4"), 2, "once")
    check(run(world, "word"), 2, "'word'", "--help")


@tap.case("a flag outdoes the environment, that the file, and that the default")
def _(world):
    key = write_key(world.folder)
    other = str(Path(key).rename(Path(world.folder, "other")))
    key = write_key(world.folder)
    path = write(world, f"key-file = {key}\nsessions-max = 3\n")
    lines = printed(world, "--config", path, "--objects-max", "9")
    for line in (
        f"key-file = {key}  # file",
        "sessions-max = 3  # file",
        "objects-max = 9  # flag",
        "drain-timeout = 8s  # default",
    ):
        equal(line in lines, True, line)
    lines = printed(world, "--config", path, PENSTOCK_KEY_FILE=other)
    equal(f"key-file = {other}  # environment" in lines, True)
    lines = printed(world, "--config", path, "--key-file", key, PENSTOCK_KEY_FILE=other)
    equal(f"key-file = {key}  # flag" in lines, True)


@tap.case("what it prints is a file that says the same")
def _(world):
    lines = printed(world, "--sessions-max", "3", "--listen", "unix:/tmp/a b")
    path = write(world, "\n".join(lines))
    values = [line.split("  #")[0] for line in lines]
    again = [line.split("  #")[0] for line in printed(world, "--config", path)]
    equal(again, values)


@tap.case("SIGHUP brings a new key and new limits; who is there stays")
def _(world):
    key = write_key(world.folder, "the first key of this test")
    path = write(world, f"key-file = {key}\n")
    options = ("--config", path)
    with world.broker("tcp:127.0.0.1:0", *options) as broker:
        Tool(world.penstock, broker.url, PENSTOCK_KEY_FILE=key).done("create", "q")
        old = write_key(world.folder, "the first key of this test")
        os.rename(old, old + ".old")
        stays = Tool(world.penstock, broker.url, PENSTOCK_KEY_FILE=old + ".old")
        waiting = stays.start("get", "q")
        wait_until(lambda: broker.log_text().count("session_began") > 1, "it waits")
        write_key(world.folder, "the second key of this test")
        write(world, f"key-file = {key}\nitem-size-max = 1KiB\nlog-format = json\n")
        broker.process.send_signal(signal.SIGHUP)
        wait_until(lambda: '"event":"config_reloaded"' in broker.log_text(), "it is reloaded")
        event = json.loads(broker.log_text().splitlines()[-1])
        equal(event["changed"], "key-file,log-format,item-size-max")
        tool = Tool(world.penstock, broker.url, PENSTOCK_KEY_FILE=key)
        check(tool("put", "q", "x" * 2000), 6)
        check(stays("ping"), 4)
        tool.done("put", "q", "hello")
        equal(waiting.communicate(timeout=20)[0], b"hello")


@tap.case("a reload with an error changes nothing")
def _(world):
    path = write(world, "objects-max = 1\n")
    with world.broker(None, "--config", path) as broker:
        tool = Tool(world.penstock, broker.url)
        tool.done("create", "first")
        write(world, "objects-max = 10\nsessions-max = none\n")
        line = reload(broker, "config_reload_failed")
        equal(f"{path}:2" in line and "sessions-max" in line, True, line)
        check(tool("create", "second"), 6)
        write(world, "objects-max = 10\n")
        line = reload(broker, "config_reloaded")
        equal(line.endswith(" changed=objects-max"), True, line)
        tool.done("create", "second")


@tap.case("a pipe in the place of a file doesn't stop the broker")
def _(world):
    path = write(world, "objects-max = 1\n")
    with world.broker(None, "--config", path) as broker:
        os.unlink(path)
        os.mkfifo(path)
        try:
            line = reload(broker, "config_reload_failed")
        finally:
            os.unlink(path)  # who writes the next file would wait for a reader
        equal("no regular file" in line, True, line)
        pipe = f"{world.folder}/key-pipe"
        os.mkfifo(pipe, 0o600)
        write(world, f"key-file = {pipe}\n")
        line = reload(broker, "config_reload_failed")
        equal("no regular file" in line, True, line)
        Tool(world.penstock, broker.url).done("ping")


@tap.case("what needs a restart is refused as a whole, by name")
def _(world):
    url = f"unix:{world.folder}/restart"
    path = write(world, f"listen = {url}\nobjects-max = 1\n")
    process = subprocess.Popen(
        [world.penstockd, "--config", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    try:
        equal(process.stdout.readline().decode(), f"listening {url}\n")
        write(world, f"listen = {url}2\nobjects-max = 10\n")
        process.send_signal(signal.SIGHUP)
        line = next(line for line in process.stderr if b"event=config_reload" in line).decode()
        equal("config_reload_failed" in line and "listen: needs a restart" in line, True, line)
        tool = Tool(world.penstock, url)
        tool.done("create", "first")
        check(tool("create", "second"), 6)
    finally:
        process.terminate()
        process.communicate(timeout=20)


@tap.case("the log has the level and the format that were asked for")
def _(world):
    with world.broker(None, "--log-level", "warning") as broker:
        Tool(world.penstock, broker.url).done("ping")
        broker.stop()
        equal(broker.log_text(), "")
    with world.broker(None, "--log-format", "json") as broker:
        Tool(world.penstock, broker.url).done("ping")
        broker.stop()
        events = [json.loads(line) for line in broker.log_text().splitlines()]
        equal(events[0]["event"], "listening")
        equal(events[0]["address"], broker.url)
        equal([event["event"] for event in events][-1], "stopped")
        began = next(event for event in events if event["event"] == "session_began")
        equal((type(began["conn"]), type(began["peer"])), (int, str))


@tap.case("what cannot be written is an error, of the help, too; no line of it is wide")
def _(world):
    for option in ("--help", "--version", "--print-config", "--check-config"):
        with open("/dev/full", "wb") as full:
            command = [world.penstockd, option]
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT)
        check(result, 1, "cannot write to standard output")
    lines = run(world, "--help").stdout.decode().splitlines()
    equal([line for line in lines if len(line) > 80], [])


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
