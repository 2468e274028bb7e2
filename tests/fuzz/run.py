#!/usr/bin/env python3
"""Runs the fuzz targets, for `./dev fuzz`.

usage: ./dev fuzz [TARGET] [SECONDS]   fuzz one target, or all in turn (60 s each by default)
       ./dev fuzz keep [TARGET]        put what was found to reach most into tests/fuzz/corpus
       ./dev fuzz list                 the targets

Each run begins with tests/fuzz/corpus, the golden frames, and what earlier runs left in
build-fuzz-kept/corpus. An input that makes a target fail stays in build-fuzz-kept/findings; the
exit code is then 1, and the last lines say how to replay it.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "tests/fuzz"
PROGRAMS = ROOT / "build-fuzz/tests/fuzz"
KEPT = ROOT / "build-fuzz-kept"  # not in build-fuzz, which may be made anew

SECONDS = 60
INPUT_SIZE_MAX = {"frame_decoder": 512, "handshake": 1024, "texts": 1024}
INPUT_SIZE_MAX_DEFAULT = 4096
LENGTH_CONTROL = 20  # libFuzzer's 100 takes minutes before it tries long sequences
INPUT_SECONDS_MAX = 20  # of one run, on a machine with other work
MEMORY_MB_MAX = 1024
ALLOCATION_MB_MAX = 64
START_SECONDS_MAX = 300  # reading a large corpus
REPORT_LINES_MAX = 40
KEPT_FILE_SIZE_MAX = 16 * 1024
BY_HAND = "by-hand-"  # inputs that say something which coverage does not see

# As in `./dev test`; fuzzing ends at the first finding.
ENVIRONMENT = {
    **os.environ,
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:" + os.environ.get("ASAN_OPTIONS", ""),
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:" + os.environ.get("UBSAN_OPTIONS", ""),
}


def say(text):
    print(f"dev: {text}", flush=True)


def die(text):
    sys.exit(f"dev: {text}")


def targets():
    return sorted(path.name for path in (SOURCES / "corpus").iterdir() if path.is_dir())


def purpose(target):
    """The first paragraph of the comment that the source begins with."""
    text = (SOURCES / f"{target}.cpp").read_text()
    return text[: re.search(r"^(//)?$", text, re.M).start()].replace("//", "   ").strip()


def program(target):
    path = PROGRAMS / f"fuzz_{target}"
    if not path.exists():
        die(f"no target `{target}`; ./dev fuzz list names them")
    return path


def folder(*parts):
    path = KEPT.joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def limits(target):
    return [
        f"-max_len={INPUT_SIZE_MAX.get(target, INPUT_SIZE_MAX_DEFAULT)}",
        f"-len_control={LENGTH_CONTROL}",
        f"-timeout={INPUT_SECONDS_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-malloc_limit_mb={ALLOCATION_MB_MAX}",
    ]


def libfuzzer(target, arguments, seconds_max):
    """The exit code and what was written; stopped when it takes far longer than it should."""
    command = [program(target), *arguments]
    try:
        done = subprocess.run(
            command,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds_max,
        )
    except subprocess.TimeoutExpired as error:
        return None, (error.stderr or b"").decode(errors="replace")
    return done.returncode, done.stderr.decode(errors="replace")


def figures(output, seconds):
    executions = re.findall(r"^stat::number_of_executed_units:\s*(\d+)", output, re.M)
    status = re.findall(r"\bcov: (\d+) .*?\bcorp: (\d+)/(\S+)", output)
    edges, inputs, size = status[-1] if status else ("-", "-", "-")
    count = int(executions[-1]) if executions else 0
    return [f"{seconds:.0f}", f"{count}", f"{count / max(seconds, 1):.0f}", edges, inputs, size]


def report(target, output, findings):
    lines = output.rstrip().split("\n")
    first = next((i for i, line in enumerate(lines) if is_cause(line)), max(len(lines) - 10, 0))
    print("\n".join(lines[first : first + REPORT_LINES_MAX]), flush=True)
    for path in findings:
        name = path.relative_to(ROOT)
        say(f"{target} failed; its input is {name}")
        say(f"  replay: build-fuzz/tests/fuzz/fuzz_{target} {name}")
        say(f"  with gcc: ninja -C build tests/fuzz/fuzz_{target} && "
            f"build/tests/fuzz/fuzz_{target} {name}")


def is_cause(line):
    return "assertion failed" in line or "ERROR:" in line or "runtime error" in line


def fuzz(target, seconds):
    """Returns the row of the table, and whether nothing was found."""
    say(f"fuzzing {target} for {seconds} s")
    corpus = folder("corpus", target)
    prefix = folder("findings") / f"{target}-"
    before = set(prefix.parent.iterdir())
    started = time.monotonic()
    code, output = libfuzzer(
        target,
        [
            *limits(target),
            f"-max_total_time={seconds}",
            f"-artifact_prefix={prefix}",
            "-print_final_stats=1",
            corpus,
            SOURCES / "corpus" / target,
        ],
        seconds_max=seconds * 2 + START_SECONDS_MAX,
    )
    spent = time.monotonic() - started
    findings = sorted(set(prefix.parent.iterdir()) - before)
    good = code == 0 and not findings
    if not good:
        report(target, output, findings)
        if not findings:
            say(f"{target} ended with {code}, and no input was left")
    found = "nothing" if good else str(max(len(findings), 1))
    return [target, *figures(output, spent), found], good


def fuzz_all(names, seconds):
    seeds = PROGRAMS / "fuzz_seeds"
    subprocess.run([seeds, folder("corpus")], check=True)
    rows, all_good = [], True
    for name in names:
        row, good = fuzz(name, seconds)
        rows.append(row)
        all_good = all_good and good
    head = ["target", "seconds", "executions", "exec/s", "edges", "inputs", "size", "found"]
    print_table([head, *rows])
    return 0 if all_good else 1


def print_table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells))


def keep(target):
    """Replaces what fuzzing found by few inputs that reach as much as all that are there."""
    corpus = SOURCES / "corpus" / target
    before = len(list(corpus.iterdir()))
    with tempfile.TemporaryDirectory() as merged:
        code, output = libfuzzer(
            target,
            [
                *limits(target),
                "-set_cover_merge=1",
                "-use_counters=0",
                merged,
                corpus,
                folder("corpus", target),
            ],
            seconds_max=START_SECONDS_MAX,
        )
        inputs = [path for path in Path(merged).iterdir() if path.is_file()]
        if code != 0 or not inputs:
            print(output[-2000:])
            die(f"could not merge the corpus of {target}")
        for path in corpus.iterdir():
            if not path.name.startswith(BY_HAND):
                path.unlink()
        for path in inputs:
            if path.stat().st_size <= KEPT_FILE_SIZE_MAX:
                shutil.copyfile(path, corpus / path.name[:16])
    files = list(corpus.iterdir())
    size = sum(path.stat().st_size for path in files)
    say(f"{target}: {before} inputs before, now {len(files)} of {size} bytes in all")


def chosen(arguments):
    """Which targets and for how long; or it ends with the usage."""
    seconds = SECONDS
    if arguments and arguments[-1].isdigit() and int(arguments[-1]) > 0:
        seconds = int(arguments.pop())
    if len(arguments) > 1 or (arguments and not (SOURCES / f"{arguments[0]}.cpp").exists()):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    return arguments or targets(), seconds


def main():
    arguments = sys.argv[1:]
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
    elif arguments == ["list"]:
        for target in targets():
            print(f"{target}\n    {purpose(target)}")
    elif arguments and arguments[0] == "keep":
        for target in chosen(arguments[1:])[0]:
            keep(target)
    else:
        sys.exit(fuzz_all(*chosen(arguments)))


if __name__ == "__main__":
    main()
