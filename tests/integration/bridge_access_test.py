#!/usr/bin/env python3
"""Who may ask the monitor what: hosts, origins, tokens, tickets and roles. docs/monitor.md.
Usage: bridge_access_test.py PENSTOCKD PENSTOCK PENSTOCK_BRIDGE
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from bridge_support import Live, Refused, run_with_bridge
from cli_support import ENVIRONMENT, Tap, Tool, equal

tap = Tap()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
WITH_TOKEN = ("/api/v1/state", "/metrics", "/metrics/per-object")
OPEN_FOR_ALL = ("/", "/app.js", "/style.css", "/livez", "/readyz", "/healthz")


def refused(status, function, *arguments, **options):
    try:
        function(*arguments, **options).close()
    except Refused as error:
        equal(error.status, status, f"{arguments[1:]} {options}")
        return
    raise AssertionError(f"not refused: {arguments[1:]} {options}")


@tap.case("page files and health need no token; all answers carry the headers that protect them")
def _(world):
    with world.bridge() as bridge:
        bridge.state()  # it has heard from the broker
        for target in OPEN_FOR_ALL:
            status, headers, body = bridge.ask(target)
            equal(status, 200, target)
            equal(headers["content-security-policy"], POLICY)
            equal(headers["x-content-type-options"], "nosniff")
            equal(headers["referrer-policy"], "no-referrer")
            equal(len(body), int(headers["content-length"]), target)
        equal("no-store" in bridge.ask("/readyz")[1]["cache-control"], True)
        equal(bridge.ask("/nothing")[0], 404)
        equal(bridge.ask("/../etc/passwd")[0], 404)
        equal(bridge.ask("/app.js", method="POST")[0], 405)


@tap.case("a page file that is known already is not sent again; HEAD sends none")
def _(world):
    with world.bridge() as bridge:
        _, headers, body = bridge.ask("/app.js")
        status, _, again = bridge.ask("/app.js", If_None_Match=headers["etag"])
        equal((status, again), (304, b""))
        status, head, nothing = bridge.ask("/app.js", method="HEAD")
        equal((status, head["content-length"], nothing), (200, str(len(body)), b""))


@tap.case("what is said of the broker needs a token, and the right one")
def _(world):
    with world.bridge() as bridge:
        token = bridge.token()
        for target in WITH_TOKEN:
            for wrong in (None, "", "x", token[:-1], token + "x", token.upper() + "g"):
                status, headers, _ = bridge.ask(target, token=wrong)
                equal(status, 401, f"{target} {wrong}")
                equal(headers["www-authenticate"], "Bearer")
            status, headers, _ = bridge.ask(target, token=token)
            equal((status, headers["cache-control"]), (200, "no-store"), target)
            equal(bridge.ask(f"{target}?t={token}")[0], 401, "a token in the query")
        equal(bridge.ask("/api/v1/ticket", method="POST")[0], 401)
        equal(bridge.ask("/api/v1/ticket", token=token)[0], 405, "GET")


@tap.case("/metrics is what `penstock metrics` prints")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    with world.bridge() as bridge:
        for target in ("/metrics", "/metrics/per-object"):
            _, headers, body = bridge.ask(target, token=bridge.token())
            equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
            equal(f'penstock_queue_depth{{queue="{name}"}} 1\n' in body.decode(), True, target)
            families = re.findall(r"^# TYPE (.*)$", body.decode(), re.M)
            printed = world.tool.done("metrics").decode()
            equal(families, re.findall(r"^# TYPE (.*)$", printed, re.M))


@tap.case("the operator's token is worth nothing unless there are operators")
def _(world):
    with world.bridge() as bridge:
        equal(bridge.ask("/api/v1/state", token=bridge.token("operator"))[0], 401)
    with world.bridge("--monitor-operator") as bridge:
        equal(bridge.ask("/api/v1/state", token=bridge.token("operator"))[0], 200)


@tap.case("another host's name is refused on each path, also with a token")
def _(world):
    with world.bridge() as bridge:
        token = bridge.token()
        for host in ("evil.example", f"evil.example:{bridge.port}", "127.0.0.1", "127.0.0.1:1"):
            for target in (*OPEN_FOR_ALL, *WITH_TOKEN):
                equal(bridge.ask(target, host=host, token=token)[0], 421, f"{host} {target}")
            refused(421, Live, bridge, ticket=bridge.ticket(), host=host)
        equal(bridge.ask("/livez", host=f"LOCALHOST:{bridge.port}")[0], 200)
        both = f"GET /livez HTTP/1.1\r\nHost: {bridge.site}\r\nHost: evil.example\r\n\r\n"
        equal(bridge.raw(both.encode()).split()[1], b"400")
        equal(bridge.raw(b"GET /livez HTTP/1.1\r\n\r\n").split()[1], b"400")


@tap.case("another origin is refused, also with a ticket or a token")
def _(world):
    with world.bridge() as bridge:
        for origin in (
            "null",
            "http://evil.example",
            f"https://{bridge.site}",
            "http://127.0.0.1:1",
            f"http://{bridge.site}.evil.example",
        ):
            refused(403, Live, bridge, ticket=bridge.ticket(), origin=origin)
            equal(bridge.ask("/api/v1/state", token=bridge.token(), Origin=origin)[0], 403)
        Live(bridge, ticket=bridge.ticket(), origin=f"http://localhost:{bridge.port}").close()


@tap.case("a proxy's origin is let in once it is named")
def _(world):
    with world.bridge("--monitor-origin", "https://queues.example.org") as bridge:
        origin = "https://queues.example.org"
        host = "queues.example.org"
        Live(bridge, ticket=bridge.ticket(), origin=origin, host=host).close()
        equal(bridge.ask("/", host=host)[0], 200)


@tap.case("a WebSocket needs a ticket, which is worth something once")
def _(world):
    with world.bridge() as bridge:
        for protocols in (None, "mon.v1", "mon.v1, ticket.", "mon.v1, ticket.0123", "other, x"):
            refused(401, Live, bridge, protocols=protocols)
        ticket = bridge.ticket()
        refused(401, Live, bridge, protocols=ticket)
        with Live(bridge, ticket=ticket) as live:
            equal(live.headers["sec-websocket-protocol"], "mon.v1")
            equal("sec-websocket-extensions" in live.headers, False, "compression")
        refused(401, Live, bridge, ticket=ticket)


@tap.case("a program without an origin may use its token instead of a ticket, a page may not")
def _(world):
    with world.bridge() as bridge:
        refused(401, Live, bridge, token=bridge.token())
        refused(401, Live, bridge, origin=None)
        refused(401, Live, bridge, origin=None, token="wrong")
        Live(bridge, origin=None, token=bridge.token()).close()


@tap.case("each command of a viewer is refused by the server, and changes nothing")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    with world.bridge("--monitor-operator") as bridge, bridge.live() as live:
        live.until("snap")
        for op in ("purge", "pause", "resume", "move", "kick", "peek", "put"):
            command = {"t": "cmd", "id": op, "op": op, "target": name, "to": "x", "connection": 1}
            live.send({**command, "confirm": name, "object": 1})
            answer = live.until("res")
            equal((answer["id"], answer["ok"], answer["err"]), (op, False, "forbidden"))
    equal(world.stat(name)["ready"], 1)


@tap.case("the token file is for this user only, survives, and is refused when others can read it")
def _(world):
    with world.bridge() as bridge:
        path, token = Path(bridge.token_file), bridge.token()
        equal(path.stat().st_mode & 0o7777, 0o600)
        equal(token in bridge.log_text(), False, "a token in the log")
        equal(bridge.token_file in bridge.log_text(), True)
    command = [world.bridge_program, "-s", world.tool.url, "--monitor", "127.0.0.1:0"]
    command += ["--monitor-token-file", str(path)]
    before = path.read_text()
    path.chmod(0o640)
    result = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60)
    equal((result.returncode, b"can be read by others" in result.stderr), (1, True))
    path.chmod(0o600)
    path.write_text("viewer short\noperator short\n")
    result = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60)
    equal((result.returncode, b"viewer TOKEN" in result.stderr), (1, True))
    path.write_text(before)
    link = path.with_name("link")
    link.symlink_to(path)
    command[-1] = str(link)
    result = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60)
    equal(result.returncode, 1, "a symbolic link")


@tap.case("off loopback it needs to be told that this is wanted")
def _(world):
    command = [world.bridge_program, "-s", world.tool.url, "--monitor", "0.0.0.0:0"]
    command += ["--monitor-token-file", f"{world.folder}/insecure"]
    result = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60)
    equal((result.returncode, b"--insecure-monitor" in result.stderr), (1, True))
    with world.bridge("--monitor=0.0.0.0:0", "--insecure-monitor") as bridge:
        bridge.host = "127.0.0.1"
        equal(bridge.ask("/livez")[0], 200)


@tap.case("a port that is taken, an address that is none, and an option that is none are errors")
def _(world):
    with world.bridge() as bridge:
        options = ["--monitor", bridge.site, "--monitor-token-file", bridge.token_file]
        for arguments, code, text in (
            (options, 1, b"something listens there already"),
            (["--monitor", "nonsense"], 2, b"write 127.0.0.1:8700"),
            (["--monitor", "127.0.0.1:99999"], 2, b"write 127.0.0.1:8700"),
            (["--nope"], 2, b"--help"),
            (["--key-file", "/nonexistent"], 1, b"--key-file"),
        ):
            command = [world.bridge_program, *arguments]
            result = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=60)
            equal((result.returncode, text in result.stderr), (code, True), str(arguments))


@tap.case("the state answers the view that is asked for, and says what is wrong with others")
def _(world):
    name = world.queue()
    world.tool.done("put", name, "x")
    with world.bridge() as bridge:
        state = bridge.state(f"?kind=queues&filter={name}&limit=1")
        equal(list(state["views"]), ["queues"])
        equal(state["views"]["queues"]["rows"][0][1], name)
        equal(set(bridge.state()["views"]), {"queues", "pipes", "connections", "waits"})
        for query in ("?kind=x", "?sort=x", "?limit=x", "?nothing", "?filter=" + "x" * 201):
            status, _, body = bridge.ask(f"/api/v1/state{query}", token=bridge.token())
            equal((status, "error" in json.loads(body)), (400, True), query)


if __name__ == "__main__":
    os.environ.pop("PENSTOCK_URL", None)
    sys.exit(run_with_bridge(tap, Tool))
