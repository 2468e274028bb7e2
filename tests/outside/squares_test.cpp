// How a project tests its own code: each test has a broker of its own, so there is nothing to
// install or to start, and no name that others use.
#include <penstock/broker.hpp>
#include <penstock/penstock.hpp>

#include <chrono>
#include <iostream>

namespace {

/// The project's own code: numbers come out of one queue, their squares go into another.
void square_all(penstock::Client& client)
{
    auto numbers = client.queue<int>("numbers");
    auto squares = client.queue<int>("squares");
    try {
        while (true) {
            const int number = numbers.get();
            squares.put(number * number);
        }
    } catch (const penstock::ShutDown&) {  // that was all
    }
}

}  // namespace

int main()
{
    penstock::Broker broker;
    auto client = penstock::connect(broker.address());
    auto numbers = client.queue<int>("numbers");
    auto squares = client.queue<int>("squares");
    numbers.put(3);
    numbers.put(4);
    numbers.shutdown();

    square_all(client);

    const int nine = squares.get(std::chrono::seconds(10));
    const int sixteen = squares.get(std::chrono::seconds(10));
    std::cout << nine << ' ' << sixteen << '\n';
    return nine == 9 && sixteen == 16 ? 0 : 1;
}
