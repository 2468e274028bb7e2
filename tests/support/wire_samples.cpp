#include "tests/support/wire_samples.hpp"

#include "common/base/assert.hpp"
#include "common/wire/byte_io.hpp"

#include <utility>

namespace penstock::wire {

std::vector<Sample> all_samples()
{
    std::vector<Sample> samples = session_samples();
    for (auto& sample : request_samples()) samples.push_back(std::move(sample));
    for (auto& sample : item_samples()) samples.push_back(std::move(sample));
    return samples;
}

base::Bytes flattened(const base::ByteQueue& queue)
{
    std::vector<std::span<const std::byte>> parts(queue.size());
    parts.resize(queue.gather(parts));
    base::Bytes bytes;
    for (const auto& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    PENSTOCK_ASSERT(bytes.size() == queue.size());
    return bytes;
}

base::Bytes encoded(const Header& header, const Message& message)
{
    base::ByteQueue queue;
    encode_frame(queue, header, message);
    return flattened(queue);
}

DecodedFrame decoded(std::span<const std::byte> frame, Sender from)
{
    Reader reader(frame);
    PENSTOCK_ASSERT(reader.u32() == frame.size() - length_prefix_size);
    return decode_frame(base::Slice::copy_of(frame.subspan(length_prefix_size)), from);
}

}  // namespace penstock::wire
