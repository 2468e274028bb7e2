"""How a process of CPython's side answers: each line with what came of the call. Runs in each
Python that is found."""

import multiprocessing
import pickle
import signal
import socket

LIFE_SECONDS_MAX = 60  # whoever is left behind ends by itself

kept_open = []  # a connection, until the process has ended


class Unencodable:
    def __reduce__(self):
        raise pickle.PicklingError("unencodable")


class Undecodable:
    def __reduce__(self):
        return refuse, ()


def refuse():
    raise LookupError("undecodable")


# Of all sides: a type, a part of its text, and our word for it. The first that fits counts.
ERRORS = (
    (OSError, "handle is closed", "closed"),
    (pickle.PicklingError, "unencodable", "unencodable"),
    (LookupError, "undecodable", "undecodable"),
    (AttributeError, "", "no call"),
)


def literal(text):
    if text in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[text]
    try:
        return int(text)
    except ValueError:
        return float(text)


def parts(line):
    """Its words, and its options, which are words as well."""
    words = line.split()
    options = dict(word.split("=") for word in words if "=" in word)
    return [word for word in words if "=" not in word], options


def word_of_error(error, errors):
    for kind, text, word in errors + ERRORS:
        if isinstance(error, kind) and text in str(error):
            return word
    return type(error).__name__


def answer_lines(address, letter, outcome):
    """Until the side that plays the row has gone, or says that this process shall exit."""
    signal.alarm(LIFE_SECONDS_MAX)
    # Python leaves it ignored if the tests were started in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    connection = socket.socket(socket.AF_UNIX)
    kept_open.append(connection)
    connection.connect(address)
    connection.sendall(f"{letter} {multiprocessing.current_process().pid}\n".encode())
    for line in connection.makefile():
        if line == "exit\n":
            return
        connection.sendall(outcome(line).encode() + b"\n")
