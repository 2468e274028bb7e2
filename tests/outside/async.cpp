// Runs its calls in an event loop, at a broker of its own.
#include <penstock/async/client.hpp>
#include <penstock/broker.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_future.hpp>

#include <string>

namespace asio = boost::asio;

asio::awaitable<std::string> talk(std::string address)
{
    penstock::async::Client client(co_await asio::this_coro::executor);
    co_await client.async_connect(address);
    auto queue = co_await client.async_queue<std::string>("outside");
    co_await queue.async_put("hello");
    co_return co_await queue.async_get();
}

int main()
{
    penstock::Broker broker;
    asio::io_context context;
    auto heard = asio::co_spawn(context, talk(broker.address()), asio::use_future);
    context.run();
    return heard.get() == "hello" ? 0 : 1;
}
