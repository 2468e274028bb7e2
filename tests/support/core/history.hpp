// History: random steps on a Subject and on reference queues, compared after every step.
#pragma once

#include "tests/support/core/reference_queue.hpp"
#include "tests/support/core/subject.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace penstock::core {

class History {
public:
    History(std::uint64_t seed, Subject& subject);

    /// Returns what differed and the last steps before it; nothing if nothing did.
    [[nodiscard]] std::optional<std::string> run(int steps);

private:
    /// A client that takes items and gives them up again.
    struct Session {
        SessionId id = 0;
        OpId next_op = 1;
        std::vector<std::pair<ObjectId, Seq>> held;
        std::vector<std::pair<ObjectId, Party>> parties;
    };

    void step();
    void put();
    void get();
    void get_any();
    void join();
    void task_done();
    void consume();
    void give_back();
    void cancel();
    void change_credit();
    void pass_time();
    void shutdown();
    void purge();
    void pause_or_resume();
    void move();
    void remove_and_reopen();
    void end_session();
    void party_joins_or_leaves();
    void party_leaves(Session& session);

    void open(std::size_t i);
    void set_credit(SessionId session, std::int64_t bytes);
    void give_back(ObjectId object, SeqRange items, Seen seen);
    void expire_reference();
    std::pair<ObjectId, SeqRange> take_held(Session& session);

    void compare(bool in_order);
    void compare_answers(bool in_order);
    void compare_state(ReferenceQueue& reference);
    void compare_stats(const ReferenceQueue& reference, const QueueStats& stats);
    void compare_deadline();
    template <class T>
    void expect_equal(const char* what, const T& expected, const T& actual);
    void fail(const std::string& what);
    void note(const std::string& step) { log_.push_back(step); }

    [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_() % n; }
    [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }
    [[nodiscard]] Session& any_session() { return sessions_[below(sessions_.size())]; }
    [[nodiscard]] ReferenceQueue& any_queue() { return *references_[below(references_.size())]; }
    [[nodiscard]] Ticket next_ticket(Session& session);
    [[nodiscard]] TimePoint any_deadline();
    [[nodiscard]] std::string any_payload();

    std::mt19937_64 random_;
    Subject& subject_;
    ReferenceWorld world_;
    std::vector<std::unique_ptr<ReferenceQueue>> references_;
    std::vector<Session> sessions_;
    SessionId last_session_ = 0;
    ObjectId last_object_ = 0;
    std::uint64_t payloads_ = 0;
    TimePoint now_{std::chrono::seconds(1000)};
    std::vector<std::string> log_;
    std::optional<std::string> failure_;
};

}  // namespace penstock::core
