// A C++ parent and a Python child that talk through a pipe, with nothing in between: no broker, no
// file, and in the child nothing but Python's own multiprocessing.connection.
//
//     $ build/examples/python_peer examples/python_peer.py
//     parent: listening, with a key
//     parent: the child has the key
//     child: 3 words arrived: one two three
//     child: sent one sum
//     parent: 1 + 2 + 3 = 6
//     parent: a message of 1000000 bytes came back as it was
//     parent: a Python object arrived as a pickle, and nobody decoded it
//     parent: the child has closed its end
//
// The listener is at a free port of this host; each side proves to the other that it has the key,
// which the child inherits in its environment. Python's send(object) makes pickles: to decode one
// is to run what it says, so here it stays bytes. For text and numbers use send_bytes and
// recv_bytes.
#include <penstock/penstock.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using penstock::Bytes;

namespace {

constexpr auto patience = 30s;

void print(const std::string& line)
{
    std::cout << "parent: " << line << std::endl;  // at once: the child prints, too
}

Bytes bytes_of(const std::string& text)
{
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string text_of(const Bytes& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string random_key()
{
    std::random_device random;
    std::string key;
    for (int i = 0; i < 32; ++i) key += "0123456789abcdef"[random() % 16];
    return key;
}

pid_t start_child(const std::string& script, const std::string& address)
{
    const char* python = std::getenv("PYTHON");
    std::array<std::string, 3> words{python != nullptr ? python : "python3", script, address};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t pid = -1;
    if (::posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) {
        throw std::runtime_error("cannot start " + words[0]);
    }
    return pid;
}

/// What both sides say, in turn.
void talk(penstock::Connection<Bytes>& child)
{
    for (const std::string word : {"one", "two", "three"}) child.send(bytes_of(word), patience);
    child.send(bytes_of(""), patience);  // no bytes are a message, too: here the last one
    print("1 + 2 + 3 = " + text_of(child.recv(patience)));

    const Bytes large(1'000'000, std::byte{'x'});
    child.send(large, patience);
    if (child.recv(patience) == large) {
        print("a message of " + std::to_string(large.size()) + " bytes came back as it was");
    }

    const auto message = child.recv_message(patience);
    if (message.content_type == penstock::ContentType::pickle) {
        print("a Python object arrived as a pickle, and nobody decoded it");
    }
    try {
        (void)child.recv(patience);
    } catch (const penstock::EndOfFile&) {
        print("the child has closed its end");
    }
}

int run(const std::string& script)
{
    const std::string key = random_key();
    ::setenv("GREETINGS_KEY", key.c_str(), 1);
    penstock::Listener listener("tcp:127.0.0.1:0", {.key = key});
    print("listening, with a key");
    const pid_t pid = start_child(script, listener.address());
    auto child = listener.accept<Bytes>(patience);
    print("the child has the key");
    talk(child);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: python_peer python_peer.py\n";
        return 2;
    }
    try {
        return run(argv[1]);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
