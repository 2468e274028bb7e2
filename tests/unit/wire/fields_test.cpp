#include "common/wire/fields.hpp"

#include "common/wire/codec.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>
#include <string>
#include <variant>

namespace penstock::wire {
namespace {

using support::from_hex;
using support::to_hex;

DecodedFrame decode_hex(const std::string& hex)
{
    return decode_frame(base::Slice::adopt(from_hex(hex)), Sender::client);
}

std::string text_field(std::uint16_t tag, std::size_t size)
{
    FieldWriter fields;
    fields.bytes(tag, base::as_bytes(std::string(size, 'n')));
    return to_hex(fields.take());
}

const std::string admin = "2a 00 0001 0000000000000001";
const std::string purge = "0001 00000001 01";

TEST(Fields, UnknownOnesAreIgnored)
{
    const DecodedFrame result = decode_hex(admin + purge + "0063 00000003 010203");
    ASSERT_TRUE(std::holds_alternative<Frame>(result));
    EXPECT_EQ(std::get<Admin>(std::get<Frame>(result).message).verb, AdminVerb::purge);
}

TEST(Fields, UnknownOnesWithTheTopBitAreUnsupportedAndTheOperationIsNamed)
{
    const DecodedFrame result = decode_hex(admin + purge + "8063 00000003 010203");
    ASSERT_TRUE(std::holds_alternative<CodecError>(result));
    const auto& error = std::get<CodecError>(result);
    EXPECT_TRUE(error.unsupported);
    EXPECT_EQ(error.header.type, Type::admin);
    EXPECT_EQ(error.header.op, 1u);
    EXPECT_EQ(error.header.n, 1u);
}

// A later version may know more: the operation fails, the session lives.
TEST(Fields, UnknownEnumeratorsAreUnsupported)
{
    const std::string open = "20 00 0001 0000000000000001 00000003 00000000";
    const std::string name = "0002 00000001 61";
    for (const std::string& hex : {
             admin + "0001 00000001 07",
             admin + "0001 00000001 00",
             open + "0001 00000001 06" + name,
             open + "0001 00000001 00" + name,
             open + "0001 00000001 01" + name + "0004 00000001 03",
             open + "0001 00000001 01" + name + "0005 00000001 03",
             std::string("30 00 0001 8000000000000001 0001 00000001 07"),
             std::string("30 00 0001 8000000000000001 0001 00000001 06 0009 00000001 05"),
         }) {
        const DecodedFrame result = decode_hex(hex);
        ASSERT_TRUE(std::holds_alternative<CodecError>(result)) << hex;
        EXPECT_TRUE(std::get<CodecError>(result).unsupported) << hex;
    }
}

TEST(Fields, ANameMayHaveTwoHundredBytes)
{
    EXPECT_TRUE(std::holds_alternative<Frame>(decode_hex(admin + purge + text_field(2, 200))));
    const DecodedFrame result = decode_hex(admin + purge + text_field(2, 201));
    ASSERT_TRUE(std::holds_alternative<CodecError>(result));
    EXPECT_EQ(std::get<CodecError>(result).text, "a text is too long");
}

TEST(Fields, ATextMayHaveOneKibibyte)
{
    const std::string goodbye = "08 00 0001 0000000000000000 0001 00000002 0000";
    EXPECT_TRUE(std::holds_alternative<Frame>(decode_hex(goodbye + text_field(3, 1024))));
    EXPECT_TRUE(std::holds_alternative<CodecError>(decode_hex(goodbye + text_field(3, 1025))));
}

TEST(Fields, AReadMayNameAsManyHandlesAsARangeHasOperations)
{
    const auto read = [](std::size_t handles) {
        FieldWriter fields;
        fields.u8(1, 5);
        (void)fields.field(2, handles * 4);
        return "30 00 0001 8000000000000001" + to_hex(fields.take());
    };
    EXPECT_TRUE(std::holds_alternative<Frame>(decode_hex(read(4096))));
    EXPECT_TRUE(std::holds_alternative<CodecError>(decode_hex(read(4097))));
}

}  // namespace
}  // namespace penstock::wire
