#include "tests/support/core/subject.hpp"

#include <chrono>

namespace penstock::core {

namespace {

const Ticket nobody{999, 1, 1};

}  // namespace

ObjectId FaultySubject::open(const OpenSpec& spec)
{
    OpenSpec faulty = spec;
    if (fault_ == Fault::has_one_place_more && spec.maxsize > 0) ++*faulty.maxsize;
    const bool as_fifo =
        (fault_ == Fault::treats_lifo_as_fifo && spec.order == Order::lifo) ||
        (fault_ == Fault::treats_priority_as_fifo && spec.order == Order::priority);
    if (as_fifo) faulty.order = Order::fifo;
    if (fault_ == Fault::ends_before_tasks_are_done) faulty.until_task_done = false;
    if (fault_ == Fault::ends_before_all_producers_came) faulty.producers_expected = 0;
    return Subject::open(faulty);
}

void FaultySubject::put(ObjectId object,
                        Ticket who,
                        std::vector<base::Rope> payloads,
                        ItemSpec spec,
                        TimePoint deadline)
{
    const bool waits = deadline != base::immediate;
    if (waits && now_and_then(Fault::loses_the_timeout_of_a_put)) deadline = base::no_deadline;
    if (now_and_then(Fault::forgets_priorities)) spec.priority = 0;
    if (fault_ == Fault::forgets_that_a_batch_goes_on) spec.batch = Batch::none;
    Subject::put(object, who, std::move(payloads), spec, deadline);
}

void FaultySubject::get(ObjectId object, Ticket who, std::uint32_t max, TimePoint deadline)
{
    if (max > 1 && fault_ == Fault::gets_one_too_few) --max;
    const bool waits = deadline != base::immediate;
    if (waits && now_and_then(Fault::loses_the_timeout_of_a_get)) deadline = base::no_deadline;
    if (fault_ == Fault::gets_without_paying) {
        const std::int64_t before = credits[who.session].bytes;
        Subject::get(object, who, max, deadline);
        credits[who.session].bytes = before;
        return;
    }
    Subject::get(object, who, max, deadline);
    if (!waits && fault_ == Fault::says_empty_although_something_is_ready) {
        Subject::cancel(object, who, Outcome::empty);
    }
}

void FaultySubject::get_any(std::vector<ObjectId> objects,
                            Ticket who,
                            std::uint32_t max,
                            TimePoint deadline)
{
    if (fault_ == Fault::any_get_forgets_a_queue && objects.size() > 1) objects.pop_back();
    if (fault_ == Fault::any_get_ignores_the_order) std::sort(objects.begin(), objects.end());
    Subject::get_any(std::move(objects), who, max, deadline);
}

void FaultySubject::task_done(ObjectId object, Ticket who)
{
    Subject::task_done(object, who);
    if (fault_ != Fault::counts_a_task_off_twice) return;
    Completions ignored;
    queue(object).task_done(nobody, ignored);
}

void FaultySubject::give_back(ObjectId object, SeqRange items, Seen seen)
{
    if (fault_ == Fault::forgets_an_attempt) seen = Seen::no;
    if (fault_ == Fault::invents_an_attempt) seen = Seen::maybe;
    const AssignedItem* item = queue(object).assigned(items.first);
    if (fault_ != Fault::returns_to_the_back || item == nullptr || items.n > 1) {
        Subject::give_back(object, items, seen);
        return;
    }
    std::vector<base::Rope> payloads{item->payload};
    const ItemSpec spec{.content_type = item->content_type, .priority = item->priority};
    Subject::consume(object, items);
    Completions ignored;
    queue(object).put(nobody, payloads, spec, base::immediate, ignored);
}

MoveResult FaultySubject::move(const std::string& from, const std::string& to, std::uint64_t most)
{
    if (fault_ == Fault::moves_one_too_few && most > 0) --most;
    std::vector<base::Rope> payloads;
    const Queue* source = broker.find(std::string_view(from));
    for (const PeekedItem& item : source->peek(0, 1)) payloads.push_back(item.payload);
    const MoveResult result = Subject::move(from, to, most);
    const bool copies = fault_ == Fault::moves_a_copy && result.moved > 0;
    Completions ignored;
    if (copies)
        broker.find(std::string_view(from))->put(nobody, payloads, {}, base::immediate, ignored);
    return result;
}

Completions FaultySubject::drain()
{
    Completions completions = Subject::drain();
    Completion* item_before = nullptr;
    for (Completion& completion : completions) {
        spoil(completion);
        if (!completion.item) continue;
        if (item_before != nullptr && fault_ == Fault::swaps_two_gets) {
            std::swap(item_before->who, completion.who);
        }
        item_before = &completion;
    }
    if (completions.empty()) return completions;
    const Completion last = completions.back();
    if (now_and_then(Fault::drops_a_completion)) completions.pop_back();
    if (!last.item && now_and_then(Fault::answers_twice)) completions.push_back(last);
    if (last.item && now_and_then(Fault::serves_twice)) completions.push_back(last);
    return completions;
}

void FaultySubject::spoil(Completion& completion)
{
    if (completion.outcome == Outcome::shut_down && fault_ == Fault::confuses_full_and_shut_down) {
        completion.outcome = Outcome::full;
    }
    if (!completion.item) return;
    AssignedItem& item = *completion.item;
    if (fault_ == Fault::hides_that_the_queue_is_closed) item.queue_is_closed = false;
    if (fault_ == Fault::loses_the_content_type) item.content_type = 0;
    if (!item.payload.empty() && now_and_then(Fault::loses_the_last_byte)) {
        item.payload = item.payload.part(0, item.payload.size() - 1);
    }
}

}  // namespace penstock::core
