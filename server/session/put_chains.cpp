#include "server/session/put_chains.hpp"

#include <utility>

namespace penstock::session {

namespace {

/// A part that is kept as it came keeps its receive block, 260 KiB: of that it must be the larger
/// part.
constexpr std::size_t small_part_max = std::size_t{128} * 1024;
constexpr std::size_t small_parts_max = std::size_t{64} * 1024;

}  // namespace

void PendingPut::arrived(const base::Rope& part)
{
    missing -= part.size();
    const bool is_small = part.size() < small_part_max;
    if (!is_small || small_parts.size() >= small_parts_max) {
        payload.append(base::Slice::adopt(std::exchange(small_parts, {})));
    }
    if (!is_small) return payload.append(part);
    part.for_each([this](const base::Slice& slice) {
        small_parts.insert(small_parts.end(), slice.data(), slice.data() + slice.size());
    });
}

base::Rope PendingPut::take()
{
    payload.append(base::Slice::adopt(std::exchange(small_parts, {})));
    return std::move(payload);
}

void PutChains::add(PendingPut put)
{
    objects_.emplace(put.op, put.object);
    chains_[put.object].emplace(put.op, std::move(put));
}

PendingPut* PutChains::find(OpId op)
{
    const auto object = objects_.find(op);
    if (object == objects_.end()) return nullptr;
    return &chains_.at(object->second).at(op);
}

void PutChains::remove(OpId op)
{
    const auto object = objects_.find(op);
    if (object == objects_.end()) return;
    const auto chain = chains_.find(object->second);
    chain->second.erase(op);
    if (chain->second.empty()) chains_.erase(chain);
    objects_.erase(object);
}

std::optional<PendingPut> PutChains::take_whole(core::ObjectId object)
{
    const auto chain = chains_.find(object);
    if (chain == chains_.end() || chain->second.begin()->second.missing > 0) return std::nullopt;
    PendingPut put = std::move(chain->second.begin()->second);
    remove(put.op);
    return put;
}

}  // namespace penstock::session
