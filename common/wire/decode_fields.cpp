// The requests that carry fields, bytes to values. docs/protocol.md, section 3.6.
#include "common/wire/decoding.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/tags.hpp"

namespace penstock::wire {

namespace {

/// A later version may know more enumerators: what this one doesn't know is `unsupported`.
template <class Enum>
Enum enumerator(FieldReader& fields, const Field& field, Enum first, Enum last)
{
    const std::uint8_t value = fields.u8(field);
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last))
        fields.unsupported();
    return static_cast<Enum>(value);
}

std::vector<HandleId> handles(FieldReader& fields, const Field& field)
{
    std::vector<HandleId> ids;
    if (field.value.size() % 4 != 0) fields.fail("a field has the wrong length");
    if (field.value.size() / 4 > read_handles_max) fields.fail("too many handles");
    if (fields.failed()) return ids;
    Reader reader(field.value);
    ids.reserve(reader.left() / 4);
    while (reader.left() > 0) ids.push_back(reader.u32());
    return ids;
}

}  // namespace

Open decode_open(Decoding& in)
{
    Open open;
    open.handle = in.reader.u32();
    open.timeout_ms = in.reader.u32();
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::open::kind)
            open.kind = enumerator(fields, field, Kind::fifo, Kind::pipe_right);
        else if (field.tag == tag::open::name)
            open.name = fields.text(field, name_size_max);
        else if (field.tag == tag::open::maxsize)
            open.maxsize = fields.i64(field);
        else if (field.tag == tag::open::mode)
            open.mode = enumerator(fields, field, Mode::or_create, Mode::fresh);
        else if (field.tag == tag::open::role)
            open.role = enumerator(fields, field, Role::both, Role::consumer);
        else if (field.tag == tag::open::until_task_done)
            open.until_task_done = fields.boolean(field);
        else if (field.tag == tag::open::ends_with_producers)
            open.ends_with_producers = fields.boolean(field);
        else if (field.tag == tag::open::ends_with_consumers)
            open.ends_with_consumers = fields.boolean(field);
        else if (field.tag == tag::open::producers_expected)
            open.producers_expected = static_cast<std::int32_t>(fields.u32(field));
        else
            fields.unknown(field);
    }
    fields.require({tag::open::name});
    in.take_over(fields);
    return open;
}

Admin decode_admin(Decoding& in)
{
    Admin admin;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::admin::verb)
            admin.verb = enumerator(fields, field, AdminVerb::purge, AdminVerb::kick);
        else if (field.tag == tag::admin::name)
            admin.name = fields.text(field, name_size_max);
        else if (field.tag == tag::admin::to)
            admin.to = fields.text(field, name_size_max);
        else if (field.tag == tag::admin::count)
            admin.count = fields.u64(field);
        else if (field.tag == tag::admin::id)
            admin.id = fields.u64(field);
        else if (field.tag == tag::admin::object)
            admin.object = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::admin::verb});
    in.take_over(fields);
    return admin;
}

Read decode_read(Decoding& in)
{
    Read read;
    FieldReader fields = in.fields();
    for (Field field; fields.next(field);) {
        if (field.tag == tag::read::what)
            read.what = enumerator(fields, field, ReadWhat::qsize, ReadWhat::changes);
        else if (field.tag == tag::read::handles)
            read.handles = handles(fields, field);
        else if (field.tag == tag::read::name)
            read.name = fields.text(field, name_size_max);
        else if (field.tag == tag::read::next)
            read.next = fields.text(field, name_size_max);
        else if (field.tag == tag::read::offset)
            read.offset = fields.u64(field);
        else if (field.tag == tag::read::limit)
            read.limit = fields.u32(field);
        else if (field.tag == tag::read::item_bytes)
            read.item_bytes = fields.u32(field);
        else if (field.tag == tag::read::timeout_ms)
            read.timeout_ms = fields.u32(field);
        else if (field.tag == tag::read::kind)
            read.kind = enumerator(fields, field, RowKind::queues, RowKind::events);
        else if (field.tag == tag::read::since)
            read.since = fields.u64(field);
        else
            fields.unknown(field);
    }
    fields.require({tag::read::what});
    if (read.what == ReadWhat::changes) fields.require({tag::read::kind});
    in.take_over(fields);
    return read;
}

}  // namespace penstock::wire
