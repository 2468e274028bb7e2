// What the templates of the asynchronous pipe.hpp stand on: the calls of a pipe's end, in bytes.
// Not for programs: everything here may change.
#pragma once

#include <penstock/async/detail/calls.hpp>
#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/detail/pipe_end.hpp>
#include <penstock/duration.hpp>
#include <penstock/options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

class PipeEnd;

using penstock::detail::Half;
using penstock::detail::RawMessage;

[[nodiscard]] asio::any_io_executor executor_of(const PipeEnd& end) noexcept;

void start_open_pipe(const std::shared_ptr<Connection>& connection,
                     std::string name,
                     End end,
                     Duration timeout,
                     HandlerOf<std::shared_ptr<PipeEnd>> handler);

void start_send(const std::shared_ptr<PipeEnd>& end,
                Bytes bytes,
                ContentType content_type,
                Duration timeout,
                HandlerOf<> handler);
/// `ends_half`: what a message that is too long ends.
void start_recv(const std::shared_ptr<PipeEnd>& end,
                Duration timeout,
                std::optional<Half> ends_half,
                HandlerOf<RawMessage> handler);
void start_poll(const std::shared_ptr<PipeEnd>& end, Duration timeout, HandlerOf<bool> handler);

/// An end on `fd`, which it takes over. Null if `ec` is set, and then `fd` is still the caller's.
[[nodiscard]] std::shared_ptr<PipeEnd> end_from_fd(
    asio::any_io_executor executor, int fd, Half half, PipeOptions options, std::error_code& ec);
/// As above; throws if that can't be, and then `fd` is closed.
[[nodiscard]] std::shared_ptr<PipeEnd> take_over_fd(asio::any_io_executor executor,
                                                    int fd,
                                                    Half half,
                                                    PipeOptions options);

/// An end, or half of one; closed by its destructor. Move-only.
class PipeEndHandle {
public:
    PipeEndHandle() noexcept = default;
    explicit PipeEndHandle(std::shared_ptr<PipeEnd> end, Half half = Half::both) noexcept
        : end_(std::move(end)), half_(half)
    {}
    ~PipeEndHandle() { close(); }
    PipeEndHandle(PipeEndHandle&& other) noexcept = default;
    PipeEndHandle& operator=(PipeEndHandle&& other) noexcept
    {
        if (this != &other) {
            close();
            end_ = std::move(other.end_);
            half_ = other.half_;
        }
        return *this;
    }

    [[nodiscard]] const std::shared_ptr<PipeEnd>& end() const noexcept { return end_; }
    [[nodiscard]] Half half() const noexcept { return half_; }
    void close() const noexcept;
    /// Receiving, sending.
    [[nodiscard]] std::pair<PipeEndHandle, PipeEndHandle> split() &&;

private:
    std::shared_ptr<PipeEnd> end_;
    Half half_ = Half::both;
};

}  // namespace penstock::async::detail
