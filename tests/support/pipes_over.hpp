// PipesOver: pipes between two asynchronous ends, by way of a broker on either kind of socket.
#pragma once

#include "tests/support/async_over.hpp"

#include <penstock/async/client.hpp>
#include <penstock/async/pipe.hpp>
#include <penstock/options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace penstock::support {

using Text = async::Connection<std::string>;
using Number = async::Connection<int>;

template <class T>
using EndsOf = std::pair<async::Connection<T>, async::Connection<T>>;

template <class T>
boost::asio::awaitable<EndsOf<T>> both_ends(async::Client& client)
{
    using namespace boost::asio::experimental::awaitable_operators;
    using boost::asio::use_awaitable;
    auto left = client.async_pipe<T>("p", End::left, patience, use_awaitable);
    auto right = client.async_pipe<T>("p", End::right, patience, use_awaitable);
    auto [one, other] = co_await (std::move(left) && std::move(right));
    co_return EndsOf<T>(std::move(one), std::move(other));
}

class PipesOver : public AsyncOver, public ::testing::TestWithParam<Over> {
protected:
    PipesOver() : AsyncOver(GetParam()) {}
};

}  // namespace penstock::support
