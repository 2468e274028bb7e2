#include "client/src/blocking/broker_wait.hpp"

#include "client/src/io/last_error.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <sys/eventfd.h>

namespace penstock::blocking {

namespace {

/// The broker watches at so many handles for one request.
constexpr std::size_t group_max = wire::get_further_max + 1;

}  // namespace

BrokerWait::BrokerWait(std::shared_ptr<Connection> connection, std::error_code& ec)
    : connection_(std::move(connection)),
      watcher_{io::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))}
{
    ec = watcher_.wake ? std::error_code() : io::last_error();
    connection_->begin(watcher_);
}

BrokerWait::~BrokerWait()
{
    connection_->end(watcher_);
}

void BrokerWait::add(std::size_t number, const Handle& handle)
{
    if (groups_.empty() || groups_.back().size == group_max) {
        groups_.push_back({.first = members_.size()});
    }
    ++groups_.back().size;
    members_.push_back({.number = number, .handle = handle.id()});
}

wire::Read BrokerWait::read_of(const Group& group) const
{
    wire::Read read;
    read.what = wire::ReadWhat::ready;
    for (std::size_t i = 0; i < group.size; ++i) {
        read.handles.push_back(members_[group.first + i].handle);
    }
    return read;
}

void BrokerWait::look()
{
    for (const Group& group : groups_) look(group);
}

void BrokerWait::look(const Group& group)
{
    for (std::size_t i = group.first; i < group.first + group.size; ++i) {
        wire::Read read;
        read.what = wire::ReadWhat::ready;
        read.handles = {members_[i].handle};
        members_[i].look = connection_->start(watcher_, std::move(read), base::immediate);
        ++looks_;
        started_ = true;
    }
}

void BrokerWait::watch(base::TimePoint deadline, std::error_code& ec)
{
    ec.clear();
    for (Group& group : groups_) {
        if (group.watch != 0) continue;
        group.watch = connection_->start(watcher_, read_of(group), deadline);
        started_ = true;
        if (group.watch != 0) continue;
        ec = errc::too_many;
        return;
    }
}

BrokerWait::Descriptors BrokerWait::step()
{
    Connection::Awaited awaited;
    do {
        started_ = false;
        awaited = connection_->step(watcher_);
        for (Group& group : groups_) take_watch(group);
        for (Member& member : members_) take_look(member);
    } while (started_);
    return {awaited.socket, awaited.output, watcher_.wake.get()};
}

void BrokerWait::take_watch(Group& group)
{
    if (group.watch == 0) return;
    const std::optional<protocol::Answer> answer = connection_->take(group.watch);
    if (!answer) return;
    group.watch = 0;
    if (answer->ec != errc::timed_out) look(group);
}

void BrokerWait::take_look(Member& member)
{
    if (member.look == 0) return;
    const std::optional<protocol::Answer> answer = connection_->take(member.look);
    if (!answer) return;
    member.look = 0;
    --looks_;
    is_answered(member, answer->ec);
}

void BrokerWait::is_answered(const Member& member, std::error_code ec)
{
    if (ec == errc::timed_out) return;
    if (ec == errc::closed) removed_ = member.number;
    ready_.push_back(member.number);
}

std::optional<std::size_t> BrokerWait::unsettled() const
{
    const auto member = std::ranges::find_if(members_, [](const Member& m) { return m.look != 0; });
    return member == members_.end() ? std::nullopt : std::optional(member->number);
}

}  // namespace penstock::blocking
