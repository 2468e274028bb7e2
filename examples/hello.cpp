// The program in the README: put, and get until nothing has come for a while.
#include <penstock/penstock.hpp>

#include <iostream>

int main()
{
    auto client = penstock::connect();
    auto greetings = client.queue<std::string>("greetings", {.maxsize = 100});
    greetings.put("hello");
    try {
        while (true) std::cout << greetings.get(std::chrono::milliseconds(250)) << '\n';
    } catch (const penstock::Empty&) {  // nothing came for 250 ms
    }
}
