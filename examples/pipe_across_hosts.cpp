// pipe_across_hosts: two processes on two hosts open the two ends of a pipe by its name, and send
// through it both ways. The broker, beside the left one, relays; both have the same key. As root it
// makes two hosts out of network namespaces, so that all that passes goes through a network; else
// the two are loopback addresses.
//
//     $ sudo build/examples/pipe_across_hosts
//     two network namespaces: 10.73.0.1 and 10.73.0.2
//     right: 256 pages, please
//     left: 256 pages are wanted, and sent as fast as they are taken
//     right: the first one is here; the others can wait a moment
//     right: and now the others
//     left: the last one is sent
//     right: 256 pages arrived, 16 MiB; then end-of-file
//
// The order of these lines is no accident: the broker holds 1 MiB in each direction of a pipe
// (`penstockd --pipe-bytes-max`), then send() waits for the receiver. So the last page can't be
// sent before the right one goes on.
//
// Python has no such meeting. There it would be a Listener on one host, a Client on the other, and
// the buffers of the system between them.
#include "examples/process.hpp"
#include "examples/two_host_program.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using examples::Place;
using examples::print;
using penstock::End;

void left(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto pages = client.pipe<std::string>("pages", End::left, 10s);
    const std::string wanted = pages.recv(10s);
    print("left: " + wanted + " pages are wanted, and sent as fast as they are taken");
    const std::string page(64 * 1024, 'x');
    for (int i = 0; i < std::stoi(wanted); ++i) pages.send(page, 10s);
    print("left: the last one is sent");
}  // This closes the end, and what was sent still arrives.

void right(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto pages = client.pipe<std::string>("pages", End::right, 10s);
    print("right: 256 pages, please");
    pages.send("256");
    std::size_t size = pages.recv(10s).size();
    print("right: the first one is here; the others can wait a moment");
    std::this_thread::sleep_for(300ms);
    print("right: and now the others");
    std::size_t count = 1;
    try {
        for (;; ++count) size += pages.recv(10s).size();
    } catch (const penstock::EndOfFile&) {
        print("right: " + std::to_string(count) + " pages arrived, " +
              std::to_string(size / (1024 * 1024)) + " MiB; then end-of-file");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    return examples::run_on_two_hosts(
        argc, argv, "Sends pages from one host to another by a named pipe,", left, right);
}
