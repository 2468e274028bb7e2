// What the readers of RESULT's bodies have in common.
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/wire/bodies.hpp"

#include <penstock/duration.hpp>
#include <penstock/error.hpp>
#include <penstock/stats.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

namespace penstock::protocol {

/// A default one if `ec` is set.
template <class Body>
Body body_of(const Answer& answer,
             std::optional<Body> (*decode)(std::span<const std::byte>),
             std::error_code& ec)
{
    ec = answer.ec;
    if (ec) return {};
    std::optional<Body> body = decode(answer.body.to_bytes());
    if (body) return std::move(*body);
    ec = errc::protocol;
    return {};
}

/// What a hostile broker says may not fit; nobody waits for this time.
[[nodiscard]] inline Duration to_duration(std::uint64_t ms)
{
    constexpr std::uint64_t hundred_years_ms = std::uint64_t{1000} * 366 * 24 * 3600 * 100;
    return std::chrono::milliseconds(std::min(ms, hundred_years_ms));
}

[[nodiscard]] inline WaitKind kind_of(wire::WaitKind kind)
{
    switch (kind) {
        case wire::WaitKind::put:
            return WaitKind::put;
        case wire::WaitKind::get:
            return WaitKind::get;
        case wire::WaitKind::join:
            break;
    }
    return WaitKind::join;
}

[[nodiscard]] QueueStat stat_of(wire::QueueBody&& body);

}  // namespace penstock::protocol
