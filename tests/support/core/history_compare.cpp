#include "tests/support/core/history.hpp"
#include "tests/support/core/queue_fixture.hpp"

#include <algorithm>
#include <sstream>
#include <tuple>

namespace penstock::core {

namespace {

std::ostream& operator<<(std::ostream& out, const ReferenceItem& item)
{
    return out << "item " << item.seq << " (" << item.payload.substr(0, 8) << ", "
               << item.payload.size() << " bytes, attempts " << item.attempts << ", type "
               << item.content_type << ", priority " << item.priority
               << (item.closed ? ", closed)" : ")");
}

std::ostream& operator<<(std::ostream& out, const ReferenceAnswer& answer)
{
    out << "queue " << answer.object << " op " << answer.session << "." << answer.op << " "
        << name(answer.outcome);
    for (const ReferenceItem& item : answer.items) out << " " << item;
    return out;
}

template <class T>
std::ostream& operator<<(std::ostream& out, const std::vector<T>& values)
{
    for (const T& value : values) out << "\n        " << value;
    return out;
}

template <class T>
std::ostream& operator<<(std::ostream& out, const std::optional<T>& value)
{
    return value ? out << *value : out << "nothing";
}

template <class Item>
ReferenceItem plain(const Item& item, bool closed)
{
    return {item.seq, item.attempts, item.content_type, closed, item.priority, text(item.payload)};
}

std::vector<ReferenceAnswer> expand(const Completions& completions)
{
    std::vector<ReferenceAnswer> answers;
    for (const Completion& completion : completions) {
        for (std::uint32_t i = 0; i < completion.who.n; ++i) {
            ReferenceAnswer answer{completion.object,
                                   completion.who.session,
                                   completion.who.first + i,
                                   completion.outcome,
                                   {}};
            const auto add = [&answer](const AssignedItem& item) {
                answer.items.push_back(plain(item, item.queue_is_closed));
            };
            if (completion.item) add(*completion.item);
            for (const AssignedItem& item : completion.further) add(item);
            answers.push_back(std::move(answer));
        }
    }
    return answers;
}

bool by_op(const ReferenceAnswer& a, const ReferenceAnswer& b)
{
    return std::tie(a.session, a.op, a.object) < std::tie(b.session, b.op, b.object);
}

std::int64_t ticks(std::optional<TimePoint> time)
{
    return time ? time->time_since_epoch() / std::chrono::milliseconds(1) : -1;
}

}  // namespace

template <class T>
void History::expect_equal(const char* what, const T& expected, const T& actual)
{
    if (failure_ || expected == actual) return;
    std::ostringstream message;
    message << what << "\n    expected: " << expected << "\n    actual:   " << actual;
    fail(message.str());
}

template void History::expect_equal(const char*, const std::uint64_t&, const std::uint64_t&);
template void History::expect_equal(const char*, const bool&, const bool&);
template void History::expect_equal(const char*,
                                    const std::optional<std::uint64_t>&,
                                    const std::optional<std::uint64_t>&);

void History::fail(const std::string& what)
{
    std::ostringstream message;
    message << "step " << log_.size() << ": " << what << "\nthe last steps:";
    const std::size_t shown = std::min<std::size_t>(log_.size(), 20);
    for (std::size_t i = log_.size() - shown; i < log_.size(); ++i) {
        message << "\n    " << i + 1 << ": " << log_[i];
    }
    failure_ = message.str();
}

/// First what can be reported, then the invariants: these end the process.
void History::compare(bool in_order)
{
    compare_answers(in_order);
    for (const auto& reference : references_) compare_state(*reference);
    compare_deadline();
    for (const auto& [session, credit] : subject_.credits) {
        expect_equal("credit", world_.credit[session], credit.bytes);
    }
    if (!failure_) subject_.broker.check_invariants();
}

void History::compare_answers(bool in_order)
{
    std::vector<ReferenceAnswer> expected = std::exchange(world_.answers, {});
    std::vector<ReferenceAnswer> actual = expand(subject_.drain());
    if (!in_order) {
        std::sort(expected.begin(), expected.end(), by_op);
        std::sort(actual.begin(), actual.end(), by_op);
    }
    expect_equal("answers", expected, actual);
    for (const ReferenceAnswer& answer : expected) {
        for (Session& session : sessions_) {
            if (session.id != answer.session) continue;
            for (const ReferenceItem& item : answer.items) {
                session.held.emplace_back(answer.object, item.seq);
            }
        }
    }
}

void History::compare_state(ReferenceQueue& reference)
{
    const Queue& queue = subject_.queue(reference.object);
    compare_stats(reference, queue.stats());

    std::vector<ReferenceItem> ready(reference.ready.begin(), reference.ready.end());
    for (ReferenceItem& item : ready) item.closed = false;
    const std::size_t offset = one_in(4) ? below(5) : 0;
    ready.erase(ready.begin(),
                ready.begin() + static_cast<std::ptrdiff_t>(std::min(offset, ready.size())));
    const std::size_t limit = one_in(4) ? below(5) : 1000;
    ready.resize(std::min(ready.size(), limit));
    std::vector<ReferenceItem> peeked;
    for (const PeekedItem& item : queue.peek(offset, limit)) peeked.push_back(plain(item, false));
    expect_equal("ready items", ready, peeked);

    for (const auto& [seq, expected] : reference.assigned) {
        const AssignedItem* item = queue.assigned(seq);
        const auto actual =
            item ? std::optional(plain(*item, item->queue_is_closed)) : std::nullopt;
        expect_equal("assigned item", std::optional(expected), actual);
    }
}

void History::compare_stats(const ReferenceQueue& reference, const QueueStats& stats)
{
    using Kind = ReferenceWait::Kind;
    std::uint64_t bytes = 0;
    for (const ReferenceItem& item : reference.ready) bytes += item.payload.size();
    expect_equal("ready", std::uint64_t{reference.ready.size()}, stats.ready);
    expect_equal("ready bytes", bytes, stats.ready_bytes);
    expect_equal("assigned", std::uint64_t{reference.assigned.size()}, stats.assigned);
    expect_equal("unfinished", reference.unfinished, stats.unfinished);
    expect_equal("putters", reference.waiting(Kind::put), stats.putters);
    expect_equal("getters", reference.waiting(Kind::get), stats.getters);
    expect_equal("joiners", reference.waiting(Kind::join), stats.joiners);
    expect_equal("put total", reference.last_seq, stats.put_total);
    expect_equal("get total", reference.handed_over, stats.get_total);
    expect_equal("paused", reference.paused, stats.paused);
    expect_equal("shut down", reference.is_shut_down, stats.shut_down);
    expect_equal("maxsize", std::max<std::int64_t>(reference.spec.maxsize, 0), stats.maxsize);
    expect_equal("ended", reference.ended, stats.ended);
    expect_equal("producers", reference.producers, stats.producers);
    expect_equal("consumers", reference.consumers, stats.consumers);
    expect_equal("object", reference.object, stats.object);
}

void History::compare_deadline()
{
    std::optional<TimePoint> next;
    for (const auto& reference : references_) {
        for (const ReferenceWait& wait : reference->waits) {
            if (wait.late || wait.deadline == base::no_deadline) continue;
            if (!next || wait.deadline < *next) next = wait.deadline;
        }
    }
    expect_equal("next deadline", ticks(next), ticks(subject_.broker.next_deadline()));
}

}  // namespace penstock::core
