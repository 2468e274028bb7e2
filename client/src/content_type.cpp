#include <penstock/codec.hpp>

namespace penstock {

std::string to_string(ContentType type)
{
    switch (type) {
        case ContentType::bytes:
            return "bytes";
        case ContentType::text:
            return "text";
        case ContentType::number:
            return "number";
        case ContentType::json:
            return "json";
        case ContentType::pickle:
            return "pickle";
        case ContentType::cbor:
            return "cbor";
        case ContentType::msgpack:
            return "msgpack";
    }
    return "type" + std::to_string(static_cast<unsigned>(type));
}

}  // namespace penstock
