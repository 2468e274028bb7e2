// Admin: looks at the broker and its queues; holds, empties and removes them.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/monitor.hpp>
#include <penstock/stats.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace penstock {

namespace blocking {
class Connection;
}

/// An item that stays where it is.
struct PeekedItem {
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;  // how often it was handed out and came back
    ContentType content_type = ContentType::bytes;
    std::uint32_t size = 0;  // of the whole item, in bytes
    Bytes head;              // as much of it as was asked for
};

/// A queue by its name: whichever has it; or, with its number, that very one:
///
///     admin.purge("jobs");
///     admin.purge({"jobs", stat.object});  // errc::not_found if there is another one by now
struct QueueRef {
    template <std::convertible_to<std::string_view> Name>
    QueueRef(const Name& queue_name, std::uint64_t queue_object = 0)
        : name(std::string_view(queue_name)), object(queue_object)
    {}
    std::string name;
    std::uint64_t object = 0;  // QueueStat::object; 0: any
};

/// Made by `Client::admin`, of whose session it is a part; can be copied. Any client that the
/// broker lets in may use it.
///
/// \par Threads     All members may be called from several threads at once.
/// \par Forms       Each call throws `Error`, or takes a `std::error_code&` last.
/// \par Errors      All: errc::disconnected. With a name also errc::not_found, and
///                  `std::errc::invalid_argument` if it can't be one. What changes something also
///                  errc::in_doubt (`InDoubt`), when the connection ended meanwhile, and
///                  errc::unsupported from a broker that is older.
class PENSTOCK_API Admin {
public:
    /// Not connected: every call gives errc::disconnected.
    Admin() noexcept;
    explicit Admin(std::shared_ptr<blocking::Connection> connection) noexcept;
    ~Admin();
    Admin(const Admin&);
    Admin(Admin&&) noexcept;
    Admin& operator=(const Admin&);
    Admin& operator=(Admin&&) noexcept;

    /// All queues, by name. A long list comes in pages: it is not one moment's picture.
    [[nodiscard]] std::vector<QueueStat> list() const;
    [[nodiscard]] std::vector<QueueStat> list(std::error_code& ec) const;

    /// One queue.
    [[nodiscard]] QueueStat stat(std::string_view name) const;
    [[nodiscard]] QueueStat stat(std::string_view name, std::error_code& ec) const;

    /// The broker itself: its version, who is connected, and all queues added up.
    [[nodiscard]] BrokerStat broker_stat() const;
    [[nodiscard]] BrokerStat broker_stat(std::error_code& ec) const;

    /// Up to `count` ready items behind the first `offset`, in the order in which get would return
    /// them; of each at most `head_size_max` bytes. Takes nothing out.
    [[nodiscard]] std::vector<PeekedItem> peek(std::string_view name,
                                               std::size_t count,
                                               std::uint64_t offset = 0,
                                               std::uint32_t head_size_max = UINT32_MAX) const;
    [[nodiscard]] std::vector<PeekedItem> peek(std::string_view name,
                                               std::size_t count,
                                               std::uint64_t offset,
                                               std::uint32_t head_size_max,
                                               std::error_code& ec) const;

    /// What has changed since a version, which is that of the answer before; 0 at first. One answer
    /// has a few hundred rows: where `Changes::more` is set, the next ones are there already.
    ///
    /// \par Errors  also errc::unsupported: the broker is older than this
    [[nodiscard]] Changes<QueueRow> queue_changes(std::uint64_t since) const;
    [[nodiscard]] Changes<QueueRow> queue_changes(std::uint64_t since, std::error_code& ec) const;
    [[nodiscard]] Changes<PipeStat> pipe_changes(std::uint64_t since) const;
    [[nodiscard]] Changes<PipeStat> pipe_changes(std::uint64_t since, std::error_code& ec) const;
    /// Those of all clients. Looks, as those of an Admin, change nothing in their client's row.
    [[nodiscard]] Changes<ConnectionStat> connection_changes(std::uint64_t since) const;
    [[nodiscard]] Changes<ConnectionStat> connection_changes(std::uint64_t since,
                                                             std::error_code& ec) const;
    /// The events behind a version, all of them in one answer.
    [[nodiscard]] Events events(std::uint64_t since) const;
    [[nodiscard]] Events events(std::uint64_t since, std::error_code& ec) const;

    /// Drops all ready items and counts them off for join; says how many there were.
    std::uint64_t purge(const QueueRef& queue) const;
    std::uint64_t purge(const QueueRef& queue, std::error_code& ec) const;

    /// Removes the queue; says how many items went with it. Calls that wait in it, and later ones
    /// through its handles, give errc::closed.
    std::uint64_t remove(const QueueRef& queue) const;
    std::uint64_t remove(const QueueRef& queue, std::error_code& ec) const;

    /// Nothing of the queue is handed out any more, until `resume`: gets wait, or time out with
    /// errc::empty. All else goes on: puts up to maxsize, what was handed out and returns,
    /// task_done, join, peek, purge, move. A queue that is shut down keeps its items meanwhile.
    /// Idempotent, as `resume` is.
    void pause(const QueueRef& queue) const;
    void pause(const QueueRef& queue, std::error_code& ec) const;
    /// Gets go on, in the order in which they came.
    void resume(const QueueRef& queue) const;
    void resume(const QueueRef& queue, std::error_code& ec) const;

    /// Takes up to `count` ready items in the order in which get would return them and adds them to
    /// the end of `to`, in one step: as many as its maxsize leaves room for. Says how many. Content
    /// type and priority go along; attempts begin anew, and join counts them at `to`.
    ///
    /// \par Errors  also errc::shut_down and errc::closed: `to` is shut down, or ended; and
    ///              `std::errc::invalid_argument`: to itself, or 0 items
    std::uint64_t move(const QueueRef& from,
                       std::string_view to,
                       std::uint64_t count = UINT64_MAX) const;
    std::uint64_t move(const QueueRef& from,
                       std::string_view to,
                       std::uint64_t count,
                       std::error_code& ec) const;

    /// Ends the session of a connection, as if it had been cut: what waits ends, what was not
    /// acknowledged returns to its queues. The client's calls give errc::disconnected, and the text
    /// says that an operator did it. `connection` is its number in the broker's log, "conn".
    ///
    /// \par Errors  also errc::not_found
    void kick(std::uint64_t connection) const;
    void kick(std::uint64_t connection, std::error_code& ec) const;

private:
    std::shared_ptr<blocking::Connection> connection_;
};

}  // namespace penstock
