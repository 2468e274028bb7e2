// Two clients of an engine that open the ends of a pipe.
#pragma once

#include "tests/support/session/engine_fixture.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::session {

inline PeerInfo over_tcp()
{
    return {.address = "test", .user = "addr=10.0.0.1"};
}

inline PeerInfo over_unix(std::uint32_t uid)
{
    return {.address = "test", .user = "uid=" + std::to_string(uid), .pid = 7, .uid = uid};
}

/// Outlives the engine.
struct WithPairs {
    NumberedPairs pairs;
};

/// Of the two whose parties are on other hosts.
class Pipes : protected WithPairs, public EngineFixture {
protected:
    Pipes() : EngineFixture(options(), &pairs) {}

    static EngineOptions options()
    {
        EngineOptions options = small_options();
        options.session.ops_max = wire::session_ops_max;
        return options;
    }

    void SetUp() override
    {
        left.live();
        right.live();
    }

    void meet()
    {
        left.open_pipe(1, "p", wire::Kind::pipe_left);
        right.open_pipe(1, "p", wire::Kind::pipe_right);
        ASSERT_EQ(left.answers(), (std::vector<std::string>{"1 ok by relay"}));
        ASSERT_EQ(right.answers(), (std::vector<std::string>{"1 ok by relay"}));
    }

    std::uint64_t used(Resource resource) { return engine.shares().used(resource); }

    FakeClient left{engine, now, over_tcp()};
    FakeClient right{engine, now, over_tcp()};
};

}  // namespace penstock::session
