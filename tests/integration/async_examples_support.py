"""For the tests of the examples with Asio: a world with a broker on each kind of socket."""

import json
import re
import sys
from pathlib import Path

from cli_support import Tool, World, equal, short_folder, write_key


class Place:
    """A broker, `penstock` for looking at it, and the example that uses it."""

    def __init__(self, world, broker, program, **environment):
        self.url = broker.url
        self.tool = Tool(world.penstock, broker.url, **environment)
        self.example = Tool(program, broker.url, **environment)

    def queues(self):
        listed = json.loads(self.tool.done("ls", "--json"))["queues"]
        return {queue["name"]: queue for queue in listed}


def python_in_header(source):
    """The program that stands in an example's header, from its first import on."""
    header = Path(source).read_text().partition("\n#include")[0]
    return re.sub(r"^//(     )?", "", header[header.index("//     import") :], flags=re.M)


def run(tap):
    """Each case is given the world; `world.places` are brokers, over a Unix socket and over TCP."""
    penstockd, penstock, program, source = sys.argv[1:]
    with short_folder() as folder:
        world = World(penstockd, penstock, folder)
        world.program, world.source = program, source
        key = write_key(folder)
        with world.broker() as near, world.broker("tcp:127.0.0.1:0", "--key-file", key) as far:
            world.places = [
                Place(world, near, program),
                Place(world, far, program, PENSTOCK_KEY_FILE=key),
            ]
            code = tap.run(world)
            for place in world.places:
                equal(place.queues(), {}, "left behind:")
            return code
