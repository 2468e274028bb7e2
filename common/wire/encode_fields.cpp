// The requests that carry fields, values to bytes. docs/protocol.md, section 3.6.
#include "common/base/assert.hpp"
#include "common/wire/encoding.hpp"
#include "common/wire/fields.hpp"
#include "common/wire/limits.hpp"
#include "common/wire/tags.hpp"

namespace penstock::wire {

void encode(Encoding& out, const Open& open)
{
    PENSTOCK_ASSERT(!open.kind || (*open.kind >= Kind::fifo && *open.kind <= Kind::pipe_right));
    PENSTOCK_ASSERT(open.mode <= Mode::fresh && open.role <= Role::consumer);
    FieldWriter fields;
    if (open.kind) fields.u8(tag::open::kind, static_cast<std::uint8_t>(*open.kind));
    fields.text(tag::open::name, open.name, name_size_max);
    if (open.maxsize) fields.i64(tag::open::maxsize, *open.maxsize);
    if (open.mode != Mode::or_create)
        fields.u8(tag::open::mode, static_cast<std::uint8_t>(open.mode));
    if (open.role != Role::both) fields.u8(tag::open::role, static_cast<std::uint8_t>(open.role));
    if (open.until_task_done) fields.boolean(tag::open::until_task_done, *open.until_task_done);
    if (open.ends_with_producers)
        fields.boolean(tag::open::ends_with_producers, *open.ends_with_producers);
    if (open.ends_with_consumers)
        fields.boolean(tag::open::ends_with_consumers, *open.ends_with_consumers);
    if (open.producers_expected)
        fields.u32(tag::open::producers_expected,
                   static_cast<std::uint32_t>(*open.producers_expected));

    const base::Bytes bytes = fields.take();
    Writer writer = out.begin(8 + bytes.size());
    writer.u32(open.handle);
    writer.u32(open.timeout_ms);
    writer.bytes(bytes);
    out.finish(writer);
}

void encode(Encoding& out, const Admin& admin)
{
    PENSTOCK_ASSERT(admin.verb >= AdminVerb::purge && admin.verb <= AdminVerb::kick);
    FieldWriter fields;
    fields.u8(tag::admin::verb, static_cast<std::uint8_t>(admin.verb));
    if (!admin.name.empty()) fields.text(tag::admin::name, admin.name, name_size_max);
    if (!admin.to.empty()) fields.text(tag::admin::to, admin.to, name_size_max);
    if (admin.count != 0) fields.u64(tag::admin::count, admin.count);
    if (admin.id != 0) fields.u64(tag::admin::id, admin.id);
    if (admin.object != 0) fields.u64(tag::admin::object, admin.object);
    out.write(fields.take());
}

void encode(Encoding& out, const Read& read)
{
    PENSTOCK_ASSERT(read.what >= ReadWhat::qsize && read.what <= ReadWhat::changes);
    PENSTOCK_ASSERT(read.handles.size() <= read_handles_max);
    FieldWriter fields;
    fields.u8(tag::read::what, static_cast<std::uint8_t>(read.what));
    if (!read.handles.empty()) {
        Writer writer(fields.field(tag::read::handles, read.handles.size() * 4));
        for (const HandleId handle : read.handles) writer.u32(handle);
    }
    if (!read.name.empty()) fields.text(tag::read::name, read.name, name_size_max);
    if (!read.next.empty()) fields.text(tag::read::next, read.next, name_size_max);
    if (read.offset != 0) fields.u64(tag::read::offset, read.offset);
    if (read.limit != 0) fields.u32(tag::read::limit, read.limit);
    if (read.item_bytes != 0) fields.u32(tag::read::item_bytes, read.item_bytes);
    if (read.timeout_ms != 0) fields.u32(tag::read::timeout_ms, read.timeout_ms);
    if (read.kind) fields.u8(tag::read::kind, static_cast<std::uint8_t>(*read.kind));
    if (read.since != 0) fields.u64(tag::read::since, read.since);
    out.write(fields.take());
}

}  // namespace penstock::wire
