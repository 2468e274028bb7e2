// The part of a connection for watchers: calls that nobody sleeps for.
#include "client/src/blocking/connection.hpp"
#include "common/base/assert.hpp"

#include <cstdint>
#include <unistd.h>
#include <utility>

namespace penstock::blocking {

void Connection::tell(const Watcher& watcher) noexcept
{
    const std::uint64_t one = 1;
    // It fails only when the count is full, and then it is readable anyway.
    (void)!::write(watcher.wake.get(), &one, sizeof(one));
}

void Connection::begin(Watcher& watcher)
{
    const Lock lock(mutex_);
    watchers_.insert(&watcher);
}

void Connection::end(Watcher& watcher) noexcept
{
    const Lock lock(mutex_);
    for (auto at = watched_.begin(); at != watched_.end();) {
        if (at->second.watcher != &watcher) {
            ++at;
            continue;
        }
        session_.abandon(at->first);
        at = forget(at);
    }
    watchers_.erase(&watcher);
    write();
    if (leading_) {
        have_output_written();
    } else if (ended()) {
        release_link();
    }
}

Connection::WatchedCalls::iterator Connection::forget(WatchedCalls::iterator watched)
{
    if (watched->second.lasting) --lasting_;
    return watched_.erase(watched);
}

protocol::CallId Connection::start(Watcher& watcher,
                                   protocol::Request request,
                                   base::TimePoint deadline)
{
    const Lock lock(mutex_);
    const bool lasting = deadline != base::immediate;
    if (lasting && lasting_ == lasting_max) return 0;
    const protocol::CallId id = session_.start(std::move(request), deadline);
    watched_.emplace(id, Watched{&watcher, lasting});
    if (lasting) ++lasting_;
    return id;
}

Connection::Awaited Connection::step(Watcher& watcher)
{
    std::uint64_t count = 0;
    // Nothing to read means that nobody told it anything.
    (void)!::read(watcher.wake.get(), &count, sizeof(count));
    const Lock lock(mutex_);
    if (leading_) {
        write();
        have_output_written();
        return {};
    }
    if (!ended()) io_.read();
    write();
    wake_answered(&watcher);
    if (ended()) {
        release_link();
        return {};
    }
    return {link_.fileno(), io_.wants_room()};
}

std::optional<protocol::Answer> Connection::take(protocol::CallId id)
{
    const Lock lock(mutex_);
    if (!session_.answered(id)) return std::nullopt;
    protocol::Answer answer = session_.take(id);
    const auto watched = watched_.find(id);
    PENSTOCK_ASSERT(watched != watched_.end());
    forget(watched);
    return answer;
}

}  // namespace penstock::blocking
