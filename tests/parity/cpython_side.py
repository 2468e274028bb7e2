"""CPython's side of the rows: a queue of its multiprocessing, and the processes that share it.

Usage: cpython_side.py SOCKET KIND MAXSIZE LETTERS. Each letter is a process of its own; it connects
to SOCKET, says its letter and its id, and answers each line with what came of the call. Runs in
each Python that is found.
"""

import multiprocessing
import multiprocessing.managers
import pickle
import queue
import signal
import sys
import time

from cpython_line import (
    LIFE_SECONDS_MAX,
    Undecodable,
    Unencodable,
    answer_lines,
    literal,
    parts,
    word_of_error,
)

ENCODING_SECONDS = 2  # what is asked directly behind a put of `slow` comes long before
BIG = b"x" * (1 << 20)  # does not fit into a pipe

CONTEXT = multiprocessing.get_context("fork")


class Slow:
    """Pickling it takes a while."""

    def __reduce__(self):
        time.sleep(ENCODING_SECONDS)
        return Slow, ()


ITEMS = {
    "big": BIG,
    "slow": Slow(),
    "unencodable": Unencodable(),
    "undecodable": Undecodable(),
    "incomparable": object(),
}


class Manager(multiprocessing.managers.SyncManager):
    pass


for name in ("LifoQueue", "PriorityQueue", "SimpleQueue"):
    Manager.register(name, getattr(queue, name))


def maker(kind, maxsize):
    """What makes a queue of that kind, each time another one."""
    takes_maxsize = () if kind.endswith("SimpleQueue") else (maxsize,)
    if not kind.startswith("manager."):
        return lambda: getattr(CONTEXT, kind)(*takes_maxsize)
    manager = Manager(ctx=CONTEXT)
    manager.start(signal.alarm, (LIFE_SECONDS_MAX,))
    return lambda: getattr(manager, kind.removeprefix("manager."))(*takes_maxsize)


class Part:
    """One process's calls."""

    def __init__(self, make, shared):
        self.make = make
        self.queue = shared

    def call(self, verb, item=None, **options):
        priority = options.pop("priority", None)
        if hasattr(self, verb):
            return getattr(self, verb)(item)
        method = getattr(self.queue, verb)
        if item is None:
            return method(**options)
        thing = ITEMS[item] if item in ITEMS else int(item)
        return method(thing if priority is None else (priority, thing), **options)

    def reopen(self, _):
        self.queue = self.make()

    def shutdown_immediately(self, _):
        self.queue.shutdown(immediate=True)

    def put_and_change(self, item):
        items = [int(item)]
        self.queue.put(items)
        items[0] = "changed"

    def pickle(self, _):
        pickle.dumps(self.queue)

    def wrong(self, what):
        if what == "item":
            self.queue.put()
        elif what == "timeout":
            return self.queue.get(True, "soon")
        return self.queue.get("")  # as a string without characters is false, it does not block


def outcome(part, line):
    words, options = parts(line)
    try:
        options = {name: literal(text) for name, text in options.items()}
        return word_of(part.call(*words, **options))
    except KeyboardInterrupt:
        return "interrupted"
    except Exception as error:
        return word_of_error(error, ERRORS)


def word_of(value):
    if isinstance(value, (tuple, list)):
        value = value[-1]
    if value is None:
        return "done"
    return next((word for word, item in ITEMS.items() if type(item) is type(value)), str(value))


ERRORS = (
    (ValueError, "is closed", "closed"),
    (ValueError, "called too many times", "too many"),
)


def play(address, letter, part):
    answer_lines(address, letter, lambda line: outcome(part, line))


def main():
    address, kind, maxsize, letters = sys.argv[1:]
    signal.alarm(LIFE_SECONDS_MAX)
    make = maker(kind, int(maxsize))
    shared = make()
    for letter in letters:
        CONTEXT.Process(target=play, args=(address, letter, Part(make, shared))).start()
    signal.pause()


if __name__ == "__main__":
    main()
