// The whole engine without sockets: up to three peers that send requests, rudely or not, read or
// don't, come and go, while time passes.
//
// The input: the limits, then actions. After each of them the core's invariants hold, and memory is
// bounded by what was sent; in the end nothing is left that belonged to somebody.
#include "server/session/engine.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/session_peer.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/openssl_mac.hpp"

#include <array>
#include <chrono>
#include <malloc.h>
#include <optional>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define PENSTOCK_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PENSTOCK_WITH_ASAN 1
#endif
#endif
#ifdef PENSTOCK_WITH_ASAN
// <sanitizer/allocator_interface.h> has it, but gcc 12 on Debian comes without that header.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace penstock::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t actions_max = 400;
constexpr int deadlines_max = 1000;
/// Output that nobody reads, buffers, and what the peers of this test keep.
constexpr std::size_t memory_base = std::size_t{8} * 1024 * 1024;
/// The dearest bytes are those of a size table: four of them make an item of none.
constexpr std::size_t memory_per_byte = 128;

std::size_t allocated_bytes()
{
#ifdef PENSTOCK_WITH_ASAN
    return __sanitizer_get_current_allocated_bytes();
#else
    return ::mallinfo2().uordblks;
#endif
}

class CountingEntropy final : public session::Entropy {
public:
    void fill(std::span<std::byte> bytes) override
    {
        for (std::byte& byte : bytes) byte = std::byte(next_++);
    }

private:
    std::uint8_t next_ = 1;
};

session::EngineOptions some_options(Choices& choices)
{
    session::EngineOptions options;
    options.key = {std::byte{'k'}, std::byte{'e'}, std::byte{'y'}};
    options.session.ops_max =
        choices.one_of<std::uint32_t>({100, 1, 10'000, wire::session_ops_max});
    options.session.put_bytes_max = choices.one_of<std::uint64_t>({10'000, 1, 1'000'000});
    options.session.item_size_max = choices.one_of<std::uint64_t>({1'000'000, 4000});
    options.session.handles_max = choices.one_of<std::uint32_t>({100, 2});
    options.sessions_max = choices.one_of<std::size_t>({3, 1});
    options.objects_max = choices.one_of<std::size_t>({100, 1});
    return options;
}

class World {
public:
    explicit World(Choices& choices)
        : choices_(choices),
          options_(some_options(choices)),
          memory_before_(allocated_bytes()),
          engine_(options_, mac_, entropy_)
    {}

    void run()
    {
        for (std::size_t i = 0; i < actions_max && choices_.more(); ++i) {
            act();
            look_after_peers();
            check();
        }
        for (std::optional<SessionPeer>& peer : peers_) {
            if (!peer) continue;
            peer->cut(now_);
            peer.reset();
            engine_.broker().check_invariants();
        }
        check_nothing_is_held();
    }

private:
    /// Half of all are requests.
    void act()
    {
        const std::uint8_t what = choices_.byte();
        std::optional<SessionPeer>& peer = peers_[choices_.below(peers_.size())];
        if (!peer) return connect(peer, what);
        switch (what >> 4) {
            case 8:
                return peer->read(choices_.below(256));
            case 9:
                return peer->read(choices_.below(65'536) * 4);
            case 10:
            case 11:
                return pass_time();
            case 12:
                return peer->send_noise(choices_, now_);
            case 13:
                peer->cut(now_);
                return peer.reset();
            case 14:
                return peer->send_hello(choices_, now_);
            case 15:
                if (what == 0xff) {
                    engine_.stop(now_);
                    stopped_ = true;
                }
                return;
            default:
                peer->send_request(choices_, now_);
        }
    }

    void connect(std::optional<SessionPeer>& peer, std::uint8_t how)
    {
        session::PeerInfo info;
        info.address = "fuzz";
        info.challenge = how == 0xfe;
        info.allowed = how != 0xfd;
        peer.emplace(engine_, traffic_, std::move(info), now_);
        if (how < 0xe0) peer->send_hello(choices_, now_);
    }

    void pass_time()
    {
        const auto next = engine_.next_deadline();
        switch (choices_.below(4)) {
            case 0:  // as the shell does
                if (next) now_ = std::max(now_, *next);
                break;
            case 1:
                now_ += 1ms;
                break;
            case 2:
                now_ += 100ms;
                break;
            default:
                now_ += 10s;
        }
        engine_.expire(now_);
        // Else the shell would call again at once, for ever.
        PENSTOCK_ASSERT(engine_.next_deadline().value_or(base::no_deadline) > now_);
    }

    void look_after_peers()
    {
        (void)engine_.take_touched();
        (void)engine_.take_log();
        for (std::optional<SessionPeer>& peer : peers_) {
            if (peer && !peer->keep(now_)) peer.reset();
        }
    }

    void check() const
    {
        engine_.broker().check_invariants();
        const std::size_t allocated = allocated_bytes();
        const std::size_t allowed = memory_base + memory_per_byte * traffic_.sent;
        PENSTOCK_ASSERT(allocated < memory_before_ + allowed);
    }

    void check_nothing_is_held()
    {
        // What is left to do, such as a line for the log, has an end.
        for (int left = deadlines_max; engine_.next_deadline(); --left) {
            PENSTOCK_ASSERT(left > 0);
            now_ = std::max(now_, *engine_.next_deadline());
            engine_.expire(now_);
        }
        for (const core::QueueStats& queue : engine_.broker().list("", SIZE_MAX)) {
            // What a broker that ends had handed out stays with its getters.
            PENSTOCK_ASSERT(queue.assigned == 0 || stopped_);
            PENSTOCK_ASSERT(queue.handles == 0);
            PENSTOCK_ASSERT(queue.putters == 0 && queue.getters == 0 && queue.joiners == 0);
        }
        PENSTOCK_ASSERT(engine_.sessions() == 0);
    }

    Choices& choices_;
    session::EngineOptions options_;
    std::size_t memory_before_;
    support::OpensslMac mac_;
    CountingEntropy entropy_;
    session::Engine engine_;
    base::TimePoint now_{1h};
    bool stopped_ = false;
    std::array<std::optional<SessionPeer>, 3> peers_;
    Traffic traffic_;
};

}  // namespace

void run_one(std::span<const std::byte> input)
{
    Choices choices(input);
    World(choices).run();
}

}  // namespace penstock::fuzz
