// The real client session joined to the real engine, without a socket: the link delivers in pieces
// or ends at any byte of either direction. At stake: that nothing is lost, and nothing comes twice
// unless it says so.
#include "client/src/protocol/session.hpp"
#include "tests/support/session/engine_fixture.hpp"

#include <penstock/error.hpp>

#include <map>

namespace penstock::session {
namespace {

constexpr std::size_t unlimited = SIZE_MAX;

/// A link that moves at most `piece` bytes at once and ends after so many bytes each way.
class Pair {
public:
    Pair(Engine& engine, wire::Mac& mac, TimePoint now, std::size_t piece = unlimited)
        : engine_(engine), now_(now), piece_(piece), client_(mac, options())
    {
        peer_ = engine_.connected({.address = "pair"}, now_);
    }

    void cut_after(std::size_t up, std::size_t down)
    {
        up_left_ = up;
        down_left_ = down;
    }

    [[nodiscard]] protocol::Session& client() { return client_; }
    [[nodiscard]] std::size_t up() const { return up_; }
    [[nodiscard]] std::size_t down() const { return down_; }

    /// Until nothing moves any more.
    void pump()
    {
        while (!cut_ && (move_up() || move_down())) {
            if (up_left_ == 0 || down_left_ == 0) cut();
        }
    }

    void cut()
    {
        if (cut_) return;
        cut_ = true;
        engine_.disconnected(peer_, now_);
        client_.connection_ended("the link was cut");
    }

private:
    static protocol::SessionOptions options()
    {
        protocol::SessionOptions options;
        options.hello.version_min = options.hello.version_max = wire::protocol_version;
        options.hello.wanted = {0, wire::session_ops_max, wire::session_put_bytes_max};
        return options;
    }

    static std::size_t copy(const base::ByteQueue& from, std::span<std::byte> to, std::size_t limit)
    {
        std::array<std::span<const std::byte>, 1> part;
        if (from.gather(part) == 0) return 0;
        const std::size_t size = std::min({part[0].size(), to.size(), limit});
        std::copy_n(part[0].begin(), size, to.begin());
        return size;
    }

    bool move_up()
    {
        client_.fill_output(now_);
        if (engine_.status(peer_) != PeerStatus::open) return false;
        const std::size_t limit = std::min(piece_, up_left_);
        const std::size_t size = copy(client_.output(), engine_.recv_buffer(peer_), limit);
        if (size == 0) return false;
        client_.output_written(size);
        engine_.received(peer_, size, now_);
        up_ += size;
        if (up_left_ != unlimited) up_left_ -= size;
        return true;
    }

    bool move_down()
    {
        const std::size_t limit = std::min(piece_, down_left_);
        const std::size_t size = copy(engine_.output(peer_), client_.recv_buffer(), limit);
        if (size == 0) return false;
        engine_.written(peer_, size);
        client_.recv_advance(size);
        down_ += size;
        if (down_left_ != unlimited) down_left_ -= size;
        return true;
    }

    Engine& engine_;
    TimePoint now_;
    std::size_t piece_;
    protocol::Session client_;
    PeerId peer_ = 0;
    std::size_t up_ = 0;
    std::size_t down_ = 0;
    std::size_t up_left_ = unlimited;
    std::size_t down_left_ = unlimited;
    bool cut_ = false;
};

struct Seen {
    int unflagged = 0;
    int flagged = 0;
};

/// What a run of the script came to.
struct Outcome {
    std::map<std::string, std::error_code> puts;
    std::map<std::string, Seen> items;
};

class SessionPair : public EngineFixture {
protected:
    static constexpr std::size_t long_size = 400'000;

    static std::string item_of(int i)
    {
        return i == 3 ? std::string(long_size, '3') : "item" + std::to_string(i);
    }

    /// Puts seven items, one of them long, and takes four, in steps as a program would.
    static void play(Pair& pair, Outcome& outcome)
    {
        protocol::Session& client = pair.client();
        const wire::HandleId handle = client.new_handle();
        wire::Open open;
        open.handle = handle;
        open.name = "q";
        const protocol::CallId opened = client.start(open, base::no_deadline);
        std::map<protocol::CallId, std::string> puts;
        std::vector<protocol::CallId> gets;
        for (int i = 0; i < 7; ++i) {
            const std::string item = item_of(i);
            wire::Put put;
            put.handle = handle;
            put.sizes = {static_cast<std::uint32_t>(item.size())};
            put.body = rope_of(item);
            puts.emplace(client.start(put, base::no_deadline), item);
            if (i % 2 == 0) {
                gets.push_back(client.start(wire::Get{.handle = handle}, base::no_deadline));
            }
            pair.pump();
            take_gets(client, gets, outcome);
        }
        pair.pump();
        take_gets(client, gets, outcome);
        client.goodbye();
        pair.pump();
        pair.cut();  // whatever did not come, does not come
        for (const auto& [call, item] : puts) {
            ASSERT_TRUE(client.answered(call)) << "a put was never answered";
            outcome.puts[item] = client.take(call).ec;
        }
        for (const protocol::CallId call : gets) ASSERT_TRUE(client.answered(call));
        ASSERT_TRUE(client.answered(opened));
    }

    static void take_gets(protocol::Session& client,
                          std::vector<protocol::CallId>& gets,
                          Outcome& outcome)
    {
        std::erase_if(gets, [&](protocol::CallId call) {
            if (!client.answered(call)) return false;
            const protocol::Answer answer = client.take(call);
            for (const protocol::GotItem& item : answer.items) count(outcome, item);
            return true;
        });
    }

    static void count(Outcome& outcome, const protocol::GotItem& item)
    {
        Seen& seen = outcome.items[text_of(item.body)];
        ++(item.attempts == 1 ? seen.unflagged : seen.flagged);
    }

    /// Somebody else takes what is left.
    void drain(Engine& from, Outcome& outcome)
    {
        Pair pair(from, mac, now);
        protocol::Session& client = pair.client();
        const wire::HandleId handle = client.new_handle();
        wire::Open open;
        open.handle = handle;
        open.name = "q";
        (void)client.start(open, base::no_deadline);
        while (true) {
            const protocol::CallId call =
                client.start(wire::Get{.handle = handle}, base::immediate);
            pair.pump();
            ASSERT_TRUE(client.answered(call));
            const protocol::Answer answer = client.take(call);
            if (answer.ec == errc::empty) return;
            ASSERT_FALSE(answer.ec) << answer.ec.message();
            for (const protocol::GotItem& item : answer.items) count(outcome, item);
        }
    }

    void run_and_judge(std::size_t up, std::size_t down)
    {
        EngineOptions options;
        Engine fresh(options, mac, entropy);
        Outcome outcome;
        Pair pair(fresh, mac, now);
        pair.cut_after(up, down);
        play(pair, outcome);
        drain(fresh, outcome);
        for (const auto& [item, ec] : outcome.puts) {
            const Seen& seen = outcome.items[item];
            const std::string what = item.substr(0, 8) + ": " + ec.message();
            EXPECT_LE(seen.unflagged, 1) << what << ", handed out twice";
            if (!ec) {
                EXPECT_GE(seen.unflagged + seen.flagged, 1) << what << ", lost";
            } else if (ec == errc::disconnected) {
                EXPECT_EQ(seen.unflagged + seen.flagged, 0) << what << ", yet it is there";
            } else {
                EXPECT_EQ(ec, errc::in_doubt);
            }
        }
    }

    /// How many bytes a run without a cut takes each way.
    std::pair<std::size_t, std::size_t> whole_run(std::size_t piece, Outcome& outcome)
    {
        Engine fresh({}, mac, entropy);
        Pair pair(fresh, mac, now, piece);
        play(pair, outcome);
        drain(fresh, outcome);
        return {pair.up(), pair.down()};
    }
};

/// Calls of every kind, one behind the other; each is answered, whatever becomes of the link.
void play_everything(Pair& pair, bool must_succeed)
{
    protocol::Session& client = pair.client();
    std::vector<protocol::CallId> calls;
    const auto take = [&](protocol::CallId call) {
        ASSERT_TRUE(client.answered(call)) << "call " << call << " was never answered";
        const std::error_code ec = client.take(call).ec;
        const bool may_fail =
            ec == errc::in_doubt || ec == errc::disconnected || ec == errc::closed;
        const bool allowed = !ec || (!must_succeed && may_fail);
        EXPECT_TRUE(allowed) << "call " << call << ": " << ec.message();
    };
    const auto start = [&](protocol::Request request) {
        calls.push_back(client.start(std::move(request), base::no_deadline));
        pair.pump();
        if (!client.answered(calls.back())) return;
        take(calls.back());
        calls.pop_back();
    };
    for (int round = 0; round < 4; ++round) {
        const wire::HandleId handle = client.new_handle();
        const std::string name = "q" + std::to_string(round);
        start(wire::Open{.handle = handle, .name = name});
        start(wire::Put{.handle = handle, .sizes = {1}, .body = rope_of("a")});
        start(wire::Put{.handle = handle, .sizes = {1}, .body = rope_of("b")});
        start(wire::Get{.handle = handle});
        start(wire::TaskDone{.handle = handle});
        start(wire::TaskDone{.handle = handle});
        start(wire::Join{.handle = handle});
        start(wire::Read{.what = wire::ReadWhat::stat, .name = name});
        start(wire::Shutdown{.handle = handle});
        start(wire::Admin{.verb = wire::AdminVerb::remove, .name = name});
        start(wire::Close{.handle = handle});
    }
    client.goodbye();
    pair.pump();
    pair.cut();
    for (const protocol::CallId call : calls) take(call);
}

TEST_F(SessionPair, EveryCallIsAnsweredWhereverTheLinkEnds)
{
    Engine whole({}, mac, entropy);
    Pair uncut(whole, mac, now);
    play_everything(uncut, true);
    for (const bool upwards : {true, false}) {
        const std::size_t size = upwards ? uncut.up() : uncut.down();
        for (std::size_t at = 1; at < size; ++at) {
            Engine fresh({}, mac, entropy);
            Pair pair(fresh, mac, now);
            pair.cut_after(upwards ? at : unlimited, upwards ? unlimited : at);
            play_everything(pair, false);
            fresh.broker().check_invariants();
            EXPECT_EQ(fresh.sessions(), 0u);
            if (HasFailure()) FAIL() << "cut at byte " << at << " of " << size;
        }
    }
}

TEST_F(SessionPair, PiecesOfAnySizeGiveTheSameOutcome)
{
    for (const std::size_t piece : {1u, 2u, 3u, 7u, 100u, 4096u, 100'000u}) {
        Outcome outcome;
        (void)whole_run(piece, outcome);
        for (int i = 0; i < 7; ++i) {
            EXPECT_FALSE(outcome.puts.at(item_of(i)));
            EXPECT_EQ(outcome.items[item_of(i)].unflagged, 1) << i;
            EXPECT_EQ(outcome.items[item_of(i)].flagged, 0) << i;
        }
    }
}

TEST_F(SessionPair, ACutAtAnyByteUpwardsLosesAndDoublesNothing)
{
    Outcome whole;
    const std::size_t size = whole_run(unlimited, whole).first;
    // Every byte, but for the inside of the long item: there a step is a step.
    for (std::size_t at = 1; at <= size; at += (at > 700 && at + 700 < size) ? 997 : 1) {
        run_and_judge(at, unlimited);
        if (HasFailure()) FAIL() << "cut after byte " << at << " of " << size;
    }
}

TEST_F(SessionPair, ACutAtAnyByteDownwardsLosesAndDoublesNothing)
{
    Outcome whole;
    const std::size_t size = whole_run(unlimited, whole).second;
    for (std::size_t at = 1; at <= size; at += (at > 1200 && at + 1200 < size) ? 997 : 1) {
        run_and_judge(unlimited, at);
        if (HasFailure()) FAIL() << "cut after byte " << at << " of " << size;
    }
}

}  // namespace
}  // namespace penstock::session
