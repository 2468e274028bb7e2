#include "client/src/protocol/admission.hpp"

#include "common/base/assert.hpp"
#include "common/wire/limits.hpp"

#include <algorithm>
#include <variant>

namespace penstock::protocol {

namespace {

std::uint64_t counted_bytes(const wire::Put& put)
{
    std::uint64_t sum = 0;
    for (const std::uint32_t size : put.sizes) {
        sum += std::max<std::uint64_t>(size, wire::put_member_bytes_min);
    }
    return sum;
}

}  // namespace

bool Admission::admits(const Call& call) const
{
    if (std::holds_alternative<wire::Ping>(call.request)) return pings_ == 0;
    if (std::holds_alternative<wire::Read>(call.request)) {
        return reads_ < wire::reads_unanswered_max;
    }
    if (ops_ + call.n > grants_.max_ops) return false;
    return !std::holds_alternative<wire::Put>(call.request) || admits_put(call);
}

bool Admission::admits_put(const Call& call) const
{
    // Otherwise a producer whose put waits in one full queue would block those to all others.
    if (!puts_by_object_.contains(call.object)) return true;
    const std::uint64_t size = counted_bytes(std::get<wire::Put>(call.request));
    return put_bytes_ <= grants_.max_bytes && size <= grants_.max_bytes - put_bytes_;
}

void Admission::written(const Call& call)
{
    if (std::holds_alternative<wire::Ping>(call.request)) {
        ++pings_;
    } else if (std::holds_alternative<wire::Read>(call.request)) {
        ++reads_;
    } else {
        ops_ += call.n;
    }
    if (const auto* put = std::get_if<wire::Put>(&call.request)) {
        put_bytes_ += counted_bytes(*put);
        ++puts_by_object_[call.object];
    }
}

void Admission::resolved(const Call& call)
{
    if (std::holds_alternative<wire::Ping>(call.request)) {
        --pings_;
    } else if (std::holds_alternative<wire::Read>(call.request)) {
        --reads_;
    } else if (const auto* put = std::get_if<wire::Put>(&call.request)) {
        put_bytes_ -= counted_bytes(*put);
        const auto entry = puts_by_object_.find(call.object);
        PENSTOCK_ASSERT(entry != puts_by_object_.end());
        if (--entry->second == 0) puts_by_object_.erase(entry);
    }
}

void Admission::acknowledged(std::uint32_t n)
{
    PENSTOCK_ASSERT(n <= ops_);
    ops_ -= n;
}

}  // namespace penstock::protocol
