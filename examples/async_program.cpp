#include "examples/async_program.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/cancellation_condition.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>

namespace examples {

SomeBroker::SomeBroker()
{
    const char* url = std::getenv("PENSTOCK_URL");
    if (url != nullptr && *url != '\0') {
        address_ = url;
    } else {
        own_.emplace();
        address_ = own_->address();
    }
}

asio::awaitable<void> connect(async::Client& client, std::string address)
{
    // The error code has no words for the address, and none of advice; the change of state does.
    const auto why = std::make_shared<std::string>();
    client.on_state([why](const async::StateChange& change) { *why = change.text; });
    const penstock::ConnectOptions options;
    auto [ec] = co_await client.async_connect(address, options, as_tuple);
    client.on_state(nullptr);
    if (ec) throw std::runtime_error(why->empty() ? ec.message() : *why);
}

asio::awaitable<void> remove(async::Client& client, std::string name)
{
    (void)co_await client.admin().async_remove(name, as_tuple);
}

asio::awaitable<void> all(std::vector<asio::awaitable<void>> tasks)
{
    const auto executor = co_await asio::this_coro::executor;
    const auto prepare = [&executor](asio::awaitable<void> task) {
        return asio::co_spawn(executor, std::move(task), asio::deferred);
    };
    std::vector<decltype(prepare(std::move(tasks.front())))> prepared;
    for (asio::awaitable<void>& task : tasks) prepared.push_back(prepare(std::move(task)));
    auto group = asio::experimental::make_parallel_group(std::move(prepared));
    const asio::experimental::wait_for_one_error condition;
    auto [order, failures] = co_await group.async_wait(condition, asio::use_awaitable);
    for (const std::size_t task : order) {
        if (failures[task]) std::rethrow_exception(failures[task]);  // the first; it ended the rest
    }
}

asio::awaitable<void> until_signal(asio::awaitable<void> task)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::signal_set signals(executor, SIGINT, SIGTERM);
    auto group = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(task), asio::deferred),
        signals.async_wait(asio::deferred));
    const asio::experimental::wait_for_one condition;
    auto [order, failure, ec, number] = co_await group.async_wait(condition, asio::use_awaitable);
    if (order.front() == 1) throw std::runtime_error("interrupted");
    if (failure) std::rethrow_exception(failure);
}

int run(const std::string& name, asio::awaitable<void> program)
{
    asio::io_context context;
    std::exception_ptr failure;
    asio::co_spawn(
        context, std::move(program), [&failure](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    try {
        if (failure) std::rethrow_exception(failure);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}

}  // namespace examples
