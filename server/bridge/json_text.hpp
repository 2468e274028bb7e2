// JsonText: writes JSON, in order, into one string.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::bridge {

/// Sets the commas; what is nested how is for its user to get right. Bytes that are not UTF-8
/// become U+FFFD, since a browser ends a WebSocket that carries them.
class JsonText {
public:
    JsonText& begin_object() { return open('{'); }
    JsonText& end_object() { return close('}'); }
    JsonText& begin_array() { return open('['); }
    JsonText& end_array() { return close(']'); }
    JsonText& key(std::string_view name);

    JsonText& text(std::string_view value);
    JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonText& null() { return raw("null"); }
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) JsonText& number(Number value)
    {
        return raw(std::to_string(value));
    }
    /// A value that is JSON already.
    JsonText& raw(std::string_view value);

    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    JsonText& open(char bracket);
    JsonText& close(char bracket);
    void separate();
    void quote(std::string_view value);

    std::string out_;
    bool first_ = true;
};

/// As JavaScript has numbers: an integer over 2^53 would lose its last digits there, unseen.
inline constexpr std::uint64_t exact_number_max = (std::uint64_t{1} << 53) - 1;

}  // namespace penstock::bridge
