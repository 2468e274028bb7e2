// Which queues a get_any may be given: the same for all drivers.
#pragma once

#include <penstock/error.hpp>
#include <penstock/item.hpp>

#include <algorithm>
#include <memory>
#include <span>
#include <system_error>

namespace penstock {

/// A null one is not open.
template <class Handle>
[[nodiscard]] std::error_code check_get_any(std::span<const std::shared_ptr<Handle>> handles)
{
    if (handles.empty()) return std::make_error_code(std::errc::invalid_argument);
    if (handles.size() > get_any_max) return errc::too_many;
    const auto open = [](const auto& handle) { return handle != nullptr; };
    if (!std::ranges::all_of(handles, open)) return errc::closed;
    const auto of_one_client = [&](const auto& handle) {
        return handle->shares_connection_with(*handles.front());
    };
    if (std::ranges::all_of(handles, of_one_client)) return {};
    return std::make_error_code(std::errc::invalid_argument);
}

}  // namespace penstock
