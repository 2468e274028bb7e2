#!/usr/bin/env python3
"""What `penstock doctor` finds, and whether what it recommends repairs it.
Usage: cli_doctor_test.py PENSTOCKD PENSTOCK
"""

import json
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from cli_support import (
    Broker,
    Skip,
    Tap,
    Tool,
    check,
    copy_for_all,
    documents,
    equal,
    run_with_world,
    short_folder,
    write_key,
)

tap = Tap()


def findings(tool, *arguments):
    """Each check's result and its fix, by name; and the exit code."""
    result = tool("doctor", "--json", *arguments)
    (document,) = documents(result.stdout)
    checks = {entry["check"]: (entry["result"], entry.get("fix")) for entry in document["checks"]}
    worst = "error" if result.returncode == 1 else document["result"]
    equal(document["result"], worst)
    return checks, result.returncode


@tap.case("doctor finds nothing wrong where all is well")
def _(world):
    checks, code = findings(world.tool)
    equal(code, 0)
    names = "address folder socket key connection versions clock"
    equal({name: checks[name][0] for name in names.split()}, dict.fromkeys(names.split(), "ok"))
    text = world.tool.done("doctor").decode()
    equal([line for line in text.splitlines() if line.startswith("error")], [])


@tap.case("doctor says what is wrong with the address, the socket and its folder, and the fix")
def _(world):
    def problem(url, name):
        checks, code = findings(Tool(world.penstock, url))
        equal(code, 1)
        result, fix = checks[name]
        equal((result, bool(fix)), ("error", True), name)
        return fix

    equal("PENSTOCK_URL" in problem("nonsense", "address"), True)
    folder = f"{world.folder}/no/such"
    equal(problem(f"unix:{folder}/socket", "folder"), f"mkdir -p -m 700 '{folder}'")
    missing = f"unix:{world.folder}/missing"
    equal(problem(missing, "socket"), f"penstockd --listen '{missing}'")
    file = Path(world.folder, "file")
    file.write_text("")
    away = f"mv '{file}' '{file}.old' && penstockd --listen 'unix:{file}'"
    equal(problem(f"unix:{file}", "socket"), away)
    inside = f"export PENSTOCK_URL='unix:{world.folder}/penstock.sock'"
    equal(inside in problem(f"unix:{world.folder}", "socket"), True)
    here = problem("tcp:127.0.0.1:1", "connection")
    equal(here, "penstockd --listen 'tcp:127.0.0.1:1,auth=none'")
    key = write_key(world.folder)
    checks, _ = findings(Tool(world.penstock, "tcp:127.0.0.1:1"), "--key-file", key)
    with_key = f"penstockd --listen 'tcp:127.0.0.1:1' --key-file '{key}'"
    equal(with_key in checks["connection"][1], True, checks["connection"][1])


@tap.case("what doctor has one type repairs one thing after the other, until all is well")
def _(world):
    url = f"unix:{world.folder}/to/be/made/socket"
    tool = Tool(world.penstock, url)
    checks, _ = findings(tool)
    equal("above" in checks["connection"][1], True, checks["connection"][1])
    subprocess.run(["sh", "-c", checks["folder"][1]], check=True)
    checks, _ = findings(tool)
    words = shlex.split(checks["socket"][1])
    equal(words, ["penstockd", "--listen", url])
    with Broker(world.penstockd, words[2]):
        equal(findings(tool)[1], 0)


@tap.case("doctor wants the default socket's folder to be its user's alone, as connecting does")
def _(world):
    if os.geteuid() != 0:
        raise Skip("only root may be a user that nobody is")
    uid = 54321
    folder = Path(f"/tmp/penstock-{uid}")
    with short_folder() as programs:
        program = copy_for_all(world.penstock, programs)
        folder.mkdir(0o755)
        try:
            os.chown(folder, uid, uid)
            tool = Tool("setpriv", XDG_RUNTIME_DIR="", LD_LIBRARY_PATH=programs)
            prefix = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups", program)
            (document,) = documents(tool(*prefix, "doctor", "--json").stdout)
        finally:
            folder.rmdir()
    entry = next(entry for entry in document["checks"] if entry["check"] == "folder")
    equal((entry["result"], f"chmod 700 '{folder}'" in entry["fix"]), ("error", True), entry)


@tap.case("doctor -q says nothing; its exit code does")
def _(world):
    result = Tool(world.penstock, f"unix:{world.folder}/nobody")("doctor", "-q")
    equal((result.returncode, result.stdout, result.stderr), (1, b"", b""))


@tap.case("doctor tells a user who is not let in whom to ask, and for what")
def _(world):
    if os.geteuid() != 0:
        raise Skip("only root may be somebody else")
    with short_folder() as folder:
        program = copy_for_all(world.penstock, folder)
        nobody = Tool("setpriv", LD_LIBRARY_PATH=folder)
        prefix = ("--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "doctor")
        for mode, name in (("0600", "socket"), ("0666", "connection")):
            with world.broker(f"unix:{folder}/socket", "--socket-mode", mode) as broker:
                result = nobody(*prefix, "--json", "-s", broker.url)
                (document,) = documents(result.stdout)
                entry = next(e for e in document["checks"] if e["check"] == name)
                equal("penstockd --allow nobody" in entry["fix"], True, entry)
                equal("key" in entry["fix"] + entry["text"], False, entry)


@tap.case("doctor knows a socket that nobody listens on")
def _(world):
    path = f"{world.folder}/{world.queue()}"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(path)
    checks, code = findings(Tool(world.penstock, f"unix:{path}"))
    equal((code, checks["socket"][0], checks["connection"][0]), (1, "ok", "error"))
    equal("nobody listens" in checks["connection"][1], True, checks["connection"][1])


@tap.case("doctor looks at the key file: who reads it, how long it is, whether it is the right one")
def _(world):
    key = write_key(world.folder)
    with world.broker("tcp:127.0.0.1:0", "--key-file", key) as broker:
        tool = Tool(world.penstock, broker.url)

        def of_key(path):
            checks, code = findings(tool, "--key-file", path)
            return code, checks["key"], checks["connection"][0]

        equal(of_key(key), (0, ("ok", None), "ok"))
        wrong = write_key(world.folder, "quite another key that is long")
        code, (finding, _), connection = of_key(wrong)
        equal((code, finding, connection), (1, "ok", "error"))
        short = write_key(world.folder, "short\n")
        equal(of_key(short)[1][0], "warning")
        os.chmod(short, 0o644)
        equal(of_key(short)[1], ("error", f"chmod 600 '{short}'"))
        equal(of_key("/nowhere/key")[1][0], "error")
        connection = findings(tool, "--key-file", "/nowhere/key")[0]["connection"]
        equal("above" in connection[1], True, connection)
        checks, code = findings(tool)
        equal((code, checks["connection"][0]), (1, "error"))
        equal("--key-file" in checks["connection"][1], True)


@tap.case("a broker of another user is trusted only when it is named")
def _(world):
    if os.geteuid() != 0:
        raise Skip("only root may start a broker as somebody else")
    nobody = pwd.getpwnam("nobody")
    with short_folder() as folder:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        program = shutil.copy(world.penstockd, folder)  # nobody may not enter where it is built
        as_nobody = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}")
        as_nobody += ("--clear-groups",)
        with Broker(program, f"unix:{folder}/socket", under=as_nobody) as broker:
            tool = Tool(world.penstock, broker.url)
            check(tool("ls"), 4, f"belongs to user {nobody.pw_uid}", "--broker-user")
            equal("--broker-user nobody" in findings(tool)[0]["connection"][1], True)
            for user in ("nobody", str(nobody.pw_uid)):
                check(tool("ls", "--broker-user", user), 0)
                equal(findings(tool, "--broker-user", user)[1], 0)
            check(tool("ls", "--broker-user", "daemon"), 4)
            check(tool("ls", "--broker-user", "no-such-user"), 2, "no-such-user")


@tap.case("doctor warns of few open files, and of a folder where others may replace the socket")
def _(world):
    few = Tool("bash", world.tool.url)
    result = few("-c", f'ulimit -n 100; "{world.penstock}" doctor --json')
    checks = {entry["check"]: entry for entry in json.loads(result.stdout)["checks"]}
    equal((checks["open files"]["result"], result.returncode), ("warning", 0))
    equal(checks["open files"]["fix"], "ulimit -n 1024")
    folder = Path(world.folder, "open")
    folder.mkdir()
    folder.chmod(0o777)
    with world.broker(f"unix:{folder}/socket") as broker:
        checks, code = findings(Tool(world.penstock, broker.url))
        equal((code, checks["folder"]), (0, ("warning", f"chmod go-w '{folder}'")))


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
