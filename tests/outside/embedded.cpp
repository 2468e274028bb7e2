// Has a broker of its own.
#include <penstock/broker.hpp>
#include <penstock/penstock.hpp>

int main()
{
    const penstock::Broker broker({{"memory-max", "16MiB"}});
    auto client = penstock::connect(broker.address());
    auto queue = client.joinable_queue<int>("outside", {.maxsize = 10});
    queue.put(1);
    const int got = queue.get();
    queue.task_done();
    queue.join();
    return got == 1 ? 0 : 1;
}
