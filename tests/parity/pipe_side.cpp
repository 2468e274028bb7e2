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

bool host(const std::string& address,
          const std::string& kind,
          int count,
          const std::string& letters)
{
    if (kind == "Pipe") {
        host(address, letters, make(count, [] { return penstock::pipe<Value>(); }));
    } else if (kind == "Pipe(False)") {
        host(address, letters, make(count, [] { return penstock::one_way_pipe<Value>(); }));
    } else if (kind == "bytes.Pipe") {
        host(address, letters, make(count, [] { return penstock::pipe<Bytes>(); }));
    } else if (kind == "bytes.Pipe(False)") {
        host(address, letters, make(count, [] { return penstock::one_way_pipe<Bytes>(); }));
    } else if (kind == "Listener") {
        host(address, letters, make(0, [] { return penstock::pipe<Bytes>(); }));
    } else {
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) return 2;
    parity::begin_life();
    if (!host(argv[1], argv[2], std::atoi(argv[3]), argv[4])) return 2;
    ::pause();
    return 0;
}
