// The steps of a History that are about a queue as a whole.
#include "tests/support/core/history.hpp"

#include <iterator>

namespace penstock::core {

void History::shutdown()
{
    ReferenceQueue& reference = any_queue();
    const bool immediate = one_in(2);
    note((immediate ? "shut down immediately queue " : "shut down queue ") +
         std::to_string(reference.object));
    reference.shutdown(immediate);
    subject_.shutdown(reference.object, immediate);
}

void History::purge()
{
    ReferenceQueue& reference = any_queue();
    note("purge queue " + std::to_string(reference.object));
    expect_equal("purged", reference.purge(), subject_.purge(reference.object));
}

void History::pause_or_resume()
{
    ReferenceQueue& reference = any_queue();
    // Most are paused for a short time only: else little would happen.
    const bool pause = !reference.paused && one_in(2);
    note((pause ? "pause queue " : "resume queue ") + std::to_string(reference.object));
    pause ? reference.pause() : reference.resume();
    pause ? subject_.pause(reference.object) : subject_.resume(reference.object);
}

void History::move()
{
    const std::size_t from = below(references_.size());
    const std::size_t to = (from + 1 + below(references_.size() - 1)) % references_.size();
    ReferenceQueue& source = *references_[from];
    ReferenceQueue& target = *references_[to];
    const std::uint64_t most = one_in(2) ? UINT64_MAX : below(4);
    note("move from queue " + std::to_string(source.object) + " to " +
         std::to_string(target.object) + " at most " + std::to_string(most));
    const bool takes_puts = !target.is_shut_down && !target.ended;
    const std::uint64_t expected = takes_puts ? source.move_to(target, most) : 0;
    const MoveResult moved =
        subject_.move("q" + std::to_string(from), "q" + std::to_string(to), most);
    expect_equal("moved", expected, moved.moved);
    expect_equal("move done", takes_puts, moved.outcome == Outcome::ok);
}

void History::remove_and_reopen()
{
    const std::size_t i = below(references_.size());
    const ObjectId object = references_[i]->object;
    note("remove queue " + std::to_string(object));
    const std::optional<std::uint64_t> dropped = references_[i]->remove();
    expect_equal("dropped", dropped, subject_.remove("q" + std::to_string(i)));
    for (Session& session : sessions_) {
        std::erase_if(session.held, [&](const auto& held) { return held.first == object; });
        std::erase_if(session.parties, [&](const auto& one) { return one.first == object; });
    }
    open(i);
}

void History::open(std::size_t i)
{
    const std::int64_t maxsizes[] = {0, -1, 1, 2, 3, 7};
    const Order orders[] = {Order::fifo, Order::lifo, Order::priority};
    QueueSpec spec;
    spec.maxsize = maxsizes[below(std::size(maxsizes))];
    spec.order = orders[below(std::size(orders))];
    spec.until_task_done = one_in(3);
    spec.ends_with_producers = one_in(3);
    spec.producers_expected = static_cast<std::int32_t>(below(3));
    spec.ends_with_consumers = one_in(4);
    const ObjectId object = ++last_object_;
    note("open queue " + std::to_string(object) + " of " + std::to_string(spec.maxsize) +
         ", order " + std::to_string(static_cast<int>(spec.order)) +
         (spec.until_task_done ? ", until task_done" : "") +
         (spec.ends_with_producers ? ", ends with producers" : "") +
         (spec.ends_with_consumers ? ", ends with consumers" : ""));
    references_[i] = std::make_unique<ReferenceQueue>(ReferenceQueue{world_, object, spec});
    const std::string name = "q" + std::to_string(i);
    OpenSpec wanted;
    wanted.name = name;
    wanted.order = spec.order;
    wanted.maxsize = spec.maxsize;
    wanted.until_task_done = spec.until_task_done;
    wanted.ends_with_producers = spec.ends_with_producers;
    wanted.producers_expected = spec.producers_expected;
    wanted.ends_with_consumers = spec.ends_with_consumers;
    expect_equal("object", object, subject_.open(wanted));
}

}  // namespace penstock::core
