#include <penstock/error.hpp>

#include <string>
#include <utility>

namespace penstock {

namespace {

struct Text {
    std::string_view name;
    const char* message;
};

/// Names and messages in one switch, so that none is forgotten.
Text text_of(errc code) noexcept
{
    switch (code) {
        case errc::empty:
            return {"empty", "no item came in time: the queue is empty"};
        case errc::full:
            return {"full", "no room became free in time: the queue is full"};
        case errc::closed:
            return {"closed", "the handle is closed, or its queue was removed"};
        case errc::shut_down:
            return {"shut_down", "the queue is shut down"};
        case errc::eof:
            return {"eof", "the other side is gone: end of file"};
        case errc::timed_out:
            return {"timed_out", "it took longer than the time given"};
        case errc::no_unfinished_task:
            return {"no_unfinished_task", "task_done called more often than there were items"};
        case errc::bad_message:
            return {"bad_message", "the item is not what the codec expects"};
        case errc::buffer_too_short:
            return {"buffer_too_short", "the message is longer than the buffer"};
        case errc::not_found:
            return {"not_found", "there is no such queue or item"};
        case errc::options_differ:
            return {"options_differ", "it exists with other options than those given"};
        case errc::end_taken:
            return {"end_taken", "somebody else holds this end of the pipe"};
        case errc::refused:
            return {"refused", "the broker refuses: key or permission"};
        case errc::too_large:
            return {"too_large", "the item is larger than the broker takes"};
        case errc::no_memory:
            return {"no_memory", "the broker's memory limit left no room in time"};
        case errc::too_many:
            return {"too_many", "a limit of the broker is reached"};
        case errc::bad_handle:
            return {"bad_handle", "the broker does not know the handle"};
        case errc::in_doubt:
            return {"in_doubt",
                    "the connection ended before the answer: it was done or it was not"};
        case errc::disconnected:
            return {"disconnected", "there is no connection to the broker"};
        case errc::broker_restarted:
            return {"broker_restarted", "the broker was restarted: what it held in memory is gone"};
        case errc::cancelled:
            return {"cancelled", "the call was cancelled"};
        case errc::skipped:
            return {"skipped", "not tried, because an earlier member of the batch failed"};
        case errc::exists:
            return {"exists", "it exists already"};
        case errc::unsupported:
            return {"unsupported", "the broker doesn't support this"};
        case errc::forked:
            return {"forked", "the handle belongs to the parent process: connect after fork"};
        case errc::protocol:
            return {"protocol", "the other side broke the protocol"};
        case errc::internal:
            return {"internal", "the broker has an internal fault"};
    }
    return {"", "unknown error"};
}

class Category : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "penstock"; }

    [[nodiscard]] std::string message(int code) const override
    {
        return text_of(static_cast<errc>(code)).message;
    }
};

}  // namespace

const std::error_category& category() noexcept
{
    static const Category instance;
    return instance;
}

std::string_view to_string(errc code) noexcept
{
    return text_of(code).name;
}

Error::Error(std::error_code ec, const std::string& what) : std::system_error(ec, what) {}
Empty::Empty(const std::string& what) : Error(errc::empty, what) {}
Full::Full(const std::string& what) : Error(errc::full, what) {}
ShutDown::ShutDown(const std::string& what) : Error(errc::shut_down, what) {}
EndOfFile::EndOfFile(const std::string& what) : Error(errc::eof, what) {}
InDoubt::InDoubt(const std::string& what) : Error(errc::in_doubt, what) {}

BadMessage::BadMessage(const std::string& what, Bytes bytes)
    : Error(errc::bad_message, what), bytes_(std::move(bytes))
{}

BufferTooShort::BufferTooShort(const std::string& what, Bytes message)
    : Error(errc::buffer_too_short, what), message_(std::move(message))
{}

// Out of line, so that each type has one home for its type information.
Error::~Error() = default;
Empty::~Empty() = default;
Full::~Full() = default;
ShutDown::~ShutDown() = default;
EndOfFile::~EndOfFile() = default;
InDoubt::~InDoubt() = default;
BadMessage::~BadMessage() = default;
BufferTooShort::~BufferTooShort() = default;

void throw_error(std::error_code ec, const std::string& what)
{
    if (ec == errc::empty) throw Empty(what);
    if (ec == errc::full) throw Full(what);
    if (ec == errc::shut_down) throw ShutDown(what);
    if (ec == errc::eof) throw EndOfFile(what);
    if (ec == errc::in_doubt) throw InDoubt(what);
    throw Error(ec, what);
}

}  // namespace penstock
