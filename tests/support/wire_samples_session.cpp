#include "tests/support/wire_samples.hpp"

#include <array>

namespace penstock::wire {

namespace {

/// `first`, `first` + 1, ...
template <std::size_t Size>
std::array<std::byte, Size> counted(std::uint8_t first)
{
    std::array<std::byte, Size> bytes{};
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(first++);
    return bytes;
}

const auto session_id = counted<16>(0x10);
const auto boot_id = counted<16>(0x20);
const auto secret = counted<32>(0x40);
constexpr Grants grants{60'000, 65'536, 16u << 20};
constexpr auto client = Sender::client;
constexpr auto broker = Sender::broker;
const Header control{};  // n = 1, op = 0

Sample hello(bool everything)
{
    Hello message;
    message.version_min = 1;
    message.version_max = 1;
    if (!everything)
        return {"hello_least",
                client,
                control,
                message,
                "0000003a 0100 0001 0000000000000000"
                " 00010000000850454e53544f434b00020000000400010001000300000010000000000000"
                " 00000000000000000000"};
    message.version_max = 3;
    message.wanted = grants;
    message.client_name = "worker:42";
    message.pid = 42;
    message.answers_pings = true;
    return {"hello",
            client,
            control,
            message,
            "0000005a 0100 0001 0000000000000000"
            " 00010000000850454e53544f434b000200000004000100030003000000100000ea600001"
            " 00000000000001000000000400000009776f726b65723a34320005000000040000002a00"
            " 060000000101"};
}

Sample welcome(bool with_secret)
{
    Welcome message;
    message.version = 1;
    message.granted = grants;
    message.session = session_id;
    message.boot = boot_id;
    message.epoch = 1;
    if (!with_secret)
        return {"welcome",
                broker,
                control,
                message,
                "00000064 0200 0001 0000000000000000"
                " 00010000000200010002000000100000ea60000100000000000001000000000300000010"
                " 101112131415161718191a1b1c1d1e1f000400000010202122232425262728292a2b2c2d"
                " 2e2f0005000000080000000000000001"};
    message.secret = secret;
    return {"welcome_secret",
            broker,
            control,
            message,
            "0000008a 0200 0001 0000000000000000"
            " 00010000000200010002000000100000ea60000100000000000001000000000300000010"
            " 101112131415161718191a1b1c1d1e1f000400000010202122232425262728292a2b2c2d"
            " 2e2f0005000000080000000000000001000600000020404142434445464748494a4b4c4d"
            " 4e4f505152535455565758595a5b5c5d5e5f"};
}

Sample resume()
{
    Resume message;
    message.session = session_id;
    message.epoch = 7;
    message.proof = secret;
    message.next_op = 0x1234;
    return {"resume",
            client,
            control,
            message,
            "00000064 0300 0001 0000000000000000"
            " 000100000010101112131415161718191a1b1c1d1e1f0002000000080000000000000007"
            " 000300000020404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d"
            " 5e5f0004000000080000000000001234"};
}

Sample resumed(bool nothing)
{
    Resumed message;
    message.boot = boot_id;
    message.epoch = 2;
    if (nothing)
        return {"resumed_nothing",
                broker,
                control,
                message,
                "0000003e 0400 0001 0000000000000000"
                " 0001000000080000000000000002000200000010202122232425262728292a2b2c2d2e2f"
                " 0003000000080000000000000000"};
    message.epoch = 7;
    message.highest = 0x1233;
    message.incomplete = {5, 9};
    message.more = true;
    return {"resumed",
            broker,
            control,
            message,
            "00000054 0401 0001 0000000000000000"
            " 0001000000080000000000000007000200000010202122232425262728292a2b2c2d2e2f"
            " 000300000008000000000000123300040000001000000000000000050000000000000009"};
}

Sample refused()
{
    Refused message;
    message.reason = RefusedReason::fenced;
    message.boot = boot_id;
    message.text = "another process has it";
    return {"refused",
            broker,
            control,
            message,
            "00000046 0500 0001 0000000000000000"
            " 0001000000020002000200000010202122232425262728292a2b2c2d2e2f000300000016"
            " 616e6f746865722070726f6365737320686173206974"};
}

Sample resend_stream()
{
    Resend message;
    message.stream = StreamPosition{40, 20, 30};
    return {"resend_stream",
            client,
            {{}, 0, 1, 5},
            message,
            "00000024 0600 0001 0000000000000005"
            " 00000000000000280000000000000014000000000000001e"};
}

Sample resend_end()
{
    ResendEnd message;
    message.held = {{4, 2}, {9, 1}};
    message.more = true;
    return {"resend_end",
            client,
            control,
            message,
            "00000024 0701 0001 0000000000000000"
            " 000000000000000400000002000000000000000900000001"};
}

Sample goodbye()
{
    Goodbye message;
    message.code = GoodbyeCode::shutting_down;
    message.retry_after_ms = 250;
    message.text = "restarting";
    return {"goodbye",
            broker,
            control,
            message,
            "0000002e 0800 0001 0000000000000000"
            " 0001000000020001000200000004000000fa00030000000a72657374617274696e67"};
}

Sample notice()
{
    Notice message;
    message.code = NoticeCode::memory_pressure;
    message.text = "memory is short";
    return {"notice",
            broker,
            control,
            message,
            "00000029 0c00 0001 0000000000000000"
            " 000100000002000100020000000f6d656d6f72792069732073686f7274"};
}

}  // namespace

std::vector<Sample> session_samples()
{
    std::vector<Sample> samples;
    samples.push_back(hello(true));
    samples.push_back(hello(false));
    samples.push_back(welcome(false));
    samples.push_back(welcome(true));
    samples.push_back(resume());
    samples.push_back(resumed(false));
    samples.push_back(resumed(true));
    samples.push_back(refused());
    samples.push_back(
        {"resend", client, {{}, 0, 3, 5}, Resend{}, "0000000c 0600 0003 0000000000000005"});
    samples.push_back(resend_stream());
    samples.push_back(resend_end());
    samples.push_back({"resend_end_nothing",
                       client,
                       control,
                       ResendEnd{},
                       "0000000c 0700 0001 0000000000000000"});
    samples.push_back(goodbye());
    samples.push_back({"bye",
                       broker,
                       control,
                       Bye{},
                       "00000014 0900 0001 0000000000000000"
                       " 0001000000020000"});
    samples.push_back({"ping",
                       client,
                       control,
                       Ping{0x0102030405060708},
                       "00000014 0a00 0001 0000000000000000"
                       " 0102030405060708"});
    samples.push_back({"pong",
                       broker,
                       control,
                       Pong{0x0102030405060708},
                       "00000014 0b00 0001 0000000000000000"
                       " 0102030405060708"});
    samples.push_back(notice());
    return samples;
}

}  // namespace penstock::wire
