// A session that is live, or just made, and the broker it talks to.
#pragma once

#include "client/src/hmac.hpp"
#include "tests/support/client/scripted_broker.hpp"

#include <penstock/error.hpp>

#include <gtest/gtest.h>

namespace penstock::test {

class NewSession : public ::testing::Test {
protected:
    OpensslMac mac;
    protocol::Session session{mac, usual_options()};
    ScriptedBroker broker{session};
};

class LiveSession : public NewSession {
protected:
    void SetUp() override
    {
        broker.welcome();
        broker.open(1, 10);
    }

    protocol::CallId start(protocol::Request request, base::TimePoint deadline = base::no_deadline)
    {
        return session.start(std::move(request), deadline);
    }

    /// The code that `call` was answered with.
    std::error_code code(protocol::CallId call)
    {
        if (!session.answered(call)) {
            ADD_FAILURE() << "not answered";
            return {};
        }
        return session.take(call).ec;
    }
};

}  // namespace penstock::test
