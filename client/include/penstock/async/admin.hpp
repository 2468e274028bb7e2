// Admin: looks at the broker and its queues; holds, empties and removes them, asynchronous.
#pragma once

#include <penstock/admin.hpp>
#include <penstock/async/detail/admin_calls.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::async {

/// Given by `Client::admin`. Copies are cheap; a copy that outlives its client completes with
/// asio::error::operation_aborted.
///
/// Each operation may complete with errc::disconnected and asio::error::operation_aborted; those
/// with a name also with errc::not_found, and std::errc::invalid_argument for what is not a name;
/// those that change something also with errc::in_doubt, and errc::unsupported from a broker that
/// is older.
/// Cancellation: terminal, partial: at once.
///
/// \par Threads  As of an Asio socket.
class Admin {
public:
    using executor_type = asio::any_io_executor;

    explicit Admin(detail::ConnectionPtr connection) noexcept : connection_(std::move(connection))
    {}

    [[nodiscard]] executor_type get_executor() const noexcept
    {
        return detail::executor_of(*connection_);
    }

    /// All queues, by name. A long list comes in pages: it is not one moment's picture.
    ///
    /// \par Handler signature  void(error_code, std::vector<QueueStat>)
    template <class Token = asio::deferred_t>
    auto async_list(Token&& token = {})
    {
        return detail::begin<void(error_code, std::vector<QueueStat>)>(
            connection_, detail::start_list, std::forward<Token>(token));
    }

    /// One queue.
    ///
    /// \par Handler signature  void(error_code, QueueStat)
    template <class Token = asio::deferred_t>
    auto async_stat(std::string_view name, Token&& token = {})
    {
        return detail::begin<void(error_code, QueueStat)>(
            connection_, detail::start_stat, std::forward<Token>(token), std::string(name));
    }

    /// The broker itself: its version, who is connected, and all queues added up.
    ///
    /// \par Handler signature  void(error_code, BrokerStat)
    template <class Token = asio::deferred_t>
    auto async_broker_stat(Token&& token = {})
    {
        return detail::begin<void(error_code, BrokerStat)>(
            connection_, detail::start_broker_stat, std::forward<Token>(token));
    }

    /// Up to `count` ready items behind the first `offset`, in the order in which get would return
    /// them; of each at most `head_size_max` bytes. Takes nothing out.
    ///
    /// \par Handler signature  void(error_code, std::vector<PeekedItem>)
    template <class Token = asio::deferred_t>
    auto async_peek(std::string_view name,
                    std::size_t count,
                    std::uint64_t offset = 0,
                    std::uint32_t head_size_max = UINT32_MAX,
                    Token&& token = {})
    {
        return detail::begin<void(error_code, std::vector<PeekedItem>)>(
            connection_,
            detail::start_peek,
            std::forward<Token>(token),
            detail::PeekSpec{std::string(name), count, offset, head_size_max});
    }

    /// What has changed since a version, which is that of the answer before; 0 at first. One answer
    /// has a few hundred rows: where `Changes::more` is set, the next ones are there already.
    ///
    /// \par Handler signature  void(error_code, Changes<QueueRow>)
    /// \par Errors             also errc::unsupported: the broker is older than this
    template <class Token = asio::deferred_t>
    auto async_queue_changes(std::uint64_t since, Token&& token = {})
    {
        return detail::begin<void(error_code, Changes<QueueRow>)>(
            connection_, detail::start_queue_changes, std::forward<Token>(token), since);
    }

    /// \par Handler signature  void(error_code, Changes<PipeStat>)
    /// \par Errors             also errc::unsupported
    template <class Token = asio::deferred_t>
    auto async_pipe_changes(std::uint64_t since, Token&& token = {})
    {
        return detail::begin<void(error_code, Changes<PipeStat>)>(
            connection_, detail::start_pipe_changes, std::forward<Token>(token), since);
    }

    /// Those of all clients. Looks, as those of an Admin, change nothing in their client's row.
    ///
    /// \par Handler signature  void(error_code, Changes<ConnectionStat>)
    /// \par Errors             also errc::unsupported
    template <class Token = asio::deferred_t>
    auto async_connection_changes(std::uint64_t since, Token&& token = {})
    {
        return detail::begin<void(error_code, Changes<ConnectionStat>)>(
            connection_, detail::start_connection_changes, std::forward<Token>(token), since);
    }

    /// The events behind a version, all of them in one answer.
    ///
    /// \par Handler signature  void(error_code, Events)
    /// \par Errors             also errc::unsupported
    template <class Token = asio::deferred_t>
    auto async_events(std::uint64_t since, Token&& token = {})
    {
        return detail::begin<void(error_code, Events)>(
            connection_, detail::start_events, std::forward<Token>(token), since);
    }

    /// Drops all ready items and counts them off for join; says how many there were.
    ///
    /// \par Handler signature  void(error_code, std::uint64_t)
    template <class Token = asio::deferred_t>
    auto async_purge(const QueueRef& queue, Token&& token = {})
    {
        return detail::begin<void(error_code, std::uint64_t)>(
            connection_, detail::start_purge, std::forward<Token>(token), queue);
    }

    /// Removes the queue; says how many items went with it. Calls that wait in it, and later ones
    /// through its handles, give errc::closed.
    ///
    /// \par Handler signature  void(error_code, std::uint64_t)
    template <class Token = asio::deferred_t>
    auto async_remove(const QueueRef& queue, Token&& token = {})
    {
        return detail::begin<void(error_code, std::uint64_t)>(
            connection_, detail::start_remove, std::forward<Token>(token), queue);
    }

    /// Nothing of the queue is handed out any more, until `async_resume`; see
    /// penstock::Admin::pause.
    ///
    /// \par Handler signature  void(error_code)
    template <class Token = asio::deferred_t>
    auto async_pause(const QueueRef& queue, Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            connection_, detail::start_pause, std::forward<Token>(token), queue);
    }

    /// Gets go on, in the order in which they came.
    ///
    /// \par Handler signature  void(error_code)
    template <class Token = asio::deferred_t>
    auto async_resume(const QueueRef& queue, Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            connection_, detail::start_resume, std::forward<Token>(token), queue);
    }

    /// Takes up to `count` ready items in the order in which get would return them and adds them to
    /// the end of `to`, in one step: as many as its maxsize leaves room for. Says how many; see
    /// penstock::Admin::move.
    ///
    /// \par Handler signature  void(error_code, std::uint64_t)
    /// \par Errors             also errc::shut_down and errc::closed: `to` is shut down, or ended
    template <class Token = asio::deferred_t>
    auto async_move(const QueueRef& from,
                    std::string_view to,
                    std::uint64_t count = UINT64_MAX,
                    Token&& token = {})
    {
        return detail::begin<void(error_code, std::uint64_t)>(
            connection_,
            detail::start_move,
            std::forward<Token>(token),
            detail::MoveSpec{from, std::string(to), count});
    }

    /// Ends the session of a connection, as if it had been cut; see penstock::Admin::kick.
    ///
    /// \par Handler signature  void(error_code)
    /// \par Errors             also errc::not_found
    template <class Token = asio::deferred_t>
    auto async_kick(std::uint64_t connection, Token&& token = {})
    {
        return detail::begin<void(error_code)>(
            connection_, detail::start_kick, std::forward<Token>(token), connection);
    }

private:
    detail::ConnectionPtr connection_;
};

}  // namespace penstock::async
