#include "client/cli/exit_code.hpp"

#include <penstock/error.hpp>

namespace penstock::cli {

namespace {

Verdict verdict_of(errc code) noexcept
{
    switch (code) {
        case errc::empty:
        case errc::closed:
        case errc::shut_down:
        case errc::eof:
        case errc::no_unfinished_task:
        case errc::skipped:
            return {ExitCode::negative, ""};
        case errc::not_found:
        case errc::bad_handle:
            return {ExitCode::negative, "`penstock ls` shows the queues that there are"};
        case errc::exists:
            return {ExitCode::negative, "with --if-missing that is no error"};
        case errc::options_differ:
            return {ExitCode::negative,
                    "`penstock ls` shows with which; if it shows none, that is a pipe's name"};
        case errc::end_taken:
            return {ExitCode::negative, ""};
        case errc::refused:
            return {ExitCode::refused, ""};  // the library says what is missing
        case errc::timed_out:
            return {ExitCode::timed_out, "is the broker busy or stopped? --timeout sets the time"};
        case errc::full:
            return {ExitCode::limit, "make room with `penstock get`, or wait longer: --timeout"};
        case errc::too_large:
            return {ExitCode::limit, "put it in several items, or put where it can be found"};
        case errc::no_memory:
            return {ExitCode::limit, "`penstock ls` shows which queues fill the broker"};
        case errc::too_many:
            return {ExitCode::limit, "`penstock rm` removes a queue that nobody needs"};
        case errc::in_doubt:
            return {ExitCode::in_doubt, "look with `penstock ls` before you repeat it"};
        case errc::disconnected:
        case errc::broker_restarted:
            return {ExitCode::no_connection, "is the broker still there? try `penstock ping`"};
        case errc::cancelled:
            return {ExitCode::interrupted, ""};
        case errc::unsupported:
            return {ExitCode::internal, "the broker may be older: compare `penstockd --version`"};
        case errc::bad_message:
        case errc::buffer_too_short:
        case errc::forked:
            return {ExitCode::internal, ""};
        case errc::protocol:
            return {ExitCode::internal, "is that a penstock broker?"};
        case errc::internal:
            return {ExitCode::internal, "the broker's log may say more"};
    }
    return {};
}

}  // namespace

Verdict verdict_of(const std::error_code& ec) noexcept
{
    if (ec.category() == category()) return verdict_of(static_cast<errc>(ec.value()));
    if (ec == std::errc::invalid_argument || ec == std::errc::filename_too_long) {
        return {ExitCode::usage, ""};
    }
    // The library says how to come to a broker, and whom to ask.
    if (ec == std::errc::permission_denied) return {ExitCode::refused, ""};
    return {ExitCode::no_connection, ""};
}

Failure::Failure(ExitCode exit_code, const std::string& text)
    : std::runtime_error(text), exit_code_(exit_code)
{}

const char* exit_codes_help() noexcept
{
    return "Exit codes:\n"
           "  0    done\n"
           "  1    negative answer: empty, not found, shut down, exists, unhealthy, ...\n"
           "  2    usage\n"
           "  3    cannot connect, or the connection ended\n"
           "  4    refused: key or permission\n"
           "  5    timed out: connecting, ping, join, or waiting for a peer\n"
           "  6    limit: full, too large, no memory, too many\n"
           "  7    in doubt: the connection ended before the answer\n"
           "  8    protocol or internal fault; stdin, stdout, a file or a command failed\n"
           "  130  interrupted";
}

}  // namespace penstock::cli
