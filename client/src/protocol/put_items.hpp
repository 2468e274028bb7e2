// The PUTs of a put_many: which items go into one, and what becomes of all.
#pragma once

#include "client/src/protocol/call.hpp"
#include "common/base/bytes.hpp"
#include "common/wire/messages.hpp"

#include <penstock/detail/handle.hpp>
#include <penstock/put_report.hpp>

#include <cstddef>
#include <deque>
#include <optional>

namespace penstock::protocol {

/// Sets the priority and the sizes of `put`: from the item `first` on as many as fit its frame and
/// `ops_max`, have that one's priority, and at least it. A long item goes alone: the broker admits
/// it whatever its size, if nothing else of this session waits for its queue.
void take_items(wire::Put& put,
                const detail::EncodedItems& items,
                std::size_t first,
                std::size_t ops_max);

/// Gives the requests one after the other, and takes their answers in the same order.
class PutMany {
public:
    /// `stop_on_error`: what stands behind a failed item is skipped, so only one request may be
    /// under way, since other threads may put in between.
    PutMany(wire::HandleId handle,
            detail::EncodedItems items,
            const detail::PutSpec& spec,
            bool stop_on_error,
            std::size_t ops_max);

    /// So many requests may be under way at once.
    [[nodiscard]] static std::size_t ahead(bool stop_on_error)
    {
        return stop_on_error ? 1 : ahead_max;
    }
    /// None: there is no more.
    [[nodiscard]] std::optional<Request> next();
    void answered(Answer&& answer);
    /// What was not asked, or not answered, is skipped.
    [[nodiscard]] PutReport report() &&;

private:
    static constexpr std::size_t ahead_max = 64;

    const wire::HandleId handle_;
    detail::EncodedItems items_;  // without the bytes
    const base::Slice bytes_;
    const detail::PutSpec spec_;
    const bool stop_on_error_;
    const std::size_t ops_max_;
    std::size_t sent_ = 0;
    std::size_t offset_ = 0;
    std::deque<std::size_t> under_way_;  // how many items each has
    bool stopped_ = false;
    PutReport report_;
};

/// What a put_many that may not even begin returns, or one of nothing.
[[nodiscard]] PutReport report_of(std::size_t items, std::error_code ec);
/// Why it may not: as check_put().
[[nodiscard]] std::error_code check_items(const detail::EncodedItems& items,
                                          const detail::PutSpec& spec);

}  // namespace penstock::protocol
