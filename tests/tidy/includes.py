"""Who may include whom. Debian's Boost is always on the include path, so Meson cannot tell."""

import re
from pathlib import PurePosixPath

# The first row counts whose path begins the file's path. Each layer may include itself and the
# C++ standard library; beside them our headers of the second column ("x/" is a folder, "*" stays
# within one) and the kinds of headers of the third, which are explained below.
TABLE = """
common/base/                        |                                           |
common/wire/                        | common/base/                              |

server/core/                        | common/base/                              |
server/store/                       | common/base/ server/core/                 |
server/session/                     | common/ server/core/                      |
server/net/hmac.cpp                 | common/                                   | posix openssl
server/net/                         | common/ server/session/ server/core/broker.hpp | NET
server/bridge/http_session.cpp      | server/web/                               | BRIDGE beast
server/bridge/websocket_session.cpp | server/web/                               | BRIDGE beast
server/bridge/main.cpp              | server/web/                               | BRIDGE cli11
server/bridge/                      | server/web/                               | BRIDGE
server/web/                         |                                           |
server/include/                     |                                           |
server/embed/                       | server/config/ server/net/                | posix broker
server/config/command_line.cpp      | common/base/ server/net/                  | posix cli11
server/config/                      | common/base/ server/net/ server/session/  | posix
server/main.cpp                     | common/ server/                           | posix
server/monitor_thread.              | common/ server/                           | posix asio

client/include/penstock/async/      |                                           | public async light
client/include/                     |                                           | public
client/src/protocol/                | common/                                   | public
client/src/io/                      | common/ client/src/protocol/ client/src/* | CLIENT
client/src/blocking/                | DRIVER                                    | CLIENT
client/src/async/                   | DRIVER                                    | CLIENT async asio
client/src/hmac.cpp                 | common/                                   | CLIENT openssl
client/src/                         | common/                                   | CLIENT
client/cli/duration.cpp             | common/base/units.hpp                     | CLIENT
client/cli/help.cpp                 | common/base/nearest.hpp                   | CLIENT cli11
client/cli/screen.cpp               |                                           | CLIENT curses
client/cli/                         |                                           | CLIENT cli11 json

examples/async                      |                                           | PROGRAM async asio
examples/coroutine_pipeline.cpp     |                                           | PROGRAM async asio
examples/                           |                                           | PROGRAM
tests/                              | *                                         | *
"""
# What the drivers share.
DRIVER = "common/ client/src/io/ client/src/protocol/ client/src/*"
SHORT = {
    "NET": "posix asio",
    "BRIDGE": "public async posix asio json",
    "CLIENT": "public posix",
    "PROGRAM": "public posix cli11 json broker",
}

# All that the public async headers may take from Boost, for the sake of their users' compile time.
LIGHT = (
    r"boost/asio/(any_completion_handler|any_io_executor|async_result|deferred)\.hpp"
    r"|boost/system/error_code\.hpp"
)

# Kind, what it is, where it belongs. The first match counts.
KINDS = (
    ("banned", r"boost/(asio|beast)\.hpp", "nowhere; include the narrow headers you use"),
    ("broker", r"penstock/broker\.hpp", "server/embed, which implements it, examples and tests"),
    ("async", r"penstock/async/.+", "programs that use Boost.Asio, and never the blocking API"),
    ("public", r"penstock/.+", "server/bridge, client/ and programs; below them is common/"),
    ("light", LIGHT, "anywhere that Boost.Asio may be, and in the public async headers"),
    ("asio", r"boost/(asio|system)/.+", "server/net, server/bridge and client/src/async"),
    ("beast", r"boost/beast/.+", "server/bridge/{http,websocket}_session.cpp, behind a pimpl"),
    ("json", r"boost/json(/.+|\.hpp)", "server/bridge, client/cli and examples"),
    ("cli11", r"CLI/.+", "server/config/command_line.cpp and other programs"),
    ("openssl", r"openssl/.+", "server/net/hmac.cpp and client/src/hmac.cpp"),
    ("curses", r"(curses|term)\.h", "client/cli/screen.cpp"),
    ("std", r"[a-z0-9_]+", "anywhere"),
    ("posix", r"(?!(boost|gtest|gmock)/).+\.h", "server/net, server/bridge, client/ and programs"),
    ("other", r".+", "tests; a new dependency needs a kind of its own in tests/tidy/includes.py"),
)

# These do no I/O, start no thread and ask no clock: time and bytes come in as arguments.
PURE = ("common/", "server/core/", "server/session/", "client/src/protocol/")
IMPURE = re.compile(
    r"thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier"
    r"|iostream|fstream|filesystem"
)

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def rows():
    """Yields (path, own headers, kinds) for each row of the table."""
    for line in TABLE.strip().split("\n"):
        if not line:
            continue
        where, ours, kinds = (column.strip() for column in line.split("|"))
        for short, meaning in SHORT.items():
            kinds = kinds.replace(short, meaning)
        ours = ours.replace("DRIVER", DRIVER)
        yield where, [where[: where.rfind("/") + 1], *ours.split()], kinds.split()


def kind_of(header):
    for kind, pattern, belongs in KINDS:
        if re.fullmatch(pattern, header):
            return kind, belongs
    raise AssertionError("the last kind matches everything")


def check(path, content):
    row = next((row for row in rows() if path.startswith(row[0])), None)
    if row is None:
        yield 1, "in no layer; move it, or give it a row in tests/tidy/includes.py"
        return
    for match in _INCLUDE.finditer(content):
        number = content.count("\n", 0, match.start()) + 1
        judge = _quoted if match[1] == '"' else _angled
        problem = judge(path, match[2], row)
        if problem:
            yield number, problem


def _quoted(path, header, row):
    if "../" in header or header.startswith("./") or "/" not in header:
        return f'"{header}" is relative; write it from the root of the repository'
    if "include/penstock/" in header or header.startswith("penstock/"):
        return f'"{header}" is public; write <penstock/...>'
    if not re.match(r"(common|server|client|tests|examples)/", header):
        return f'"{header}" is not ours; write <{header}>'
    where, ours, _ = row
    if any(_within(header, pattern) for pattern in ours):
        return None
    return f'{where} may not include "{header}"; of our own it may: {", ".join(ours)}'


def _within(header, pattern):
    if pattern.endswith("/"):
        return header.startswith(pattern)
    return pattern == "*" or PurePosixPath(header).match(pattern)


def _angled(path, header, row):
    if re.match(r"(common|server|client|tests|examples)/", header):
        return f'<{header}> is ours; write "{header}"'
    where, _, kinds = row
    kind, belongs = kind_of(header)
    if kind == "banned":
        return f"<{header}> belongs {belongs}"
    if kind == "std" and path.startswith(PURE) and IMPURE.fullmatch(header):
        return f"<{header}> in {where}, which does no I/O, waits for nothing and starts no thread"
    if kind == "light" and "asio" in kinds:
        return None
    if kind == "std" or kind in kinds or "*" in kinds:
        return None
    return f"{where} may not include <{header}>; it belongs in: {belongs}"
