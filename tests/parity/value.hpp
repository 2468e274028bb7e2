// What the rows put and send, but for bytes. Some of it can't be encoded, or not be decoded.
#pragma once

#include "tests/parity/side.hpp"

#include <penstock/codec.hpp>
#include <penstock/error.hpp>

#include <chrono>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace parity {

struct Value {
    std::string word;
};

class Unencodable : public std::runtime_error {
public:
    Unencodable() : std::runtime_error("unencodable") {}
};

constexpr auto encoding_time = std::chrono::milliseconds(200);

}  // namespace parity

template <>
struct penstock::Codec<parity::Value> {
    static void encode(const parity::Value& value, Bytes& out)
    {
        if (value.word == "unencodable") throw parity::Unencodable();
        if (value.word == "slow") std::this_thread::sleep_for(parity::encoding_time);
        Codec<std::string>::encode(value.word, out);
        if (value.word == "big") out.resize(parity::big_size);
    }

    static parity::Value decode(std::span<const std::byte> in, std::error_code& ec)
    {
        if (in.size() == parity::big_size) return {"big"};
        parity::Value value{Codec<std::string>::decode(in, ec)};
        if (value.word == "undecodable") ec = errc::bad_message;
        return value;
    }
};
