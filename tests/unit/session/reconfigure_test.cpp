// SIGHUP: other options come into force while peers are there.
#include "tests/support/session/engine_fixture.hpp"

namespace penstock::session {
namespace {

class Reconfigure : public EngineFixture {
protected:
    std::string answer_to(const std::string& challenge, const base::Bytes& key)
    {
        const std::string m1 = challenge.substr(std::string_view("#CHALLENGE#").size());
        const auto digest = mac.hmac_sha256(key, base::as_bytes(m1));
        return "{sha256}" + std::string(base::as_text(digest));
    }

    void set_key(const base::Bytes& key)
    {
        EngineOptions options = small_options();
        options.key = key;
        engine.reconfigure(std::move(options));
    }

    Lines answered(FakeClient& client, const base::Bytes& key)
    {
        const Lines challenge = client.payloads();
        client.plain(answer_to(challenge.at(0), key));
        return client.payloads();
    }

    FakeClient stranger() { return {engine, now, {.address = "test", .challenge = true}}; }

    const base::Bytes old_key = small_options().key;
    const base::Bytes new_key = base::Bytes(40, std::byte{'n'});
};

TEST_F(Reconfigure, ANewKeyCountsForWhoComesThen)
{
    set_key(new_key);
    FakeClient with_new = stranger();
    EXPECT_EQ(answered(with_new, new_key), Lines{"#WELCOME#"});
    FakeClient with_old = stranger();
    EXPECT_EQ(answered(with_old, old_key), Lines{"#FAILURE#"});
}

TEST_F(Reconfigure, AHandshakeEndsWithTheKeyThatItBeganWith)
{
    FakeClient early = stranger();
    for (int i = 0; i < 20; ++i) set_key(base::Bytes(40, std::byte(i)));
    set_key(new_key);
    EXPECT_EQ(answered(early, old_key), Lines{"#WELCOME#"});
}

TEST_F(Reconfigure, LowerLimitsSpareWhoIsThere)
{
    FakeClient first(engine, now);
    first.live();
    FakeClient second(engine, now);
    second.live();
    first.open(1, "one");
    EXPECT_EQ(first.answers(), Lines{"1 ok"});
    EngineOptions options = small_options();
    options.sessions_max = 1;
    options.objects_max = 1;
    engine.reconfigure(std::move(options));
    EXPECT_EQ(engine.sessions(), 2u);
    first.open(2, "two");
    EXPECT_EQ(first.answers(), Lines{"2 too_many"});
    FakeClient third(engine, now);
    third.live();
    EXPECT_EQ(third.status(), PeerStatus::finished);
    second.cut();
    EXPECT_EQ(engine.sessions(), 1u);
}

}  // namespace
}  // namespace penstock::session
