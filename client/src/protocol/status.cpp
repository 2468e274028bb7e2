#include "client/src/protocol/status.hpp"

#include <penstock/error.hpp>

namespace penstock::protocol {

std::error_code to_error_code(wire::Status status)
{
    using wire::Status;
    switch (status) {
        case Status::ok:
            return {};
        case Status::empty:
            return errc::empty;
        case Status::full:
            return errc::full;
        case Status::closed:
            return errc::closed;
        case Status::shut_down:
            return errc::shut_down;
        case Status::eof:
            return errc::eof;
        case Status::timed_out:
            return errc::timed_out;
        case Status::cancelled:
            return errc::cancelled;
        case Status::skipped:
            return errc::skipped;
        case Status::no_unfinished_task:
            return errc::no_unfinished_task;
        case Status::not_found:
            return errc::not_found;
        case Status::exists:
            return errc::exists;
        case Status::options_differ:
            return errc::options_differ;
        case Status::end_taken:
            return errc::end_taken;
        case Status::refused:
            return errc::refused;
        case Status::too_large:
            return errc::too_large;
        case Status::no_memory:
            return errc::no_memory;
        case Status::too_many:
            return errc::too_many;
        case Status::bad_handle:
            return errc::bad_handle;
        case Status::unsupported:
            return errc::unsupported;
        case Status::internal:
            return errc::internal;
    }
    return errc::protocol;  // a number that the codec should not have let through
}

}  // namespace penstock::protocol
