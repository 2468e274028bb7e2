// The calls of our ends of pipes that rows name.
#pragma once

#include "tests/parity/side.hpp"
#include "tests/parity/value.hpp"

#include <penstock/penstock.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace parity {

using penstock::Bytes;

constexpr auto closing_time = std::chrono::milliseconds(100);  // then another thread closes

template <class End>
concept Sends = requires(End end, const typename End::value_type& item)
{
    end.send(item);
};
template <class End>
concept Receives = requires(End end)
{
    end.recv();
};
template <class End>
concept OfBytes = std::same_as<typename End::value_type, Bytes>;

inline Bytes bytes_of(const std::string& word)
{
    if (word == "empty") return {};
    const std::string text = word == "big" ? std::string(big_size, 'x') : word;
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

inline std::string word_of(const Bytes& bytes)
{
    const std::string_view challenge = "#CHALLENGE#";
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with(challenge)) return std::string(challenge);
    if (text.size() == big_size) return "big";
    return text.empty() ? "empty" : text;
}

inline std::string word_of(const Value& value)
{
    return value.word.empty() ? "empty" : value.word;
}

template <class End>
std::string send(End& end, const Line& line)
{
    if constexpr (Sends<End>) {
        const auto timeout = line.timeout().value_or(penstock::forever);
        if constexpr (OfBytes<End>) {
            end.send(bytes_of(line.item()), timeout);
        } else {
            end.send(Value{line.item()}, timeout);
        }
        return "done";
    }
    return does_not_compile;
}

inline std::string one_of_many()
{
    return std::string(1 << 16, 'x');
}

template <class End>
std::string send_many(End& end, const Line& line)
{
    if constexpr (Sends<End>) {
        for (int left = std::stoi(line.item()); left > 0; --left) {
            if constexpr (OfBytes<End>) {
                end.send(bytes_of(one_of_many()));
            } else {
                end.send(Value{one_of_many()});
            }
        }
        return "done";
    }
    return does_not_compile;
}

template <class End>
std::string recv_many(End& end, const Line& line)
{
    if constexpr (Receives<End>) {
        for (int left = std::stoi(line.item()); left > 0; --left) {
            if (word_of(end.recv()) != one_of_many()) return "something else";
        }
        return "done";
    }
    return does_not_compile;
}

template <class End>
std::string send_bytes(End& end, const Line& line)
{
    if constexpr (Sends<End> && OfBytes<End>) {
        const Bytes bytes = bytes_of(line.item());
        const auto offset = static_cast<std::size_t>(line.number("offset").value_or(0));
        const auto rest = static_cast<long long>(bytes.size() - offset);
        const auto size = static_cast<std::size_t>(line.number("size").value_or(rest));
        end.send_bytes(std::span(bytes).subspan(offset, size));
        return "done";
    }
    return does_not_compile;
}

template <class End>
std::string send_numbers(End& end, const Line& line)
{
    if constexpr (Sends<End> && OfBytes<End>) {
        std::vector<int> numbers;
        for (const std::string& word : line.words) numbers.push_back(std::stoi(word));
        end.send_bytes(std::as_bytes(std::span(numbers)));
        return "done";
    }
    return does_not_compile;
}

template <class End>
std::string recv(End& end, const Line& line)
{
    if constexpr (Receives<End>)
        return word_of(end.recv(line.timeout().value_or(penstock::forever)));
    return does_not_compile;
}

template <class End>
std::string recv_bytes(End& end, const Line& line)
{
    if constexpr (Receives<End> && OfBytes<End>) {
        // What becomes of a number that a program gives: it is converted to this type.
        if (const auto maxlength = line.number("maxlength")) {
            return word_of(end.recv_bytes(static_cast<std::size_t>(*maxlength)));
        }
        return word_of(end.recv_bytes());
    }
    return does_not_compile;
}

template <class End>
std::string recv_bytes_into(End& end, const Line& line)
{
    if constexpr (Receives<End> && OfBytes<End>) {
        Bytes room(std::stoul(line.item()));
        const auto offset = static_cast<std::size_t>(line.number("offset").value_or(0));
        const auto part = std::span(room).subspan(offset);
        const std::size_t count = end.recv_bytes_into(part);
        if (count == 0) return "0";
        const auto filled = part.first(count);
        return std::to_string(count) + " " + word_of(Bytes(filled.begin(), filled.end()));
    }
    return does_not_compile;
}

template <class End>
std::string poll(End& end, const Line& line)
{
    if constexpr (Receives<End>) {
        return word_of(line.timeout() ? end.poll(*line.timeout()) : end.poll());
    }
    return does_not_compile;
}

/// Bytes as they are, in hexadecimal.
template <class End>
std::string write(End& end, const Line& line)
{
    const std::string digits = line.item();
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    const auto written = ::write(end.fileno(), bytes.data(), bytes.size());
    return written == static_cast<ssize_t>(bytes.size()) ? "done" : "not written";
}

/// Whether its descriptor is readable.
template <class End>
std::string select(End& end)
{
    pollfd entry{end.fileno(), POLLIN, 0};
    return word_of(::poll(&entry, 1, 0) > 0);
}

/// What Python's ends say of themselves.
template <class End>
std::string ask(End& end, const std::string& verb)
{
    if (verb == "closed") return word_of(end.closed());
    if (verb == "fileno") return end.fileno() < 0 ? "-1" : "a descriptor";
    const bool compiles = verb == "readable" ? requires(End some)
    {
        some.readable();
    }
    : requires(End some)
    {
        some.writable();
    };
    return compiles ? "compiles" : no_call;
}

/// What Python finds wrong when it runs, and here the compiler.
template <class End>
std::string misuse(const std::string& what)
{
    using Span = std::span<const std::byte>;
    bool compiles = false;
    if (what == "offset") compiles = requires(End end, Span bytes)
        {
            end.send_bytes(bytes, 1, 2);
        };
    if (what == "text") compiles = requires(End end)
        {
            end.send_bytes("text");
        };
    if (what == "into") compiles = requires(End end, std::span<std::byte> room)
        {
            end.recv_bytes_into(room, 1);
        };
    if (what == "end") compiles = penstock::Codable<End>;
    return compiles ? "compiles" : does_not_compile;
}

/// The read end of a pipe of the system: Python makes a Connection of it.
inline std::string adopt_pipe()
{
    std::array<int, 2> fds{};
    if (::pipe(fds.data()) != 0) return "no pipe";
    std::error_code ec;
    const auto end = penstock::Receiver<Bytes>::from_fd(fds[0], {}, ec);
    ::close(fds[1]);
    if (ec) ::close(fds[0]);
    return ec ? ec.message() : "done";
}

/// What `call` does while another thread closes `thing`.
template <class Thing, class Call>
std::string while_closing(Thing& thing, Call call)
{
    const std::jthread closer([&thing] {
        std::this_thread::sleep_for(closing_time);
        thing.close();
    });
    return call();
}

/// The ways in which an end goes, and comes again.
template <class End>
std::string change(End& end, const std::string& verb)
{
    if (verb == "close") end.close();
    if (verb == "use") const End inner = std::move(end);
    if (verb == "drop") end = End();
    if (verb == "reopen") end = End::from_fd(end.release());
    return "done";
}

template <class End>
std::string call_end(End& end, const Line& line)
{
    const std::string& verb = line.verb;
    if (verb == "send") return send(end, line);
    if (verb == "send_many") return send_many(end, line);
    if (verb == "recv_many") return recv_many(end, line);
    if (verb == "send_bytes") return send_bytes(end, line);
    if (verb == "send_numbers") return send_numbers(end, line);
    if (verb == "send_end") return misuse<End>("end");
    if (verb == "recv") return recv(end, line);
    if (verb == "recv_bytes") return recv_bytes(end, line);
    if (verb == "recv_bytes_into") return recv_bytes_into(end, line);
    if (verb == "poll") return poll(end, line);
    if (verb == "write") return write(end, line);
    if (verb == "select") return select(end);
    if (verb == "wrong") return misuse<End>(line.item());
    if (verb == "adopt_pipe") return adopt_pipe();
    if (verb == "recv_while_closing") return while_closing(end, [&] { return recv(end, line); });
    if (verb == "close" || verb == "use" || verb == "drop" || verb == "reopen") {
        return change(end, verb);
    }
    return ask(end, verb);
}

}  // namespace parity
