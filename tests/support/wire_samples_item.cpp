#include "tests/support/wire_samples.hpp"

namespace penstock::wire {

namespace {

constexpr auto client = Sender::client;
constexpr auto broker = Sender::broker;

constexpr Header operation(OpId op, std::uint16_t n = 1)
{
    return {{}, 0, n, op};
}

constexpr Header reading(OpId op)
{
    return operation(read_id_bit | op);
}

Put put_of(std::vector<std::uint32_t> sizes, std::string_view body)
{
    Put put;
    put.handle = 3;
    put.sizes = std::move(sizes);
    put.body = rope_of(body);
    return put;
}

Sample put()
{
    Put message = put_of({5}, "hello");
    message.timeout_ms = timeout_forever_ms;
    message.content_type = 4;
    return {"put",
            client,
            operation(4),
            message,
            "00000021 2200 0001 0000000000000004"
            " 00000003ffffffff040000000000000568656c6c6f"};
}

Sample put_range()
{
    Put message = put_of({2, 0, 1}, "abc");
    message.timeout_ms = 100;
    message.batch = Batch::begins;
    return {"put_range",
            client,
            operation(5, 3),
            message,
            "00000027 2200 0003 0000000000000005"
            " 000000030000006400010000000000020000000000000001616263"};
}

Sample put_priority()
{
    Put message = put_of({1}, "x");
    message.content_type = 64;
    message.batch = Batch::goes_on;
    message.priority = -3;
    return {"put_priority",
            client,
            operation(8),
            message,
            "00000025 2204 0001 0000000000000008"
            " 000000030000000040020000fffffffffffffffd0000000178"};
}

Sample put_unfinished()
{
    const Put message = put_of({1, 0x10000}, "abc");
    return {"put_unfinished",
            client,
            operation(9, 2),
            message,
            "00000023 2201 0002 0000000000000009"
            " 0000000300000000000000000000000100010000616263"};
}

Sample result_body()
{
    const Result message{Status::ok, 4, rope_of("body"), true};
    return {"result_body",
            broker,
            operation(1),
            message,
            "00000018 6008 0001 0000000000000001"
            " 0000000000000004626f6479"};
}

Sample result_unfinished()
{
    const Result message{Status::ok, 0x100000, rope_of("bo"), false};
    return {"result_unfinished",
            broker,
            reading(3),
            message,
            "00000016 6001 0001 8000000000000003"
            " 0000000000100000626f"};
}

Sample item()
{
    Item message;
    message.first_seq = 77;
    message.content_type = 1;
    message.sizes = {5};
    message.body = rope_of("hello");
    return {"item",
            broker,
            operation(11),
            message,
            "0000002d 6102 0001 000000000000000b"
            " 0000000000000001000000000000004d00000000010000000000000568656c6c6f"};
}

Sample item_run()
{
    Item message;
    message.first_index = 3;
    message.first_seq = 78;
    message.attempts = 2;
    message.which = 1;
    message.content_type = 127;
    message.ack_now = true;
    message.sizes = {1, 2};
    message.body = rope_of("abc");
    return {"item_run",
            broker,
            operation(5000, 2),
            message,
            "0000002f 610a 0002 0000000000001388"
            " 0000000000000003000000000000004e000200017f0000000000000100000002616263"};
}

Sample item_unfinished()
{
    Item message;
    message.first_index = 32;
    message.first_seq = 100;
    message.end = false;
    message.sizes = {0, 300'000};
    message.body = rope_of("ab");
    return {"item_unfinished",
            broker,
            operation(5001, 2),
            message,
            "0000002e 6101 0002 0000000000001389"
            " 00000000000000200000000000000064000000000000000000000000000493e06162"};
}

}  // namespace

std::vector<Sample> item_samples()
{
    std::vector<Sample> samples;
    samples.push_back(put());
    samples.push_back(put_range());
    samples.push_back(put_priority());
    samples.push_back(put_unfinished());
    samples.push_back({"data",
                       client,
                       operation(10),
                       Data{rope_of("defgh")},
                       "00000011 2300 0001 000000000000000a"
                       " 6465666768"});
    samples.push_back({"data_of_a_read",
                       broker,
                       reading(1),
                       Data{rope_of("z")},
                       "0000000d 2300 0001 8000000000000001"
                       " 7a"});
    samples.push_back({"cancel",
                       client,
                       operation(11, 2),
                       Cancel{true, 0},
                       "0000001c 4000 0002 000000000000000b"
                       " 01000000000000000000000000000000"});
    samples.push_back({"cancel_stream",
                       client,
                       operation(5001),
                       Cancel{false, 31},
                       "0000001c 4000 0001 0000000000001389"
                       " 0000000000000000000000000000001f"});
    samples.push_back({"cancel_read",
                       client,
                       reading(5),
                       Cancel{},
                       "0000001c 4000 0001 8000000000000005"
                       " 00000000000000000000000000000000"});
    samples.push_back(
        {"ack", client, operation(12, 4096), Ack{}, "0000000c 4100 1000 000000000000000c"});
    samples.push_back({"result",
                       broker,
                       operation(4),
                       Result{},
                       "00000014 6000 0001 0000000000000004"
                       " 0000000000000000"});
    samples.push_back({"result_range",
                       broker,
                       operation(5, 3),
                       Result{Status::timed_out, 0, {}, false},
                       "00000014 6000 0003 0000000000000005"
                       " 0006000000000000"});
    samples.push_back(result_body());
    samples.push_back(result_unfinished());
    samples.push_back(item());
    samples.push_back(item_run());
    samples.push_back(item_unfinished());
    return samples;
}

}  // namespace penstock::wire
