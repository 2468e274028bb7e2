// Our side of the rows about pipes: the processes that have their ends, or a listener. Usage:
// penstock_pipe_side SOCKET KIND PIPES LETTERS, as cpython_pipe_side.py, which tells what it means.
#include "tests/parity/pipe_part.hpp"
#include "tests/parity/side.hpp"
#include "tests/parity/value.hpp"

#include <penstock/penstock.hpp>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using parity::Value;
using penstock::Bytes;

/// Nobody begins before the process that made the ends has closed its copies.
class Gate {
public:
    Gate()
    {
        if (::pipe(fds_.data()) != 0) std::abort();
    }

    void wait() const
    {
        ::close(fds_[1]);
        char nothing = 0;
        while (::read(fds_[0], &nothing, 1) < 0) {
        }
        ::close(fds_[0]);
    }

    void open() const { ::close(fds_[1]); }

private:
    std::array<int, 2> fds_{};
};

/// The connection to who plays the row becomes stdin and stdout.
bool be_told(const std::string& address)
{
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    address.copy(where.sun_path, sizeof(where.sun_path) - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0) return false;
    ::dup2(fd, STDIN_FILENO);
    ::dup2(fd, STDOUT_FILENO);
    return ::close(fd) == 0;
}

template <class End>
void play(const std::string& address, char letter, const Gate& gate, std::vector<End> ends)
{
    parity::begin_life();
    gate.wait();
    if (!be_told(address)) return;
    parity::Part<End> part(std::move(ends), std::filesystem::path(address).parent_path());
    parity::answer_lines(std::string(1, letter),
                         [&](const parity::Line& line) { return part.outcome(line); });
}

template <class First, class Second>
void host(const std::string& address,
          const std::string& letters,
          std::vector<std::pair<First, Second>> pipes)
{
    const Gate gate;
    std::vector<First> firsts;
    std::vector<Second> seconds;
    for (auto& [first, second] : pipes) {
        firsts.push_back(std::move(first));
        seconds.push_back(std::move(second));
    }
    for (const char letter : letters) {
        if (::fork() != 0) continue;
        if (letter == 'b') {
            firsts.clear();
            play(address, letter, gate, std::move(seconds));
        } else {
            seconds.clear();
            play(address, letter, gate, std::move(firsts));
        }
        ::_exit(0);
    }
    firsts.clear();
    seconds.clear();
    gate.open();
}

template <class Make>
auto make(int count, Make one)
{
    std::vector<decltype(one())> pipes;
    for (int i = 0; i < count; ++i) pipes.push_back(one());
    return pipes;
}

template <class End>
std::vector<End> open_each(int count, const std::string& name, auto open)
{
    std::vector<End> ends;
    for (int i = 0; i < count; ++i) ends.push_back(open(name + "." + std::to_string(i)));
    return ends;
}

/// `a` and `b`, each with a session of its own at the broker that PENSTOCK_URL names.
template <class First, class Second>
void meet(const std::string& address, int count, auto open_first, auto open_second)
{
    const Gate gate;
    const std::string name = std::filesystem::path(address).parent_path().filename();
    for (const char letter : {'a', 'b'}) {
        if (::fork() != 0) continue;
        auto client = penstock::connect();
        const auto first = [&](const std::string& of) { return open_first(client, of); };
        const auto second = [&](const std::string& of) { return open_second(client, of); };
        if (letter == 'a') {
            play(address, letter, gate, open_each<First>(count, name, first));
        } else {
            play(address, letter, gate, open_each<Second>(count, name, second));
        }
        ::_exit(0);
    }
    gate.open();
}

template <class T>
void host(const std::string& address, bool duplex, int count, const std::string& letters)
{
    if (duplex) {
        host(address, letters, make(count, [] { return penstock::pipe<T>(); }));
    } else {
        host(address, letters, make(count, [] { return penstock::one_way_pipe<T>(); }));
    }
}

template <class T>
void meet(const std::string& address, bool duplex, int count)
{
    using penstock::Client;
    using penstock::End;
    if (duplex) {
        meet<penstock::Connection<T>, penstock::Connection<T>>(
            address,
            count,
            [](Client& client, const std::string& name) { return client.pipe<T>(name, End::left); },
            [](Client& client, const std::string& name) {
                return client.pipe<T>(name, End::right);
            });
    } else {
        meet<penstock::Receiver<T>, penstock::Sender<T>>(
            address,
            count,
            [](Client& client, const std::string& name) { return client.pipe_receiver<T>(name); },
            [](Client& client, const std::string& name) { return client.pipe_sender<T>(name); });
    }
}

template <class T>
void host_kind(const std::string& address,
               const std::string& kind,
               int count,
               const std::string& letters)
{
    const bool duplex = !kind.ends_with("(False)");
    if (kind.starts_with("named.") || kind.starts_with("relayed.")) {
        meet<T>(address, duplex, count);
    } else {
        host<T>(address, duplex, kind == "Listener" ? 0 : count, letters);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) return 2;
    parity::begin_life();
    const std::string kind = argv[2];
    const bool of_bytes = kind.find("bytes.") != std::string::npos || kind == "Listener";
    const auto host_it = of_bytes ? host_kind<Bytes> : host_kind<Value>;
    host_it(argv[1], kind, std::atoi(argv[3]), argv[4]);
    ::pause();
    return 0;
}
