#include "common/wire/status.hpp"

namespace penstock::wire {

std::string_view to_string(Status status)
{
    switch (status) {
        case Status::ok:
            return "ok";
        case Status::empty:
            return "empty";
        case Status::full:
            return "full";
        case Status::closed:
            return "closed";
        case Status::shut_down:
            return "shut_down";
        case Status::eof:
            return "eof";
        case Status::timed_out:
            return "timed_out";
        case Status::cancelled:
            return "cancelled";
        case Status::skipped:
            return "skipped";
        case Status::no_unfinished_task:
            return "no_unfinished_task";
        case Status::not_found:
            return "not_found";
        case Status::exists:
            return "exists";
        case Status::options_differ:
            return "options_differ";
        case Status::end_taken:
            return "end_taken";
        case Status::refused:
            return "refused";
        case Status::too_large:
            return "too_large";
        case Status::no_memory:
            return "no_memory";
        case Status::too_many:
            return "too_many";
        case Status::bad_handle:
            return "bad_handle";
        case Status::unsupported:
            return "unsupported";
        case Status::internal:
            return "internal";
    }
    return "unknown";
}

}  // namespace penstock::wire
