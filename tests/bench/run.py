#!/usr/bin/env python3
"""Measures the broker beside a raw relay, for `./dev bench`.

usage: ./dev bench [CASE...] [--quick] [--rounds N] [--json FILE] [--attach COMMAND]

Cases: round_trip, one_at_a_time, 8x8, pipe, watched; all of them when none is named. `pipe` is the
two ends of a pipe, anonymous or met at a name, beside a bare pair of sockets. `watched` is a broker
with 1,000 busy queues, with browsers at its monitor and without a monitor. Each other one runs
over a Unix socket and over TCP (the broker's with a key), at the broker and at the relay in turn.
All run in rounds: first everything once, then everything again. What is printed are medians over
the rounds, and the median of each round's ratio: only ratios say something on another machine. See
docs/benchmarks.md.

  --quick      one short round: shows that all works, its figures mean nothing
  --rounds N   5 if it is not given
  --json FILE  all that was measured, round by round
  --attach COMMAND
               start COMMAND with each broker's and relay's process id while it is measured, and
               interrupt it then: --attach 'strace -c -f -p' or --attach 'perf record -g -p'
"""

import argparse
import json
import os
import platform
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pipe_ends
import watched

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "build-bench"
ATTACH_SECONDS = 1
RUN_SECONDS_MAX = 120
ROUNDS = 5
QUICK_SHARE = 100  # of the items

# Pairs of processes, items of each producer, bytes of an item.
CASES = {
    "round_trip": (1, 8000, 64),
    "one_at_a_time": (1, 20000, 64),
    "8x8": (8, 3000, 1024),
}
PIPE, WATCHED = "pipe", "watched"  # the cases without a relay
TRANSPORTS = ("unix", "tcp")
SIDES = ("broker", "relay")
TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A benchmark that did not do what it measures: its figures would be wrong."""


class Server:
    """The broker or the relay; stopped, by its own id, at the end of the `with`."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening "):
            self.__exit__()
            raise Failure(f"{command[0]} did not start: {line!r}")
        self.address = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def seconds_used(self):
        """User and system time so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(stat[11]) / TICKS, int(stat[12]) / TICKS


class Attached:
    """A tool that looks at the server meanwhile."""

    def __init__(self, command, server, title):
        print(f"{title}: {command}", flush=True)
        self.process = subprocess.Popen(
            [*shlex.split(command), str(server.process.pid)], stderr=sys.stdout, cwd=ROOT
        )
        time.sleep(ATTACH_SECONDS)  # nothing tells when it has attached

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class Peer:
    """A process of bench_peer: ready when it is made, then go() and result()."""

    def __init__(self, program, server, side, role, number, case, count, environment):
        pairs, _, size = CASES[case]
        command = [program, side, server.address, role, number, pairs, count, size]
        self.name = f"{case} at the {side}: {role} {number}"
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def wait_until_ready(self):
        if self.process.stdout.readline() != b"ready\n":
            raise Failure(f"{self.name} did not connect")

    def go(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def result(self):
        try:
            self.process.wait(RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end in {RUN_SECONDS_MAX} s") from None
        if self.process.returncode != 0:
            raise Failure(f"{self.name} ended with {self.process.returncode}")
        return json.loads(self.process.stdout.read())


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = Path(folder)
        key = self.folder / "key"
        key.write_text("a key for benchmarks only")
        key.chmod(0o600)
        clean = {name: value for name, value in os.environ.items() if name[:9] != "PENSTOCK_"}
        self.environments = {"unix": clean, "tcp": {**clean, "PENSTOCK_KEY_FILE": str(key)}}
        self.sockets = 0

    def server(self, transport, side):
        self.sockets += 1
        unix = f"unix:{self.folder}/{self.sockets}"
        address = unix if transport == "unix" else "tcp:127.0.0.1:0"
        if side == "relay":
            command = [self.options.relay, address]
        else:
            command = [self.options.penstockd, "--no-monitor", "--listen", address]
            if transport == "tcp":
                command += ["--key-file", str(self.folder / "key")]
        return Server(command, self.environments["unix"])

    def run(self, case, transport, side):
        """One measurement: microseconds an item, and what the server used for it."""
        pairs, count, _ = CASES[case]
        count = max(count // QUICK_SHARE, 20) if self.options.quick else count
        with ExitStack() as stack:
            server = stack.enter_context(self.server(transport, side))

            def peers(role, n=pairs):
                return [
                    stack.enter_context(
                        Peer(self.options.peer, server, side, role, number, case, count,
                             self.environments[transport])
                    )
                    for number in range(n)
                ]

            if case == "round_trip":
                takers, givers = peers("pong"), peers("ping")
            else:
                takers, givers = peers("consume"), peers("produce")
            closer = peers("close", 1) if side == "broker" and case != "round_trip" else []
            for peer in takers + givers + closer:
                peer.wait_until_ready()
            if self.options.attach:
                title = f"{case} over {transport} at the {side}"
                stack.enter_context(Attached(self.options.attach, server, title))
            before = server.seconds_used()
            for peer in takers + givers:
                peer.go()
            given = [peer.result() for peer in givers]
            for peer in closer:
                peer.go()
            taken = [peer.result() for peer in takers]
            after = server.seconds_used()
        return figures(case, pairs * count, given, taken, [b - a for a, b in zip(before, after)])


def figures(case, items, given, taken, used):
    if sum(result["count"] for result in given) != items:
        raise Failure(f"{case}: not all items were put")
    if case == "round_trip":
        microseconds = given[0]["p50"] / 1000
    else:
        for what in ("count", "sum"):
            put = sum(result[what] for result in given) % 2**64
            got = sum(result[what] for result in taken) % 2**64
            if put != got:
                raise Failure(f"{case}: what was got is not what was put ({what})")
        begin = min(result["begin"] for result in given)
        end = max(result["end"] for result in given)
        microseconds = (end - begin) / 1000 / items
    return {
        "us": microseconds,
        "p99_us": given[0]["p99"] / 1000,
        "user_us": used[0] * 1e6 / items,
        "system_us": used[1] * 1e6 / items,
    }


def measure(bench, cases, rounds):
    """Lists of figures, a round each, by (case, transport, side)."""
    measured = {}
    for number in range(rounds):
        for case in cases:
            for transport in TRANSPORTS:
                # Who is first changes, so that neither always has the warmer machine.
                for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                    result = bench.run(case, transport, side)
                    measured.setdefault((case, transport, side), []).append(result)
        print(f"round {number + 1} of {rounds} done", file=sys.stderr, flush=True)
    return measured


def median(results, what):
    return statistics.median(result[what] for result in results)


def table(measured):
    yield ("case", "over", "broker", "relay", "ratio", "lowest", "highest", "CPU", "relay's CPU")
    for case, transport, side in measured:
        if side != SIDES[0]:
            continue
        ours = measured[case, transport, "broker"]
        relay = measured[case, transport, "relay"]
        ratios = [a["us"] / b["us"] for a, b in zip(ours, relay)]
        yield (
            case,
            transport,
            f"{median(ours, 'us'):.1f} us",
            f"{median(relay, 'us'):.1f} us",
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(ratios):.2f}",
            f"{median(ours, 'user_us'):.1f} + {median(ours, 'system_us'):.1f} us",
            f"{median(relay, 'user_us'):.1f} + {median(relay, 'system_us'):.1f} us",
        )


def print_table(rows):
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


def machine():
    def read(path):
        return Path("/proc/sys", path).read_text().split()

    return {
        "kernel": platform.release(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "wmem_default": int(read("net/core/wmem_default")[0]),
        "tcp_wmem": [int(size) for size in read("net/ipv4/tcp_wmem")],
    }


def parse():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, add_help=False)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--attach")
    parser.add_argument("--penstockd", default=str(BUILT / "server/penstockd"))
    parser.add_argument("--peer", default=str(BUILT / "tests/bench/bench_peer"))
    parser.add_argument("--pipe", default=str(BUILT / "tests/bench/bench_pipe"))
    parser.add_argument("--busy", default=str(BUILT / "tests/bench/bench_busy"))
    parser.add_argument("--relay", default=str(BUILT / "tests/bench/bench_relay"))
    options = parser.parse_args()
    if options.help:
        print(__doc__)
        sys.exit()
    unknown = [case for case in options.cases if case not in (*CASES, PIPE, WATCHED)]
    if unknown or options.rounds < 1:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    return options


def measure_pipes(options, folder, rounds):
    command = [options.penstockd, "--no-monitor", "--listen", f"unix:{folder}/pipes"]
    with Server(command, os.environ) as broker:
        return pipe_ends.measure(options.pipe, broker.address, rounds, options.quick)


def main():
    options = parse()
    cases = [case for case in options.cases or CASES if case in CASES]
    with_pipes = not options.cases or PIPE in options.cases
    with_watched = not options.cases or WATCHED in options.cases
    started = time.monotonic()
    machine_then = machine()
    # A Unix socket's path has at most 107 bytes, and TMPDIR may be long.
    with tempfile.TemporaryDirectory(prefix="penstock.", dir="/tmp") as folder:
        try:
            rounds = 1 if options.quick else options.rounds
            measured = measure(Bench(options, folder), cases, rounds)
            piped = measure_pipes(options, folder, rounds) if with_pipes else {}
            seen = watched.measure(options, folder, rounds, options.quick) if with_watched else {}
        except (Failure, pipe_ends.Failure, watched.Failure) as failure:
            sys.exit(f"bench: {failure}")
    if measured:
        print_table(table(measured))
    if piped:
        print_table(pipe_ends.table(piped))
    if seen:
        print_table(watched.table(seen))
    print(f"Microseconds for each item; {machine_then}; {time.monotonic() - started:.0f} s")
    if options.json:
        entries = [
            {"case": case, "transport": transport, "side": side, "rounds": rounds}
            for (case, transport, side), rounds in measured.items()
        ] + [
            {"case": f"{PIPE} {kind}", "size": size, "side": side, "rounds": rounds}
            for (kind, size, side), rounds in piped.items()
        ] + [
            {"case": WATCHED, "side": side, "rounds": rounds} for side, rounds in seen.items()
        ]
        report = {"machine": machine_then, "measured": entries}
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
