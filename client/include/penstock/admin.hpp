// Admin: looks at the broker and its queues, empties and removes them.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>

#include <array>
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

/// A queue, as it was a moment ago.
struct QueueStat {
    std::string name;
    std::string kind;  // "fifo", "lifo" or "priority"
    /// Its creation number at the broker: a later queue of the same name has another.
    std::uint64_t object = 0;
    std::int64_t maxsize = 0;  // 0: unbounded
    std::uint64_t ready = 0;   // items that can be got: qsize
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;    // handed out, not acknowledged yet
    std::uint64_t unfinished = 0;  // what join waits for
    std::uint64_t putters = 0;     // calls that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t handles = 0;    // open ones, of all clients
    std::uint64_t put_total = 0;  // since it was created
    std::uint64_t get_total = 0;
    std::uint64_t producers = 0;  // of the handles; see Role
    std::uint64_t consumers = 0;
    bool shut_down = false;
    bool ended = false;  // its producers or its consumers have gone, and it ends with them
    bool until_task_done = false;
    bool ends_with_producers = false;
    bool ends_with_consumers = false;
};

/// The broker itself, as it was a moment ago. The counts are of all queues together.
struct BrokerStat {
    std::string version;               // of the broker's program, "0.1.0"
    std::uint16_t protocol = 0;        // the highest version that it speaks
    std::array<std::byte, 16> boot{};  // another one after each start
    Duration uptime{};                 // since it began
    std::uint64_t connections = 0;     // this one and those without a session too
    std::uint64_t sessions = 0;        // clients
    std::uint64_t queues = 0;
    std::uint64_t ready = 0;  // items that can be got
    std::uint64_t ready_bytes = 0;
    std::uint64_t assigned = 0;  // handed out, not acknowledged yet
    std::uint64_t putters = 0;   // calls that wait
    std::uint64_t getters = 0;
    std::uint64_t joiners = 0;
    std::uint64_t put_total = 0;  // since it began, also in queues that were removed
    std::uint64_t get_total = 0;
    std::uint64_t memory_used = 0;  // bytes of items, ready and assigned, 128 more for each
    std::uint64_t memory_max = 0;   // over it puts wait, then give errc::no_memory
    /// Bytes of puts that arrive or wait, and of what clients have not read; over pending_max
    /// a put that would have to wait gives errc::no_memory at once.
    std::uint64_t pending_used = 0;
    std::uint64_t pending_max = 0;
};

/// An item that stays where it is.
struct PeekedItem {
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;  // how often it was handed out and came back
    ContentType content_type = ContentType::bytes;
    std::uint32_t size = 0;  // of the whole item, in bytes
    Bytes head;              // as much of it as was asked for
};

/// Made by `Client::admin`, of whose session it is a part; can be copied. Any client that the
/// broker lets in may use it.
///
/// \par Threads     All members may be called from several threads at once.
/// \par Forms       Each call throws `Error`, or takes a `std::error_code&` last.
/// \par Errors      All: errc::disconnected. With a name also errc::not_found, and
///                  `std::errc::invalid_argument` if it can't be one. purge and remove also
///                  errc::in_doubt (`InDoubt`), when the connection ended meanwhile.
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

    /// Drops all ready items and counts them off for join; says how many there were.
    std::uint64_t purge(std::string_view name) const;
    std::uint64_t purge(std::string_view name, std::error_code& ec) const;

    /// Removes the queue; says how many items went with it. Calls that wait in it, and later ones
    /// through its handles, give errc::closed.
    std::uint64_t remove(std::string_view name) const;
    std::uint64_t remove(std::string_view name, std::error_code& ec) const;

private:
    std::shared_ptr<blocking::Connection> connection_;
};

}  // namespace penstock
