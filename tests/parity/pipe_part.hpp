// One process of our side of the rows about pipes: its ends, its listener, and `wait`.
#pragma once

#include "tests/parity/pipe_calls.hpp"
#include "tests/parity/side.hpp"

#include <penstock/penstock.hpp>

#include <array>
#include <cctype>
#include <concepts>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace parity {

constexpr int closed_fd = 999;  // more than any process here opens

/// Of a listener, in a folder that is the row's own.
class ListenerPart {
public:
    explicit ListenerPart(std::string folder) : folder_(std::move(folder)) {}

    std::string listen(const Line& line)
    {
        const std::string place = line.option("place").value_or("path");
        std::string address = "unix:" + path();
        if (place == "tcp") address = "tcp:127.0.0.1:0";
        if (place == "ipv6") address = "tcp:[::1]:0";
        if (place == "abstract") address = "unix:" + std::string(1, '\0') + path();
        if (place == "none") address.clear();
        if (place == "same") address = said();
        penstock::ListenerOptions options;
        const auto key = key_of(line);
        if (key) options.key = *key;
        listener_ = penstock::Listener(address, options);
        std::ofstream(folder_ + "/address") << listener_.address();
        return "done";
    }

    [[nodiscard]] penstock::Connection<Bytes> dial(const Line& line) const
    {
        const std::string address = said();
        penstock::DialOptions options;
        if (const auto timeout = line.timeout()) options.timeout = *timeout;
        const auto key = key_of(line);
        if (key) options.key = *key;
        return penstock::dial<Bytes>(address.empty() ? "unix:" + path() : address, options);
    }

    /// Somebody who then says nothing.
    [[nodiscard]] std::string connect() const
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof(address.sun_path) - 1);
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        return ::connect(fd, generic, sizeof(address)) == 0 ? "done" : "not connected";
    }

    [[nodiscard]] penstock::Connection<Bytes> accept(const Line& line)
    {
        return listener_.accept<Bytes>(line.timeout().value_or(penstock::forever));
    }

    [[nodiscard]] std::string ask(const std::string& verb) const
    {
        const std::string address = listener_.address();
        if (verb == "exists") return word_of(std::filesystem::exists(path()));
        if (verb == "failures") return std::to_string(listener_.failures());
        if (verb == "last_accepted") {
            const std::string last = listener_.last_accepted().address;
            return last.starts_with("tcp:127.0.0.1:") ? "host and port" : last;
        }
        if (address == "unix:" + path()) return "the path";
        return address.ends_with(":0") ? "port 0" : "a port";
    }

    std::string end(const std::string& verb)
    {
        if (verb == "close_listener") listener_.close();
        if (verb == "use_listener") const penstock::Listener inner = std::move(listener_);
        return "done";
    }

    /// Another's file where the socket was.
    [[nodiscard]] std::string replace() const
    {
        std::filesystem::remove(path());
        std::ofstream(path()) << "another's";
        return "done";
    }

    [[nodiscard]] penstock::Listener& listener() { return listener_; }

private:
    [[nodiscard]] std::string path() const { return folder_ + "/l"; }

    /// Where the row's listener is, as it has left word.
    [[nodiscard]] std::string said() const
    {
        std::string address;
        std::ifstream(folder_ + "/address") >> address;
        return address;
    }

    static std::optional<std::string> key_of(const Line& line)
    {
        const auto key = line.option("text_key") ? line.option("text_key") : line.option("key");
        return key == "empty" ? std::string() : key;
    }

    std::string folder_;
    penstock::Listener listener_;
};

/// What a process says of itself that has but one kind of ends.
template <class End>
class Part {
public:
    Part(std::vector<End> ends, std::string folder)
        : ends_(std::move(ends)), listening_(std::move(folder))
    {}

    std::string outcome(const Line& line)
    {
        try {
            return call(line);
        } catch (const penstock::BufferTooShort& error) {
            return "too short: " + word_of(error.message());
        } catch (const penstock::BadMessage& error) {
            return error.bytes().empty() ? "undecodable" : "undecodable, but its bytes are there";
        } catch (const penstock::Error& error) {
            return word_of_error(error.code(), line);
        } catch (const Unencodable& error) {
            return error.what();
        }
    }

private:
    End& end_of(const Line& line)
    {
        return ends_.at(static_cast<std::size_t>(line.number("end").value_or(1) - 1));
    }

    std::string call(const Line& line)
    {
        if (line.verb == "wait") return wait(line);
        if (line.verb == "wait_while_closing") {
            return while_closing(end_of(line), [&] { return wait(line); });
        }
        if constexpr (std::same_as<End, penstock::Connection<Bytes>>) {
            if (const auto found = call_listener(line)) return *found;
        }
        return call_end(end_of(line), line);
    }

    std::optional<std::string> call_listener(const Line& line)
    {
        const std::string& verb = line.verb;
        if (verb == "listen") return listening_.listen(line);
        if (verb == "connect") return listening_.connect();
        if (verb == "replace") return listening_.replace();
        if (verb == "dial") return keep(listening_.dial(line));
        if (verb == "accept") return keep(listening_.accept(line));
        if (verb == "nodelay") return nodelay(end_of(line).fileno());
        if (verb == "accept_in_child") return accept_in_child();
        if (verb == "accept_while_closing") {
            return while_closing(listening_.listener(),
                                 [&] { return keep(listening_.accept(line)); });
        }
        if (verb == "close_listener" || verb == "use_listener") return listening_.end(verb);
        const bool asks = verb == "address" || verb == "last_accepted" || verb == "failures";
        if (asks || verb == "exists") return listening_.ask(verb);
        return std::nullopt;
    }

    std::string keep(End end)
    {
        ends_.push_back(std::move(end));
        return "done";
    }

    static std::string nodelay(int fd)
    {
        int value = 0;
        socklen_t size = sizeof(value);
        if (::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size) != 0) return "not TCP";
        return word_of(value != 0);
    }

    std::string accept_in_child()
    {
        std::array<int, 2> fds{};
        if (::pipe(fds.data()) != 0) return "no pipe";
        const pid_t child = ::fork();
        if (child == 0) {
            const std::string word = outcome(Line("accept"));
            const auto written = ::write(fds[1], word.data(), word.size());
            ::_exit(written < 0 ? 1 : 0);
        }
        std::array<char, 100> word{};
        const auto size = ::read(fds[0], word.data(), word.size());
        ::waitpid(child, nullptr, 0);
        return {word.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
    }

    std::string wait(const Line& line)
    {
        if constexpr (std::convertible_to<const End&, penstock::Waitable>) {
            std::vector<penstock::Waitable> list;
            for (const std::string& word : line.words) list.push_back(member(word));
            const auto timeout = line.timeout().value_or(penstock::forever);
            std::string ready;
            for (const std::size_t index : penstock::wait(list, timeout)) {
                ready += (ready.empty() ? "" : " ") + line.words[index];
            }
            return ready.empty() ? "none" : ready;
        }
        return does_not_compile;
    }

    /// A number is one of the ends, other words are made.
    penstock::Waitable member(const std::string& word)
    {
        if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) {
            return ends_.at(std::stoul(word) - 1);
        }
        if (word == "listener") return listening_.listener();
        if (word == "-1") return -1;
        if (word == "closed-fd") return closed_fd;
        const auto [found, is_new] = descriptors_.try_emplace(word, -1);
        if (is_new) found->second = make_descriptor(word);
        return found->second;
    }

    /// Of a process that soon ends.
    static int make_sentinel()
    {
        const pid_t child = ::fork();
        if (child == 0) {
            std::this_thread::sleep_for(closing_time);
            ::_exit(0);
        }
        return static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    }

    static int make_descriptor(const std::string& word)
    {
        if (word == "sentinel") return make_sentinel();
        std::array<int, 2> fds{};
        const bool is_socket = word.ends_with("socket");
        const int failed =
            is_socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) : ::pipe(fds.data());
        if (failed != 0) return -1;
        if (word == "fd" || word == "socket") {
            if (::write(fds[1], "x", 1) != 1) return -1;
        }
        return fds[0];
    }

    std::string word_of_error(const std::error_code& ec, const Line& line)
    {
        if (ec.category() != penstock::category()) return ec.message();
        const auto code = static_cast<penstock::errc>(ec.value());
        if (code == penstock::errc::unsupported && line.verb != "reopen") return "wrong direction";
        const bool sends = line.verb.starts_with("send");
        if (code == penstock::errc::closed && sends && !end_of(line).closed()) return "gone";
        return std::string(to_string(code));
    }

    std::vector<End> ends_;
    ListenerPart listening_;
    std::map<std::string, int> descriptors_;  // what else is waited for
};

}  // namespace parity
