#include "tests/support/core/subject.hpp"

#include <chrono>

namespace penstock::core {

namespace {

const Ticket nobody{999, 1, 1};

}  // namespace

void FaultySubject::put(ObjectId object,
                        Ticket who,
                        std::vector<base::Rope> payloads,
                        std::uint8_t content_type,
                        TimePoint deadline)
{
    const bool waits = deadline != base::immediate;
    if (waits && now_and_then(Fault::loses_the_timeout_of_a_put)) deadline = base::no_deadline;
    Subject::put(object, who, std::move(payloads), content_type, deadline);
}

void FaultySubject::get(ObjectId object, Ticket who, TimePoint deadline)
{
    const bool waits = deadline != base::immediate;
    if (waits && now_and_then(Fault::loses_the_timeout_of_a_get)) deadline = base::no_deadline;
    if (fault_ == Fault::gets_without_paying) {
        const std::int64_t before = credits[who.session].bytes;
        Subject::get(object, who, deadline);
        credits[who.session].bytes = before;
        return;
    }
    Subject::get(object, who, deadline);
    if (!waits && fault_ == Fault::says_empty_although_something_is_ready) {
        Subject::cancel(object, who, Outcome::empty);
    }
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
    const std::uint8_t content_type = item->content_type;
    Subject::consume(object, items);
    Completions ignored;
    queue(object).put(nobody, payloads, content_type, base::immediate, ignored);
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
