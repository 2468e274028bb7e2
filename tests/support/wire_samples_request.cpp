#include "tests/support/wire_samples.hpp"

namespace penstock::wire {

namespace {

constexpr auto client = Sender::client;

constexpr Header operation(OpId op, std::uint16_t n = 1)
{
    return {{}, 0, n, op};
}

constexpr Header reading(OpId op)
{
    return operation(read_id_bit | op);
}

Sample open()
{
    Open message;
    message.handle = 3;
    message.kind = Kind::fifo;
    message.name = "jobs";
    return {"open",
            client,
            operation(1),
            message,
            "00000025 2000 0001 0000000000000001"
            " 0000000300000000000100000001010002000000046a6f6273"};
}

Sample open_everything()
{
    Open message;
    message.handle = 4;
    message.timeout_ms = 1500;
    message.kind = Kind::priority;
    message.name = "a/b";
    message.maxsize = -1;
    message.mode = Mode::fresh;
    message.role = Role::producer;
    message.until_task_done = true;
    message.ends_with_producers = false;
    message.ends_with_consumers = true;
    message.producers_expected = -2;
    return {"open_everything",
            client,
            operation(2),
            message,
            "0000005f 2000 0001 0000000000000002"
            " 00000004000005dc00010000000103000200000003612f62000300000008ffffffffffff"
            " ffff00040000000102000500000001010006000000010100070000000100000800000001"
            " 01000900000004fffffffe"};
}

Sample get(std::string_view name, Header header, std::uint32_t timeout_ms, std::string_view hex)
{
    Get message;
    message.handle = 3;
    message.timeout_ms = timeout_ms;
    return {name, client, header, message, hex};
}

Sample get_any()
{
    Get message;
    message.handle = 3;
    message.timeout_ms = 20;
    message.max = 4096;
    message.further = {4, 0xffff'fffe};
    return {"get_any",
            client,
            operation(5000),
            message,
            "00000020 2400 0001 0000000000001388"
            " 00000003000000141000000200000004fffffffe"};
}

Sample admin()
{
    Admin message;
    message.verb = AdminVerb::remove;
    message.name = "jobs";
    return {"admin",
            client,
            operation(5010),
            message,
            "0000001d 2a00 0001 0000000000001392"
            " 000100000001020002000000046a6f6273"};
}

Sample admin_pause()
{
    Admin message;
    message.verb = AdminVerb::pause;
    message.name = "jobs";
    message.object = 7;
    return {"admin_pause",
            client,
            operation(5011),
            message,
            "0000002b 2a00 0001 0000000000001393"
            " 000100000001030002000000046a6f627300060000000800000000 00000007"};
}

Sample admin_move()
{
    Admin message;
    message.verb = AdminVerb::move;
    message.name = "jobs";
    message.to = "dead";
    message.count = 10;
    return {"admin_move",
            client,
            operation(5012),
            message,
            "00000035 2a00 0001 0000000000001394"
            " 000100000001050002000000046a6f62730003000000046465616400040000"
            "0008000000000000000a"};
}

Sample admin_kick()
{
    Admin message;
    message.verb = AdminVerb::kick;
    message.id = 17;
    return {"admin_kick",
            client,
            operation(5013),
            message,
            "00000021 2a00 0001 0000000000001395"
            " 000100000001060005000000080000000000000011"};
}

Sample read_qsize()
{
    Read message;
    message.what = ReadWhat::qsize;
    message.handles = {3};
    return {"read_qsize",
            client,
            reading(2),
            message,
            "0000001d 3000 0001 8000000000000002"
            " 0001000000010100020000000400000003"};
}

Sample read_list()
{
    Read message;
    message.what = ReadWhat::list;
    message.next = "jobs";
    message.limit = 50;
    return {"read_list",
            client,
            reading(3),
            message,
            "00000027 3000 0001 8000000000000003"
            " 000100000001020004000000046a6f627300060000000400000032"};
}

Sample read_peek()
{
    Read message;
    message.what = ReadWhat::peek;
    message.name = "jobs";
    message.offset = 100;
    message.limit = 10;
    message.item_bytes = 64;
    return {"read_peek",
            client,
            reading(4),
            message,
            "0000003f 3000 0001 8000000000000004"
            " 000100000001040003000000046a6f627300050000000800000000000000640006000000"
            " 040000000a00070000000400000040"};
}

Sample read_ready()
{
    Read message;
    message.what = ReadWhat::ready;
    message.handles = {3, 4};
    message.timeout_ms = 1000;
    return {"read_ready",
            client,
            reading(5),
            message,
            "0000002b 3000 0001 8000000000000005"
            " 000100000001050002000000080000000300000004000800000004000003e8"};
}

Sample read_changes()
{
    Read message;
    message.what = ReadWhat::changes;
    message.limit = 100;
    message.kind = RowKind::queues;
    message.since = 77;
    return {"read_changes",
            client,
            reading(6),
            message,
            "00000032 3000 0001 8000000000000006"
            " 000100000001060006000000040000006400090000000101000a00000008000000000000004d"};
}

}  // namespace

std::vector<Sample> request_samples()
{
    std::vector<Sample> samples;
    samples.push_back(open());
    samples.push_back(open_everything());
    samples.push_back({"close",
                       client,
                       operation(3),
                       Close{4},
                       "00000010 2100 0001 0000000000000003"
                       " 00000004"});
    samples.push_back(get("get",
                          operation(11),
                          0,
                          "00000018 2400 0001 000000000000000b"
                          " 000000030000000000010000"));
    samples.push_back(get("get_range",
                          operation(12, 4096),
                          timeout_forever_ms,
                          "00000018 2400 1000 000000000000000c"
                          " 00000003ffffffff00010000"));
    samples.push_back(get_any());
    samples.push_back({"subscribe",
                       client,
                       operation(5001),
                       Subscribe{3, 32},
                       "0000001c 2500 0001 0000000000001389"
                       " 00000003000000000000000000000020"});
    samples.push_back({"flow",
                       client,
                       operation(5001),
                       Flow{64, 31},
                       "0000001c 2600 0001 0000000000001389"
                       " 0000000000000040000000000000001f"});
    samples.push_back({"task_done",
                       client,
                       operation(5002),
                       TaskDone{3, 11, 1},
                       "00000024 2700 0001 000000000000138a"
                       " 0000000300000000000000000000000b0000000000000001"});
    samples.push_back({"task_done_range",
                       client,
                       operation(5003, 5),
                       TaskDone{3, 5001, 27},
                       "00000024 2700 0005 000000000000138b"
                       " 00000003000000000000000000001389000000000000001b"});
    samples.push_back({"join",
                       client,
                       operation(5008),
                       Join{3, timeout_forever_ms},
                       "00000014 2800 0001 0000000000001390"
                       " 00000003ffffffff"});
    samples.push_back({"shutdown",
                       client,
                       operation(5009),
                       Shutdown{3, ShutdownHow::immediate},
                       "00000014 2900 0001 0000000000001391"
                       " 0000000300000001"});
    samples.push_back(admin());
    samples.push_back(admin_pause());
    samples.push_back(admin_move());
    samples.push_back(admin_kick());
    samples.push_back(read_qsize());
    samples.push_back(read_list());
    samples.push_back(read_peek());
    samples.push_back(read_ready());
    samples.push_back(read_changes());
    return samples;
}

}  // namespace penstock::wire
