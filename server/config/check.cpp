#include "server/config/check.hpp"

#include "common/base/endpoint.hpp"
#include "common/base/key.hpp"
#include "server/config/load.hpp"
#include "server/net/key_file.hpp"
#include "server/net/machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace penstock::config {

namespace {

void read_key(Config& config)
{
    if (config.key_file.empty()) return;
    try {
        config.server.engine.key = net::read_key_file(config.key_file);
    } catch (const std::runtime_error& error) {
        throw ConfigError(error.what());
    }
    if (config.server.engine.key.size() < base::key_size_advised_min) {
        config.warning = "the key is shorter than 16 bytes and could be guessed";
    }
}

void check_key(const Config& config)
{
    for (const net::ListenSpec& spec : config.server.listen) {
        if (spec.auth != net::Auth::key || !config.server.engine.key.empty()) continue;
        const bool is_tcp = spec.endpoint.family == base::Endpoint::Family::tcp;
        throw ConfigError("--listen " + base::to_string(spec.endpoint) +
                          " asks for a key: give --key-file FILE" +
                          (is_tcp ? ", or auth=none on loopback" : ""));
    }
}

/// Where two listeners would meet. Port 0 is another one each time.
bool same_place(const net::ListenSpec& a, const net::ListenSpec& b)
{
    const bool fresh = a.endpoint.family == base::Endpoint::Family::tcp && a.endpoint.port == 0;
    return !fresh && a.inherited < 0 && b.inherited < 0 && a.endpoint == b.endpoint;
}

void check_twice(const std::vector<net::ListenSpec>& listen)
{
    for (auto spec = listen.begin(); spec != listen.end(); ++spec) {
        const bool twice = std::any_of(
            listen.begin(), spec, [&](const auto& before) { return same_place(before, *spec); });
        if (!twice) continue;
        throw ConfigError("--listen " + base::to_string(spec->endpoint) +
                          " is given twice; take one away");
    }
}

net::ListenSpec default_listen()
{
    std::optional<std::string_view> runtime_dir;
    if (const char* value = std::getenv("XDG_RUNTIME_DIR")) runtime_dir = value;
    net::ListenSpec spec;
    spec.endpoint.path = base::default_socket_path(runtime_dir, ::geteuid());
    spec.private_folder = true;
    return spec;
}

constexpr std::uint64_t memory_size_min = std::uint64_t{64} * 1024;

/// The least --pending-max where one user's share has room for an item, in a round number.
std::uint64_t pending_min(const session::EngineOptions& engine)
{
    constexpr std::uint64_t KiB = 1024;
    const auto rounded_up = [](std::uint64_t size, std::uint64_t unit) {
        return (size + unit - 1) / unit * unit;
    };
    const std::uint64_t percent = engine.share_max_percent;
    const std::uint64_t least = rounded_up(engine.session.item_size_max, percent) / percent * 100;
    return rounded_up(least, least < KiB * KiB ? KiB : KiB * KiB);
}

/// What has no fixed default, and that an item fits in.
void settle_memory(session::EngineOptions& engine)
{
    std::uint64_t& item_size_max = engine.session.item_size_max;
    if (engine.memory_max == 0) engine.memory_max = net::memory_size() / 2;
    if (engine.memory_max < memory_size_min) {
        throw ConfigError("--memory-max " + base::size_text(engine.memory_max) +
                          " is too little to work with; at least " +
                          base::size_text(memory_size_min));
    }
    item_size_max = std::min(item_size_max, engine.memory_max - core::item_overhead);
    if (engine.pending_max == 0) {
        engine.pending_max = std::max(engine.memory_max / 2, 2 * item_size_max);
    }
    if (engine.pending_max / 100 * engine.share_max_percent >= item_size_max) return;
    throw ConfigError("--pending-max " + base::size_text(engine.pending_max) +
                      ": one user's share of it (--share-max) is less than one item may have; "
                      "make it at least " +
                      base::size_text(pending_min(engine)) + ", or --item-size-max smaller");
}

/// Below it nobody could connect.
void check_descriptors(const net::ServerOptions& server)
{
    const auto is_unix = [](const net::ListenSpec& spec) {
        return spec.endpoint.family == base::Endpoint::Family::unix_socket;
    };
    const bool over_unix = std::ranges::any_of(server.listen, is_unix);
    // A user's share is rounded up; two of it are a connection over a Unix socket.
    const std::uint64_t least = over_unix ? 100 / server.engine.share_max_percent + 1 : 1;
    if (server.descriptors_max == 0 || server.descriptors_max >= least) return;
    throw ConfigError("--descriptors-max " + std::to_string(server.descriptors_max) +
                      " lets nobody in: a connection over a Unix socket takes two, out of one "
                      "user's share (--share-max); make it at least " +
                      std::to_string(least));
}

}  // namespace

void check(Config& config)
{
    config.server.engine.version = PENSTOCK_VERSION;
    read_key(config);
    check_key(config);
    check_twice(config.server.listen);
    settle_memory(config.server.engine);
    if (config.server.listen.empty()) {
        config.server.listen.push_back(default_listen());
        config.listen.push_back(base::to_string(config.server.listen.front().endpoint));
    }
    check_descriptors(config.server);
}

}  // namespace penstock::config
