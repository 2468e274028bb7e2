// Series: one call of the user that takes several requests.
#pragma once

#include "client/src/async/connection.hpp"
#include "client/src/async/pending.hpp"
#include "client/src/protocol/call.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace penstock::async::detail {

/// `Questions` has next() and answered() as protocol::PutMany. All runs on the connection's strand
/// but for the constructor and start().
template <class Questions, class Result>
class Series : public std::enable_shared_from_this<Series<Questions, Result>> {
public:
    using Handler = asio::any_completion_handler<void(Result)>;

    /// Of all requests; without a deadline none of them waits at the broker.
    Series(std::shared_ptr<Connection> connection,
           std::optional<base::TimePoint> deadline,
           Handler handler)
        : connection_(std::move(connection)),
          deadline_(deadline),
          pending_(std::move(handler), connection_->executor())
    {}

    /// `make` gives the questions, there; at most `ahead` of them are asked at once. `finish` makes
    /// the result, from the questions and whether they were cancelled.
    template <class Make, class Finish>
    void start(Make make, std::size_t ahead, Finish finish)
    {
        on_cancel(pending_.handler, this->shared_from_this(), [](const auto& self, auto type) {
            asio::post(self->connection_->strand(), [self, type] { self->cancel(type); });
        });
        finish_ = std::move(finish);
        ahead_ = ahead;
        asio::post(connection_->strand(),
                   [self = this->shared_from_this(), make = std::move(make)]() mutable {
                       self->questions_.emplace(make(*self->connection_));
                       self->ask();
                   });
    }

private:
    struct Asked {
        std::optional<protocol::Answer> answer;
        asio::cancellation_signal cancel;
    };

    void ask()
    {
        while (!cancelled_ && under_way_.size() < ahead_) {
            std::optional<protocol::Request> request = questions_->next();
            if (!request) break;
            auto asked = std::make_shared<Asked>();
            under_way_.push_back(asked);
            auto handler = [self = this->shared_from_this(), asked](protocol::Answer answer) {
                asked->answer = std::move(answer);
                self->collect();
            };
            connection_->call_until(
                deadline_.value_or(std::chrono::steady_clock::now()),
                std::move(*request),
                asio::bind_executor(
                    connection_->strand(),
                    asio::bind_cancellation_slot(asked->cancel.slot(), std::move(handler))));
        }
        if (under_way_.empty() && pending_.handler) {
            complete(
                connection_->executor(), pending_, finish_(std::move(*questions_), cancelled_));
        }
    }

    /// In the order in which they were asked.
    void collect()
    {
        while (!under_way_.empty() && under_way_.front()->answer) {
            questions_->answered(std::move(*under_way_.front()->answer));
            under_way_.pop_front();
        }
        ask();
    }

    void cancel(asio::cancellation_type type)
    {
        cancelled_ = true;
        for (const auto& asked : std::deque(under_way_)) asked->cancel.emit(type);
    }

    const std::shared_ptr<Connection> connection_;
    const std::optional<base::TimePoint> deadline_;
    PendingHandler<Result> pending_;
    std::function<Result(Questions&&, bool)> finish_;
    std::size_t ahead_ = 1;
    std::optional<Questions> questions_;
    std::deque<std::shared_ptr<Asked>> under_way_;
    bool cancelled_ = false;
};

}  // namespace penstock::async::detail
