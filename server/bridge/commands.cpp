#include "server/bridge/commands.hpp"

#include "server/bridge/json_text.hpp"

#include <utility>

namespace penstock::bridge {

namespace {

constexpr std::pair<std::string_view, Op> ops[] = {
    {"purge", Op::purge},
    {"pause", Op::pause},
    {"resume", Op::resume},
    {"move", Op::move},
    {"kick", Op::kick},
    {"peek", Op::peek},
    {"put", Op::put},
};

}  // namespace

std::optional<Op> op_called(std::string_view name)
{
    for (const auto& [word, op] : ops) {
        if (word == name) return op;
    }
    return std::nullopt;
}

std::string_view word_of(Op op)
{
    for (const auto& [word, each] : ops) {
        if (each == op) return word;
    }
    return "";
}

Reply refusal(const Command& command, std::string error, std::string text)
{
    return {command.id, false, std::move(error), std::move(text), ""};
}

namespace {

std::optional<Reply> refused_queue(const Command& command, const Mirror& mirror)
{
    const QueueRow* queue = mirror.queue_called(command.target);
    const auto refuse = [&](const char* error, const std::string& text) {
        return std::optional(refusal(command, error, text));
    };
    if (queue == nullptr) return refuse("not_found", "there is no queue " + command.target);
    if (command.object && *command.object != queue->stat.object) {
        return refuse("changed",
                      command.target +
                          " is not the queue that you saw: that one was removed, and "
                          "this one has its name; look again");
    }
    if (command.op == Op::put && queue->stat.ends_with_producers) {
        return refuse("ends",
                      command.target +
                          " ends with its producers: one that comes and goes could "
                          "end it");
    }
    return std::nullopt;
}

}  // namespace

std::optional<Reply> refused(const Command& command, Role role, const Mirror& mirror)
{
    const auto refuse = [&](const char* error, const std::string& text) {
        return std::optional(refusal(command, error, text));
    };
    if (role != Role::operator_) {
        return refuse("forbidden",
                      "this is the viewer's page; open the operator's URL, which there is with "
                      "--monitor-operator (`penstock monitor` prints it)");
    }
    if (command.op == Op::kick) {
        if (command.connection != 0) return std::nullopt;
        return refuse("bad", "kick needs the id of a connection");
    }
    if (auto reply = refused_queue(command, mirror)) return reply;
    if (command.op == Op::purge && !command.object) {
        return refuse("bad", "purge needs the id of the queue as it was shown (\"object\")");
    }
    if (command.op == Op::purge && command.confirm != command.target) {
        return refuse("confirm", "type the queue's name to confirm that it shall be emptied");
    }
    if (command.op == Op::move && command.to == command.target) {
        return refuse("bad", "a queue's items can't be moved to where they are");
    }
    if (command.op == Op::move && mirror.queue_called(command.to) == nullptr) {
        return refuse("not_found", "there is no queue " + command.to + "; create it first");
    }
    return std::nullopt;
}

std::string text_of(const Reply& reply, std::uint64_t version)
{
    JsonText out;
    out.begin_object().key("t").text("res").key("id").text(reply.id).key("ok").boolean(reply.ok);
    if (!reply.ok) out.key("err").text(reply.error);
    if (!reply.text.empty()) out.key("text").text(reply.text);
    return out.key("ver").number(version).take() + reply.more + "}";
}

}  // namespace penstock::bridge
