#include "client/cli/json.hpp"

#include "client/cli/streams.hpp"
#include "client/cli/text.hpp"

#include <boost/json/serialize.hpp>
// Header-only: the rest of Boost.JSON is compiled here, and only here.
#include <boost/json/src.hpp>

namespace penstock::cli {

boost::json::object json_document()
{
    boost::json::object document;
    document["schema"] = json_schema;
    return document;
}

boost::json::object with_schema(const boost::json::object& object)
{
    auto document = json_document();
    for (const auto& member : object) document.insert(member);
    return document;
}

void write_json(const boost::json::object& document)
{
    write_out(printable_json(boost::json::serialize(document)) + "\n");
}

std::optional<ContentType> content_type_called(const std::string& name)
{
    for (int number = 0; number <= static_cast<int>(ContentType::msgpack); ++number) {
        const auto type = static_cast<ContentType>(number);
        if (to_string(type) == name) return type;
    }
    return std::nullopt;
}

void add_payload(boost::json::object& object, std::span<const std::byte> bytes)
{
    const std::string_view text = as_text(bytes);
    if (is_utf8(text)) {
        object["text"] = text;
    } else {
        object["base64"] = base64(bytes);
    }
}

}  // namespace penstock::cli
