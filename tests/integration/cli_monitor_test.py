#!/usr/bin/env python3
"""`penstock monitor`: the URL that it prints lets one in, or it says what is missing.
Usage: cli_monitor_test.py PENSTOCKD PENSTOCK
"""

import os
import re
import sys
import urllib.error
import urllib.request

from cli_support import Tap, Tool, check, documents, equal, run_with_world, wait_until

tap = Tap()


class Monitored:
    """A broker with a monitor, and a tool that uses it."""

    def __init__(self, world, *options):
        self.broker = world.broker(None, "--monitor", "127.0.0.1:0", *options)
        listening = r"event=monitor_listening address=127\.0\.0\.1:(\d+) "
        wait_until(lambda: re.search(listening, self.broker.log_text()), "a monitor")
        self.port = int(re.search(listening, self.broker.log_text())[1])
        self.tool = Tool(world.penstock, self.broker.url)
        self.token_file = self.broker.url.removeprefix("unix:") + ".monitor"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.stop()


def token_of(url, port):
    """What stands behind the '#'; the rest must be as it shall be."""
    match = re.fullmatch(rf"http://127\.0\.0\.1:{port}/#t=([0-9A-Za-z_-]{{16,}})\n?", url)
    equal(match is not None, True, url)
    return match[1]


def status_with(token, port):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/state", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@tap.case("the URL is where the monitor is, and its token lets one in")
def _(world):
    with Monitored(world) as monitored:
        token = token_of(monitored.tool.done("monitor").decode(), monitored.port)
        # Just after the start it has read nothing yet.
        wait_until(lambda: status_with(token, monitored.port) == 200, "the state")
        equal(status_with("x" + token[1:], monitored.port), 401)


@tap.case("it is another one for operators, where there may be some")
def _(world):
    with Monitored(world, "--monitor-operator") as monitored:
        viewer = token_of(monitored.tool.done("monitor").decode(), monitored.port)
        operator = token_of(monitored.tool.done("monitor", "--operator").decode(), monitored.port)
        equal(viewer != operator, True)
        wait_until(lambda: status_with(operator, monitored.port) == 200, "the state")
    with Monitored(world) as monitored:
        check(monitored.tool("monitor", "--operator"), 4, "--monitor-operator")


@tap.case("in JSON it says whose the URL is")
def _(world):
    with Monitored(world) as monitored:
        (document,) = documents(monitored.tool.done("monitor", "--json"))
        token_of(document["url"], monitored.port)
        equal(document["role"], "viewer")
        equal(document["address"], f"127.0.0.1:{monitored.port}")
        equal(document["token_file"], monitored.token_file)


@tap.case("a broker without a monitor is told how to get one")
def _(world):
    with world.broker(None, "--no-monitor") as broker:
        tool = Tool(world.penstock, broker.url)
        check(tool("monitor"), 1, "serves no monitor", "--no-monitor", "penstock top")


@tap.case("where the tokens can't be read it says whom to ask")
def _(world):
    with Monitored(world) as monitored:
        os.rename(monitored.token_file, monitored.token_file + ".away")
        check(monitored.tool("monitor"), 4, monitored.token_file, "ssh -L", "on another host?")
        with open(monitored.token_file, "w") as file:
            file.write("viewer not/a/token\n")
        check(monitored.tool("monitor"), 4, "there is no viewer's token", "restart the broker")


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
