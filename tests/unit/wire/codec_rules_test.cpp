// Each rule of docs/protocol.md, section 3, broken once. The frames are samples with one place
// changed, so that nothing but that rule is broken.
#include "common/wire/codec.hpp"
#include "tests/support/hex.hpp"

#include <gtest/gtest.h>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

namespace penstock::wire {
namespace {

using support::from_hex;

struct Broken {
    std::string_view rule;
    Sender from{};
    std::string_view payload_hex;  // without the length
    std::string_view text;         // the error says so
};

std::ostream& operator<<(std::ostream& out, const Broken& broken)
{
    return out << broken.rule;
}

constexpr auto client = Sender::client;
constexpr auto broker = Sender::broker;

class CodecRules : public testing::TestWithParam<Broken> {};

TEST_P(CodecRules, ABrokenOneIsNamed)
{
    const Broken& broken = GetParam();
    const auto payload = base::Slice::adopt(from_hex(broken.payload_hex));
    const DecodedFrame result = decode_frame(payload, broken.from);
    ASSERT_TRUE(std::holds_alternative<CodecError>(result));
    EXPECT_EQ(std::get<CodecError>(result).text, broken.text);
    EXPECT_FALSE(std::get<CodecError>(result).unsupported);
}

const Broken header_rules[] = {
    {"NoHeader", client, "41 00 0001 00000000000000", "the frame is shorter than its header"},
    {"UnknownType", client, "7f 00 0001 0000000000000001", "unknown frame type"},
    {"TypeZero", client, "00 00 0001 0000000000000000", "unknown frame type"},
    {"WrongSide", broker, "41 00 0001 0000000000000001", "a frame type of the other side"},
    {"UnknownFlag",
     client,
     "41 10 0001 0000000000000001",
     "a flag that this frame type doesn't have"},
    {"FlagOfAnotherType",
     client,
     "41 01 0001 0000000000000001",
     "a flag that this frame type doesn't have"},
    {"NoOperations", client, "41 00 0000 0000000000000001", "a range of no operations"},
    {"TooManyOperations",
     client,
     "41 00 1001 0000000000000001",
     "a range of more than 4096 operations"},
    {"RangeOfOpens",
     client,
     "21 00 0002 0000000000000001 00000001",
     "a range where one operation belongs"},
    {"RangeOfPings",
     client,
     "0a 00 0002 0000000000000000 0000000000000000",
     "a range where one operation belongs"},
    {"RangeOfData",
     client,
     "23 00 0002 0000000000000001 00",
     "a range where one operation belongs"},
    {"IdOfAPing",
     client,
     "0a 00 0001 0000000000000001 0000000000000000",
     "an id where none belongs"},
    {"NoId", client, "41 00 0001 0000000000000000", "the id is 0"},
    {"NoIdOfAResend", client, "06 00 0001 0000000000000000", "the id is 0"},
    {"ReadIdOfAnAck", client, "41 00 0001 8000000000000001", "a READ's id where none belongs"},
    {"ReadIdOfAnItem",
     broker,
     "61 02 0001 8000000000000001 0000000000000001 0000000000000000 0000 0000 00 000000 00000000",
     "a READ's id where none belongs"},
    {"ReadIdOfAPutsData",
     client,
     "23 00 0001 8000000000000001 00",
     "a READ's id where none belongs"},
    {"ReadWithoutReadId",
     client,
     "30 00 0001 0000000000000001 0001 00000001 01",
     "a READ's id lacks the top bit"},
    {"RangeIntoReadIds", client, "41 00 0002 7fffffffffffffff", "a range of ids overflows"},
    {"RangePastAllIds",
     client,
     "40 00 0002 ffffffffffffffff 00 00000000000000 0000000000000000",
     "a range of ids overflows"},
};

const Broken item_rules[] = {
    {"PutContentType",
     client,
     "22 00 0001 0000000000000001 00000003 00000000 80 00 0000 00000001 61",
     "a content type above 127"},
    {"PutBatch",
     client,
     "22 00 0001 0000000000000001 00000003 00000000 00 03 0000 00000001 61",
     "batch is not 0, 1 or 2"},
    {"PutReserved",
     client,
     "22 00 0001 0000000000000001 00000003 00000000 00 00 0001 00000001 61",
     "a reserved byte is missing or not zero"},
    {"PutSizesCutOff",
     client,
     "22 00 0002 0000000000000001 00000003 00000000 00 00 0000 00000001 61",
     "the size table is cut off"},
    {"PutTooLong",
     client,
     "22 00 0001 0000000000000001 00000003 00000000 00 00 0000 00000001 6162",
     "bytes behind the last item"},
    {"PutTooShort",
     client,
     "22 00 0001 0000000000000001 00000003 00000000 00 00 0000 00000002 61",
     "the items are cut off, but more is not set"},
    {"PutMoreButWhole",
     client,
     "22 01 0001 0000000000000001 00000003 00000000 00 00 0000 00000001 61",
     "more is set, but the items are whole"},
    {"PutUnfinishedInTheMiddle",
     client,
     "22 01 0002 0000000000000001 00000003 00000000 00 00 0000 00000002 00000001 61",
     "an item other than the last is unfinished"},
    {"PutPriorityCutOff",
     client,
     "22 04 0001 0000000000000001 00000003 00000000 00 00 0000 00",
     "the size table is cut off"},
    {"DataWithoutData", client, "23 00 0001 0000000000000001", "DATA without data"},
    {"ItemIndex",
     broker,
     "61 02 0001 0000000000000001 0000000000000000 0000000000000000 0000 0000 00 000000 00000000",
     "an item's index is 0"},
    {"ItemOverflow",
     broker,
     "61 02 0002 0000000000000001 0000000000000001 ffffffffffffffff 0000 0000 00 000000"
     "00000000 00000000",
     "a range of items overflows"},
    {"ItemContentType",
     broker,
     "61 02 0001 0000000000000001 0000000000000001 0000000000000000 0000 0000 ff 000000 00000000",
     "a content type above 127"},
    {"ItemReserved",
     broker,
     "61 02 0001 0000000000000001 0000000000000001 0000000000000000 0000 0000 00 000001 00000000",
     "a reserved byte is missing or not zero"},
    {"ItemPriority",
     broker,
     "61 04 0001 0000000000000001 0000000000000001 0000000000000000 0000 0000 00 000000 00000000",
     "a flag that this frame type doesn't have"},
};

const Broken operation_rules[] = {
    {"GetMaxZero",
     client,
     "24 00 0001 0000000000000001 00000003 00000000 0000 0000",
     "a GET's max is not 1 to 4096"},
    {"GetMaxTooLarge",
     client,
     "24 00 0001 0000000000000001 00000003 00000000 1001 0000",
     "a GET's max is not 1 to 4096"},
    {"GetHandlesCutOff",
     client,
     "24 00 0001 0000000000000001 00000003 00000000 0001 0001 0000",
     "a GET's further handles are not as many as it says"},
    {"GetHandlesTooMany",
     client,
     "24 00 0001 0000000000000001 00000003 00000000 0001 0000 00000001",
     "a GET's further handles are not as many as it says"},
    {"GetRangeAtSeveralQueues",
     client,
     "24 00 0002 0000000000000001 00000003 00000000 0001 0001 00000001",
     "a range of GETs with further handles"},
    {"SubscribeReserved",
     client,
     "25 00 0001 0000000000000001 00000003 00000001 0000000000000001",
     "a reserved byte is missing or not zero"},
    {"TaskDoneReserved",
     client,
     "27 00 0001 0000000000000001 00000003 01000000 0000000000000000 0000000000000000",
     "a reserved byte is missing or not zero"},
    {"TaskDoneSource",
     client,
     "27 00 0001 0000000000000001 00000003 00000000 8000000000000001 0000000000000001",
     "a READ's id where none belongs"},
    {"TaskDoneOverflow",
     client,
     "27 00 0002 0000000000000001 00000003 00000000 0000000000000000 ffffffffffffffff",
     "a range of indexes overflows"},
    {"ShutdownHow", client, "29 00 0001 0000000000000001 00000003 00000004", "how is not 0 to 3"},
    {"CancelGiveBack",
     client,
     "40 00 0001 0000000000000001 02 00000000000000 0000000000000000",
     "give_back is neither 0 nor 1"},
    {"CancelReserved",
     client,
     "40 00 0001 0000000000000001 01 00000000000001 0000000000000000",
     "a reserved byte is missing or not zero"},
    {"CancelTooLong",
     client,
     "40 00 0001 0000000000000001 01 00000000000000 0000000000000000 00",
     "bytes behind the end of the frame"},
    {"AckTooLong", client, "41 00 0001 0000000000000001 00", "bytes behind the end of the frame"},
    {"JoinTooShort",
     client,
     "28 00 0001 0000000000000001 00000003 000000",
     "the frame is too short for its type"},
    {"ResultStatus", broker, "60 00 0001 0000000000000001 0015 0000 00000000", "an unknown status"},
    {"ResultReserved",
     broker,
     "60 00 0001 0000000000000001 0000 0001 00000000",
     "a reserved byte is missing or not zero"},
    {"ResultOfARangeWithBody",
     broker,
     "60 00 0002 0000000000000001 0000 0000 00000001 61",
     "a RESULT of a range has no body"},
    {"ResultTooLong",
     broker,
     "60 00 0001 0000000000000001 0000 0000 00000001 6162",
     "bytes behind the RESULT's body"},
    {"ResultTooShort",
     broker,
     "60 00 0001 0000000000000001 0000 0000 00000002 61",
     "more contradicts the RESULT's size"},
    {"ResultMoreButWhole",
     broker,
     "60 01 0001 0000000000000001 0000 0000 00000001 61",
     "more contradicts the RESULT's size"},
};

const Broken session_rules[] = {
    {"ResendRangeWithStream",
     client,
     "06 00 0002 0000000000000001 0000000000000002 0000000000000000 0000000000000000",
     "a RESEND of a range has no stream position"},
    {"ResendTakenAboveReceived",
     client,
     "06 00 0001 0000000000000001 0000000000000002 0000000000000002 0000000000000001",
     "a stream's taken is above its received"},
    {"ResendStreamCutOff",
     client,
     "06 00 0001 0000000000000001 0000000000000002",
     "the frame is too short for its type"},
    {"ResendEndDescends",
     client,
     "07 00 0001 0000000000000000 0000000000000005 00000001 0000000000000004 00000001",
     "held ids do not rise"},
    {"ResendEndOverlaps",
     client,
     "07 00 0001 0000000000000000 0000000000000005 00000002 0000000000000006 00000001",
     "held ids do not rise"},
    {"ResendEndZero",
     client,
     "07 00 0001 0000000000000000 0000000000000000 00000001",
     "held ids do not rise"},
    {"ResendEndReadId",
     client,
     "07 00 0001 0000000000000000 8000000000000001 00000001",
     "held ids do not rise"},
    {"ResendEndEmptyRange",
     client,
     "07 00 0001 0000000000000000 0000000000000005 00000000",
     "a range of ids is empty or overflows"},
    {"ResendEndOverflow",
     client,
     "07 00 0001 0000000000000000 7fffffffffffffff 00000002",
     "a range of ids is empty or overflows"},
    {"ResendEndCutOff",
     client,
     "07 00 0001 0000000000000000 0000000000000005 000000",
     "bytes behind the end of the frame"},
    {"PingTooShort",
     client,
     "0a 00 0001 0000000000000000 00000000000000",
     "the frame is too short for its type"},
    {"HelloMagic",
     client,
     "01 00 0001 0000000000000000 0001 00000008 70656e73746f636b 0002 00000004 00010001"
     "0003 00000010 00000000000000000000000000000000",
     "HELLO lacks the magic word"},
    {"HelloVersions",
     client,
     "01 00 0001 0000000000000000 0001 00000008 50454e53544f434b 0002 00000004 00020001"
     "0003 00000010 00000000000000000000000000000000",
     "the versions are in the wrong order"},
    {"HelloWantedLength",
     client,
     "01 00 0001 0000000000000000 0001 00000008 50454e53544f434b 0002 00000004 00010001"
     "0003 0000000f 000000000000000000000000000000",
     "a field has the wrong length"},
    {"ResumedIncompleteDescends",
     broker,
     "04 00 0001 0000000000000000 0001 00000008 0000000000000001"
     "0002 00000010 00000000000000000000000000000000 0003 00000008 0000000000000009"
     "0004 00000010 0000000000000005 0000000000000005",
     "the incomplete ids do not rise"},
    {"ResumedIncompleteAboveHighest",
     broker,
     "04 00 0001 0000000000000000 0001 00000008 0000000000000001"
     "0002 00000010 00000000000000000000000000000000 0003 00000008 0000000000000004"
     "0004 00000008 0000000000000005",
     "an incomplete id above the highest"},
};

const Broken field_rules[] = {
    {"FieldMissing", client, "2a 00 0001 0000000000000001", "a field is missing"},
    {"FieldHeaderCutOff", client, "2a 00 0001 0000000000000001 0001 000000", "a field is cut off"},
    {"FieldValueCutOff",
     client,
     "2a 00 0001 0000000000000001 0001 00000002 01",
     "a field is cut off"},
    {"FieldLongerThanAnyFrame",
     client,
     "2a 00 0001 0000000000000001 0001 ffffffff 01",
     "a field is cut off"},
    {"FieldTwice",
     client,
     "2a 00 0001 0000000000000001 0001 00000001 01 0001 00000001 01",
     "a field stands twice or out of order"},
    {"UnknownFieldTwice",
     client,
     "2a 00 0001 0000000000000001 0001 00000001 01 0077 00000000 0077 00000000",
     "a field stands twice or out of order"},
    {"FieldsOutOfOrder",
     client,
     "2a 00 0001 0000000000000001 0002 00000001 61 0001 00000001 01",
     "a field stands twice or out of order"},
    {"FieldLength",
     client,
     "2a 00 0001 0000000000000001 0001 00000002 0001",
     "a field has the wrong length"},
    {"NameNotUtf8",
     client,
     "2a 00 0001 0000000000000001 0001 00000001 01 0002 00000001 ff",
     "a text is not UTF-8"},
    {"BooleanTwo",
     client,
     "20 00 0001 0000000000000001 00000003 00000000 0001 00000001 01 0002 00000001 61"
     "0006 00000001 02",
     "a yes-or-no field is neither 0 nor 1"},
    {"HandlesLength",
     client,
     "30 00 0001 8000000000000001 0001 00000001 01 0002 00000003 000000",
     "a field has the wrong length"},
    {"MalformedWinsOverUnsupported",
     client,
     "2a 00 0001 0000000000000001 0001 00000001 63 8001 00000000 8001 00000000",
     "a field stands twice or out of order"},
};

std::string name_of(const testing::TestParamInfo<Broken>& of)
{
    return std::string(of.param.rule);
}

INSTANTIATE_TEST_SUITE_P(Header, CodecRules, testing::ValuesIn(header_rules), name_of);
INSTANTIATE_TEST_SUITE_P(Items, CodecRules, testing::ValuesIn(item_rules), name_of);
INSTANTIATE_TEST_SUITE_P(Operations, CodecRules, testing::ValuesIn(operation_rules), name_of);
INSTANTIATE_TEST_SUITE_P(Session, CodecRules, testing::ValuesIn(session_rules), name_of);
INSTANTIATE_TEST_SUITE_P(Fields, CodecRules, testing::ValuesIn(field_rules), name_of);

}  // namespace
}  // namespace penstock::wire
