#include "server/bridge/mirror.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace penstock::bridge {

namespace {

std::int64_t whole_ms(Duration duration)
{
    return std::chrono::duration_cast<milliseconds>(duration).count();
}

bool same(const WaitStat& a, const WaitStat& b)
{
    return a.operations == b.operations && a.since == b.since;
}

}  // namespace

bool Mirror::take(Reading reading, TimePoint now, std::int64_t wall_ms, std::string fresh_boot)
{
    const bool restarted = version_ != 0 && reading.broker.boot != broker_.boot;
    if (restarted) {
        forget_all();
        boot_ = std::move(fresh_boot);
    }
    // Once a run: the moments that are shown shall not move when somebody sets the clock.
    if (version_ == 0 || restarted) start_ms_ = wall_ms - whole_ms(reading.broker.uptime);
    ++version_;
    broker_ = std::move(reading.broker);
    take_events(std::move(reading.events));
    rows_are_current_ = reading.rows;
    if (reading.rows) {
        take_queues(std::move(reading.queues), now);
        take_connections(std::move(reading.connections), now);
        take_pipes(std::move(reading.pipes), now);
    }
    queues_.forget_old(now);
    pipes_.forget_old(now);
    connections_.forget_old(now);
    waits_.forget_old(now);
    return restarted;
}

void Mirror::forget_all()
{
    rows_are_current_ = false;
    queues_ = {};
    pipes_ = {};
    connections_ = {};
    waits_ = {};
    wait_ids_.clear();
    connection_of_session_.clear();
    queue_of_name_.clear();
    events_.clear();
}

Resume Mirror::resume(std::string_view boot, std::uint64_t since) const
{
    if (boot != boot_ || since > version_ || since == 0) return Resume::boot;
    const std::uint64_t forgotten = std::max(
        {queues_.forgotten(), pipes_.forgotten(), connections_.forgotten(), waits_.forgotten()});
    return since < forgotten ? Resume::horizon : Resume::delta;
}

std::int64_t Mirror::moment_ms(Duration moment) const
{
    return start_ms_ + whole_ms(moment);
}

void Mirror::take_queues(std::vector<Changes<QueueRow>> pages, TimePoint now)
{
    for (Changes<QueueRow>& page : pages) {
        if (page.from_start) queues_.begin_again();
        for (QueueRow& row : page.rows) put_queue(std::move(row), now);
        for (const std::uint64_t id : page.removed) drop_queue(id, now);
    }
    for (const std::uint64_t id : queues_.take_unseen()) drop_queue(id, now);
}

void Mirror::put_queue(QueueRow row, TimePoint now)
{
    const std::uint64_t id = row.stat.object;
    const QueueRow* const before = queues_.find(id);
    if (before == nullptr && queues_.rows().size() >= rows_kept_max) {
        (void)queues_.put(id, std::move(row), version_);  // counts it, and has no room for it
        return;
    }
    take_waits(before, row, now);
    queue_of_name_.insert_or_assign(row.stat.name, id);
    (void)queues_.put(id, std::move(row), version_);
}

void Mirror::drop_queue(std::uint64_t id, TimePoint now)
{
    if (const QueueRow* row = queues_.find(id)) {
        drop_waits(*row, now);
        // A later queue of the same name may be there already.
        const auto named = queue_of_name_.find(row->stat.name);
        if (named != queue_of_name_.end() && named->second == id) queue_of_name_.erase(named);
    }
    queues_.erase(id, version_, now);
}

void Mirror::take_waits(const QueueRow* before, const QueueRow& after, TimePoint now)
{
    const auto key_of = [&](const WaitStat& wait) {
        return WaitKey{after.stat.object, wait.session, wait.kind};
    };
    std::map<WaitKey, WaitStat> old;
    if (before != nullptr) {
        for (const WaitStat& wait : before->waits) old.emplace(key_of(wait), wait);
    }
    for (const WaitStat& wait : after.waits) {
        const auto was = old.find(key_of(wait));
        const bool unchanged = was != old.end() && same(was->second, wait);
        if (was != old.end()) old.erase(was);
        if (unchanged) continue;
        std::uint64_t& id = wait_ids_[key_of(wait)];
        if (id == 0) id = ++last_wait_id_;
        (void)waits_.put(id, {after.stat.object, after.stat.name, wait}, version_);
    }
    for (const auto& [key, wait] : old) {
        const auto id = wait_ids_.extract(key);
        if (!id.empty()) waits_.erase(id.mapped(), version_, now);
    }
}

void Mirror::drop_waits(const QueueRow& row, TimePoint now)
{
    for (const WaitStat& wait : row.waits) {
        const auto id = wait_ids_.extract({row.stat.object, wait.session, wait.kind});
        if (!id.empty()) waits_.erase(id.mapped(), version_, now);
    }
}

void Mirror::take_connections(std::vector<Changes<ConnectionStat>> pages, TimePoint now)
{
    for (Changes<ConnectionStat>& page : pages) {
        if (page.from_start) connections_.begin_again();
        for (ConnectionStat& row : page.rows) {
            const std::uint64_t id = row.id;
            const std::uint64_t session = row.session;
            const ConnectionStat* const before = connections_.find(id);
            if (before != nullptr && before->session != session) forget_session(*before);
            if (!connections_.put(id, std::move(row), version_)) continue;
            if (session != 0) connection_of_session_[session] = id;
        }
        for (const std::uint64_t id : page.removed) drop_connection(id, now);
    }
    for (const std::uint64_t id : connections_.take_unseen()) drop_connection(id, now);
}

void Mirror::drop_connection(std::uint64_t id, TimePoint now)
{
    if (const ConnectionStat* row = connections_.find(id)) forget_session(*row);
    connections_.erase(id, version_, now);
}

void Mirror::forget_session(const ConnectionStat& row)
{
    const auto found = connection_of_session_.find(row.session);
    const bool is_its_own = found != connection_of_session_.end() && found->second == row.id;
    if (is_its_own) connection_of_session_.erase(found);
}

void Mirror::take_pipes(std::vector<Changes<PipeStat>> pages, TimePoint now)
{
    for (Changes<PipeStat>& page : pages) {
        if (page.from_start) pipes_.begin_again();
        for (PipeStat& row : page.rows) {
            const std::uint64_t id = row.object;
            (void)pipes_.put(id, std::move(row), version_);
        }
        for (const std::uint64_t id : page.removed) pipes_.erase(id, version_, now);
    }
    for (const std::uint64_t id : pipes_.take_unseen()) pipes_.erase(id, version_, now);
}

void Mirror::take_events(Events events)
{
    for (Event& event : events.events) {
        if (!events_.empty() && event.number <= events_.back().event.number) continue;
        events_.push_back({std::move(event), version_});
        if (events_.size() > events_kept_max) events_.pop_front();
    }
}

const ConnectionStat* Mirror::session(std::uint64_t number) const
{
    const auto found = connection_of_session_.find(number);
    return found == connection_of_session_.end() ? nullptr : connections_.find(found->second);
}

const QueueRow* Mirror::queue_called(std::string_view name) const
{
    const auto found = queue_of_name_.find(name);
    return found == queue_of_name_.end() ? nullptr : queues_.find(found->second);
}

std::string Mirror::name_of_session(std::uint64_t number) const
{
    const ConnectionStat* found = session(number);
    if (found == nullptr) return "session " + std::to_string(number);
    std::string name = found->client.empty() ? "session " + std::to_string(number) : found->client;
    constexpr std::string_view tcp = "tcp:";
    if (found->address.starts_with(tcp)) name += " (" + found->address.substr(tcp.size()) + ")";
    return name;
}

}  // namespace penstock::bridge
