#include "client/cli/putter.hpp"

#include <utility>

namespace penstock::cli {

/// Bytes of somebody else's that are of this type.
template <ContentType type>
struct Typed {
    std::span<const std::byte> bytes;
};

}  // namespace penstock::cli

template <penstock::ContentType type>
struct penstock::Codec<penstock::cli::Typed<type>> {
    static constexpr ContentType content_type = type;

    static void encode(const cli::Typed<type>& value, Bytes& out)
    {
        out.insert(out.end(), value.bytes.begin(), value.bytes.end());
    }

    /// Nobody gets what a Putter puts.
    static cli::Typed<type> decode(std::span<const std::byte>, std::error_code& ec)
    {
        ec = errc::bad_message;
        return {};
    }
};

namespace penstock::cli {

namespace {

template <ContentType type>
class TypedPutter : public Putter {
public:
    TypedPutter(Client& client, const std::string& queue) : queue_(client.queue<Typed<type>>(queue))
    {}

    void put(std::span<const std::byte> item, Duration timeout) override
    {
        queue_.put(Typed<type>{item}, timeout);
    }

private:
    Queue<Typed<type>> queue_;
};

template <ContentType type>
class PriorityPutter : public Putter {
public:
    PriorityPutter(Client& client, const std::string& queue, Priority priority)
        : queue_(client.priority_queue<Typed<type>>(queue)), priority_(priority)
    {}

    void put(std::span<const std::byte> item, Duration timeout) override
    {
        queue_.put(Typed<type>{item}, priority_, timeout);
    }

private:
    PriorityQueue<Typed<type>> queue_;
    Priority priority_;
};

template <ContentType type>
std::unique_ptr<Putter> make(Client& client,
                             const std::string& queue,
                             std::optional<Priority> priority)
{
    if (priority) return std::make_unique<PriorityPutter<type>>(client, queue, *priority);
    return std::make_unique<TypedPutter<type>>(client, queue);
}

}  // namespace

std::unique_ptr<Putter> make_putter(Client& client,
                                    const std::string& queue,
                                    ContentType type,
                                    std::optional<Priority> priority)
{
    switch (type) {
        case ContentType::bytes:
            return make<ContentType::bytes>(client, queue, priority);
        case ContentType::text:
            return make<ContentType::text>(client, queue, priority);
        case ContentType::number:
            return make<ContentType::number>(client, queue, priority);
        case ContentType::json:
            return make<ContentType::json>(client, queue, priority);
        case ContentType::pickle:
            return make<ContentType::pickle>(client, queue, priority);
        case ContentType::cbor:
            return make<ContentType::cbor>(client, queue, priority);
        case ContentType::msgpack:
            return make<ContentType::msgpack>(client, queue, priority);
    }
    return nullptr;
}

}  // namespace penstock::cli
