// Our side of the rows: one process that opens the queue and answers each line on its stdin with
// what came of the call. Usage: penstock_side ADDRESS KIND QUEUE MAXSIZE
#include <penstock/penstock.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

using namespace std::chrono_literals;

constexpr unsigned life_seconds_max = 60;  // whoever is left behind ends by itself
constexpr auto encoding_time = 200ms;
constexpr std::size_t big_size = 1 << 20;

// A call that this kind of queue doesn't have: a program that makes it isn't compiled.
const std::string no_call = "no call";
const std::string does_not_compile = "does not compile";

struct Value {
    std::string word;
};

class Unencodable : public std::runtime_error {
public:
    Unencodable() : std::runtime_error("unencodable") {}
};

}  // namespace

template <>
struct penstock::Codec<Value> {
    static void encode(const Value& value, Bytes& out)
    {
        if (value.word == "unencodable") throw Unencodable();
        if (value.word == "slow") std::this_thread::sleep_for(encoding_time);
        Codec<std::string>::encode(value.word, out);
        if (value.word == "big") out.resize(big_size);
    }

    static Value decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() == big_size) return {"big"};
        Value value{Codec<std::string>::decode(in, ec)};
        if (value.word == "undecodable") ec = errc::bad_message;
        return value;
    }
};

namespace {

using penstock::Duration;

/// "put 2 timeout=0 priority=1": the verb, maybe an item, and options.
struct Line {
    std::string verb;
    std::string item;
    std::optional<Duration> timeout;
    std::optional<penstock::Priority> priority;
    bool block = true;
};

Line parse(const std::string& text)
{
    std::istringstream words(text);
    Line line;
    words >> line.verb;
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        if (equals == std::string::npos) {
            line.item = word;
        } else if (name == "timeout") {
            const std::chrono::duration<double> seconds(std::stod(word.substr(equals + 1)));
            line.timeout = std::chrono::duration_cast<Duration>(seconds);
        } else if (name == "priority") {
            line.priority = std::stoll(word.substr(equals + 1));
        } else if (name == "block") {
            line.block = word.substr(equals + 1) == "True";
        }
    }
    return line;
}

std::string word_of(bool value)
{
    return value ? "True" : "False";
}

template <class Queue>
std::string put_with_priority(Queue& queue, const Line& line)
{
    const Value item{line.item};
    if constexpr (requires { queue.put(item, 0, Duration::zero()); }) {
        queue.put(item, *line.priority, line.timeout.value_or(penstock::forever));
        return "done";
    }
    return no_call;
}

template <class Queue>
std::string put(Queue& queue, const Line& line)
{
    const Value item{line.item};
    if (line.priority) return put_with_priority(queue, line);
    if (!line.block || line.verb == "put_nowait") {
        if constexpr (requires { queue.put_nowait(item); }) {
            queue.put_nowait(item);
            return "done";
        }
        return no_call;
    }
    if (!line.timeout) {
        queue.put(item);
        return "done";
    }
    if constexpr (requires { queue.put(item, Duration::zero()); }) {
        queue.put(item, *line.timeout);
        return "done";
    }
    return no_call;
}

template <class Queue>
std::string put_and_change(Queue& queue, const Line& line)
{
    Value item{line.item};
    queue.put(item);
    item.word = "changed";
    return "done";
}

template <class Queue>
std::string get(Queue& queue, const Line& line)
{
    if (!line.block || line.verb == "get_nowait") {
        if constexpr (requires { queue.get_nowait(); }) return queue.get_nowait().word;
        return no_call;
    }
    if (!line.timeout) return queue.get().word;
    if constexpr (requires { queue.get(Duration::zero()); }) {
        return queue.get(*line.timeout).word;
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
            queue.join(line.timeout.value_or(penstock::forever));
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
    if (line.verb == "wrong") return misuse<Queue>(line.item);
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
    } catch (const Unencodable& error) {
        return error.what();
    }
}

template <class Open>
void play(const Open& open)
{
    auto queue = open();
    std::cout << "pid " << ::getpid() << std::endl;
    for (std::string text; std::getline(std::cin, text) && text != "exit";) {
        const Line line = parse(text);
        if (line.verb == "reopen") {
            queue = open();
            std::cout << "done" << std::endl;
        } else {
            std::cout << outcome(queue, line) << std::endl;
        }
    }
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

// So that the signal comes, but doesn't end the process.
void let_signals_interrupt()
{
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) return 2;
    ::alarm(life_seconds_max);
    let_signals_interrupt();
    auto client = penstock::connect(argv[1]);
    play(client, argv[2], argv[3], std::atoi(argv[4]));
    return 0;
}
