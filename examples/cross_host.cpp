// cross_host: a producer on one host, a consumer on the other, and the broker beside the producer.
// Both have the same key. As root it makes two hosts out of network namespaces, so that all that
// passes goes through a network; else the two are loopback addresses.
//
//     $ sudo build/examples/cross_host
//     two network namespaces: 10.73.0.1 and 10.73.0.2
//     consumer: alpha
//     consumer: beta
//     consumer: gamma
//     producer: all letters have arrived
//
// It mirrors a queue that one host serves and the other reaches through a Manager:
//
//     letters = queue.Queue(2)
//     BaseManager.register("letters", callable=lambda: letters)
//     BaseManager(("10.73.0.1", 7410), authkey=key).get_server().serve_forever()
//
//     BaseManager.register("letters")
//     manager = BaseManager(("10.73.0.1", 7410), authkey=key)
//     manager.connect()
//     print(manager.letters().get())
#include "examples/process.hpp"
#include "examples/two_host_program.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using examples::Place;
using examples::print;

void produce(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto letters = client.joinable_queue<std::string>("letters", {.maxsize = 2});
    for (const std::string letter : {"alpha", "beta", "gamma"}) letters.put(letter, 10s);
    letters.join(10s);
    print("producer: all letters have arrived");
    letters.shutdown();
}

void consume(const Place& broker)
{
    auto client = penstock::connect(broker.url, {.key_file = broker.key_file});
    auto letters = client.joinable_queue<std::string>("letters", {.maxsize = 2});
    try {
        while (true) {
            print("consumer: " + letters.get(10s));
            letters.task_done();
        }
    } catch (const penstock::ShutDown&) {
        // The producer has no more.
    }
}

}  // namespace

int main(int argc, char** argv)
{
    return examples::run_on_two_hosts(
        argc, argv, "Sends three letters from one host to another,", produce, consume);
}
