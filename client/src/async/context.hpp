// ContextMember: what has to know when the context of its executor ends, or the process forks.
//
// Handlers that wait for an answer are ours, not Asio's. When a context is destroyed, Asio destroys
// the handlers that it has, and with them coroutines and all that they own; we do so with ours.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace penstock::async::detail {

namespace asio = boost::asio;

class ContextMember {
public:
    ContextMember(const ContextMember&) = delete;
    ContextMember& operator=(const ContextMember&) = delete;

    // While nobody runs the context.

    /// Handlers that wait are to be destroyed, uncalled; and with them perhaps this.
    virtual void context_ended() = 0;
    /// `notify_fork()`: of the descriptors that Asio watches it must not have any afterwards that
    /// are closed in a child.
    virtual void before_fork() {}
    virtual void after_fork_in_parent() {}

    class Members;

protected:
    explicit ContextMember(const asio::any_io_executor& executor);
    ~ContextMember();

private:
    const std::shared_ptr<Members> members_;
};

}  // namespace penstock::async::detail
