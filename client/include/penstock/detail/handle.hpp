// What the templates of queue.hpp and joinable_queue.hpp stand on: the calls of a handle, in bytes.
// Not for programs: everything here may change.
#pragma once

#include <penstock/bytes.hpp>
#include <penstock/detail/raw_item.hpp>
#include <penstock/duration.hpp>
#include <penstock/export.hpp>
#include <penstock/options.hpp>
#include <penstock/put_report.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace penstock::blocking {
class Handle;
class Waitable;
}  // namespace penstock::blocking

namespace penstock::detail {

/// An open handle of a queue, closed by its destructor. Move-only. A moved-from one, and one that
/// was made without arguments, behave as closed.
class PENSTOCK_API QueueHandle {
public:
    QueueHandle() noexcept;
    explicit QueueHandle(std::shared_ptr<blocking::Handle> handle) noexcept;
    ~QueueHandle();
    QueueHandle(QueueHandle&& other) noexcept;
    QueueHandle& operator=(QueueHandle&& other) noexcept;

    bool put(Bytes bytes, PutSpec spec, Duration timeout, std::error_code& ec) const;
    [[nodiscard]] PutReport put_many(EncodedItems items,
                                     PutSpec spec,
                                     PutManyOptions options) const;
    [[nodiscard]] RawItem get(Duration timeout, std::error_code& ec) const;
    [[nodiscard]] std::vector<RawItem> get_many(std::size_t n,
                                                Duration timeout,
                                                std::error_code& ec) const;
    [[nodiscard]] Fill fill(std::error_code& ec) const;
    void shutdown(bool immediate, std::error_code& ec) const;
    void done(const ItemToken& token, std::error_code& ec) const;
    void task_done(std::error_code& ec) const;
    void join(Duration timeout, std::error_code& ec) const;
    void close() const noexcept;
    /// Null: not open.
    [[nodiscard]] std::shared_ptr<blocking::Waitable> waitable() const;
    /// The queue's name in quotes, for texts of exceptions.
    [[nodiscard]] std::string label() const;
    /// Why the broker ended the session, in its words; else empty.
    [[nodiscard]] std::string farewell() const;

private:
    friend PENSTOCK_API RawItem get_any(std::span<const QueueHandle* const> queues,
                                        Duration timeout,
                                        std::size_t& which,
                                        std::error_code& ec);

    std::shared_ptr<blocking::Handle> handle_;
};

/// Waits at all of them; `which` is the index of the one that the item comes from.
[[nodiscard]] PENSTOCK_API RawItem get_any(std::span<const QueueHandle* const> queues,
                                           Duration timeout,
                                           std::size_t& which,
                                           std::error_code& ec);
/// Their names, for texts of exceptions.
[[nodiscard]] PENSTOCK_API std::string labels(std::span<const QueueHandle* const> queues);

[[noreturn]] PENSTOCK_API void throw_failed(const std::error_code& ec,
                                            const char* call,
                                            const QueueHandle& handle);

inline void throw_if(const std::error_code& ec, const char* call, const QueueHandle& handle)
{
    if (ec) throw_failed(ec, call, handle);
}

}  // namespace penstock::detail
