#include "tests/support/client/scripted_broker.hpp"

#include "common/base/byte_queue.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/codec.hpp"
#include "common/wire/limits.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <utility>

namespace penstock::test {

namespace {

base::Bytes all_of(const base::ByteQueue& queue)
{
    base::Bytes bytes;
    std::vector<std::span<const std::byte>> parts(1024);
    const std::size_t count = queue.gather(parts);
    for (std::size_t i = 0; i < count; ++i) {
        bytes.insert(bytes.end(), parts[i].begin(), parts[i].end());
    }
    EXPECT_EQ(bytes.size(), queue.size());
    return bytes;
}

}  // namespace

protocol::SessionOptions usual_options()
{
    protocol::SessionOptions options;
    options.hello.version_min = wire::protocol_version;
    options.hello.version_max = wire::protocol_version;
    options.hello.wanted = usual_grants;
    options.hello.client_name = "test:1";
    options.hello.pid = 1;
    return options;
}

base::Bytes pattern(std::size_t size)
{
    base::Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>((i * 2'654'435'761u) >> 24);
    }
    return bytes;
}

wire::Put put_request(base::Bytes bytes, wire::HandleId handle)
{
    wire::Put put;
    put.handle = handle;
    put.sizes = {static_cast<std::uint32_t>(bytes.size())};
    put.body = base::Rope(base::Slice::adopt(std::move(bytes)));
    return put;
}

wire::Get get_request(wire::HandleId handle)
{
    wire::Get get;
    get.handle = handle;
    return get;
}

wire::Item item_message(const base::Bytes& bytes, std::optional<std::size_t> head_size)
{
    wire::Item item;
    item.first_seq = 5;
    item.sizes = {static_cast<std::uint32_t>(bytes.size())};
    const std::span<const std::byte> all(bytes);
    item.body = base::Rope(base::Slice::copy_of(all.first(head_size.value_or(bytes.size()))));
    return item;
}

wire::Result result_message(wire::Status status, const base::Bytes& body)
{
    wire::Result result;
    result.status = status;
    result.size = static_cast<std::uint32_t>(body.size());
    result.body = base::Rope(base::Slice::copy_of(body));
    return result;
}

wire::OpenBody open_body(std::uint64_t object)
{
    wire::OpenBody body;
    body.object = object;
    return body;
}

base::Bytes frame_bytes(wire::Header header, const wire::Message& message)
{
    base::ByteQueue queue;
    wire::encode_frame(queue, header, message);
    return all_of(queue);
}

base::Bytes handshake_bytes(std::string_view text)
{
    base::Bytes bytes{
        std::byte{0}, std::byte{0}, std::byte{0}, static_cast<std::byte>(text.size())};
    const auto tail = base::as_bytes(text);
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    return bytes;
}

void ScriptedBroker::welcome(wire::Grants grants)
{
    send_bytes(handshake_bytes("#WELCOME#"));
    wire::Welcome welcome;
    welcome.version = wire::protocol_version;
    welcome.granted = grants;
    welcome.session[0] = std::byte{7};
    send({}, welcome);
    (void)frames();  // HELLO, of which other tests tell
    ASSERT_EQ(session_.stage(), protocol::Session::Stage::live);
}

void ScriptedBroker::open(wire::HandleId handle, std::uint64_t object)
{
    wire::Open request;
    request.handle = handle;
    request.name = "q" + std::to_string(object);
    const protocol::CallId call = session_.start(std::move(request), start_time);
    const wire::Frame frame = only<wire::Open>();
    result(frame.header.op, wire::Status::ok, wire::encode(open_body(object)));
    ASSERT_TRUE(session_.answered(call));
    (void)session_.take(call);
    (void)frames();  // its ACK
}

void ScriptedBroker::send_bytes(const base::Bytes& bytes)
{
    std::span<const std::byte> left(bytes);
    while (!left.empty()) {
        const std::span<std::byte> buffer = session_.recv_buffer();
        const std::size_t size = std::min({left.size(), buffer.size(), read_size_max});
        std::memcpy(buffer.data(), left.data(), size);
        session_.recv_advance(size);
        left = left.subspan(size);
    }
}

void ScriptedBroker::send(wire::Header header, const wire::Message& message)
{
    send_bytes(frame_bytes(header, message));
}

void ScriptedBroker::result(wire::OpId op, wire::Status status, const base::Bytes& body)
{
    send({.op = op}, result_message(status, body));
}

std::vector<base::Bytes> ScriptedBroker::payloads(base::TimePoint now)
{
    session_.fill_output(now);
    const base::Bytes bytes = all_of(session_.output());
    session_.output_written(bytes.size());
    std::vector<base::Bytes> payloads;
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i) size = size << 8 | std::to_integer<std::size_t>(bytes[at++]);
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        payloads.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
        at += size;
    }
    return payloads;
}

std::vector<wire::Frame> ScriptedBroker::frames(base::TimePoint now)
{
    std::vector<wire::Frame> frames;
    for (base::Bytes& payload : payloads(now)) {
        auto decoded =
            wire::decode_frame(base::Slice::adopt(std::move(payload)), wire::Sender::client);
        if (const auto* error = std::get_if<wire::CodecError>(&decoded)) {
            ADD_FAILURE() << "the client sent " << error->text;
            continue;
        }
        frames.push_back(std::get<wire::Frame>(std::move(decoded)));
    }
    return frames;
}

std::vector<wire::Frame> ScriptedBroker::drain(base::TimePoint now)
{
    std::vector<wire::Frame> all;
    while (true) {
        std::vector<wire::Frame> some = frames(now);
        if (some.empty()) return all;
        std::ranges::move(some, std::back_inserter(all));
    }
}

template <class M>
wire::Frame ScriptedBroker::only(base::TimePoint now)
{
    std::vector<wire::Frame> found = frames(now);
    EXPECT_EQ(found.size(), 1u);
    if (found.size() != 1 || !std::holds_alternative<M>(found.front().message)) {
        ADD_FAILURE() << "not the one frame that was expected";
        return {.header = {}, .message = M{}};
    }
    return std::move(found.front());
}

template wire::Frame ScriptedBroker::only<wire::Ack>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Cancel>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Close>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Get>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Goodbye>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Open>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Ping>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Pong>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Put>(base::TimePoint);
template wire::Frame ScriptedBroker::only<wire::Read>(base::TimePoint);

std::vector<wire::Type> types(const std::vector<wire::Frame>& frames)
{
    std::vector<wire::Type> result;
    for (const wire::Frame& frame : frames) result.push_back(frame.header.type);
    return result;
}

}  // namespace penstock::test
