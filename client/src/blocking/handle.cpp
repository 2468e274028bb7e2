#include "client/src/blocking/handle.hpp"

#include "client/src/protocol/put_items.hpp"
#include "common/wire/bodies.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

namespace penstock::blocking {

namespace {

/// What the wire can say; the broker's limit is lower.
constexpr std::size_t item_size_max = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Handle::Handle(std::shared_ptr<Connection> connection,
               wire::HandleId id,
               std::string name,
               bool joinable)
    : connection_(std::move(connection)), id_(id), name_(std::move(name)), joinable_(joinable)
{}

Handle::~Handle()
{
    close();
}

protocol::Answer Handle::call(protocol::Request request, Duration timeout)
{
    using enum Connection::Acknowledge;
    return call(std::move(request), timeout, joinable_ ? with_next_call : when_told);
}

protocol::Answer Handle::call(protocol::Request request,
                              Duration timeout,
                              Connection::Acknowledge acknowledge)
{
    protocol::Answer answer;
    if (closed_) {
        answer.ec = errc::closed;
        return answer;
    }
    answer = connection_->call(std::move(request), timeout, acknowledge);
    // Written just behind another thread's CLOSE: to the broker there never was such a handle.
    if (answer.ec == errc::bad_handle && closed_) answer.ec = errc::closed;
    return answer;
}

void Handle::put(Bytes bytes, detail::PutSpec spec, Duration timeout, std::error_code& ec)
{
    if (bytes.size() > item_size_max) {
        ec = errc::too_large;
        return;
    }
    if (static_cast<std::uint8_t>(spec.content_type) > wire::content_type_max) {
        ec = std::make_error_code(std::errc::invalid_argument);
        return;
    }
    wire::Put put;
    put.handle = id_;
    put.content_type = static_cast<std::uint8_t>(spec.content_type);
    put.priority = spec.priority;
    put.sizes = {static_cast<std::uint32_t>(bytes.size())};
    if (!bytes.empty()) put.body = base::Rope(base::Slice::adopt(std::move(bytes)));
    ec = call(std::move(put), timeout).ec;
}

PutReport Handle::put_many(detail::EncodedItems items, detail::PutSpec spec, PutManyOptions options)
{
    const std::span<const std::size_t> sizes = items.sizes;
    PutReport report;
    std::error_code ec;
    if (static_cast<std::uint8_t>(spec.content_type) > wire::content_type_max) {
        ec = std::make_error_code(std::errc::invalid_argument);
    } else if (!sizes.empty() && std::ranges::max(sizes) > item_size_max) {
        ec = errc::too_large;
    } else if (closed_) {
        ec = errc::closed;
    } else if (inherited()) {
        ec = errc::forked;
    }
    report.codes.assign(sizes.size(), ec);
    if (ec || sizes.empty()) {
        report.sum_up();
        return report;
    }
    const base::Slice bytes = base::Slice::adopt(std::move(items.bytes));
    const wire::Grants grants = connection_->grants();
    std::size_t sent = 0;
    std::size_t offset = 0;
    std::size_t answered = 0;
    bool stopped = false;
    const auto next = [&]() -> std::optional<protocol::Request> {
        if (stopped || sent == sizes.size()) return std::nullopt;
        wire::Put put;
        put.handle = id_;
        put.content_type = static_cast<std::uint8_t>(spec.content_type);
        put.priority = spec.priority;
        if (options.stop_on_error) put.batch = wire::Batch::begins;
        protocol::take_items(put, items, sent, grants.max_ops);
        sent += put.sizes.size();
        const auto total = std::accumulate(put.sizes.begin(), put.sizes.end(), std::size_t{0});
        if (total > 0) put.body = base::Rope(bytes.subslice(offset, total));
        offset += total;
        return put;
    };
    const auto done = [&](protocol::Answer&& answer) {
        if (answer.ec == errc::bad_handle && closed_) answer.ec = errc::closed;
        if (answer.codes.empty()) answer.codes.push_back(answer.ec);
        std::ranges::copy(answer.codes,
                          report.codes.begin() + static_cast<std::ptrdiff_t>(answered));
        answered += answer.codes.size();
        stopped = options.stop_on_error && answer.ec;
    };
    // Only a PUT right behind a failed one is skipped, and other threads may put in between.
    const std::size_t ahead = options.stop_on_error ? 1 : Connection::calls_ahead_max;
    connection_->calls(next, options.timeout, ahead, done);
    std::fill(report.codes.begin() + static_cast<std::ptrdiff_t>(answered),
              report.codes.end(),
              make_error_code(errc::skipped));
    report.sum_up();
    return report;
}

detail::RawItem Handle::get(Duration timeout, std::error_code& ec)
{
    const protocol::Answer answer = call(wire::Get{.handle = id_, .further = {}}, timeout);
    ec = answer.ec;
    if (ec) return {};
    return raw(answer, answer.items.front());
}

std::vector<detail::RawItem> Handle::get_many(std::size_t n, Duration timeout, std::error_code& ec)
{
    if (n == 0) {
        ec.clear();
        return {};
    }
    const auto max = static_cast<std::uint16_t>(std::min<std::size_t>(n, wire::get_items_max));
    const wire::Get request{.handle = id_, .max = max, .further = {}};
    const protocol::Answer answer = call(request, timeout);
    ec = answer.ec;
    std::vector<detail::RawItem> items;
    items.reserve(answer.items.size());
    for (const protocol::GotItem& got : answer.items) items.push_back(raw(answer, got));
    return items;
}

detail::RawItem Handle::raw(const protocol::Answer& answer, const protocol::GotItem& got)
{
    detail::RawItem item;
    item.bytes = got.body.to_bytes();
    item.seq = got.seq;
    item.attempts = got.attempts;
    item.content_type = static_cast<ContentType>(got.content_type);
    item.token = {connection_->session_number(), answer.op, got.index};
    if (joinable_) handed_.add(std::this_thread::get_id(), item.token);
    return item;
}

detail::Fill Handle::fill(std::error_code& ec)
{
    wire::Read read;
    read.what = wire::ReadWhat::qsize;
    read.handles = {id_};
    const protocol::Answer answer = call(std::move(read), Duration::zero());
    ec = answer.ec;
    if (ec) return {};
    const auto body = wire::decode_queue_body(answer.body.to_bytes());
    if (!body) {
        ec = errc::protocol;
        return {};
    }
    return {body->ready, body->maxsize};
}

void Handle::shutdown(bool immediate, std::error_code& ec)
{
    const auto how = immediate ? wire::ShutdownHow::immediate : wire::ShutdownHow::drain;
    ec = call(wire::Shutdown{.handle = id_, .how = how}, Duration::zero()).ec;
}

void Handle::end_half(wire::ShutdownHow half)
{
    if (!closed_) connection_->send(wire::Shutdown{.handle = id_, .how = half});
}

void Handle::done(const detail::ItemToken& token, std::error_code& ec)
{
    if (inherited()) {
        ec = errc::forked;
        return;
    }
    if (token.op == 0 || token.session != connection_->session_number()) {
        ec = errc::not_found;
        return;
    }
    handed_.remove(token);
    const wire::TaskDone request{.handle = id_, .source = token.op, .index = token.index};
    ec = call(request, Duration::zero()).ec;
}

void Handle::task_done(std::error_code& ec)
{
    if (closed_) {
        ec = errc::closed;
        return;
    }
    if (inherited()) {
        ec = errc::forked;
        return;
    }
    const detail::ItemToken token = handed_.take_oldest(std::this_thread::get_id());
    const wire::TaskDone request{.handle = id_, .source = token.op, .index = token.index};
    ec = call(request, Duration::zero()).ec;
}

void Handle::join(Duration timeout, std::error_code& ec)
{
    ec = call(wire::Join{.handle = id_}, timeout).ec;
}

Waitable::Watch Handle::begin_wait(std::error_code& ec)
{
    ec.clear();
    if (closed_) {
        ec = errc::closed;
    } else if (inherited()) {
        ec = errc::forked;
    }
    return {};
}

bool Handle::ready(std::error_code& ec)
{
    ec = closed_ ? std::error_code(errc::closed) : std::error_code();
    return !ec;
}

void Handle::close()
{
    if (closed_.exchange(true)) return;
    connection_->send(wire::Close{.handle = id_});
}

}  // namespace penstock::blocking

namespace penstock::detail {

QueueHandle::QueueHandle() noexcept = default;
QueueHandle::QueueHandle(std::shared_ptr<blocking::Handle> handle) noexcept
    : handle_(std::move(handle))
{}
QueueHandle::~QueueHandle() = default;
QueueHandle::QueueHandle(QueueHandle&& other) noexcept = default;
QueueHandle& QueueHandle::operator=(QueueHandle&& other) noexcept = default;

namespace {

/// What a handle that isn't open answers.
bool open(const std::shared_ptr<blocking::Handle>& handle, std::error_code& ec)
{
    ec = handle ? std::error_code() : errc::closed;
    return handle != nullptr;
}

}  // namespace

bool QueueHandle::put(Bytes bytes, PutSpec spec, Duration timeout, std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->put(std::move(bytes), spec, timeout, ec);
    return !ec;
}

PutReport QueueHandle::put_many(EncodedItems items, PutSpec spec, PutManyOptions options) const
{
    if (handle_) return handle_->put_many(std::move(items), spec, options);
    PutReport report;
    report.codes.assign(items.sizes.size(), errc::closed);
    report.sum_up();
    return report;
}

std::vector<RawItem> QueueHandle::get_many(std::size_t n,
                                           Duration timeout,
                                           std::error_code& ec) const
{
    return open(handle_, ec) ? handle_->get_many(n, timeout, ec) : std::vector<RawItem>{};
}

RawItem QueueHandle::get(Duration timeout, std::error_code& ec) const
{
    return open(handle_, ec) ? handle_->get(timeout, ec) : RawItem{};
}

Fill QueueHandle::fill(std::error_code& ec) const
{
    return open(handle_, ec) ? handle_->fill(ec) : Fill{};
}

void QueueHandle::shutdown(bool immediate, std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->shutdown(immediate, ec);
}

void QueueHandle::done(const ItemToken& token, std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->done(token, ec);
}

void QueueHandle::task_done(std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->task_done(ec);
}

void QueueHandle::join(Duration timeout, std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->join(timeout, ec);
}

void QueueHandle::close() const noexcept
{
    if (handle_) handle_->close();
}

std::string QueueHandle::label() const
{
    return handle_ ? "'" + handle_->name() + "'" : std::string("a queue that is not open");
}

}  // namespace penstock::detail
