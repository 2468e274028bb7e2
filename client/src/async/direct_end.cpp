#include "client/src/async/direct_end.hpp"

#include "client/src/io/poll_time.hpp"
#include "client/src/io/process.hpp"

#include <penstock/error.hpp>

#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <utility>

namespace penstock::async::detail {

using Step = io::MessageSocket::Step;

DirectEnd::DirectEnd(asio::any_io_executor executor,
                     io::Descriptor socket,
                     PipeOptions options,
                     io::Directions directions,
                     std::shared_ptr<Handle> name)
    : PipeEnd(std::move(executor)),
      io_(std::move(socket), options, directions),
      name_(std::move(name)),
      sending_(strand_),
      input_(strand_, EPOLLIN),
      room_(strand_, EPOLLOUT)
{
    if (!directions.sends) sending_.ended = errc::unsupported;
    if (!directions.receives) receiving_.ended = errc::unsupported;
}

void DirectEnd::send(Bytes bytes,
                     ContentType /*there is no room for it*/,
                     Duration timeout,
                     PipeHandler to)
{
    auto call = std::make_shared<PipeCall>(
        PipeCall::Kind::send, io::deadline_of(timeout), std::move(to), executor_);
    call->bytes = std::move(bytes);
    start(sending_, std::move(call));
}

std::vector<PipeCallPtr> DirectEnd::drop_calls()
{
    std::vector<PipeCallPtr> all = PipeEnd::drop_calls();
    sending_.ended = aborted();
    for (PipeCallPtr& call : sending_.take_all()) all.push_back(std::move(call));
    return all;
}

void DirectEnd::serve(PipeLine& line)
{
    if (&line == &sending_) {
        serve_senders();
    } else {
        serve_receivers();
    }
}

void DirectEnd::serve_senders()
{
    while (!sending_.empty()) {
        PipeCall& call = *sending_.front();
        if (!call.message) call.message.emplace(call.bytes);
        std::error_code ec;
        switch (io_.send(*call.message, false, ec)) {
            case Step::would_block:
                if (call.deadline == base::immediate || wait(sending_, room_, ec)) return;
                [[fallthrough]];
            case Step::failed:
                io_.break_off(*call.message, ec);
                break;
            case Step::done:
                break;
        }
        complete_front(sending_, {.ec = ec});
    }
    room_.cancel();
}

void DirectEnd::serve_receivers()
{
    while (!receiving_.empty() && !receiving_.delivers) {
        PipeCall& call = *receiving_.front();
        if (call.kind == PipeCall::Kind::poll ? serve_poll() : serve_receiver(call)) continue;
        std::error_code ec;
        if (call.deadline == base::immediate || wait(receiving_, input_, ec)) return;
        complete_front(receiving_, {.ec = ec});
    }
    if (receiving_.empty()) input_.cancel();
}

bool DirectEnd::serve_receiver(PipeCall& call)
{
    if (returned_) {
        deliver(*std::exchange(returned_, std::nullopt));
        return true;
    }
    using enum io::MessageSocket::When;
    std::error_code ec;
    const auto when = call.deadline == base::immediate ? now : likely;
    switch (io_.receive(penstock::detail::any_length, {}, when, ec)) {
        case Step::would_block:
            return false;
        case Step::failed:
            complete_front(receiving_, {.ec = ec});
            if (ec == errc::too_large && !io_.directions().sends) close(Half::both);
            return true;
        case Step::done:
            break;
    }
    RawMessage message{io_.take(), ContentType::bytes};
    message.content_type = io::content_type_of_direct(message.bytes);
    deliver(std::move(message));
    return true;
}

bool DirectEnd::serve_poll()
{
    if (io_.failed() == errc::unsupported && !returned_) {
        complete_front(receiving_, {.ec = io_.failed()});
        return true;
    }
    if (!returned_ && !io_.has_input() && !io_.readable()) return false;
    complete_front(receiving_, {.ec = {}, .message = {}, .ready = true});
    return true;
}

/// Its handler holds the end weakly: an end that nobody uses any more need not wait.
bool DirectEnd::wait(PipeLine& line, Readiness& readiness, std::error_code& ec)
{
    ec = readiness.wait(io_.fd(),
                        [weak = weak_from_this(), this, &line, &readiness](error_code why) {
                            const auto self = weak.lock();
                            if (!self) return;
                            readiness.over();
                            if (!why && &line == &receiving_) io_.is_readable();
                            run(line);  // if it was cancelled, too: others may have come since
                        });
    return !ec;
}

void DirectEnd::give_up(PipeCall& call, std::error_code& ec)
{
    if (call.message) io_.break_off(*call.message, ec);
}

void DirectEnd::split()
{
    asio::post(strand_, [self = shared_from_this(), this] { split_by_ = io::process_number(); });
}

void DirectEnd::close(Half half)
{
    asio::post(strand_, [self = shared_from_this(), this, half] { end_now(half, errc::closed); });
}

void DirectEnd::client_closed()
{
    asio::post(strand_, [self = shared_from_this(), this] { end_now(Half::both, aborted()); });
}

void DirectEnd::end_now(Half half, std::error_code why)
{
    // A child has a copy of both halves, which it never asked for.
    const bool shuts = half != Half::both && split_by_ == io::process_number();
    if (half != Half::sending && !receiving_.ended) {
        end(receiving_, why);
        if (shuts) io_.shut_down(SHUT_RD);
    }
    if (half != Half::receiving && !sending_.ended) {
        end(sending_, why);
        if (shuts) io_.shut_down(SHUT_WR);
    }
    if (half == Half::both) receiving_.ended = sending_.ended = why;
    if (!receiving_.ended || !sending_.ended || std::exchange(closed_, true)) return;
    input_.close();
    room_.close();
    io_.close();
    if (name_) name_->close();
}

}  // namespace penstock::async::detail
