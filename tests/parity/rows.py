"""The rows: what is called, by whom, and what comes of it; read from rows/*.txt.

    Q3 put waits for room                    an edge of docs/python.md, and a sentence
      kinds Queue JoinableQueue              Python's names; `manager.` for a Manager's
      ways named relayed                     and so for each kind; see below
      maxsize 1                              0 if it is not given
      pipes 2                                of those that the processes have ends of; else 1
      since 3.13                             the first Python that has it, if that is not the oldest
      differs D4                             the difference of docs/python.md that it shows
      a put 1                                process `a` calls put(1); `done` comes of it
      a put 2 -> waits                       it is still waiting after a while
      b get -> 1
      a returns                              what came of the call that waited
      b empty -> True | False                in Python, and here
      b get -> - | 2                         only here

Of pipes `a` has the first ends, `b` the second ones, other letters copies of the first; `end=2`
names one. What stands before `Pipe` is for our side: `bytes.` are ends for Bytes, `named.` those
that meet at a name, on one host, and `relayed.` those between which the broker relays.

`kill`, `stop` and `interrupt` do that to a process, `settle` gives Python's feeder threads time.
"""

from pathlib import Path

CONTROLS = ("kill", "stop", "interrupt", "settle")
OLDEST_PYTHON = (3, 11)
WAYS = ("", "named.", "relayed.")  # in which our pipes are made
KINDS_OF_ENDS = {
    way + items + pipe
    for way in WAYS
    for items in ("", "bytes.")
    for pipe in ("Pipe", "Pipe(False)")
}
KINDS_OF_PIPES = KINDS_OF_ENDS | {"Listener"}

# A misspelt call would be one that neither side has, and the row would hold.
CALLS = frozenset(
    """
    put put_nowait put_and_change get get_nowait qsize empty full task_done join close join_thread
    cancel_join_thread shutdown shutdown_immediately is_shutdown _getvalue pickle reopen wrong
    exit returns
    """.split()
)
CALLS_OF_PIPES = frozenset(
    """
    send send_many send_bytes send_numbers send_end recv recv_many recv_bytes recv_bytes_into poll
    write close closed fileno select readable writable use drop reopen adopt_pipe wrong
    recv_while_closing wait wait_while_closing
    listen dial connect accept accept_while_closing accept_in_child nodelay address last_accepted
    failures close_listener use_listener replace exists
    exit returns
    """.split()
)


class Step:
    def __init__(self, line):
        call, _, outcomes = (part.strip() for part in line.partition("->"))
        who, _, self.call = call.partition(" ")
        self.control = who if who in CONTROLS else None
        self.who = self.call if self.control else who
        if not self.control and self.call.split()[0] not in CALLS | CALLS_OF_PIPES:
            raise ValueError(f"no such call: {line}")
        in_python, _, here = (part.strip() for part in outcomes.partition("|"))
        self.in_python = in_python or "done"
        self.here = here or self.in_python

    def __str__(self):
        return " ".join(filter(None, (self.who, self.call)))


class Row:
    def __init__(self, heading):
        self.edge, _, self.sentence = heading.partition(" ")
        self.kinds = []
        self.maxsize = 0
        self.pipes = 1
        self.since = OLDEST_PYTHON
        self.difference = None
        self.steps = []

    def add(self, line):
        word, _, rest = line.partition(" ")
        if word == "kinds":
            self.kinds = rest.split()
        elif word == "ways":
            self.kinds += [f"{way}.{kind}" for way in rest.split() for kind in self.kinds]
        elif word == "maxsize":
            self.maxsize = int(rest)
        elif word == "pipes":
            self.pipes = int(rest)
        elif word == "since":
            self.since = tuple(int(part) for part in rest.split("."))
        elif word == "differs":
            self.difference = rest
        else:
            self.steps.append(Step(line))

    def letters(self, kind):
        """Also those who have but the other ends."""
        also = "ab" if kind in KINDS_OF_ENDS else ""
        letters = {step.who for step in self.steps if step.who} | set(also)
        return "".join(sorted(letters))

    def expects_difference(self):
        return any(step.in_python != step.here for step in self.steps)


def parse(text):
    rows = []
    for line in text.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            rows[-1].add(line.strip())
        else:
            rows.append(Row(line.strip()))
    return rows


def read_all():
    files = sorted(Path(__file__).parent.joinpath("rows").glob("*.txt"))
    return [row for file in files for row in parse(file.read_text())]
