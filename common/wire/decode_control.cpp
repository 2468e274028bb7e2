// The session's frames, types 01 to 0c, bytes to values. docs/protocol.md, section 3.5.
#include "common/wire/decoding.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/tags.hpp"

#include <algorithm>

namespace penstock::wire {

namespace {

constexpr std::size_t versions_size = 4;
constexpr std::size_t grants_size = 16;

Grants grants(FieldReader& fields, const Field& field)
{
    Grants grants;
    if (field.value.size() != grants_size) fields.fail("a field has the wrong length");
    Reader reader(field.value);
    grants.window_ms = reader.u32();
    grants.max_ops = reader.u32();
    grants.max_bytes = reader.u64();
    return grants;
}

void versions(FieldReader& fields, const Field& field, Hello& hello)
{
    if (field.value.size() != versions_size) fields.fail("a field has the wrong length");
    Reader reader(field.value);
    hello.version_min = reader.u16();
    hello.version_max = reader.u16();
    if (hello.version_min > hello.version_max) fields.fail("the versions are in the wrong order");
}

/// Rising ids, as the broker's tables keep them.
std::vector<OpId> incomplete(FieldReader& fields, const Field& field)
{
    std::vector<OpId> ids;
    if (field.value.size() % 8 != 0) fields.fail("a field has the wrong length");
    Reader reader(field.value);
    ids.reserve(reader.left() / 8);
    OpId last = 0;
    while (reader.left() >= 8) {
        const OpId id = reader.u64();
        if (id <= last || (id & read_id_bit) != 0) fields.fail("the incomplete ids do not rise");
        ids.push_back(last = id);
    }
    return ids;
}

/// An enumerator between `first` and `last` that the frame can't do without.
template <class Enum>
Enum enumerator(FieldReader& fields, const Field& field, Enum first, Enum last)
{
    const std::uint16_t value = fields.u16(field);
    if (value < static_cast<std::uint16_t>(first) || value > static_cast<std::uint16_t>(last))
        fields.unsupported();
    return static_cast<Enum>(value);
}

template <class Farewell>
Farewell decode_farewell(Decoding& in)
{
    Farewell farewell;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::goodbye::code)
            farewell.code = enumerator(fields, field, GoodbyeCode::done, GoodbyeCode::internal);
        else if (field.tag == tag::goodbye::retry_after_ms)
            farewell.retry_after_ms = fields.u32(field);
        else if (field.tag == tag::goodbye::text)
            farewell.text = fields.text(field, text_size_max);
        else
            fields.unknown(field);
    }
    fields.require({tag::goodbye::code});
    in.take_over(fields);
    return farewell;
}

}  // namespace

Hello decode_hello(Decoding& in)
{
    Hello hello;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::hello::magic) {
            if (base::as_text(field.value) != tag::hello::magic_value)
                fields.fail("HELLO lacks the magic word");
        } else if (field.tag == tag::hello::versions) {
            versions(fields, field, hello);
        } else if (field.tag == tag::hello::wanted) {
            hello.wanted = grants(fields, field);
        } else if (field.tag == tag::hello::client_name) {
            hello.client_name = fields.text(field, name_size_max);
        } else if (field.tag == tag::hello::pid) {
            hello.pid = fields.u32(field);
        } else if (field.tag == tag::hello::answers_pings) {
            hello.answers_pings = fields.boolean(field);
        } else {
            fields.unknown(field);
        }
    }
    fields.require({tag::hello::magic, tag::hello::versions, tag::hello::wanted});
    in.take_over(fields);
    return hello;
}

Welcome decode_welcome(Decoding& in)
{
    Welcome welcome;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::welcome::version)
            welcome.version = fields.u16(field);
        else if (field.tag == tag::welcome::granted)
            welcome.granted = grants(fields, field);
        else if (field.tag == tag::welcome::session)
            fields.array(field, welcome.session);
        else if (field.tag == tag::welcome::boot)
            fields.array(field, welcome.boot);
        else if (field.tag == tag::welcome::epoch)
            welcome.epoch = fields.u64(field);
        else if (field.tag == tag::welcome::secret)
            fields.array(field, welcome.secret.emplace());
        else
            fields.unknown(field);
    }
    fields.require({tag::welcome::version,
                    tag::welcome::granted,
                    tag::welcome::session,
                    tag::welcome::boot,
                    tag::welcome::epoch});
    in.take_over(fields);
    return welcome;
}

Resume decode_resume(Decoding& in)
{
    Resume resume;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::resume::session)
            fields.array(field, resume.session);
        else if (field.tag == tag::resume::epoch)
            resume.epoch = fields.u64(field);
        else if (field.tag == tag::resume::proof)
            fields.array(field, resume.proof);
        else if (field.tag == tag::resume::next_op)
            resume.next_op = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require(
        {tag::resume::session, tag::resume::epoch, tag::resume::proof, tag::resume::next_op});
    in.take_over(fields);
    return resume;
}

Resumed decode_resumed(Decoding& in)
{
    Resumed resumed;
    resumed.more = in.has(flag::more);
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::resumed::epoch)
            resumed.epoch = fields.u64(field);
        else if (field.tag == tag::resumed::boot)
            fields.array(field, resumed.boot);
        else if (field.tag == tag::resumed::highest)
            resumed.highest = fields.u64(field);
        else if (field.tag == tag::resumed::incomplete)
            resumed.incomplete = incomplete(fields, field);
        else
            fields.unknown(field);
    }
    fields.require({tag::resumed::epoch, tag::resumed::boot, tag::resumed::highest});
    if (!resumed.incomplete.empty() && resumed.incomplete.back() > resumed.highest)
        fields.fail("an incomplete id above the highest");
    in.take_over(fields);
    return resumed;
}

Refused decode_refused(Decoding& in)
{
    Refused refused;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::refused::reason)
            refused.reason =
                enumerator(fields, field, RefusedReason::unknown, RefusedReason::too_many);
        else if (field.tag == tag::refused::boot)
            fields.array(field, refused.boot);
        else if (field.tag == tag::refused::text)
            refused.text = fields.text(field, text_size_max);
        else
            fields.unknown(field);
    }
    fields.require({tag::refused::reason, tag::refused::boot});
    in.take_over(fields);
    return refused;
}

Resend decode_resend(Decoding& in)
{
    Resend resend;
    if (in.reader.left() == 0) return resend;
    if (in.header.n > 1) in.fail("a RESEND of a range has no stream position");
    StreamPosition position;
    position.limit = in.reader.u64();
    position.taken = in.reader.u64();
    position.received = in.reader.u64();
    if (position.taken > position.received) in.fail("a stream's taken is above its received");
    resend.stream = position;
    return resend;
}

ResendEnd decode_resend_end(Decoding& in)
{
    constexpr std::size_t pair_size = 12;
    ResendEnd end;
    end.more = in.has(flag::more);
    end.held.reserve(in.reader.left() / pair_size);
    OpId next = 1;
    while (in.reader.left() >= pair_size) {
        OpRange range;
        range.first = in.reader.u64();
        range.n = in.reader.u32();
        if (range.first < next || (range.first & read_id_bit) != 0) in.fail("held ids do not rise");
        if (range.n == 0 || range.n - 1u > read_id_bit - 1 - (range.first & ~read_id_bit))
            in.fail("a range of ids is empty or overflows");
        next = range.first + range.n;
        end.held.push_back(range);
    }
    return end;
}

Goodbye decode_goodbye(Decoding& in)
{
    return decode_farewell<Goodbye>(in);
}

Bye decode_bye(Decoding& in)
{
    return decode_farewell<Bye>(in);
}

Ping decode_ping(Decoding& in)
{
    return {in.reader.u64()};
}

Pong decode_pong(Decoding& in)
{
    return {in.reader.u64()};
}

Notice decode_notice(Decoding& in)
{
    Notice notice;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::notice::code)
            notice.code =
                enumerator(fields, field, NoticeCode::memory_pressure, NoticeCode::relieved);
        else if (field.tag == tag::notice::text)
            notice.text = fields.text(field, text_size_max);
        else
            fields.unknown(field);
    }
    fields.require({tag::notice::code});
    in.take_over(fields);
    return notice;
}

}  // namespace penstock::wire
