#include "client/cli/board.hpp"

#include <algorithm>
#include <chrono>

namespace penstock::cli {

namespace {

/// With more queues than these a broker adds them up once a second, and doesn't say when that was:
/// its totals would make rates that jump. Those of the rows only miss queues that have gone.
constexpr std::size_t queues_added_up_max = 1000;

std::optional<double> per_second(std::uint64_t now, std::uint64_t before, Duration time)
{
    if (time <= Duration::zero()) return std::nullopt;
    // Totals never fall; should one, it is no rate of 10^19.
    const std::uint64_t gain = now - std::min(now, before);
    return static_cast<double>(gain) / std::chrono::duration<double>(time).count();
}

std::optional<Rates> rates_between(std::pair<std::uint64_t, std::uint64_t> now,
                                   std::pair<std::uint64_t, std::uint64_t> before,
                                   Duration time)
{
    const auto in = per_second(now.first, before.first, time);
    const auto out = per_second(now.second, before.second, time);
    if (!in || !out) return std::nullopt;
    return Rates{*in, *out};
}

}  // namespace

bool Board::take(Reading reading)
{
    const bool other = readings_ > 0 && reading.broker.boot != broker_.boot;
    if (other) *this = Board();
    ++readings_;
    since_.boot = reading.broker.boot;
    broker_before_ = std::exchange(broker_, std::move(reading.broker));
    uptime_before_ = uptime_;
    uptime_ = broker_.uptime;
    Queues old;
    for (Changes<QueueRow>& page : reading.queues) take_page(std::move(page), old);
    for (Changes<ConnectionStat>& page : reading.connections) take_page(std::move(page));
    return other;
}

/// `old`: the rows before a page that begins from the start, for their totals.
void Board::take_page(Changes<QueueRow> page, Queues& old)
{
    since_.queues = page.version;
    uptime_ = page.uptime;
    if (page.from_start) {
        old.merge(queues_);
        queues_.clear();
    }
    for (QueueRow& row : page.rows) put(std::move(row), old);
    for (const std::uint64_t object : page.removed) queues_.erase(object);
}

/// A row may come twice in a reading, with several pages.
void Board::put(QueueRow row, const Queues& old)
{
    const auto known = queues_.find(row.stat.object);
    const auto was = old.find(row.stat.object);
    const Queue* before = known != queues_.end() ? &known->second
                          : was != old.end()     ? &was->second
                                                 : nullptr;
    Queue queue;
    queue.changed = readings_;
    if (before != nullptr && before->changed == readings_) {
        queue.totals_before = before->totals_before;
    } else if (before != nullptr) {
        const QueueStat& stat = before->row.stat;
        queue.totals_before = {stat.put_total, stat.get_total};
    } else if (row.stat.created > uptime_before_) {
        queue.totals_before = {0, 0};
    }
    queue.row = std::move(row);
    const std::uint64_t object = queue.row.stat.object;
    queues_.insert_or_assign(object, std::move(queue));
}

void Board::take_page(Changes<ConnectionStat> page)
{
    since_.connections = page.version;
    if (page.from_start) connections_.clear();
    for (ConnectionStat& row : page.rows) {
        const std::uint64_t id = row.id;
        connections_.insert_or_assign(id, std::move(row));
    }
    for (const std::uint64_t id : page.removed) connections_.erase(id);
    of_session_.clear();
    for (const auto& [id, connection] : connections_) {
        if (connection.session != 0) of_session_[connection.session] = id;
    }
}

Duration Board::age_of(Duration moment) const
{
    return std::max(uptime_ - moment, Duration::zero());
}

/// Of all queues in the last reading: put, got.
Board::Totals Board::gains() const
{
    Totals sum;
    for (const auto& [object, queue] : queues_) {
        if (queue.changed != readings_ || !queue.totals_before) continue;
        sum.first += queue.row.stat.put_total - queue.totals_before->first;
        sum.second += queue.row.stat.get_total - queue.totals_before->second;
    }
    return sum;
}

std::optional<Rates> Board::rates() const
{
    if (readings_ < 2) return std::nullopt;
    if (queues_.size() > queues_added_up_max) {
        return rates_between(gains(), {}, uptime_ - uptime_before_);
    }
    return rates_between({broker_.put_total, broker_.get_total},
                         {broker_before_.put_total, broker_before_.get_total},
                         broker_.uptime - broker_before_.uptime);
}

std::optional<Rates> Board::rates_of(const Queue& queue) const
{
    if (readings_ < 2) return std::nullopt;
    if (queue.changed != readings_) return Rates{};
    if (!queue.totals_before) return std::nullopt;
    const QueueStat& stat = queue.row.stat;
    return rates_between(
        {stat.put_total, stat.get_total}, *queue.totals_before, uptime_ - uptime_before_);
}

const Board::Queue* Board::queue_called(std::string_view name) const
{
    for (const auto& [object, queue] : queues_) {
        if (queue.row.stat.name == name) return &queue;
    }
    return nullptr;
}

const ConnectionStat* Board::session(std::uint64_t number) const
{
    const auto id = of_session_.find(number);
    if (id == of_session_.end()) return nullptr;
    const auto found = connections_.find(id->second);
    return found == connections_.end() ? nullptr : &found->second;
}

}  // namespace penstock::cli
