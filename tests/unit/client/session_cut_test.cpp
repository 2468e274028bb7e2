// The broker's stream, cut at every position: the answers are the same.

#include "common/wire/bodies.hpp"
#include "tests/support/client/session_fixture.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace penstock::test {

namespace {

using wire::Status;

/// A session from the handshake to BYE, as steps: what the client does, then what it reads.
class Dialogue {
public:
    /// Reads all bytes in pieces that end at `cut`, and of at most `read_size_max`.
    std::string run(std::size_t cut, std::size_t read_size_max)
    {
        broker_.read_size_max = read_size_max;
        read(handshake_bytes("#WELCOME#"), cut);
        wire::Welcome welcome;
        welcome.version = 1;
        welcome.granted = usual_grants;
        read(frame_bytes({}, welcome), cut);

        wire::Open open;
        open.handle = 1;
        open.name = "q";
        start(open);
        read(frame_bytes({.op = 1}, result_message(Status::ok, wire::encode(open_body(3)))), cut);
        start(put_request(pattern(3)));
        start(get_request());
        start(get_request());
        start(wire::TaskDone{.handle = 1, .source = 3, .index = 1});
        start(wire::Ping{});
        const base::Bytes item = pattern(300);
        read(frame_bytes({.op = 4}, item_message(item, 100)), cut);
        read(frame_bytes({.op = 2}, result_message(Status::ok)), cut);
        read(frame_bytes({.op = 3}, item_message(pattern(0))), cut);
        read(frame_bytes({.op = 4},
                         wire::Data{base::Rope(
                             base::Slice::copy_of(std::span<const std::byte>(item).subspan(100)))}),
             cut);
        read(frame_bytes({}, wire::Pong{calls_.back()}), cut);
        read(frame_bytes({.n = 1, .op = 5}, result_message(Status::no_unfinished_task)), cut);
        session_.goodbye();
        (void)broker_.payloads();
        read(frame_bytes({}, wire::Bye{}), cut);
        log_ += " end " + session_.end_code().message();
        return log_;
    }

    [[nodiscard]] std::size_t bytes_read() const { return position_; }

private:
    void start(protocol::Request request)
    {
        calls_.push_back(session_.start(std::move(request), base::no_deadline));
        (void)broker_.payloads();
    }

    void read(const base::Bytes& bytes, std::size_t cut)
    {
        const std::size_t end = position_ + bytes.size();
        const std::size_t first = cut > position_ && cut < end ? cut - position_ : 0;
        const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(first);
        broker_.send_bytes({bytes.begin(), middle});
        (void)broker_.payloads();
        broker_.send_bytes({middle, bytes.end()});
        (void)broker_.payloads();
        position_ = end;
        for (const protocol::CallId call : session_.take_answered()) {
            const auto answer = session_.take(call);
            log_ += " " + std::to_string(call) + ":" + std::to_string(answer.ec.value()) + ":" +
                    std::to_string(answer.items.empty() ? 0 : answer.items.front().body.size());
        }
    }

    OpensslMac mac_;
    protocol::Session session_{mac_, usual_options()};
    ScriptedBroker broker_{session_};
    std::vector<protocol::CallId> calls_;
    std::size_t position_ = 0;
    std::string log_;
};

}  // namespace

TEST(SessionCut, EveryPositionYieldsTheSameAnswers)
{
    Dialogue whole;
    const std::string expected = whole.run(0, SIZE_MAX);
    EXPECT_NE(expected.find(" 4:0:300"), std::string::npos) << expected;
    EXPECT_NE(expected.find(" end Success"), std::string::npos) << expected;
    for (std::size_t cut = 1; cut < whole.bytes_read(); ++cut) {
        ASSERT_EQ(Dialogue().run(cut, SIZE_MAX), expected) << "cut at " << cut;
    }
}

TEST(SessionCut, ByteByByteYieldsTheSameAnswers)
{
    const std::string expected = Dialogue().run(0, SIZE_MAX);
    for (const std::size_t size : {1u, 2u, 3u, 7u}) {
        EXPECT_EQ(Dialogue().run(0, size), expected);
    }
}

}  // namespace penstock::test
