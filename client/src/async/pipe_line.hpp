// PipeLine: the calls that wait for one direction of a pipe's end, in their order.
#pragma once

#include "client/src/async/alarm.hpp"
#include "client/src/async/pending.hpp"
#include "client/src/io/message_socket.hpp"
#include "common/base/time.hpp"

#include <penstock/async/detail/pipe_end.hpp>

#include <boost/asio/strand.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

namespace penstock::async::detail {

using Strand = asio::strand<asio::any_io_executor>;

/// What the calls of all kinds answer.
struct PipeResult {
    std::error_code ec;
    RawMessage message = {};  // recv
    bool ready = false;       // poll
};
using PipeHandler = asio::any_completion_handler<void(PipeResult)>;

struct PipeCall : PendingHandler<PipeResult> {
    enum class Kind : std::uint8_t { send, recv, poll };

    PipeCall(Kind what, base::TimePoint until, PipeHandler to, const asio::any_io_executor& where)
        : PendingHandler(std::move(to), where), kind(what), deadline(until)
    {}

    const Kind kind;
    const base::TimePoint deadline;
    std::uint64_t number = 0;                    // its place in the line
    std::optional<Half> ends_half;               // recv: by a message that is too long
    Bytes bytes;                                 // send
    std::optional<io::OutgoingMessage> message;  // send: of these bytes, once it is begun
};
using PipeCallPtr = std::shared_ptr<PipeCall>;

/// All on the strand.
class PipeLine {
public:
    explicit PipeLine(const Strand& strand) : alarm_(strand) {}

    [[nodiscard]] bool empty() const { return calls_.empty(); }
    [[nodiscard]] const PipeCallPtr& front() const { return calls_.begin()->second; }
    void add(const PipeCallPtr& call);
    [[nodiscard]] bool holds(const PipeCall& call) const { return calls_.contains(call.number); }
    void remove(const PipeCall& call);
    /// Its time is kept by others.
    void forget_deadline(const PipeCall& call) { deadlines_.erase({call.deadline, call.number}); }
    [[nodiscard]] std::vector<PipeCallPtr> take_due();
    [[nodiscard]] std::vector<PipeCallPtr> take_all();
    /// Calls `due`, later, when the next deadline has come, and perhaps then without a need; also
    /// if this is destroyed meanwhile.
    void arm(std::function<void()> due);

    /// Calls that come are answered so.
    std::error_code ended;
    /// A message is on its way to a handler, and may return: the next one stays where it is.
    bool delivers = false;

private:
    std::map<std::uint64_t, PipeCallPtr> calls_;
    std::set<std::pair<base::TimePoint, std::uint64_t>> deadlines_;
    std::uint64_t last_number_ = 0;
    Alarm alarm_;
};

}  // namespace penstock::async::detail
