#include "client/src/protocol/put_items.hpp"

#include "client/src/protocol/requests.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

namespace penstock::protocol {

namespace {

/// How many at the front have the priority of the first one.
std::size_t run_of_priority(std::span<const Priority> priorities)
{
    const auto other = [&](Priority priority) { return priority != priorities.front(); };
    return static_cast<std::size_t>(std::ranges::find_if(priorities, other) - priorities.begin());
}

}  // namespace

void take_items(wire::Put& put,
                const detail::EncodedItems& items,
                std::size_t first,
                std::size_t ops_max)
{
    const auto sizes = std::span(items.sizes).subspan(first);
    std::size_t n_max = std::min<std::size_t>({sizes.size(), wire::range_n_max, ops_max});
    if (!items.priorities.empty()) {
        put.priority = items.priorities[first];
        n_max = run_of_priority(std::span(items.priorities).subspan(first, n_max));
    }
    std::size_t n = 0;
    std::size_t total = 0;
    do {
        total += sizes[n];
        put.sizes.push_back(static_cast<std::uint32_t>(sizes[n++]));
    } while (n < n_max && total + sizes[n] <= wire::put_body_room(n + 1, put.priority.has_value()));
}

PutMany::PutMany(wire::HandleId handle,
                 detail::EncodedItems items,
                 const detail::PutSpec& spec,
                 bool stop_on_error,
                 std::size_t ops_max)
    : handle_(handle),
      items_(std::move(items)),
      bytes_(base::Slice::adopt(std::exchange(items_.bytes, {}))),
      spec_(spec),
      stop_on_error_(stop_on_error),
      ops_max_(ops_max)
{
    report_.codes.reserve(items_.sizes.size());
}

std::optional<Request> PutMany::next()
{
    if (stopped_ || sent_ == items_.sizes.size()) return std::nullopt;
    wire::Put put = put_some(handle_, spec_);
    if (stop_on_error_) put.batch = wire::Batch::begins;
    take_items(put, items_, sent_, ops_max_);
    sent_ += put.sizes.size();
    under_way_.push_back(put.sizes.size());
    const auto total = std::accumulate(put.sizes.begin(), put.sizes.end(), std::size_t{0});
    if (total > 0) put.body = base::Rope(bytes_.subslice(offset_, total));
    offset_ += total;
    return put;
}

void PutMany::answered(Answer&& answer)
{
    // One that the session never saw, or of one item, has none.
    if (answer.codes.empty()) answer.codes.assign(under_way_.front(), answer.ec);
    under_way_.pop_front();
    report_.codes.insert(report_.codes.end(), answer.codes.begin(), answer.codes.end());
    stopped_ = stop_on_error_ && answer.ec;
}

PutReport PutMany::report() &&
{
    report_.codes.resize(items_.sizes.size(), errc::skipped);
    report_.sum_up();
    return std::move(report_);
}

PutReport report_of(std::size_t items, std::error_code ec)
{
    PutReport report;
    report.codes.assign(items, ec);
    report.sum_up();
    return report;
}

std::error_code check_items(const detail::EncodedItems& items, const detail::PutSpec& spec)
{
    return check_put(items.sizes.empty() ? 0 : std::ranges::max(items.sizes), spec);
}

}  // namespace penstock::protocol
