// What the encoders of single frame types share. Internal to common/wire.
#pragma once

#include "common/base/byte_queue.hpp"
#include "common/base/bytes.hpp"
#include "common/wire/byte_io.hpp"
#include "common/wire/messages.hpp"

#include <cstddef>
#include <span>

namespace penstock::wire {

/// One frame while it is written, straight into the output: no intermediate copy.
class Encoding {
public:
    Encoding(base::ByteQueue& out, const Header& of) : header(of), out_(out) {}

    /// Writes the length and the header as it now is; the caller writes `fixed_size` bytes, then
    /// finishes with a body of `body_size`.
    [[nodiscard]] Writer begin(std::size_t fixed_size, std::size_t body_size = 0);
    void finish(const Writer& writer);
    void finish(const Writer& writer, const base::Rope& body);
    /// A frame that consists of `bytes` behind its header.
    void write(const base::Bytes& bytes);

    Header header;

private:
    base::ByteQueue& out_;
};

// encode_control.cpp
void encode(Encoding& out, const Hello& hello);
void encode(Encoding& out, const Welcome& welcome);
void encode(Encoding& out, const Resume& resume);
void encode(Encoding& out, const Resumed& resumed);
void encode(Encoding& out, const Refused& refused);
void encode(Encoding& out, const Resend& resend);
void encode(Encoding& out, const ResendEnd& end);
void encode(Encoding& out, const Goodbye& goodbye);
void encode(Encoding& out, const Bye& bye);
void encode(Encoding& out, const Ping& ping);
void encode(Encoding& out, const Pong& pong);
void encode(Encoding& out, const Notice& notice);
// encode_fields.cpp
void encode(Encoding& out, const Open& open);
void encode(Encoding& out, const Admin& admin);
void encode(Encoding& out, const Read& read);

}  // namespace penstock::wire
