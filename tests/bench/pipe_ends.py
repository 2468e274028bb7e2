"""Measures a pipe's two ends, which met at a name or not, beside a bare pair of sockets with the
same frames."""

import json
import os
import statistics
import subprocess

# Bytes of a message, messages.
STREAM = ((64, 400_000), (1024, 200_000), (65536, 12_000))
PING = ((64, 30_000), (1024, 30_000), (65536, 6_000))
CASES = [("stream", *one) for one in STREAM] + [("ping", *one) for one in PING]
SIDES = ("named", "anonymous", "raw")
QUICK_SHARE = 200  # of the messages
SECONDS_MAX = 120


class Failure(Exception):
    """A measurement that failed: its figure would be wrong."""


def run(program, side, address, kind, size, count):
    """Microseconds a message; for `ping`, there and back. `address`: a broker's."""
    # Where the two take turns, the scheduler alone decides whether waking the other one costs 1 us
    # or 20; on one core it has no choice.
    core = min(os.sched_getaffinity(0))
    pin = (lambda: os.sched_setaffinity(0, {core})) if kind == "ping" else None
    ends = {"named": address, "anonymous": "pipe", "raw": "raw"}[side]
    command = [program, ends, kind, str(size), str(count)]
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, timeout=SECONDS_MAX, preexec_fn=pin, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Failure(f"{kind} of {size} bytes at the {side}: {error}") from None
    return json.loads(done.stdout)["us"]


def measure(program, address, rounds, quick):
    """Lists of microseconds, one a round, by (kind, size, side)."""
    measured = {}
    for number in range(rounds):
        for kind, size, count in CASES:
            count = max(count // QUICK_SHARE, 20) if quick else count
            # Who is first changes, so that neither always has the warmer machine.
            for side in SIDES if number % 2 == 0 else SIDES[::-1]:
                result = run(program, side, address, kind, size, count)
                measured.setdefault((kind, size, side), []).append(result)
    return measured


def table(measured):
    yield ("pipe", "bytes", "ends", "pipe", "raw", "ratio", "lowest", "highest")
    for kind, size, _ in CASES:
        raw = measured[kind, size, "raw"]
        for side in SIDES[:-1]:
            ours = measured[kind, size, side]
            ratios = [a / b for a, b in zip(ours, raw)]
            yield (
                kind,
                str(size),
                side,
                f"{statistics.median(ours):.2f} us",
                f"{statistics.median(raw):.2f} us",
                f"{statistics.median(ratios):.2f}",
                f"{min(ratios):.2f}",
                f"{max(ratios):.2f}",
            )
