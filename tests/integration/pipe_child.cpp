// A program that is given the end of a pipe as the number of a descriptor, across exec.
//
//     pipe_child echo|send|receive FD
//
// echo: sends back what it receives, until end-of-file. send: sends "0", "1", "2". receive: exits
// with the number of messages. It exits with 40 where the descriptor is of the other direction.
#include <penstock/pipe.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

namespace {

constexpr int wrong_direction = 40;

int run(std::string_view what, int fd)
{
    using penstock::forever;
    std::error_code ec;
    int count = 0;
    if (what == "echo") {
        auto end = penstock::Connection<std::string>::from_fd(fd);
        while (const auto text = end.recv(forever, ec)) end.send(*text);
    } else if (what == "send") {
        auto end = penstock::Sender<std::string>::from_fd(fd);
        for (int i = 0; i < 3; ++i) end.send(std::to_string(i));
    } else {
        auto end = penstock::Receiver<std::string>::from_fd(fd);
        while (end.recv(forever, ec)) ++count;
    }
    return count;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return argc == 3 ? run(argv[1], std::atoi(argv[2])) : 2;
    } catch (const std::system_error& error) {
        return error.code() == penstock::errc::unsupported ? wrong_direction : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "pipe_child: %s\n", error.what());
        return 1;
    }
}
