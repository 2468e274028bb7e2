#include "client/cli/courier.hpp"

#include <csignal>
#include <exception>
#include <utility>

namespace penstock::cli {

namespace {

/// A broker whose rows change faster than we read them must not keep us reading for ever.
constexpr std::size_t pages_max = 10000;

template <class Row, class Ask>
std::vector<Changes<Row>> pages(std::uint64_t since, Ask ask)
{
    std::vector<Changes<Row>> result;
    do {
        result.push_back(ask(since));
        since = result.back().version;
    } while (result.back().more && result.size() < pages_max);
    return result;
}

/// Those that are about the terminal are for the thread that draws.
class SignalsBlocked {
public:
    SignalsBlocked()
    {
        sigset_t all;
        (void)::sigfillset(&all);
        (void)::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

Reading read(const Client& client, const Since& since, Scope scope)
{
    const Admin admin = client.admin();
    Reading reading;
    reading.broker = admin.broker_stat();
    const bool same = reading.broker.boot == since.boot;
    reading.queues = pages<QueueRow>(same ? since.queues : 0, [&](std::uint64_t version) {
        return admin.queue_changes(version);
    });
    if (scope == Scope::queues) return reading;
    reading.connections = pages<ConnectionStat>(
        same ? since.connections : 0,
        [&](std::uint64_t version) { return admin.connection_changes(version); });
    return reading;
}

Courier::Courier(Client client, std::function<Client()> connect, Scope scope)
    : connect_(std::move(connect)), scope_(scope), client_(std::move(client))
{
    const SignalsBlocked blocked;  // the thread inherits it
    thread_ = std::thread([this] { run(); });
}

Courier::~Courier()
{
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        client_.close();  // ends what is under way
    }
    change_.notify_all();
    thread_.join();
}

void Courier::ask(const Since& since)
{
    {
        const std::lock_guard lock(mutex_);
        question_ = since;
    }
    change_.notify_all();
}

std::optional<Courier::Answer> Courier::take()
{
    answered_.lower();
    const std::lock_guard lock(mutex_);
    return std::exchange(answer_, std::nullopt);
}

void Courier::run()
{
    std::unique_lock lock(mutex_);
    while (true) {
        change_.wait(lock, [this] { return ending_ || question_; });
        if (ending_) return;
        const Since since = *std::exchange(question_, std::nullopt);
        lock.unlock();
        Answer got = answer(since);
        lock.lock();
        answer_ = std::move(got);
        answered_.raise();
    }
}

Courier::Answer Courier::answer(const Since& since)
{
    try {
        if (!connected_) {
            Client client = connect_();
            const std::lock_guard lock(mutex_);
            if (ending_) return {};
            client_ = std::move(client);
            connected_ = true;
        }
        return {read(client_, since, scope_), {}};
    } catch (const std::exception& error) {
        connected_ = false;
        Client dead;  // closed without the mutex: a broker that stands still is waited for
        {
            const std::lock_guard lock(mutex_);
            dead = std::move(client_);
        }
        return {std::nullopt, error.what()};
    }
}

}  // namespace penstock::cli
