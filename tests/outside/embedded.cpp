// Has a broker of its own.
#include <penstock/broker.hpp>
#include <penstock/penstock.hpp>

int main()
{
    penstock::Broker broker;
    auto client = penstock::connect(broker.address());
    auto queue = client.joinable_queue<int>("outside", {.maxsize = 10});
    queue.put(1);
    const int got = queue.get();
    queue.task_done();
    queue.join();
    const penstock::Broker limited({{"memory-max", "16MiB"}});
    return got == 1 && limited.address() != broker.address() ? 0 : 1;
}
