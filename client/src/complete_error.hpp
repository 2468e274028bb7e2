// An error whose text says all: the code's message behind it would only repeat a part.
#pragma once

#include <penstock/error.hpp>

#include <stdexcept>
#include <string>
#include <system_error>

namespace penstock {

class CompleteError final : public Error {
public:
    CompleteError(std::error_code ec, const std::string& text) : Error(ec, text), text_(text) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

private:
    std::runtime_error text_;  // a text that can be copied without throwing
};

}  // namespace penstock
