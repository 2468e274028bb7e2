// What callers say about queues and pipes, as requests, and answers as what they want: the same for
// all drivers.
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/wire/messages.hpp"

#include <penstock/bytes.hpp>
#include <penstock/detail/handle.hpp>
#include <penstock/options.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>

namespace penstock::protocol {

/// What the wire can say; the broker's limit is lower.
inline constexpr std::size_t item_size_max = std::numeric_limits<std::uint32_t>::max();

[[nodiscard]] wire::Open open_queue(wire::HandleId handle,
                                    std::string_view name,
                                    const QueueOptions& options);
[[nodiscard]] wire::Open open_pipe(wire::HandleId handle, std::string_view name, End end);

/// Why no item may be put so: std::errc::invalid_argument, or errc::too_large.
[[nodiscard]] std::error_code check_put(std::size_t size, const detail::PutSpec& spec);
/// One item.
[[nodiscard]] wire::Put put_one(wire::HandleId handle, Bytes bytes, const detail::PutSpec& spec);
/// Of several, without the items.
[[nodiscard]] wire::Put put_some(wire::HandleId handle, const detail::PutSpec& spec);
[[nodiscard]] wire::Get get_many(wire::HandleId handle, std::size_t n);
/// `handles`: at least one.
[[nodiscard]] wire::Get get_any(std::span<const wire::HandleId> handles);

/// `session`: this process's number of it.
[[nodiscard]] detail::RawItem to_item(const GotItem& got, wire::OpId op, std::uint64_t session);

[[nodiscard]] wire::Read read_fill(wire::HandleId handle);
/// Sets `ec` to errc::protocol where the answer makes no sense.
[[nodiscard]] detail::Fill to_fill(const Answer& answer, std::error_code& ec);

}  // namespace penstock::protocol
