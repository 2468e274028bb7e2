#include "client/src/async/context.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <mutex>
#include <set>
#include <vector>

namespace penstock::async::detail {

/// Those of one context. It may end before the last of them.
class ContextMember::Members {
public:
    void add(ContextMember* member)
    {
        const std::lock_guard lock(mutex_);
        all_.insert(member);
    }
    void remove(ContextMember* member)
    {
        const std::lock_guard lock(mutex_);
        all_.erase(member);
    }
    /// Null: there is none left.
    [[nodiscard]] ContextMember* take_one()
    {
        const std::lock_guard lock(mutex_);
        return all_.empty() ? nullptr : all_.extract(all_.begin()).value();
    }
    [[nodiscard]] std::vector<ContextMember*> all()
    {
        const std::lock_guard lock(mutex_);
        return {all_.begin(), all_.end()};
    }

private:
    std::mutex mutex_;
    std::set<ContextMember*> all_;
};

namespace {

class Service : public asio::execution_context::service {
public:
    using key_type = Service;
    static asio::execution_context::id id;

    explicit Service(asio::execution_context& context)
        : asio::execution_context::service(context),
          members_(std::make_shared<ContextMember::Members>())
    {}
    [[nodiscard]] const std::shared_ptr<ContextMember::Members>& members() const
    {
        return members_;
    }

private:
    void shutdown() override
    {
        // One may destroy others.
        while (ContextMember* member = members_->take_one()) member->context_ended();
    }

    void notify_fork(asio::execution_context::fork_event event) override
    {
        for (ContextMember* member : members_->all()) {
            if (event == asio::execution_context::fork_prepare) member->before_fork();
            if (event == asio::execution_context::fork_parent) member->after_fork_in_parent();
        }
    }

    const std::shared_ptr<ContextMember::Members> members_;
};

asio::execution_context::id Service::id;

}  // namespace

ContextMember::ContextMember(const asio::any_io_executor& executor)
    : members_(
          asio::use_service<Service>(asio::query(executor, asio::execution::context)).members())
{
    members_->add(this);
}

ContextMember::~ContextMember()
{
    members_->remove(this);
}

}  // namespace penstock::async::detail
