#include "client/src/blocking/pipe_end.hpp"

#include "client/src/complete_error.hpp"

#include <penstock/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace penstock::blocking {

std::size_t PipeEnd::recv_into(std::span<std::byte> buffer,
                               Duration timeout,
                               detail::RawMessage& whole,
                               std::error_code& ec)
{
    whole = recv(timeout, detail::any_length, ec);
    if (ec) return 0;
    if (whole.bytes.size() > buffer.size()) {
        ec = errc::buffer_too_short;
        return 0;
    }
    std::ranges::copy(whole.bytes, buffer.begin());
    return whole.bytes.size();
}

}  // namespace penstock::blocking

namespace penstock::detail {

namespace {

/// The code's own text speaks of an answer that didn't come.
class HalfSent final : public InDoubt {
public:
    explicit HalfSent(const std::string& text) : InDoubt(text), text_(text) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

private:
    std::runtime_error text_;
};

const char* name_of(PipeCall call)
{
    switch (call) {
        case PipeCall::send:
            return "send to ";
        case PipeCall::recv:
            return "recv from ";
        case PipeCall::poll:
            return "poll of ";
        case PipeCall::release:
            return "release of ";
    }
    return "";
}

/// More than the code says; null: nothing.
const char* text_of(std::error_code ec, PipeCall call, bool closed)
{
    const bool sends = call == PipeCall::send;
    if (ec == errc::closed) return closed ? "it is closed" : "the other side is gone";
    if (ec == errc::too_large) {
        return sends
                   ? "the message is longer than the pipe takes"
                   : "the message that came is longer than it may be: nothing more can be received";
    }
    if (ec == errc::protocol && !sends) {
        return "the other side ended inside a message, or what it sends is none";
    }
    if (ec == errc::unsupported && call == PipeCall::release) {
        return "it has a name or is half of an end, or else receive and send first what is begun";
    }
    if (ec == errc::unsupported) return sends ? "this end only receives" : "this end only sends";
    return nullptr;
}

}  // namespace

PipeEndHandle::PipeEndHandle() noexcept = default;

PipeEndHandle::PipeEndHandle(std::shared_ptr<blocking::PipeEnd> end, Half half) noexcept
    : end_(std::move(end)), half_(half)
{}

PipeEndHandle::~PipeEndHandle()
{
    close();
}

PipeEndHandle::PipeEndHandle(PipeEndHandle&& other) noexcept
    : end_(std::exchange(other.end_, nullptr)), half_(other.half_)
{}

PipeEndHandle& PipeEndHandle::operator=(PipeEndHandle&& other) noexcept
{
    if (this != &other) {
        close();
        end_ = std::exchange(other.end_, nullptr);
        half_ = other.half_;
    }
    return *this;
}

bool PipeEndHandle::open(std::error_code& ec) const
{
    ec = closed() ? errc::closed : std::error_code();
    return !ec;
}

bool PipeEndHandle::send(std::span<const std::byte> bytes,
                         ContentType content_type,
                         Duration timeout,
                         std::error_code& ec) const
{
    return open(ec) && end_->send(bytes, content_type, timeout, ec);
}

RawMessage PipeEndHandle::recv(Duration timeout, std::size_t maxlength, std::error_code& ec) const
{
    return open(ec) ? end_->recv(timeout, maxlength, ec) : RawMessage{};
}

std::size_t PipeEndHandle::recv_into(std::span<std::byte> buffer,
                                     Duration timeout,
                                     RawMessage& whole,
                                     std::error_code& ec) const
{
    return open(ec) ? end_->recv_into(buffer, timeout, whole, ec) : 0;
}

bool PipeEndHandle::poll(Duration timeout, std::error_code& ec) const
{
    return open(ec) && end_->poll(timeout, ec);
}

int PipeEndHandle::fileno() const noexcept
{
    return closed() ? -1 : end_->fileno();
}

bool PipeEndHandle::closed() const noexcept
{
    if (!end_) return true;
    switch (half_) {
        case Half::both:
            return end_->closed();
        case Half::receiving:
            return end_->closed() || end_->receiving_ended();
        case Half::sending:
            return end_->closed() || end_->sending_ended();
    }
    return true;
}

void PipeEndHandle::close() const noexcept
{
    if (!end_) return;
    switch (half_) {
        case Half::both:
            end_->close();
            break;
        case Half::receiving:
            end_->end_receiving();
            break;
        case Half::sending:
            end_->end_sending();
            break;
    }
}

int PipeEndHandle::release(std::error_code& ec)
{
    if (!open(ec)) return -1;
    if (half_ == Half::both) return end_->release(ec);
    ec = errc::unsupported;
    return -1;
}

std::pair<PipeEndHandle, PipeEndHandle> PipeEndHandle::split() &&
{
    std::shared_ptr<blocking::PipeEnd> end = std::exchange(end_, nullptr);
    if (end) end->split();
    return {PipeEndHandle(end, Half::receiving), PipeEndHandle(end, Half::sending)};
}

std::string PipeEndHandle::label() const
{
    return end_ ? end_->label() : "a pipe that is not open";
}

void PipeEndHandle::fail(std::error_code ec, PipeCall call) const
{
    const std::string what = name_of(call) + label();
    if (ec == errc::in_doubt && call == PipeCall::send) {
        throw HalfSent(what +
                       ": the time was over when a part of the message was sent; the rest "
                       "goes out with the next send");
    }
    const char* text = text_of(ec, call, closed());
    if (text != nullptr) throw CompleteError(ec, what + ": " + text);
    throw_error(ec, what);
}

}  // namespace penstock::detail
