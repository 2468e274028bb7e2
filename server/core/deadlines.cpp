#include "server/core/deadlines.hpp"

namespace penstock::core {

Deadlines::Handle Deadlines::add(TimePoint deadline, std::uint64_t arrival, const Due& due)
{
    if (deadline == base::no_deadline) return none();
    return entries_.emplace(std::pair(deadline, arrival), due);
}

Deadlines::Handle Deadlines::add_front_part(Handle rest, WaitKey front)
{
    if (rest == none()) return none();
    Due due = rest->second;
    due.waiter = front;
    return entries_.emplace_hint(rest, rest->first, due);
}

void Deadlines::rename(Handle handle, WaitKey waiter)
{
    if (handle != none()) handle->second.waiter = waiter;
}

void Deadlines::remove(Handle handle)
{
    if (handle != none()) entries_.erase(handle);
}

std::optional<Deadlines::Due> Deadlines::first_due(TimePoint now) const
{
    if (entries_.empty() || entries_.begin()->first.first > now) return std::nullopt;
    return entries_.begin()->second;
}

std::optional<TimePoint> Deadlines::next() const
{
    if (entries_.empty()) return std::nullopt;
    return entries_.begin()->first.first;
}

}  // namespace penstock::core
