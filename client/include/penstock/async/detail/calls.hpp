// What the templates of the asynchronous headers stand on: calls in bytes, whose handlers have lost
// their types, so that all code of the network is in the library. Not for programs: everything here
// may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/raw_item.hpp>
#include <penstock/duration.hpp>
#include <penstock/options.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::async {

namespace asio = boost::asio;
using boost::system::error_code;

namespace detail {

class Connection;
class Handle;

using penstock::detail::PutSpec;
using penstock::detail::RawItem;

template <class... Results>
using HandlerOf = asio::any_completion_handler<void(error_code, Results...)>;

/// What connecting needs, copied.
struct Target {
    std::string address;
    std::string key_file;
    std::string name;
    ConnectOptions options;  // its texts are the ones above
};
[[nodiscard]] Target make_target(std::string_view address, const ConnectOptions& options);

[[nodiscard]] std::shared_ptr<Connection> make_connection(asio::any_io_executor executor);
void start_connect(const std::shared_ptr<Connection>& connection,
                   Target target,
                   HandlerOf<> handler);
void start_open(const std::shared_ptr<Connection>& connection,
                std::string name,
                QueueOptions options,
                HandlerOf<std::shared_ptr<Handle>> handler);
/// Ends all its calls with `operation_aborted`.
void close(const std::shared_ptr<Connection>& connection) noexcept;
[[nodiscard]] asio::any_io_executor executor_of(const Connection& connection) noexcept;

[[nodiscard]] asio::any_io_executor executor_of(const Handle& handle) noexcept;
void start_put(const std::shared_ptr<Handle>& handle,
               Bytes bytes,
               PutSpec spec,
               Duration timeout,
               HandlerOf<> handler);
void start_get(const std::shared_ptr<Handle>& handle, Duration timeout, HandlerOf<RawItem> handler);
void close(const std::shared_ptr<Handle>& handle) noexcept;

/// Starts a call when its token says so: a function object with an executor, which adapters of
/// tokens look for.
template <class Object, class Start>
class Initiation {
public:
    using executor_type = asio::any_io_executor;
    Initiation(std::shared_ptr<Object> object, Start start)
        : object_(std::move(object)), start_(std::move(start))
    {}
    [[nodiscard]] executor_type get_executor() const noexcept { return executor_of(*object_); }

    template <class Handler, class... Arguments>
    void operator()(Handler&& handler, Arguments&&... arguments) const
    {
        start_(object_, std::forward<Arguments>(arguments)..., std::forward<Handler>(handler));
    }

private:
    std::shared_ptr<Object> object_;
    Start start_;
};

}  // namespace detail
}  // namespace penstock::async
