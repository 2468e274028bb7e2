// SessionRequests: the frames that a client sends, made of the fuzzer's choices. Most are what a
// client might say, some name what it must not; all are well-formed.
#pragma once

#include "common/wire/codec.hpp"
#include "tests/fuzz/choices.hpp"

#include <cstddef>
#include <vector>

namespace penstock::fuzz {

/// What every item holds: its bytes tell where they belong, so that nobody need remember them.
[[nodiscard]] inline std::byte item_byte(std::size_t item_size, std::size_t offset)
{
    return static_cast<std::byte>(item_size * 7 + offset);
}
[[nodiscard]] base::Rope item_part(std::size_t item_size, std::size_t offset, std::size_t size);

class SessionRequests {
public:
    struct Request {
        wire::Header header;
        wire::Message message;
    };

    [[nodiscard]] Request hello(Choices& choices) const;
    [[nodiscard]] Request next(Choices& choices);
    /// No id above it was named by a request that asks for an answer.
    [[nodiscard]] wire::OpId highest() const { return next_op_ - 1; }

private:
    /// A PUT that goes on in DATA.
    struct Unfinished {
        wire::OpId op = 0;
        std::size_t size = 0;
        std::size_t sent = 0;
    };

    [[nodiscard]] Request operation(wire::Message message, std::uint16_t n = 1);
    [[nodiscard]] Request open(Choices& choices);
    [[nodiscard]] Request put(Choices& choices);
    [[nodiscard]] Request long_put(Choices& choices);
    [[nodiscard]] Request data(Choices& choices);
    [[nodiscard]] Request get(Choices& choices);
    [[nodiscard]] Request about_operations(Choices& choices, wire::Message message);
    [[nodiscard]] Request task_done(Choices& choices);
    [[nodiscard]] Request admin(Choices& choices);
    [[nodiscard]] Request read(Choices& choices);
    [[nodiscard]] Request rare(Choices& choices);

    [[nodiscard]] wire::HandleId some_handle(Choices& choices) const;
    [[nodiscard]] wire::OpId some_op(Choices& choices) const;

    wire::OpId next_op_ = 1;
    wire::HandleId last_handle_ = 0;
    std::vector<Unfinished> unfinished_;
};

}  // namespace penstock::fuzz
