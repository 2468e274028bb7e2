// An item of any type, in bytes, on its way to the library and back. Apart from handle.hpp for the
// asynchronous headers, whose users pay for each header of the standard library.
// Not for programs: everything here may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/item.hpp>
#include <penstock/options.hpp>

#include <cstdint>
#include <optional>

namespace penstock::detail {

/// What goes with the bytes of an item that is put.
struct PutSpec {
    ContentType content_type = ContentType::bytes;
    std::optional<Priority> priority;
};

struct RawItem {
    Bytes bytes;
    std::uint64_t seq = 0;
    std::uint16_t attempts = 0;
    ContentType content_type = ContentType::bytes;
    ItemToken token;
};

}  // namespace penstock::detail
