// What the templates of the asynchronous headers stand on: calls in bytes, whose handlers have lost
// their types, so that all code of the network is in the library. Not for programs: everything here
// may change.
#pragma once

#include <penstock/async/connection_state.hpp>
#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/raw_item.hpp>
#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::async {

namespace asio = boost::asio;
using boost::system::error_code;

namespace detail {

class Connection;
class Handle;

using penstock::detail::EncodedItems;
using penstock::detail::Fill;
using penstock::detail::ItemToken;
using penstock::detail::PutSpec;
using penstock::detail::RawItem;

template <class... Results>
using HandlerOf = asio::any_completion_handler<void(error_code, Results...)>;
using ReportHandler = asio::any_completion_handler<void(PutReport)>;

/// What connecting needs, copied.
struct Target {
    std::string address;
    std::string key_file;
    std::string name;
    ConnectOptions options;  // its texts are the ones above
};
[[nodiscard]] Target make_target(std::string_view address, const ConnectOptions& options);

using ConnectionPtr = std::shared_ptr<Connection>;
using HandlePtr = std::shared_ptr<Handle>;

[[nodiscard]] ConnectionPtr make_connection(asio::any_io_executor executor);
[[nodiscard]] asio::any_io_executor executor_of(const Connection& connection) noexcept;
void set_state_callback(const ConnectionPtr& connection, StateCallback callback);
void start_connect(const ConnectionPtr& connection, Target target, HandlerOf<> handler);
/// `joinable`: remember what is handed out.
void start_open(const ConnectionPtr& connection,
                std::string name,
                QueueOptions options,
                bool joinable,
                HandlerOf<HandlePtr> handler);
void start_flush(const ConnectionPtr& connection, HandlerOf<> handler);
void start_ping(const ConnectionPtr& connection, Duration timeout, HandlerOf<Duration> handler);
/// Ends all its calls with `operation_aborted`.
void close(const ConnectionPtr& connection) noexcept;

[[nodiscard]] asio::any_io_executor executor_of(const Handle& handle) noexcept;
void start_put(
    const HandlePtr& handle, Bytes bytes, PutSpec spec, Duration timeout, HandlerOf<> handler);
void start_put_many(const HandlePtr& handle,
                    EncodedItems items,
                    PutSpec spec,
                    PutManyOptions options,
                    ReportHandler handler);
void start_get(const HandlePtr& handle, Duration timeout, HandlerOf<RawItem> handler);
void start_get_many(const HandlePtr& handle,
                    std::size_t n,
                    Duration timeout,
                    HandlerOf<std::vector<RawItem>> handler);
/// `first`, one of them, has the executor. Null handles are not open.
void start_get_any(const HandlePtr& first,
                   std::vector<HandlePtr> handles,
                   Duration timeout,
                   HandlerOf<std::size_t, RawItem> handler);
void start_fill(const HandlePtr& handle, HandlerOf<Fill> handler);
void start_shutdown(const HandlePtr& handle, bool immediate, HandlerOf<> handler);
void start_done(const HandlePtr& handle, ItemToken token, HandlerOf<> handler);
void start_task_done(const HandlePtr& handle, HandlerOf<> handler);
void start_join(const HandlePtr& handle, Duration timeout, HandlerOf<> handler);
void close(const HandlePtr& handle) noexcept;

/// Reaches the private parts of Queue.
struct Reach {
    template <class Queue>
    static const HandlePtr& handle(const Queue& queue)
    {
        return queue.handle_;
    }
};

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

/// `decode(ec)`, or nothing if it throws: a handler is due all the same, and where it runs nobody
/// could catch that.
template <class Decode>
[[nodiscard]] auto caught(Decode decode, std::error_code& ec) noexcept -> decltype(decode(ec))
{
    try {
        return decode(ec);
    } catch (...) {
        ec = errc::bad_message;
        return std::nullopt;
    }
}

/// As `penstock::detail::decode`: an empty value, and `ec` set, if the codec can't; or if it is set
/// already.
template <Codable T>
[[nodiscard]] T decoded(RawItem& raw, error_code& ec)
{
    if (ec) return T();
    std::error_code bad;
    const auto decode = [&](std::error_code& why) {
        return penstock::detail::decode<T>(raw.bytes, why);
    };
    std::optional<T> value = caught(decode, bad);
    ec = bad;
    return value ? std::move(*value) : T();
}

/// The same with what the queue knows about the item.
template <Codable T>
[[nodiscard]] Item<T> decoded_item(RawItem& raw, error_code& ec)
{
    if (ec) return {};
    std::error_code bad;
    const auto decode = [&](std::error_code& why) {
        return penstock::detail::decode_item<T>(raw, why);
    };
    std::optional<Item<T>> item = caught(decode, bad);
    ec = bad;
    return item ? std::move(*item) : Item<T>();
}

/// A call whose results are the user's.
template <class Signature, class Token, class Object, class Start, class... Arguments>
auto begin(const std::shared_ptr<Object>& object,
           Start start,
           Token&& token,
           Arguments&&... arguments)
{
    return asio::async_initiate<Token, Signature>(
        Initiation(object, start), token, std::forward<Arguments>(arguments)...);
}

/// A call whose results, those of `Raw`, `convert` makes into the user's.
template <class Raw, class Token, class Object, class Start, class Convert, class... Arguments>
auto begin_converted(const std::shared_ptr<Object>& object,
                     Start start,
                     Convert convert,
                     Token&& token,
                     Arguments&&... arguments)
{
    asio::deferred_t raw;
    return begin<Raw>(object, start, raw, std::forward<Arguments>(arguments)...)(
        asio::deferred(std::move(convert)))(std::forward<Token>(token));
}

}  // namespace detail
}  // namespace penstock::async
