// Our side of the rows: one process that opens the queue and answers each line on its stdin with
// what came of the call. Usage: penstock_side ADDRESS KIND QUEUE MAXSIZE
#include "tests/parity/side.hpp"
#include "tests/parity/value.hpp"

#include <penstock/penstock.hpp>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

using parity::does_not_compile;
using parity::Line;
using parity::no_call;
using parity::Value;
using parity::word_of;
using penstock::Duration;

bool blocks(const Line& line)
{
    return line.option("block") != "False";
}

template <class Queue>
std::string put_with_priority(Queue& queue, const Line& line)
{
    const Value item{line.item()};
    if constexpr (requires { queue.put(item, 0, Duration::zero()); }) {
        queue.put(item, *line.number("priority"), line.timeout().value_or(penstock::forever));
        return "done";
    }
    return no_call;
}

template <class Queue>
std::string put(Queue& queue, const Line& line)
{
    const Value item{line.item()};
    if (line.number("priority")) return put_with_priority(queue, line);
    if (!blocks(line) || line.verb == "put_nowait") {
        if constexpr (requires { queue.put_nowait(item); }) {
            queue.put_nowait(item);
            return "done";
        }
        return no_call;
    }
    if (!line.timeout()) {
        queue.put(item);
        return "done";
    }
    if constexpr (requires { queue.put(item, Duration::zero()); }) {
        queue.put(item, *line.timeout());
        return "done";
    }
    return no_call;
}

template <class Queue>
std::string put_and_change(Queue& queue, const Line& line)
{
    Value item{line.item()};
    queue.put(item);
    item.word = "changed";
    return "done";
}

template <class Queue>
std::string get(Queue& queue, const Line& line)
{
    if (!blocks(line) || line.verb == "get_nowait") {
        if constexpr (requires { queue.get_nowait(); }) return queue.get_nowait().word;
        return no_call;
    }
    if (!line.timeout()) return queue.get().word;
    if constexpr (requires { queue.get(Duration::zero()); }) {
        return queue.get(*line.timeout()).word;
    }
    return no_call;
}

template <class Queue>
std::string ask(const Queue& queue, const Line& line)
{
    if (line.verb == "empty") return word_of(queue.empty());
    if constexpr (requires { queue.qsize(), queue.full(); }) {
        return line.verb == "full" ? word_of(queue.full()) : std::to_string(queue.qsize());
    }
    return no_call;
}

template <class Queue>
std::string work(Queue& queue, const Line& line)
{
    if constexpr (requires { queue.task_done(), queue.join(); }) {
        if (line.verb == "task_done") {
            queue.task_done();
        } else {
            queue.join(line.timeout().value_or(penstock::forever));
        }
        return "done";
    }
    return no_call;
}

template <class Queue>
std::string shut_down(Queue& queue, bool immediate)
{
    if constexpr (requires { queue.shutdown(immediate); }) {
        queue.shutdown(immediate);
        return "done";
    }
    return no_call;
}

/// What Python finds wrong when it runs, and here the compiler.
template <class Queue>
std::string misuse(const std::string& what)
{
    bool compiles = false;
    if (what == "item") compiles = requires(Queue queue)
        {
            queue.put();
        };
    if (what == "timeout") compiles = requires(Queue queue)
        {
            queue.get("soon");
        };
    if (what == "block") compiles = requires(Queue queue)
        {
            queue.get("");
        };
    if (what == "queue") compiles = penstock::Codable<Queue>;
    return compiles ? "compiles" : does_not_compile;
}

/// Calls that Python has.
template <class Queue>
std::string lacking(const std::string& verb)
{
    bool compiles = true;
    if (verb == "join_thread") compiles = requires(Queue queue)
        {
            queue.join_thread();
        };
    if (verb == "cancel_join_thread") {
        compiles = requires(Queue queue)
        {
            queue.cancel_join_thread();
        };
    }
    if (verb == "is_shutdown") compiles = requires(Queue queue)
        {
            queue.is_shutdown;
        };
    if (verb == "_getvalue") compiles = requires(Queue queue)
        {
            queue._getvalue();
        };
    return compiles ? "compiles" : no_call;
}

template <class Queue>
std::string call(Queue& queue, const Line& line)
{
    if (line.verb == "put_and_change") return put_and_change(queue, line);
    if (line.verb.starts_with("put")) return put(queue, line);
    if (line.verb.starts_with("get")) return get(queue, line);
    if (line.verb == "empty" || line.verb == "full" || line.verb == "qsize") {
        return ask(queue, line);
    }
    if (line.verb == "task_done" || line.verb == "join") return work(queue, line);
    if (line.verb == "shutdown") return shut_down(queue, false);
    if (line.verb == "shutdown_immediately") return shut_down(queue, true);
    if (line.verb == "wrong") return misuse<Queue>(line.item());
    if (line.verb == "pickle") return misuse<Queue>("queue");
    if (line.verb != "close") return lacking<Queue>(line.verb);
    queue.close();
    return "done";
}

std::string word_of(const penstock::Error& error)
{
    if (error.code() == penstock::errc::empty) return "Empty";
    if (error.code() == penstock::errc::full) return "Full";
    if (error.code() == penstock::errc::shut_down) return "ShutDown";
    if (error.code() == penstock::errc::no_unfinished_task) return "too many";
    return std::string(to_string(static_cast<penstock::errc>(error.code().value())));
}

template <class Queue>
std::string outcome(Queue& queue, const Line& line)
{
    try {
        return call(queue, line);
    } catch (const penstock::BadMessage& error) {
        return error.bytes().empty() ? "undecodable" : "undecodable, but its bytes are there";
    } catch (const penstock::Error& error) {
        return word_of(error);
    } catch (const parity::Unencodable& error) {
        return error.what();
    }
}

template <class Open>
void play(const Open& open)
{
    auto queue = open();
    parity::answer_lines("pid", [&](const Line& line) {
        if (line.verb != "reopen") return outcome(queue, line);
        queue = open();
        return std::string("done");
    });
}

/// Python's name of a queue, and the call that docs/python.md has for it.
void play(penstock::Client& client, const std::string& kind, const std::string& name, int maxsize)
{
    const penstock::QueueOptions options{.maxsize = maxsize};
    if (kind == "Queue" || kind == "manager.SimpleQueue") {
        play([&] { return client.queue<Value>(name, options); });
    } else if (kind == "JoinableQueue" || kind == "manager.Queue") {
        play([&] { return client.joinable_queue<Value>(name, options); });
    } else if (kind == "manager.LifoQueue") {
        play([&] { return client.lifo_queue<Value>(name, options); });
    } else if (kind == "manager.PriorityQueue") {
        play([&] { return client.priority_queue<Value>(name, options); });
    } else if (kind == "SimpleQueue") {
        play([&] { return client.simple_queue<Value>(name); });
    } else {
        throw std::invalid_argument("no kind of queue: " + kind);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) return 2;
    parity::begin_life();
    auto client = penstock::connect(argv[1]);
    play(client, argv[2], argv[3], std::atoi(argv[4]));
    return 0;
}
