#include "client/cli/pump.hpp"

#include "client/cli/exit_code.hpp"
#include "client/cli/flag.hpp"
#include "client/cli/json.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <poll.h>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace penstock::cli {

namespace {

/// The direction from stdin to the pipe, in a thread of its own: if both sides only sent until the
/// other one reads, both would wait for ever.
class Sending {
public:
    Sending(Sender<Bytes> sender, MessageInput& input)
        : sender_(std::move(sender)), input_(input), thread_([this] { run(); })
    {}
    ~Sending()
    {
        stop();
        thread_.join();
    }
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

    /// What was not sent is not sent.
    void stop() noexcept
    {
        stopped_ = true;
        stop_.raise();
        sender_.close();
    }

    /// Until stdin has ended or the other side is gone. What stdin has then is still tried, and
    /// fails.
    void wait()
    {
        // Nothing is asked for but the socket's end.
        std::array<pollfd, 2> fds{pollfd{done_.descriptor(), POLLIN, 0},
                                  pollfd{sender_.fileno(), 0, 0}};
        while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
        }
        stop_.raise();
    }

    /// Throws what it failed with, once it is done.
    void check() const
    {
        pollfd entry{done_.descriptor(), POLLIN, 0};
        while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
        }
        if (failed_) std::rethrow_exception(error_);
    }

private:
    void run() noexcept
    {
        try {
            while (auto message = input_.next(stop_.descriptor())) {
                if (stopped_) {
                    input_.put_back(std::move(*message));
                    break;
                }
                sender_.send_bytes(*message);
            }
        } catch (...) {
            if (!stopped_) {
                error_ = std::current_exception();
                failed_ = true;
            }
        }
        // The other side shall know; it may go on sending.
        sender_.close();
        done_.raise();
    }

    Sender<Bytes> sender_;
    MessageInput& input_;
    Flag stop_;
    Flag done_;
    std::atomic<bool> stopped_ = false;
    std::exception_ptr error_;
    std::atomic<bool> failed_ = false;  // then error_ is there
    std::thread thread_;
};

/// Written out, it would spoil what the user wanted to have, and nobody would see why.
void expect_no_challenge(const Bytes& first)
{
    constexpr std::string_view challenge = "#CHALLENGE#";
    const auto wanted = std::as_bytes(std::span(challenge));
    if (first.size() < wanted.size() || !std::equal(wanted.begin(), wanted.end(), first.begin())) {
        return;
    }
    throw Failure(ExitCode::refused,
                  "the listener asks for a key, and we have none: name a key file with "
                  "--key-file or PENSTOCK_KEY_FILE");
}

/// Closes that half at the end: where a broker relays, a send that waits ends only when both are.
void receive_all(Receiver<Bytes> receiver, const PumpOptions& options)
{
    bool first = true;
    try {
        while (true) {
            const Message<Bytes> message = receiver.recv_message();
            if (first && options.keyless) expect_no_challenge(message.value);
            first = false;
            write_message(message, options.format);
        }
    } catch (const EndOfFile&) {
        // all that the other side sent is written
    }
}

}  // namespace

std::optional<Bytes> MessageInput::next(int stop)
{
    if (put_back_) return std::exchange(put_back_, std::nullopt);
    if (ended_) return std::nullopt;
    if (lines_) {
        const auto line = reader_.next(stop);
        ended_ = reader_.ended();
        if (!line) return std::nullopt;
        const auto bytes = std::as_bytes(std::span(*line));
        return Bytes(bytes.begin(), bytes.end());
    }
    if (!wait_for_stdin(stop)) return std::nullopt;
    Bytes chunk = read_chunk();
    ended_ = chunk.empty();
    if (ended_) return std::nullopt;
    return chunk;
}

void write_message(const Message<Bytes>& message, MessageFormat format)
{
    switch (format) {
        case MessageFormat::raw:
            return write_out(message.value);
        case MessageFormat::lines: {
            Bytes line = message.value;
            line.push_back(std::byte{'\n'});
            return write_out(line);
        }
        case MessageFormat::json: {
            auto document = json_document();
            document["size"] = message.value.size();
            document["content_type"] = to_string(message.content_type);
            add_payload(document, message.value);
            return write_json(document);
        }
    }
}

void pump(Connection<Bytes> pipe, MessageInput& input, const PumpOptions& options)
{
    auto [receiver, sender] = std::move(pipe).split();
    Sending sending(std::move(sender), input);
    receive_all(std::move(receiver), options);
    if (options.ends_with_peer) {
        sending.stop();
    } else {
        sending.wait();
    }
    sending.check();
}

}  // namespace penstock::cli
