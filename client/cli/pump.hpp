// Between stdin, stdout and a pipe: what nc does with bytes, message by message.
#pragma once

#include "client/cli/streams.hpp"

#include <penstock/pipe.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace penstock::cli {

/// stdin in messages, for one pipe after the other.
class MessageInput {
public:
    /// Lines, or else whatever one read brings.
    explicit MessageInput(bool lines) : lines_(lines) {}

    /// The next message; no value at the end of stdin, or if the descriptor `stop` becomes readable
    /// while it waits. Throws Failure.
    [[nodiscard]] std::optional<Bytes> next(int stop);
    /// It becomes the next one again.
    void put_back(Bytes message) { put_back_ = std::move(message); }
    [[nodiscard]] bool ended() const { return ended_; }

private:
    bool lines_;
    bool ended_ = false;
    LineReader reader_;
    std::optional<Bytes> put_back_;
};

enum class MessageFormat : std::uint8_t { raw, lines, json };

/// Writes a message to stdout. Throws Failure.
void write_message(const Message<Bytes>& message, MessageFormat format);

struct PumpOptions {
    MessageFormat format = MessageFormat::raw;
    /// It is over when the other side sends no more; else when stdin has ended, too, or the other
    /// side is gone.
    bool ends_with_peer = false;
    /// The other side was not asked for a key: if it asks for one, that is no message.
    bool keyless = false;
};

/// Sends what stdin has and writes what comes, at the same time, until it is over. The end of stdin
/// ends sending, and what comes is still written. Throws what the pipe and the streams do; that the
/// other side has gone is only an error if there was something to send to it.
void pump(Connection<Bytes> pipe, MessageInput& input, const PumpOptions& options);

}  // namespace penstock::cli
