// What --json prints. Each document carries "schema"; names are those of the library.
#pragma once

#include "client/cli/exit_code.hpp"

#include <penstock/codec.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace penstock::cli {

/// Raised when a field changes its meaning or goes.
inline constexpr int json_schema = 1;

/// {"schema":1}, to be filled.
[[nodiscard]] boost::json::object json_document();

/// {"schema":1, ...} with the members of `object`.
[[nodiscard]] boost::json::object with_schema(const boost::json::object& object);

/// Writes the document as one line, which a terminal only shows.
void write_json(const boost::json::object& document);

/// The type of that name.
[[nodiscard]] std::optional<ContentType> content_type_called(const std::string& name);

/// Adds "text", or "base64" for what is not UTF-8.
void add_payload(boost::json::object& object, std::span<const std::byte> bytes);

}  // namespace penstock::cli
