// What the decoders of single frame types share. Internal to common/wire.
#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/byte_io.hpp"
#include "common/wire/fields.hpp"
#include "common/wire/messages.hpp"

#include <string_view>

namespace penstock::wire {

/// One frame while it is decoded. The first mistake sticks; a decoder may go on after it and what
/// it returns is thrown away.
class Decoding {
public:
    Decoding(const base::Slice& payload, const Header& of, std::size_t position)
        : header(of), reader(payload.span().subspan(position)), payload_(payload)
    {}

    void fail(std::string_view text)
    {
        if (error_.empty()) error_ = text;
    }
    void unsupported() { unsupported_ = true; }

    [[nodiscard]] bool has(std::uint8_t flag) const { return (header.flags & flag) != 0; }
    void expect_zeros(std::size_t size)
    {
        if (!reader.zeros(size)) fail("a reserved byte is missing or not zero");
    }
    /// Nothing may follow what was read.
    void expect_end()
    {
        if (reader.left() > 0) fail("bytes behind the end of the frame");
    }
    /// All that is left of the frame, sharing its block.
    [[nodiscard]] base::Rope rest()
    {
        const std::size_t size = reader.left();
        (void)reader.bytes(size);
        return base::Rope(payload_.subslice(payload_.size() - size, size));
    }
    /// Fields take all that is left; `take_over` must follow.
    [[nodiscard]] FieldReader fields() { return FieldReader(reader.bytes(reader.left())); }
    void take_over(const FieldReader& fields)
    {
        if (fields.failed()) fail(fields.error());
        if (fields.is_unsupported()) unsupported();
    }

    [[nodiscard]] std::string_view error() const
    {
        if (error_.empty() && reader.failed()) return "the frame is too short for its type";
        return error_;
    }
    [[nodiscard]] bool is_unsupported() const { return unsupported_; }

    const Header header;
    Reader reader;

private:
    const base::Slice& payload_;
    std::string_view error_;
    bool unsupported_ = false;
};

/// Types 01 to 0c: decode_control.cpp.
[[nodiscard]] Hello decode_hello(Decoding& in);
[[nodiscard]] Welcome decode_welcome(Decoding& in);
[[nodiscard]] Resume decode_resume(Decoding& in);
[[nodiscard]] Resumed decode_resumed(Decoding& in);
[[nodiscard]] Refused decode_refused(Decoding& in);
[[nodiscard]] Resend decode_resend(Decoding& in);
[[nodiscard]] ResendEnd decode_resend_end(Decoding& in);
[[nodiscard]] Goodbye decode_goodbye(Decoding& in);
[[nodiscard]] Bye decode_bye(Decoding& in);
[[nodiscard]] Ping decode_ping(Decoding& in);
[[nodiscard]] Pong decode_pong(Decoding& in);
[[nodiscard]] Notice decode_notice(Decoding& in);
/// The requests that carry fields: decode_fields.cpp.
[[nodiscard]] Open decode_open(Decoding& in);
[[nodiscard]] Admin decode_admin(Decoding& in);
[[nodiscard]] Read decode_read(Decoding& in);

}  // namespace penstock::wire
