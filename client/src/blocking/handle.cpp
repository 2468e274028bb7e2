#include "client/src/blocking/handle.hpp"

#include "common/wire/bodies.hpp"
#include "common/wire/limits.hpp"

#include <penstock/error.hpp>

#include <limits>
#include <thread>
#include <utility>

namespace penstock::blocking {

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
    protocol::Answer answer;
    if (closed_) {
        answer.ec = errc::closed;
        return answer;
    }
    answer = connection_->call(std::move(request), timeout);
    // Written just behind another thread's CLOSE: to the broker there never was such a handle.
    if (answer.ec == errc::bad_handle && closed_) answer.ec = errc::closed;
    return answer;
}

void Handle::put(Bytes bytes, ContentType type, Duration timeout, std::error_code& ec)
{
    if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
        ec = errc::too_large;
        return;
    }
    if (static_cast<std::uint8_t>(type) > wire::content_type_max) {
        ec = std::make_error_code(std::errc::invalid_argument);
        return;
    }
    wire::Put put;
    put.handle = id_;
    put.content_type = static_cast<std::uint8_t>(type);
    put.sizes = {static_cast<std::uint32_t>(bytes.size())};
    if (!bytes.empty()) put.body = base::Rope(base::Slice::adopt(std::move(bytes)));
    ec = call(std::move(put), timeout).ec;
}

detail::RawItem Handle::get(Duration timeout, std::error_code& ec)
{
    const protocol::Answer answer = call(wire::Get{.handle = id_, .further = {}}, timeout);
    ec = answer.ec;
    if (ec) return {};
    detail::RawItem item;
    item.bytes = answer.body.to_bytes();
    item.seq = answer.seq;
    item.attempts = answer.attempts;
    item.content_type = static_cast<ContentType>(answer.content_type);
    item.token = {connection_->session_number(), answer.op, answer.index};
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
    ec = call(wire::Shutdown{.handle = id_, .immediate = immediate}, Duration::zero()).ec;
}

void Handle::done(const detail::ItemToken& token, std::error_code& ec)
{
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
    const detail::ItemToken token = handed_.take_oldest(std::this_thread::get_id());
    const wire::TaskDone request{.handle = id_, .source = token.op, .index = token.index};
    ec = call(request, Duration::zero()).ec;
}

void Handle::join(Duration timeout, std::error_code& ec)
{
    ec = call(wire::Join{.handle = id_}, timeout).ec;
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

bool QueueHandle::put(Bytes bytes, ContentType type, Duration timeout, std::error_code& ec) const
{
    if (open(handle_, ec)) handle_->put(std::move(bytes), type, timeout, ec);
    return !ec;
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
