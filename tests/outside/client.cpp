// Finds its broker where `penstockd --run` says that it is.
#include <penstock/penstock.hpp>

#include <string>

int main()
{
    auto client = penstock::connect();
    auto queue = client.queue<std::string>("outside");
    queue.put("hello");
    auto [ours, theirs] = penstock::pipe<int>();
    ours.send(42);
    return queue.get() == "hello" && theirs.recv() == 42 ? 0 : 1;
}
