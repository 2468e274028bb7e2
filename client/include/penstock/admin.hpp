// Admin: looks at the broker and its queues, empties and removes them.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/stats.hpp>

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
