// SessionLink: a session and the socket it is on: moves bytes between them, as many as go at once.
// What both drivers do; who waits for the socket, and when, is theirs. Not thread-safe, but for
// what Link says of itself.
#pragma once

#include "client/src/hmac.hpp"
#include "client/src/io/descriptor.hpp"
#include "client/src/io/link.hpp"
#include "client/src/protocol/session.hpp"
#include "common/base/time.hpp"

#include <deque>
#include <map>

namespace penstock::io {

class SessionLink {
public:
    SessionLink(Descriptor socket, protocol::SessionOptions options);

    [[nodiscard]] protocol::Session& session() { return session_; }
    [[nodiscard]] const protocol::Session& session() const { return session_; }
    [[nodiscard]] Link& link() { return link_; }
    [[nodiscard]] const Link& link() const { return link_; }

    /// As much as the socket takes. The rest waits for room: see wants_room().
    void write(base::TimePoint now);
    /// What is there, or a good part of it.
    void read();
    [[nodiscard]] bool wants_room() const { return writable_ && !session_.output().empty(); }
    [[nodiscard]] bool ended() const { return session_.stage() == protocol::Session::Stage::ended; }

    /// The socket that came with the answer to an OPEN, if one did.
    [[nodiscard]] Descriptor take_passed(protocol::CallId id);
    /// Nothing is written any more. Gives the socket back.
    void close();

private:
    void match_passed();

    OpensslMac mac_;
    Link link_;
    protocol::Session session_;
    std::deque<Descriptor> arrived_;  // sockets whose results have not come whole
    std::map<protocol::CallId, Descriptor> passed_;
    bool writable_ = true;  // false: the other side takes nothing any more
};

}  // namespace penstock::io
