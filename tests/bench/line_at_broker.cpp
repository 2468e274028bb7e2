// The public API as any program uses it.
#include "tests/bench/line.hpp"

#include <penstock/penstock.hpp>

namespace penstock::bench {
namespace {

class BrokerLine final : public Line {
public:
    BrokerLine(const std::string& address, const std::string& out, const std::string& in)
        : client_(connect(address))
    {
        if (!out.empty()) out_ = client_.queue<Bytes>(out);
        if (!in.empty()) in_ = client_.queue<Bytes>(in);
    }

    void put(const Bytes& item) override { out_.put(item); }

    std::optional<Bytes> get() override
    {
        std::error_code ec;
        std::optional<Bytes> item = in_.get(forever, ec);
        if (ec && ec != errc::shut_down) throw_error(ec, "get");
        return item;
    }

    void close() override { out_.shutdown(); }

private:
    Client client_;
    Queue<Bytes> out_;
    Queue<Bytes> in_;
};

}  // namespace

std::unique_ptr<Line> line_at_broker(const std::string& address,
                                     const std::string& out,
                                     const std::string& in)
{
    return std::make_unique<BrokerLine>(address, out, in);
}

}  // namespace penstock::bench
