#include "server/bridge/executor.hpp"

#include "server/bridge/json_text.hpp"

#include <penstock/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

namespace penstock::bridge {

namespace asio = boost::asio;

namespace {

using boost::system::error_code;

/// How long putting a test item waits for room.
constexpr Duration put_time_max = seconds(2);

Reply done_reply(const Command& command)
{
    Reply reply;
    reply.id = command.id;
    reply.ok = true;
    return reply;
}

Reply counted(const Command& command, std::uint64_t count)
{
    Reply reply = done_reply(command);
    reply.more = ",\"count\":" + std::to_string(std::min(count, exact_number_max));
    return reply;
}

Reply failed(const Command& command, const error_code& ec)
{
    const std::error_code code = ec;
    std::string name = "failed";
    std::string text = ec.message();
    if (code.category() == category()) name = to_string(static_cast<errc>(code.value()));
    if (code == errc::not_found && command.op != Op::kick) {
        text = command.target + " is not there any more, or another queue has its name";
    }
    if (code == errc::not_found && command.op == Op::kick) text = "that connection is gone";
    if (code == errc::in_doubt) {
        text = "the connection to the broker was cut meanwhile: it was done, or it was not; look";
    }
    return refusal(command, std::move(name), std::move(text));
}

/// Text where it is text: what is not UTF-8 is marked, not shown as something else.
Reply peeked(const Command& command, const std::vector<PeekedItem>& items)
{
    JsonText out;
    out.begin_array();
    for (const PeekedItem& item : items) {
        const std::string_view head(reinterpret_cast<const char*>(item.head.data()),
                                    item.head.size());
        out.begin_object().key("seq").number(item.seq).key("size").number(item.size);
        out.key("attempts").number(item.attempts);
        out.key("type").text(to_string(item.content_type)).key("head").text(head).end_object();
    }
    Reply reply = done_reply(command);
    reply.more = ",\"items\":" + out.end_array().take();
    return reply;
}

QueueRef meant(const Command& command)
{
    return {command.target, command.object.value_or(0)};
}

asio::awaitable<Reply> put(async::Client& client, const Command& command)
{
    error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    QueueOptions options;
    options.open = Open::existing;
    options.role = penstock::Role::producer;
    auto queue = co_await client.async_queue<std::string>(command.target, options, token);
    if (!ec) co_await queue.async_put(command.text, put_time_max, token);
    Reply reply = done_reply(command);
    if (ec) reply = failed(command, ec);
    co_return reply;
}

asio::awaitable<Reply> run(async::Client& client, Command command)
{
    async::Admin admin = client.admin();
    error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    Reply reply = done_reply(command);
    const QueueRef queue = meant(command);
    const std::uint64_t all = command.count == 0 ? UINT64_MAX : command.count;
    switch (command.op) {
        case Op::purge:
            reply = counted(command, co_await admin.async_purge(queue, token));
            break;
        case Op::pause:
            co_await admin.async_pause(queue, token);
            break;
        case Op::resume:
            co_await admin.async_resume(queue, token);
            break;
        case Op::move:
            reply = counted(command, co_await admin.async_move(queue, command.to, all, token));
            break;
        case Op::kick:
            co_await admin.async_kick(command.connection, token);
            break;
        case Op::peek: {
            const std::size_t count = std::clamp<std::uint64_t>(command.count, 1, peek_count_max);
            const auto items = co_await admin.async_peek(
                command.target, count, command.offset, peek_size_max, token);
            reply = peeked(command, items);
            break;
        }
        case Op::put:
            reply = co_await put(client, command);
            break;
    }
    if (ec) reply = failed(command, ec);
    co_return reply;
}

}  // namespace

void execute(async::Client& client, Command command, std::function<void(Reply)> done)
{
    const std::string id = command.id;
    asio::co_spawn(client.get_executor(),
                   run(client, std::move(command)),
                   [id, done = std::move(done)](std::exception_ptr error, Reply reply) {
                       if (error) {
                           reply = {};
                           reply.id = id;
                           reply.error = "failed";
                           reply.text = "the bridge could not do it; its memory may be short";
                       }
                       done(std::move(reply));
                   });
}

}  // namespace penstock::bridge
