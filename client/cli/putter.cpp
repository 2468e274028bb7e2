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

}  // namespace

std::unique_ptr<Putter> make_putter(Client& client, const std::string& queue, ContentType type)
{
    switch (type) {
        case ContentType::bytes:
            return std::make_unique<TypedPutter<ContentType::bytes>>(client, queue);
        case ContentType::text:
            return std::make_unique<TypedPutter<ContentType::text>>(client, queue);
        case ContentType::number:
            return std::make_unique<TypedPutter<ContentType::number>>(client, queue);
        case ContentType::json:
            return std::make_unique<TypedPutter<ContentType::json>>(client, queue);
        case ContentType::pickle:
            return std::make_unique<TypedPutter<ContentType::pickle>>(client, queue);
        case ContentType::cbor:
            return std::make_unique<TypedPutter<ContentType::cbor>>(client, queue);
        case ContentType::msgpack:
            return std::make_unique<TypedPutter<ContentType::msgpack>>(client, queue);
    }
    return nullptr;
}

}  // namespace penstock::cli
