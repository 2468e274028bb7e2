#include "client/src/blocking/handle.hpp"

#include "client/src/protocol/put_items.hpp"
#include "client/src/protocol/requests.hpp"

#include <penstock/error.hpp>

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
    using enum protocol::Acknowledge;
    return call(std::move(request), timeout, joinable_ ? with_next_call : when_told);
}

protocol::Answer Handle::call(protocol::Request request,
                              Duration timeout,
                              protocol::Acknowledge acknowledge)
{
    if (closed_) return protocol::failed(errc::closed);
    protocol::Answer answer = connection_->call(std::move(request), timeout, acknowledge);
    // Written just behind another thread's CLOSE: to the broker there never was such a handle.
    if (answer.ec == errc::bad_handle && closed_) answer.ec = errc::closed;
    return answer;
}

void Handle::put(Bytes bytes, detail::PutSpec spec, Duration timeout, std::error_code& ec)
{
    ec = protocol::check_put(bytes.size(), spec);
    if (!ec) ec = call(protocol::put_one(id_, std::move(bytes), spec), timeout).ec;
}

PutReport Handle::put_many(detail::EncodedItems items, detail::PutSpec spec, PutManyOptions options)
{
    std::error_code ec = protocol::check_items(items, spec);
    if (!ec && closed_) ec = errc::closed;
    if (!ec && inherited()) ec = errc::forked;
    if (ec || items.sizes.empty()) return protocol::report_of(items.sizes.size(), ec);
    protocol::PutMany puts(
        id_, std::move(items), spec, options.stop_on_error, connection_->grants().max_ops);
    const auto done = [&](protocol::Answer&& answer) {
        if (answer.ec == errc::bad_handle && closed_) answer.ec = errc::closed;
        puts.answered(std::move(answer));
    };
    connection_->calls([&] { return puts.next(); },
                       options.timeout,
                       protocol::PutMany::ahead(options.stop_on_error),
                       done);
    return std::move(puts).report();
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
    const protocol::Answer answer = call(protocol::get_many(id_, n), timeout);
    ec = answer.ec;
    std::vector<detail::RawItem> items;
    items.reserve(answer.items.size());
    for (const protocol::GotItem& got : answer.items) items.push_back(raw(answer, got));
    return items;
}

detail::RawItem Handle::raw(const protocol::Answer& answer, const protocol::GotItem& got)
{
    detail::RawItem item = protocol::to_item(got, answer.op, connection_->session_number());
    if (joinable_) handed_.add(std::this_thread::get_id(), item.token);
    return item;
}

detail::Fill Handle::fill(std::error_code& ec)
{
    return protocol::to_fill(call(protocol::read_fill(id_), Duration::zero()), ec);
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

void throw_failed(const std::error_code& ec, const char* call, const QueueHandle& handle)
{
    std::string text = std::string(call) + " " + handle.label();
    const std::string farewell = handle.farewell();
    if (!farewell.empty()) text += " (the broker said: " + farewell + ")";
    throw_error(ec, text);
}

std::string QueueHandle::farewell() const
{
    return handle_ && handle_->connection() ? handle_->connection()->farewell() : std::string();
}

}  // namespace penstock::detail
