#!/usr/bin/env python3
"""Proves that each rule of tests/tidy.py can fail, and that good code passes."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TESTS))

from tidy import check  # noqa: E402
from tidy.includes import rows  # noqa: E402


def findings(path, content):
    return [f"{line}: {message}" for line, message in check(path, content)]


# Each row of the include table: what it allows, and its neighbours that it refuses.
EACH_ROW = {
    "common/base/": ('"common/base/a.hpp"', '"common/wire/a.hpp" <poll.h>'),
    "common/wire/": ('"common/base/a.hpp" "common/wire/a.hpp"', '"server/core/a.hpp" <poll.h>'),
    "server/core/": ('"common/base/a.hpp"', '"common/wire/a.hpp" "server/store/a.hpp"'),
    "server/store/": ('"server/core/a.hpp" "common/base/a.hpp"', '"common/wire/a.hpp" <poll.h>'),
    "server/session/": ('"server/core/a.hpp" "common/wire/a.hpp"', '"server/net/a.hpp" <poll.h>'),
    "server/net/hmac.cpp": ("<openssl/hmac.h> <errno.h>", '"server/session/a.hpp" <CLI/CLI.hpp>'),
    "server/net/": ('"server/session/a.hpp" <boost/asio/post.hpp>', '"server/core/queue.hpp"'),
    "server/bridge/http_session.cpp": ("<boost/beast/http.hpp>", '"server/net/a.hpp"'),
    "server/bridge/websocket_session.cpp": ("<boost/beast/websocket.hpp>", '"common/base/a.hpp"'),
    "server/bridge/main.cpp": ("<CLI/CLI.hpp> <penstock/async/a.hpp>", "<boost/beast/http.hpp>"),
    "server/bridge/": ('"server/web/a.hpp" <boost/json.hpp>', '<CLI/CLI.hpp> "server/core/a.hpp"'),
    "server/web/": ('"server/web/a.hpp"', '"server/bridge/a.hpp" <poll.h>'),
    "server/include/": ("<chrono>", "<penstock/client.hpp> <boost/asio/post.hpp>"),
    "server/embed/": ('"server/net/a.hpp" <penstock/broker.hpp>', "<penstock/client.hpp>"),
    "server/main.cpp": ('"server/net/a.hpp" <errno.h>', "<CLI/CLI.hpp>"),
    "server/monitor_thread.": ('"server/bridge/a.hpp" <boost/asio/post.hpp>', "<CLI/CLI.hpp>"),
    "server/config/command_line.cpp": ("<CLI/CLI.hpp> <errno.h>", '"client/src/a.hpp"'),
    "server/config/": ('"server/net/a.hpp" <errno.h>', "<CLI/CLI.hpp>"),
    "client/include/penstock/async/": ("<boost/asio/deferred.hpp>", "<boost/asio/post.hpp>"),
    "client/include/": ("<penstock/client.hpp>", "<penstock/async/a.hpp> <poll.h>"),
    "client/src/protocol/": ('"common/wire/a.hpp" <penstock/a.hpp>', '"client/src/a.hpp" <poll.h>'),
    "client/src/io/": ('"client/src/a.hpp" <poll.h>', '"client/src/blocking/a.hpp"'),
    "client/src/blocking/": ('"client/src/a.hpp" <mutex>', '"client/src/async/a.hpp"'),
    "client/src/async/": ("<boost/asio/post.hpp> <boost/asio/deferred.hpp>", "<boost/json.hpp>"),
    "client/src/hmac.cpp": ("<openssl/hmac.h> <penstock/a.hpp>", '"server/net/hmac.hpp"'),
    "client/src/": ('"common/base/a.hpp" <poll.h>', "<openssl/hmac.h> <penstock/async/a.hpp>"),
    "client/cli/duration.cpp": ('"common/base/units.hpp"', '"common/base/bytes.hpp"'),
    "client/cli/screen.cpp": ("<curses.h> <penstock/a.hpp>", "<CLI/CLI.hpp>"),
    "client/cli/help.cpp": ('"common/base/nearest.hpp" <CLI/CLI.hpp>', '"common/base/key.hpp"'),
    "client/cli/": ('<boost/json.hpp> "client/cli/a.hpp"', '"common/base/a.hpp"'),
    "examples/async": ("<boost/asio/post.hpp> <CLI/CLI.hpp>", '"common/base/a.hpp"'),
    "examples/coroutine_pipeline.cpp": ("<penstock/async/a.hpp>", '"client/src/a.hpp"'),
    "examples/": ("<boost/json.hpp> <penstock/broker.hpp> <poll.h>", "<boost/asio/post.hpp>"),
}


class Rule(unittest.TestCase):
    def passes(self, path, content):
        self.assertEqual(findings(path, content), [])

    def fails(self, path, content, *expected):
        """Each of `expected` begins one finding, in this order; there are no others."""
        found = findings(path, content)
        self.assertEqual(len(found), len(expected), found)
        for message, start in zip(found, expected):
            self.assertTrue(message.startswith(start), message)


class IncludeTable(Rule):
    def includes(self, path, *headers):
        lines = "".join(f"#include {header}\n" for header in headers)
        return path, ("#pragma once\n" if path.endswith(".hpp") else "") + lines

    def allowed(self, path, *headers):
        self.passes(*self.includes(path, *headers))

    def refused(self, path, header, expected=""):
        line = 2 if path.endswith(".hpp") else 1
        self.fails(*self.includes(path, header), f"{line}: {expected}")

    def test_each_row_allows_and_refuses(self):
        self.assertEqual(set(EACH_ROW) | {"tests/"}, {where for where, _, _ in rows()})
        for where, (allowed, refused) in EACH_ROW.items():
            path = where if where.endswith(".cpp") else f"{where}a.cpp".replace("..", ".")
            with self.subTest(path):
                self.allowed(path, "<vector>", *allowed.split())
                for header in refused.split():
                    self.refused(path, header)

    def test_kinds_of_headers_stay_where_they_belong(self):
        self.refused("common/base/names.cpp", "<unistd.h>", "common/base/ may not include <unis")
        self.refused("server/core/queue.cpp", "<sys/socket.h>")
        self.refused("client/src/protocol/calls.cpp", "<poll.h>")
        self.refused("server/session/session.cpp", "<boost/asio/post.hpp>")
        self.refused("client/src/blocking/poll.cpp", "<boost/asio/post.hpp>")
        self.refused("client/src/blocking/poll.cpp", "<boost/intrusive/list.hpp>")
        self.refused("examples/cards.cpp", "<boost/asio/post.hpp>")
        self.refused("server/net/listener.cpp", "<boost/json.hpp>")
        self.refused("server/bridge/feed.cpp", "<boost/beast/http/read.hpp>")
        self.refused("server/bridge/feed.cpp", "<CLI/CLI.hpp>")
        self.refused("client/src/address.cpp", "<gtest/gtest.h>")

    def test_openssl_has_one_file_on_each_side(self):
        for path in ("server/net/hmac.cpp", "client/src/hmac.cpp"):
            self.allowed(path, "<openssl/hmac.h>")
        for path in ("server/net/listener.cpp", "client/src/address.cpp", "common/wire/hmac.cpp"):
            self.refused(path, "<openssl/hmac.h>")

    def test_public_headers_stay_light(self):
        self.allowed("client/include/penstock/async/queue.hpp", "<boost/asio/deferred.hpp>")
        self.refused("client/include/penstock/async/queue.hpp", "<boost/asio/steady_timer.hpp>")
        self.refused("client/include/penstock/queue.hpp", "<boost/asio/deferred.hpp>")
        self.refused("client/include/penstock/queue.hpp", "<penstock/async/queue.hpp>")
        self.refused("client/include/penstock/queue.hpp", '"common/base/names.hpp"')
        self.refused("client/include/penstock/queue.hpp", "<unistd.h>")
        self.refused("server/include/penstock/broker.hpp", "<penstock/queue.hpp>")

    def test_whole_asio_and_whole_beast_are_banned_everywhere(self):
        for path in ("server/net/listener.cpp", "tests/unit/core/queue_test.cpp"):
            self.refused(path, "<boost/asio.hpp>", "<boost/asio.hpp> belongs nowhere")
            self.refused(path, "<boost/beast.hpp>", "<boost/beast.hpp> belongs nowhere")

    def test_pure_layers_neither_wait_nor_print(self):
        for header in ("<thread>", "<mutex>", "<condition_variable>", "<iostream>", "<future>"):
            for path in ("common/base/a.cpp", "server/core/a.cpp", "client/src/protocol/a.cpp"):
                self.refused(path, header, header)
        self.allowed("client/src/blocking/poll.cpp", "<mutex>")

    def test_spelling(self):
        own = "server/net/listener.cpp"
        self.refused(own, '"../core/broker.hpp"', '"../core/broker.hpp" is relative')
        self.refused(own, '"listener.hpp"', '"listener.hpp" is relative')
        self.refused(own, "<common/base/names.hpp>", "<common/base/names.hpp> is ours")
        self.refused(own, '"boost/asio/post.hpp"', '"boost/asio/post.hpp" is not ours')
        self.refused(own, '"server/include/penstock/broker.hpp"', '"server/include/penstock')
        self.refused("client/src/address.cpp", '"penstock/a.hpp"', '"penstock/a.hpp" is public')

    def test_a_file_in_no_layer_is_refused(self):
        self.fails("server/extra/x.cpp", "int x;\n", "1: in no layer")
        self.fails("x.cpp", "int x;\n", "1: in no layer")

    def test_includes_in_comments_do_not_count(self):
        self.passes("server/core/queue.cpp", "// #include <thread>\n")

    def test_every_row_can_be_reached(self):
        paths = [where for where, _, _ in rows()]
        for later, path in enumerate(paths):
            hidden = [before for before in paths[:later] if path.startswith(before)]
            self.assertEqual(hidden, [], path)


class Sizes(Rule):
    def test_files(self):
        self.passes("server/core/a.cpp", "int x;\n" * 400)
        self.fails("server/core/a.cpp", "int x;\n" * 401, "401: 401 lines")
        self.fails("tests/a.py", "x = 1\n" * 401, "401: 401 lines")
        self.passes("docs/style.md", "text\n" * 401)

    def test_lines(self):
        self.passes("server/core/a.cpp", f"// {'a' * 97}\n")
        self.fails("server/core/a.cpp", f"// {'a' * 98}\n", "1: 101 columns")
        self.passes("server/core/a.cpp", f"// {'ä' * 97}\n")

    def function(self, lines, head="void f()", indent=""):
        body = f"{indent}    g({{1}});\n" * (lines - 2)
        return f"{indent}{head}\n{indent}{{\n{body}{indent}}}\n"

    def test_functions(self):
        self.passes("server/core/a.cpp", self.function(70))
        self.fails("server/core/a.cpp", self.function(71), "2: function of 71 lines")
        inside = "namespace x {\n" + self.function(71) + "}\n"
        self.fails("server/core/a.cpp", inside, "3: function of 71 lines")
        head = "explicit A(int a)\n        : a_(a),\n          b_{a}"
        method = "class A {\n" + self.function(71, head, "    ") + "};\n"
        self.fails("server/core/a.cpp", method, "5: function of 71 lines")

    def test_functions_are_told_apart(self):
        many = "namespace x {\n" + self.function(60) * 3 + "}\n"
        self.passes("server/core/a.cpp", many)
        hidden = self.function(71).replace("g({1});", "g({1});  // {", 1)
        self.fails("server/core/a.cpp", hidden, "2: function of 71 lines")
        tricky = self.function(69).replace("g({1});", 'g("{", \'{\');  // {', 1)
        self.passes("server/core/a.cpp", tricky + self.function(60))
        directive = self.function(60).replace("    g({1});", "#define OPEN {", 1)
        self.passes("server/core/a.cpp", directive + self.function(60))
        self.passes("server/core/a.cpp", self.function(60).replace("1", 'R"x({" )x"') * 2)

    def test_python_functions(self):
        body = "def f():\n" + "    x = 1\n"
        self.passes("tests/a.py", body + "    x = 1\n" * 68)
        self.fails("tests/a.py", body + "    x = 1\n" * 69, "1: function of 71 lines")
        self.fails("tests/a.py", "def f(:\n", "1: not Python")


class Words(Rule):
    def test_white_space(self):
        self.fails("docs/a.md", "text \n", "1: white space at the end")
        self.fails("docs/a.md", "\ttext\n", "1: tab")
        self.fails("docs/a.md", "text", "1: no newline")
        self.fails("docs/a.md", "text\r\n", "1: white space at the end")
        self.passes("docs/a.md", "")

    def test_promises(self):
        self.fails("server/core/a.cpp", "// FIX" "ME later\n", "1: FIX")
        self.fails("server/core/a.cpp", "// TO" "DO later\n", "1: TO")
        self.passes("server/core/a.cpp", "// TO" "DO(#12) later\n")
        self.passes("docs/style.md", "never FIX" "ME\n")

    def test_machine_paths(self):
        for path in ("/wo" "rk/main", "see '/ro" "ot/x'"):
            self.fails("docs/a.md", f"{path}\n", "1: path of one machine")
        self.passes("docs/a.md", "server/wo" "rk/x $PWD/wo" "rk/x /tmp/wo" "rk/x\n")

    def test_namespace_std(self):
        self.fails("server/net/a.cpp", "using namespace std;\n", "1: using namespace std")
        self.passes("server/net/a.cpp", "using namespace std::chrono_literals;\n")

    def test_pragma_once(self):
        self.fails("server/core/a.hpp", "class A;\n", "1: no #pragma once")
        self.fails("server/core/a.hpp", "class A;\n#pragma once\n", "1: no #pragma once")
        self.passes("server/core/a.hpp", "// Why.\n//\n/* More. */\n\n#pragma once\n\nclass A;\n")

    def test_names_of_unit_tests(self):
        self.fails("tests/unit/core/queue.cpp", "int x;\n", "1: not named like a test")
        self.passes("tests/unit/core/queue_test.cpp", "int x;\n")
        self.passes("tests/support/clock.cpp", "int x;\n")

    def test_pure_layers_take_the_time(self):
        now = "auto t = Clock::now();\n"
        self.fails("server/core/a.cpp", now, "1: asks the clock")
        self.fails("client/src/protocol/a.cpp", now, "1: asks the clock")
        self.passes("server/net/a.cpp", now)
        self.passes("server/core/a.cpp", "// not Clock::now()\n")
        nap = "std::this_thread::sleep_for(1s);\n"
        self.fails("common/base/a.cpp", nap, "1: sleeps")
        self.fails("tests/unit/core/a_test.cpp", nap, "1: sleeps")
        self.passes("tests/integration/a.cpp", nap)

    def test_pure_layers_do_not_throw(self):
        self.fails("server/session/a.cpp", "throw x;\n", "1: exceptions")
        self.fails("common/base/a.cpp", "try {\n", "1: exceptions")
        self.passes("client/src/blocking/a.cpp", "throw x;\n")
        self.passes("server/core/a.cpp", "bool try_get();  // does not throw\n")


class AwaitExpressions(Rule):
    PATH = "server/net/a.cpp"

    def code(self, body):
        return f"awaitable<void> f(Queue q)\n{{\n    {body}\n}}\n"

    def good(self, body):
        self.passes(self.PATH, self.code(body))

    def bad(self, body, what="braces", line=3):
        self.fails(self.PATH, self.code(body), f"{line}: {what}")

    def test_braces_are_refused(self):
        self.bad("co_await q.async_put(Job{.id = 1});")
        self.bad("co_await q.async_put({.id = 1});")
        self.bad("auto [ec, n] = co_await q.async_put(Job{}, 5s);")
        self.bad("if (co_await q.async_put(Job{1})) return;")
        self.bad("while (auto x = co_await q.async_get(Spec{1})) use(x);")
        self.bad("for (auto x = co_await q.async_get(Spec{1}); x;) use(x);")
        self.bad("co_return co_await q.async_put(std::vector<int>{1, 2});")
        self.bad("if (x) co_await q.async_put(Job{1});")
        self.bad("use(Job{1}, co_await q.async_get());")
        self.bad("use(co_await q.async_get(), Job{1});")
        self.bad("co_await (q.async_put(Job{1}) || timer.async_wait());")
        self.bad("co_await q.async_put(\n        Job{1});", line=4)
        self.bad("EXPECT_EQ(co_await q.async_get(), Job{1});")
        self.bad("Job job{.id = co_await q.async_get()};")
        self.bad("co_await run([]<class T>(T x) { return x; }, Job{1});")
        self.bad("co_await q.async_put(make([] { return 1; }), Job{1});")

    def test_capturing_lambdas_are_refused(self):
        for captures in ("x", "&", "=", "this", "x = 1", "&x, y"):
            self.bad(f"co_await run([{captures}] {{ g(); }});", "capturing lambda")
        self.bad("co_await run([&](int a) -> Job { return h(a); });", "capturing lambda")

    def test_choices_in_a_co_await_expression_are_named_first(self):
        self.bad("co_await (each ? take_each() : take_any());", "`? :`")
        self.bad("co_await q.async_put(a ? f() : g());", "`? :`")
        self.bad("use(a ? f() : g(), co_await q.async_get());", "`? :`")
        self.good("auto job = a ? f() : g();\n    co_await q.async_put(std::move(job));")
        self.good("co_await q.async_put(\"?\");\n    use(a ? f() : g());")

    def test_what_is_named_first_passes(self):
        self.good("Job job{.id = 1};\n    co_await q.async_put(std::move(job));")
        self.good("auto work = [&] { g(); };\n    co_await run(work);")
        self.good("co_await q.async_put(1);\n    Job job{1};")
        self.good("co_await run([](int a) { return a; });")
        self.good("co_await run([](int a) -> std::vector<int> { return {a}; });")

    def test_blocks_are_not_initialisers(self):
        self.good("if (co_await q.async_get()) {\n        g({1});\n    } else {\n    h();\n    }")
        self.good("for (auto x : co_await q.async_get()) {\n        g(x);\n    }")
        self.good("do {\n        co_await q.async_get();\n    } while (x);\n    g({1});")
        self.good("switch (co_await q.async_get()) {\n        case 1: {\n            g();\n    }}")
        self.good("try {\n        co_await q.async_get();\n    } catch (const E& e) {\n    }")
        self.good("if (x) {\n        g({1});\n    }\n    co_await q.async_get();")
        self.good("struct Local {\n        int x;\n    };\n    co_await q.async_get();")

    def test_only_the_expression_that_awaits_counts(self):
        self.good("co_await q.async_put(\"a\"[0] + values\n        [1]);")
        self.good("co_spawn(ex, [x]() -> awaitable<void> { co_await x.get(); }, detached);")
        self.good("auto& [a, b] = pair;\n    auto&& [c, d] = co_await q.async_get();")
        self.good("values[i] = co_await q.async_get(indexes[values[i]]);")
        self.good("[[maybe_unused]] auto x = co_await q.async_get();")
        self.good("use(Job{1});\n    co_await q.async_get();")
        self.good("EXPECT_THROW({ co_await q.async_get(); }, Empty);")
        self.good("co_await q.async_put(\"{\", '{');  // Job{1}")

    def test_classes_and_namespaces_are_blocks(self):
        methods = "    A(int a) : a_{a}, b_{1} { g(); }\n    auto m() -> Job { return Job{1}; }\n"
        run = "    awaitable<void> run() { co_await g(); }\n"
        code = f"namespace x {{\nclass A : public B {{\npublic:\n{methods}{run}}};\n}}\n"
        self.passes(self.PATH, code)
        self.fails(self.PATH, code.replace("await g()", "await g(Job{1})"), "6: braces")
        arrow = "class A {\n    auto m() -> awaitable<int> { co_return co_await g(Job{1}); }\n};\n"
        self.fails(self.PATH, arrow, "2: braces")
        self.passes(self.PATH, arrow.replace("Job{1}", ""))
        self.passes(self.PATH, "}}\n")


class Program(unittest.TestCase):
    """tests/tidy.py itself, over trees on disk."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, content):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)

    def run_tidy(self):
        command = [sys.executable, "-B", TESTS / "tidy.py", "--root", self.root]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def test_says_file_and_line(self):
        self.write("server/core/a.cpp", b"int x;\nint y; \n")
        status, lines = self.run_tidy()
        self.assertEqual(status, 1)
        self.assertTrue(lines[0].startswith("server/core/a.cpp:2: white space"), lines)
        self.assertEqual(lines[-1], "tidy: 1 to repair")

    def test_passes_a_clean_tree_and_leaves_out_builds_and_bytes(self):
        self.write("server/core/a.cpp", b"int x;\n")
        self.write("build-asan/a.cpp", b"int x; \n")
        self.write("out/meson-private/a.cpp", b"int x; \n")
        self.write("picture.png", b"\x89PNG \n\0")
        self.write("tests/fuzz/corpus/a", b"text \n")
        self.assertEqual(self.run_tidy(), (0, ["tidy: nothing to repair"]))

    def test_a_source_file_is_text(self):
        self.write("server/core/a.cpp", b"// \xe4\n")
        self.assertIn("server/core/a.cpp:1: not UTF-8 text", self.run_tidy()[1][0])

    def test_public_headers_are_compiled_alone(self):
        self.write("client/include/penstock/queue.hpp", b"#pragma once\n")
        self.write("client/include/penstock/async/queue.hpp", b"#pragma once\n")
        self.assertEqual(self.run_tidy()[0], 0)
        self.write("tests/headers/meson.build", b"headers = ['penstock/async/queue.hpp']\n")
        status, lines = self.run_tidy()
        self.assertEqual((status, len(lines)), (1, 2), lines)
        self.assertTrue(lines[0].startswith("client/include/penstock/queue.hpp:1: not in"), lines)
        self.write("tests/headers/meson.build", b"headers = ['async/queue.hpp', 'queue.hpp']\n")
        self.assertEqual(self.run_tidy()[0], 0)


if __name__ == "__main__":
    unittest.main()
