// The session's frames, types 01 to 0c, values to bytes. docs/protocol.md, section 3.5.
#include "common/base/assert.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/encoding.hpp"
#include "common/wire/fields.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/tags.hpp"

namespace penstock::wire {

namespace {

void write_grants(FieldWriter& fields, std::uint16_t tag, const Grants& grants)
{
    Writer writer(fields.field(tag, 16));
    writer.u32(grants.window_ms);
    writer.u32(grants.max_ops);
    writer.u64(grants.max_bytes);
}

template <class Farewell>
void encode_farewell(Encoding& out, const Farewell& farewell)
{
    PENSTOCK_ASSERT(farewell.code <= GoodbyeCode::internal);
    FieldWriter fields;
    fields.u16(tag::goodbye::code, static_cast<std::uint16_t>(farewell.code));
    if (farewell.retry_after_ms != 0)
        fields.u32(tag::goodbye::retry_after_ms, farewell.retry_after_ms);
    if (!farewell.text.empty()) fields.text(tag::goodbye::text, farewell.text, text_size_max);
    out.write(fields.take());
}

void encode_token(Encoding& out, std::uint64_t token)
{
    Writer writer = out.begin(8);
    writer.u64(token);
    out.finish(writer);
}

}  // namespace

void encode(Encoding& out, const Hello& hello)
{
    PENSTOCK_ASSERT(hello.version_min <= hello.version_max);
    FieldWriter fields;
    fields.bytes(tag::hello::magic, base::as_bytes(tag::hello::magic_value));
    Writer versions(fields.field(tag::hello::versions, 4));
    versions.u16(hello.version_min);
    versions.u16(hello.version_max);
    write_grants(fields, tag::hello::wanted, hello.wanted);
    if (!hello.client_name.empty())
        fields.text(tag::hello::client_name, hello.client_name, name_size_max);
    if (hello.pid != 0) fields.u32(tag::hello::pid, hello.pid);
    if (hello.answers_pings) fields.boolean(tag::hello::answers_pings, true);
    out.write(fields.take());
}

void encode(Encoding& out, const Welcome& welcome)
{
    FieldWriter fields;
    fields.u16(tag::welcome::version, welcome.version);
    write_grants(fields, tag::welcome::granted, welcome.granted);
    fields.bytes(tag::welcome::session, welcome.session);
    fields.bytes(tag::welcome::boot, welcome.boot);
    fields.u64(tag::welcome::epoch, welcome.epoch);
    if (welcome.secret) fields.bytes(tag::welcome::secret, *welcome.secret);
    out.write(fields.take());
}

void encode(Encoding& out, const Resume& resume)
{
    FieldWriter fields;
    fields.bytes(tag::resume::session, resume.session);
    fields.u64(tag::resume::epoch, resume.epoch);
    fields.bytes(tag::resume::proof, resume.proof);
    fields.u64(tag::resume::next_op, resume.next_op);
    out.write(fields.take());
}

void encode(Encoding& out, const Resumed& resumed)
{
    PENSTOCK_ASSERT(resumed.incomplete.size() <= resumed_ids_max);
    FieldWriter fields;
    fields.u64(tag::resumed::epoch, resumed.epoch);
    fields.bytes(tag::resumed::boot, resumed.boot);
    fields.u64(tag::resumed::highest, resumed.highest);
    if (!resumed.incomplete.empty()) {
        Writer writer(fields.field(tag::resumed::incomplete, resumed.incomplete.size() * 8));
        OpId last = 0;
        for (const OpId id : resumed.incomplete) {
            PENSTOCK_ASSERT(id > last && id <= resumed.highest && (id & read_id_bit) == 0);
            writer.u64(last = id);
        }
    }
    if (resumed.more) out.header.flags |= flag::more;
    out.write(fields.take());
}

void encode(Encoding& out, const Refused& refused)
{
    PENSTOCK_ASSERT(refused.reason >= RefusedReason::unknown &&
                    refused.reason <= RefusedReason::too_many);
    FieldWriter fields;
    fields.u16(tag::refused::reason, static_cast<std::uint16_t>(refused.reason));
    fields.bytes(tag::refused::boot, refused.boot);
    if (!refused.text.empty()) fields.text(tag::refused::text, refused.text, text_size_max);
    out.write(fields.take());
}

void encode(Encoding& out, const Resend& resend)
{
    PENSTOCK_ASSERT(!resend.stream || out.header.n == 1);
    Writer writer = out.begin(resend.stream ? 24 : 0);
    if (resend.stream) {
        PENSTOCK_ASSERT(resend.stream->taken <= resend.stream->received);
        writer.u64(resend.stream->limit);
        writer.u64(resend.stream->taken);
        writer.u64(resend.stream->received);
    }
    out.finish(writer);
}

void encode(Encoding& out, const ResendEnd& end)
{
    PENSTOCK_ASSERT(end.held.size() <= resend_end_ranges_max);
    if (end.more) out.header.flags |= flag::more;
    Writer writer = out.begin(end.held.size() * 12);
    OpId next = 1;
    for (const OpRange& range : end.held) {
        PENSTOCK_ASSERT(range.first >= next && (range.first & read_id_bit) == 0);
        PENSTOCK_ASSERT(range.n > 0 && range.n - 1u <= read_id_bit - 1 - range.first);
        writer.u64(range.first);
        writer.u32(range.n);
        next = range.first + range.n;
    }
    out.finish(writer);
}

void encode(Encoding& out, const Goodbye& goodbye)
{
    encode_farewell(out, goodbye);
}

void encode(Encoding& out, const Bye& bye)
{
    encode_farewell(out, bye);
}

void encode(Encoding& out, const Ping& ping)
{
    encode_token(out, ping.token);
}

void encode(Encoding& out, const Pong& pong)
{
    encode_token(out, pong.token);
}

void encode(Encoding& out, const Notice& notice)
{
    PENSTOCK_ASSERT(notice.code >= NoticeCode::memory_pressure &&
                    notice.code <= NoticeCode::relieved);
    FieldWriter fields;
    fields.u16(tag::notice::code, static_cast<std::uint16_t>(notice.code));
    if (!notice.text.empty()) fields.text(tag::notice::text, notice.text, text_size_max);
    out.write(fields.take());
}

}  // namespace penstock::wire
