// Subject: the core as the random histories see it. FaultySubject is the same with one fault.
#pragma once

#include "server/core/broker.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {

class Subject {
public:
    virtual ~Subject() = default;

    virtual ObjectId open(const OpenSpec& spec) { return broker.open(spec).object; }
    virtual void put(ObjectId object,
                     Ticket who,
                     std::vector<base::Rope> payloads,
                     ItemSpec spec,
                     TimePoint deadline)
    {
        queue(object).put(who, payloads, spec, deadline, out);
    }
    virtual void get(ObjectId object, Ticket who, std::uint32_t max, TimePoint deadline)
    {
        queue(object).get(who, credits[who.session], deadline, out, max);
    }
    virtual void get_any(std::vector<ObjectId> objects,
                         Ticket who,
                         std::uint32_t max,
                         TimePoint deadline)
    {
        broker.get_any(who, objects, credits[who.session], deadline, out, max);
    }
    virtual void join(ObjectId object, Ticket who, TimePoint deadline)
    {
        queue(object).join(who, deadline, out);
    }
    virtual void task_done(ObjectId object, Ticket who) { queue(object).task_done(who, out); }
    virtual void shutdown(ObjectId object, bool immediate)
    {
        queue(object).shutdown(immediate, out);
    }
    virtual void party_leaves(ObjectId object, Party party, SessionId session)
    {
        queue(object).party_leaves(party, session, out);
    }
    virtual void consume(ObjectId object, SeqRange items) { queue(object).consume(items); }
    virtual void give_back(ObjectId object, SeqRange items, Seen seen)
    {
        queue(object).give_back(items, seen, out);
    }
    virtual void cancel(ObjectId object, Ticket who, Outcome why)
    {
        queue(object).cancel(who, why, out);
    }
    virtual void serve(ObjectId object) { queue(object).serve(out); }
    virtual void serve(ObjectId object, SessionId session) { queue(object).serve(session, out); }
    virtual std::uint64_t purge(ObjectId object) { return queue(object).purge(out); }
    virtual void pause(ObjectId object) { queue(object).pause(out); }
    virtual void resume(ObjectId object) { queue(object).resume(out); }
    virtual MoveResult move(const std::string& from, const std::string& to, std::uint64_t most)
    {
        return broker.move(from, to, most, out);
    }
    virtual std::optional<std::uint64_t> remove(const std::string& name)
    {
        return broker.remove(name, out);
    }
    virtual void expire(TimePoint now) { broker.expire(now, out); }
    virtual Completions drain() { return std::exchange(out, {}); }

    Queue& queue(ObjectId object) { return *broker.find(object); }

    Broker broker;
    std::map<SessionId, GetCredit> credits;
    Completions out;
};

enum class Fault {
    drops_a_completion,
    answers_twice,
    serves_twice,
    swaps_two_gets,
    has_one_place_more,
    returns_to_the_back,
    treats_lifo_as_fifo,
    treats_priority_as_fifo,
    forgets_priorities,
    forgets_that_a_batch_goes_on,
    forgets_that_a_party_left,
    ends_before_tasks_are_done,
    ends_before_all_producers_came,
    forgets_an_attempt,
    invents_an_attempt,
    loses_the_timeout_of_a_get,
    loses_the_timeout_of_a_put,
    expires_too_early,
    says_empty_although_something_is_ready,
    does_not_serve_when_credit_returns,
    gets_without_paying,
    gets_one_too_few,
    any_get_forgets_a_queue,
    any_get_ignores_the_order,
    cancels_one_too_few,
    counts_a_task_off_twice,
    forgets_to_consume,
    shuts_down_without_dropping,
    hides_that_the_queue_is_closed,
    confuses_full_and_shut_down,
    forgets_to_pause,
    forgets_to_resume,
    moves_one_too_few,
    moves_a_copy,
    loses_the_content_type,
    loses_the_last_byte,
};

class FaultySubject : public Subject {
public:
    explicit FaultySubject(Fault fault) : fault_(fault) {}

    ObjectId open(const OpenSpec& spec) override;
    void put(ObjectId object,
             Ticket who,
             std::vector<base::Rope> payloads,
             ItemSpec spec,
             TimePoint deadline) override;
    void get(ObjectId object, Ticket who, std::uint32_t max, TimePoint deadline) override;
    void get_any(std::vector<ObjectId> objects,
                 Ticket who,
                 std::uint32_t max,
                 TimePoint deadline) override;
    void task_done(ObjectId object, Ticket who) override;
    void shutdown(ObjectId object, bool immediate) override
    {
        Subject::shutdown(object, immediate && fault_ != Fault::shuts_down_without_dropping);
    }
    void party_leaves(ObjectId object, Party party, SessionId session) override
    {
        if (fault_ == Fault::forgets_that_a_party_left) return;
        Subject::party_leaves(object, party, session);
    }
    void consume(ObjectId object, SeqRange items) override
    {
        if (fault_ != Fault::forgets_to_consume) Subject::consume(object, items);
    }
    void give_back(ObjectId object, SeqRange items, Seen seen) override;
    void cancel(ObjectId object, Ticket who, Outcome why) override
    {
        if (fault_ == Fault::cancels_one_too_few) --who.n;
        Subject::cancel(object, who, why);
    }
    void serve(ObjectId object) override
    {
        if (fault_ != Fault::does_not_serve_when_credit_returns) Subject::serve(object);
    }
    void serve(ObjectId object, SessionId session) override
    {
        if (fault_ != Fault::does_not_serve_when_credit_returns) Subject::serve(object, session);
    }
    void pause(ObjectId object) override
    {
        if (fault_ != Fault::forgets_to_pause) Subject::pause(object);
    }
    void resume(ObjectId object) override
    {
        if (fault_ != Fault::forgets_to_resume) Subject::resume(object);
    }
    MoveResult move(const std::string& from, const std::string& to, std::uint64_t most) override;
    void expire(TimePoint now) override
    {
        const bool early = fault_ == Fault::expires_too_early;
        Subject::expire(early ? now + std::chrono::milliseconds(1) : now);
    }
    Completions drain() override;

private:
    /// A fault that shows every now and then.
    bool now_and_then(Fault fault) { return fault_ == fault && ++chances_ % 20 == 0; }
    void spoil(Completion& completion);

    Fault fault_;
    unsigned chances_ = 0;
};

}  // namespace penstock::core
