"""Stock Python at the broker's door: its own handshake, and an answer it can read."""

import json
import subprocess
import sys

from cli_support import ENVIRONMENT, Tap, equal, run_with_world, write_key
from pythons import minor_version, pythons

tap = Tap()
KEY = "a key for these tests only"

# Runs in each Python that is found. Prints the outcome of Client(), and what the broker answers to
# the call that a Manager's client begins with.
SCRIPT = """
import json, multiprocessing as mp, multiprocessing.connection as c, sys
address, key = json.loads(sys.argv[1])
try:
    address = tuple(address) if isinstance(address, list) else address
    client = c.Client(address, authkey=key.encode())
except Exception as error:
    print(json.dumps([type(error).__name__, ""]))
else:
    client.send((None, "create", (), {}))
    print(json.dumps(["welcome", client.recv_bytes().decode()]))
"""


def uses_md5(python):
    return minor_version(python) < 12


def outcome(python, url, key):
    family, _, rest = url.partition(":")
    host, _, port = rest.rpartition(":")
    address = rest if family == "unix" else [host, int(port)]
    output = subprocess.check_output(
        [python, "-c", SCRIPT, json.dumps([address, key])], env=ENVIRONMENT, timeout=60
    )
    return json.loads(output)


def each(world, *options):
    key_file = write_key(world.folder, KEY)
    for listen in (f"unix:{world.folder}/{world.queue()},auth=key", "tcp:127.0.0.1:0"):
        with world.broker(listen, "--key-file", key_file, *options) as broker:
            for python in pythons():
                yield python, broker


@tap.case("Client() with the key is welcomed, and told in words what is not built")
def _(world):
    for python, broker in each(world):
        word, answer = outcome(python, broker.url, KEY)
        equal(word, "welcome", python)
        equal("not built yet" in answer, True, answer)


@tap.case("Client() with another key is an AuthenticationError")
def _(world):
    for python, broker in each(world):
        equal(outcome(python, broker.url, "wrong")[0], "AuthenticationError", python)


@tap.case("--legacy-md5 never turns old Pythons away, and the log names the option")
def _(world):
    for python, broker in each(world, "--legacy-md5", "never"):
        if not uses_md5(python):
            continue
        equal(outcome(python, broker.url, KEY)[0], "AuthenticationError", python)
        equal("--legacy-md5" in broker.log_text(), True, broker.log_text())


if __name__ == "__main__":
    sys.exit(run_with_world(tap))
