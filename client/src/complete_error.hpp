// Errors whose text says all: the code's message behind it would only repeat a part.
#pragma once

#include "common/base/names.hpp"

#include <penstock/error.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace penstock {

class CompleteError final : public Error {
public:
    CompleteError(std::error_code ec, const std::string& text) : Error(ec, text), text_(text) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

private:
    std::runtime_error text_;  // a text that can be copied without throwing
};

/// For a call that names a queue: "stat of 'jobs'". A name that can't be one is the whole story.
[[noreturn]] inline void throw_named_error(std::error_code ec,
                                           const std::string& call,
                                           std::string_view name)
{
    const std::string text = call + " '" + std::string(name) + "'";
    if (base::valid_name(name)) throw_error(ec, text);
    throw CompleteError(ec, text + ": a name is 1 to 200 characters out of A-Z a-z 0-9 . _ : / -");
}

}  // namespace penstock
