"""penstockd --run, and who may use a Unix socket."""

import contextlib
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from cli_support import (
    ENVIRONMENT,
    Skip,
    Tap,
    Tool,
    check,
    copy_for_all,
    equal,
    run_with_world,
    wait_until,
)

tap = Tap()
SECONDS_MAX = 30
NOBODY = 65534
# What waits for a signal, but not for ever; a trap runs between two commands.
NAP = "for i in $(seq 600); do sleep 0.05; done"


def start(world, *command, options=(), **environment):
    return subprocess.Popen(
        [world.penstockd, *options, "--run", "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**ENVIRONMENT, "TMPDIR": world.folder, **environment},
    )


def run(world, *command, text=b"", **more):
    with start(world, *command, **more) as process:
        out, error = process.communicate(text, SECONDS_MAX)
    equal(list(Path(world.folder).glob("penstock.*")), [], "the folder is gone;")
    return process.returncode, out, error.decode()


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@tap.case("the command finds the broker, has the streams, and nothing else is printed")
def _(world):
    script = 'cat; "$0" put q "$1" && "$0" get q; echo "$PENSTOCK_KEY_FILE"'
    command = ("sh", "-c", script, world.penstock, "[a,b] --flag")
    result = run(world, *command, text=b"in ", PENSTOCK_KEY_FILE="/nowhere")
    equal(result, (0, b"in [a,b] --flag\n", ""))


@tap.case("the command doesn't see what the service manager said to penstockd")
def _(world):
    variables = {"NOTIFY_SOCKET": f"{world.folder}/nobody", "WATCHDOG_USEC": "1000000"}
    code, out, _ = run(world, "env", **variables)
    equal((code, b"PENSTOCK_URL=unix:" in out), (0, True))
    equal([name for name in variables if name.encode() in out], [])


@tap.case("the command has the three streams and no other descriptor of penstockd's")
def _(world):
    listing = "ls -l /proc/self/fd"
    code, out, error = run(world, "sh", "-c", listing)
    equal((code, b"socket:" in out), (0, False), f"{out} {error}")


@tap.case("its exit code is passed on, 128 and more for a signal")
def _(world):
    equal(run(world, "sh", "-c", "exit 7"), (7, b"", ""))
    equal(run(world, "sh", "-c", "kill -KILL $$"), (128 + signal.SIGKILL, b"", ""))
    code, _, error = run(world, "/nowhere/command")
    equal((code, "'/nowhere/command' cannot be executed" in error), (127, True), error)


@tap.case("what it leaves in queues is worth a warning")
def _(world):
    code, _, error = run(world, world.penstock, "put", "left", "x")
    equal((code, "event=queue_ended queue=left dropped=1" in error), (0, True), error)


@tap.case("SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to the command")
def _(world):
    for word in ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2"):
        number = signal.Signals[f"SIG{word}"]
        script = f"trap 'echo caught; exit 3' {word}; echo ready; {NAP}"
        with start(world, "sh", "-c", script) as process:
            equal(process.stdout.readline(), b"ready\n")
            process.send_signal(number)
            out, error = process.communicate(timeout=SECONDS_MAX)
        equal((process.returncode, out, error), (3, b"caught\n", b""))


@tap.case("on a terminal, Ctrl-C reaches the command once, and so does SIGINT from elsewhere")
def _(world):
    script = f"trap 'echo caught' INT; trap 'exit 3' TERM; echo ready; {NAP}"
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TMPDIR=world.folder)
        os.execl(world.penstockd, "penstockd", "--run", "--", "sh", "-c", script)
    with open(terminal, "r+b", buffering=0) as shell:

        def read_until(word, count):
            text = b""
            while text.count(word) < count:
                if not select.select([shell], [], [], SECONDS_MAX)[0]:
                    raise AssertionError(f"waited in vain for {word!r}: {text!r}")
                text += shell.read(4096)
            return text

        read_until(b"ready", 1)
        os.kill(pid, signal.SIGINT)
        read_until(b"caught", 1)
        shell.write(b"\x03")
        read_until(b"caught", 1)
        os.kill(pid, signal.SIGINT)
        equal(read_until(b"caught", 1).count(b"caught"), 1)
        os.kill(pid, signal.SIGTERM)
        equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 3)


@tap.case("what nohup has it ignore, the command ignores, too")
def _(world):
    script = 'kill -HUP $$; echo alive; trap "" USR1; kill -USR1 $PPID; sleep 0.1'
    command = ["nohup", world.penstockd, "--run", "--", "sh", "-c", script]
    environment = {**ENVIRONMENT, "TMPDIR": world.folder}
    result = subprocess.run(command, capture_output=True, env=environment, timeout=SECONDS_MAX)
    equal((result.returncode, result.stdout), (0, b"alive\n"), result.stderr)


@tap.case("the command ends when penstockd is killed")
def _(world):
    with start(world, "sh", "-c", "echo $$; exec sleep 60") as process:
        pid = int(process.stdout.readline())
        process.kill()
        wait_until(lambda: not is_alive(pid), "the command is gone")
    for folder in Path(world.folder).glob("penstock.*"):
        shutil.rmtree(folder)


@tap.case("wrong uses say what is right")
def _(world):
    for options, part in (
        (["--run"], "--run -- COMMAND"),
        (["--run", "--"], "--run -- COMMAND"),
        (["--", "true"], "--run"),
        (["--run", "--listen", "unix:/tmp/x", "--", "true"], "--listen"),
    ):
        result = subprocess.run([world.penstockd, *options], capture_output=True, env=ENVIRONMENT)
        check(result, 2, part)


MESON_PROJECT = """
project('outside', meson_version: '>=1.0.0')
test('put and get', find_program('penstockd'), args: ['--run', '--', files('test.sh')])
"""


@tap.case("a Meson project runs its tests with it, as a program and as a wrapper")
def _(world):
    meson = shutil.which("meson")
    if meson is None:
        raise Skip("meson is not on the path")
    project = Path(world.folder, "outside")
    project.mkdir()
    (project / "meson.build").write_text(MESON_PROJECT)
    test = project / "test.sh"
    test.write_text(f"#!/bin/sh\n{world.penstock} put q x && {world.penstock} get q\n")
    test.chmod(0o755)
    (project / "native.ini").write_text(f"[binaries]\npenstockd = '{world.penstockd}'\n")
    environment = {**ENVIRONMENT, "TMPDIR": world.folder}

    def do(*arguments):
        result = subprocess.run(
            [meson, *arguments], cwd=project, capture_output=True, env=environment, timeout=120
        )
        equal(result.returncode, 0, (result.stdout + result.stderr).decode())

    do("setup", "build", "--native-file", "native.ini")
    do("test", "-C", "build")
    do("test", "-C", "build", "--wrapper", f"{world.penstockd} --run --")


@contextlib.contextmanager
def shared(world, *options):
    """A broker in a folder that everybody may enter."""
    if os.geteuid() != 0:
        raise Skip("only root may be somebody else")
    with tempfile.TemporaryDirectory(prefix="penstock.", dir="/tmp") as folder:
        copy = copy_for_all(world.penstock, folder)
        with world.broker(f"unix:{folder}/socket", *options) as broker:
            yield broker, copy


def ping(broker, program, uid=NOBODY, gid=NOBODY, groups=()):
    return subprocess.run(
        [program, "-s", broker.url, "ping"],
        capture_output=True,
        user=uid,
        group=gid,
        extra_groups=list(groups),
        cwd="/",
        timeout=SECONDS_MAX,
        env={**ENVIRONMENT, "LD_LIBRARY_PATH": str(Path(program).parent)},
    )


@tap.case("another user cannot use a socket, whatever its mode")
def _(world):
    with shared(world) as (broker, program):
        equal(os.stat(broker.url[5:]).st_mode & 0o777, 0o600)
        check(ping(broker, program), 4, "Permission denied", "user 0", f"--allow {NOBODY}")
    with shared(world, "--socket-mode", "0666") as (broker, program):
        equal(os.stat(broker.url[5:]).st_mode & 0o777, 0o666)
        result = ping(broker, program)
        check(result, 4, "user 0", f"penstockd --allow {NOBODY}")
        equal(b"key" in result.stderr, False, result.stderr)
        line = next(line for line in broker.log_text().splitlines() if "peer_refused" in line)
        equal(f"uid={NOBODY}" in line and "--allow" in line, True, line)
        Tool(world.penstock, broker.url).done("ping")


@tap.case("--allow lets in a user, and a group whether it is the first or another")
def _(world):
    with shared(world, "--allow", "nobody") as (broker, program):
        check(ping(broker, program, gid=12345), 0)
        check(ping(broker, program, uid=12345), 4)
    with shared(world, "--allow", "@nogroup", "--allow", "12346") as (broker, program):
        check(ping(broker, program), 0)
        check(ping(broker, program, gid=12345), 4)
        check(ping(broker, program, gid=12345, groups=(7, NOBODY)), 0)
        check(ping(broker, program, uid=12346, gid=12345), 0)


@tap.case("--socket-group gives the socket to a group and lets it in")
def _(world):
    with shared(world, "--socket-group", "nogroup") as (broker, program):
        status = os.stat(broker.url[5:])
        equal((status.st_mode & 0o777, status.st_gid), (0o660, NOBODY))
        check(ping(broker, program), 0)
        check(ping(broker, program, gid=12345), 4, "Permission denied")


@tap.case("SIGHUP lets a user in")
def _(world):
    path = Path(world.folder, "conf")
    path.write_text("")
    with shared(world, "--config", str(path)) as (broker, program):
        check(ping(broker, program), 4, "Permission denied")
        path.write_text("allow = nobody\n")
        broker.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "config_reloaded changed=allow" in broker.log_text(), "it is reloaded")
        check(ping(broker, program), 0)


@tap.case("a user, a group or a mode that is none is an error")
def _(world):
    for options, part in (
        (["--allow", "no-such-user"], "there is no user 'no-such-user'"),
        (["--allow", "@no-such-group"], "there is no group 'no-such-group'"),
        (["--socket-group", ""], "there is no group"),
        (["--socket-mode", "0777"], "0660"),
        (["--socket-mode", "0440"], "0660"),
        (["--socket-mode", "8"], "0660"),
    ):
        command = [world.penstockd, "--check-config", *options]
        check(subprocess.run(command, capture_output=True, env=ENVIRONMENT), 2, part)


@tap.case("the command gets the limit of open files that penstockd was started with")
def _(world):
    shell = ("sh", "-c", "ulimit -Sn")
    command = ["prlimit", "--nofile=300:1000", world.penstockd, "--run", "--", *shell]
    equal(subprocess.check_output(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL), b"300\n")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
