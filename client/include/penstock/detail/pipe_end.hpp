// What the templates of pipe.hpp stand on: the calls of a pipe's end, in bytes. Not for programs:
// everything here may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/codec.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/options.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace penstock::blocking {
class PipeEnd;
class Waitable;
}  // namespace penstock::blocking

namespace penstock::detail {

struct RawMessage {
    Bytes bytes;
    ContentType content_type = ContentType::bytes;
};

inline constexpr std::size_t any_length = std::numeric_limits<std::size_t>::max();

/// Which directions of an end a handle stands for.
enum class Half : std::uint8_t { both, receiving, sending };

/// What failed, for texts of exceptions.
enum class PipeCall : std::uint8_t { send, recv, poll, release };

/// An end of a pipe, or half of one; closed by its destructor. Move-only. A moved-from one, and one
/// that was made without arguments, behave as closed.
class PENSTOCK_API PipeEndHandle {
public:
    PipeEndHandle() noexcept;
    /// `half`: of an end that has the other direction, too, if that belongs to another handle.
    explicit PipeEndHandle(std::shared_ptr<blocking::PipeEnd> end, Half half = Half::both) noexcept;
    ~PipeEndHandle();
    PipeEndHandle(PipeEndHandle&& other) noexcept;
    PipeEndHandle& operator=(PipeEndHandle&& other) noexcept;

    bool send(std::span<const std::byte> bytes,
              ContentType content_type,
              Duration timeout,
              std::error_code& ec) const;
    [[nodiscard]] RawMessage recv(Duration timeout,
                                  std::size_t maxlength,
                                  std::error_code& ec) const;
    [[nodiscard]] std::size_t recv_into(std::span<std::byte> buffer,
                                        Duration timeout,
                                        RawMessage& whole,
                                        std::error_code& ec) const;
    [[nodiscard]] bool poll(Duration timeout, std::error_code& ec) const;
    [[nodiscard]] int fileno() const noexcept;
    [[nodiscard]] bool closed() const noexcept;
    void close() const noexcept;
    [[nodiscard]] int release(std::error_code& ec);
    /// Receiving, sending.
    [[nodiscard]] std::pair<PipeEndHandle, PipeEndHandle> split() &&;
    /// Null: closed.
    [[nodiscard]] std::shared_ptr<blocking::Waitable> waitable() const;
    [[nodiscard]] std::string label() const;
    /// Throws what belongs to `ec`.
    [[noreturn]] void fail(std::error_code ec, PipeCall call) const;

private:
    /// What a handle that isn't open, or whose half is closed, answers.
    [[nodiscard]] bool open(std::error_code& ec) const;

    std::shared_ptr<blocking::PipeEnd> end_;
    Half half_ = Half::both;
};

/// Both ends of a new pipe: the first one receives if it is one-way. Closed ones if `ec` is set.
[[nodiscard]] PENSTOCK_API std::pair<PipeEndHandle, PipeEndHandle> make_pipe(bool one_way,
                                                                             PipeOptions options,
                                                                             std::error_code& ec);
/// Takes `fd` over if it is a connected stream socket that can do what `half` says.
[[nodiscard]] PENSTOCK_API PipeEndHandle pipe_end_from_fd(int fd,
                                                          Half half,
                                                          PipeOptions options,
                                                          std::error_code& ec);
/// Throws what belongs to an error of the two above.
[[noreturn]] PENSTOCK_API void fail_to_make_pipe(std::error_code ec);
[[noreturn]] PENSTOCK_API void fail_from_fd(std::error_code ec, int fd, Half half);

}  // namespace penstock::detail
