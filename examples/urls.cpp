// urls: a process sends ten URLs through a pipe, at random pauses, and another one prints them.
// Their parent waits for the sender, and then ends the receiver.
//
//     $ build/examples/urls
//     url_0
//     url_1
//     url_2
//     url_3
//     url_4
//     url_5
//     url_6
//     url_7
//     url_8
//     url_9
//     no more will come
//
// It mirrors this Python. There the receiver waits in recv() for ever, and is killed, with whatever
// it was doing; here the pipe ends when its last sending end is closed, which is the parent's.
//
//     receiving, sending = Pipe(duplex=False)
//     receiver = Process(target=print_all, args=(receiving,))
//     sender = Process(target=send_all, args=(sending,))
//     receiver.start()
//     sender.start()
//     sender.join()
//     receiver.terminate()
#include "examples/process.hpp"

#include <penstock/penstock.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <thread>

namespace {

using examples::print;
using penstock::Receiver;
using penstock::Sender;

void send_all(Sender<std::string>& urls)
{
    std::mt19937 random(std::random_device{}());
    std::uniform_int_distribution pause_ms(0, 200);
    for (int i = 0; i < 10; ++i) {
        urls.send("url_" + std::to_string(i));
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms(random)));
    }
}

void print_all(Receiver<std::string>& urls)
{
    try {
        while (true) print(urls.recv());
    } catch (const penstock::EndOfFile&) {
        print("no more will come");
    }
}

int run()
{
    auto [receiving, sending] = penstock::one_way_pipe<std::string>();
    const pid_t receiver = examples::start([&receiving = receiving, &sending = sending] {
        sending.close();  // while anybody has one, there is no end-of-file
        print_all(receiving);
    });
    receiving.close();
    const pid_t sender = examples::start([&sending = sending] { send_all(sending); });
    const bool sent = examples::ended_well(sender);
    sending.close();  // the last one: the receiver gets what is left, and then end-of-file
    const bool printed = examples::ended_well(receiver);
    return sent && printed ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main()
{
    try {
        return run();
    } catch (const std::exception& error) {
        std::cerr << "urls: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
