#include "server/config/load.hpp"

#include "server/config/options.hpp"
#include "server/config/reload.hpp"

#include <gtest/gtest.h>
#include <set>

namespace penstock::config {

namespace {

using namespace std::chrono_literals;

Given flag(const std::string& name, Texts texts)
{
    return {Origin::flag, "--" + name, std::move(texts)};
}

/// Without the environment, which belongs to whoever runs the tests.
Loaded load_flags(const Values& flags)
{
    Inputs inputs;
    inputs.flags = flags;
    inputs.use_environment = false;
    return load(inputs);
}

std::string error_of(const std::string& name, const std::string& text)
{
    try {
        (void)load_flags({{name, flag(name, {text})}});
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

std::string error_in_file(const std::string& text)
{
    try {
        (void)file_values("conf", text);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(Options, HaveNamesOfTheirOwnAndDefaultsThatTheyAccept)
{
    std::set<std::string> names;
    for (const Option& option : options()) {
        EXPECT_TRUE(names.insert(option.name).second) << option.name;
        EXPECT_FALSE(option.help.empty()) << option.name;
        EXPECT_FALSE(option.kind.type.empty()) << option.name;
        const Texts texts = option.kind.get(Config());
        if (texts.empty()) continue;
        Config again;
        EXPECT_EQ(option.kind.set(again, texts), std::nullopt) << option.name;
        EXPECT_EQ(option.kind.get(again), texts) << option.name;
    }
}

TEST(Load, PutsValuesWhereTheServerLooksForThem)
{
    const Config config =
        load_flags({{"sessions-max", flag("sessions-max", {"7"})},
                    {"item-size-max", flag("item-size-max", {"2MiB"})},
                    {"drain-timeout", flag("drain-timeout", {"250ms"})},
                    {"legacy-md5", flag("legacy-md5", {"never"})},
                    {"listen", flag("listen", {"unix:/a", "tcp:127.0.0.1:0,auth=none"})}})
            .config;
    EXPECT_EQ(config.server.engine.sessions_max, 7u);
    EXPECT_EQ(config.server.engine.session.item_size_max, 2u * 1024 * 1024);
    EXPECT_EQ(config.server.drain_timeout, 250ms);
    EXPECT_EQ(config.server.legacy_md5, net::LegacyMd5::never);
    ASSERT_EQ(config.server.listen.size(), 2u);
    EXPECT_EQ(config.server.listen[0].auth, net::Auth::peer);
    EXPECT_EQ(config.server.listen[1].auth, net::Auth::none);
}

TEST(Load, SaysWhatIsWrongAndWhere)
{
    EXPECT_EQ(error_of("sessions-max", "0"), "--sessions-max: '0' is not between 1 and 1000000");
    EXPECT_EQ(error_of("sessions-max", "x"), "--sessions-max: 'x' is not a number");
    EXPECT_EQ(error_of("sessions-max", "99999999999999999999"),
              "--sessions-max: '99999999999999999999' is not between 1 and 1000000");
    EXPECT_EQ(error_of("item-size-max", "2GiB"),
              "--item-size-max: '2GiB' is not between 1 and 1GiB");
    EXPECT_EQ(error_of("item-size-max", "1MB"),
              "--item-size-max: '1MB' is no size; write 4096, 64KiB, 1MiB or 2GiB");
    EXPECT_EQ(error_of("drain-timeout", "-1"),
              "--drain-timeout: '-1' is no span of time; write 5, 0.5, 250ms, 5s, 2m or 1h");
    EXPECT_EQ(error_of("legacy-md5", "maybe"),
              "--legacy-md5: 'maybe' is not one of local, always, never");
    EXPECT_EQ(error_of("key-file", ""), "--key-file: is empty");
    EXPECT_EQ(error_of("listen", "tcp:127.0.0.1:0,auth=peer"),
              "--listen: tcp:127.0.0.1:0,auth=peer: 'auth=peer' is not one of auth=key, auth=none");
    EXPECT_NE(error_of("listen", "tcp:127.0.0.1:0").find("--key-file"), std::string::npos);
}

TEST(Load, KnowsWhereTheMonitorIsServedAndWhetherItsPortWasNamed)
{
    EXPECT_FALSE(load_flags({}).config.monitor.port_given);
    const MonitorSettings given =
        load_flags({{"monitor", flag("monitor", {"[::1]:9000"})}}).config.monitor;
    EXPECT_EQ(given.host, "::1");
    EXPECT_EQ(given.port, 9000);
    EXPECT_TRUE(given.port_given);
    EXPECT_FALSE(given.off);
    EXPECT_TRUE(load_flags({{"no-monitor", flag("no-monitor", {"yes"})}}).config.monitor.off);
    EXPECT_THROW((void)load_flags({{"no-monitor", flag("no-monitor", {"yes"})},
                                   {"monitor", flag("monitor", {"[::1]:9000"})}}),
                 ConfigError);
    EXPECT_EQ(error_of("no-monitor", "maybe"), "--no-monitor: 'maybe' is not one of yes, no");
    EXPECT_EQ(error_of("monitor", "8700"),
              "--monitor: '8700' is no address; write 127.0.0.1:8700 or [::1]:8700");
    for (const char* text :
         {"queues.example.org", "https://", "https://a/b", "ftp://a", "https://A"}) {
        EXPECT_EQ(error_of("monitor-origin", text),
                  "--monitor-origin: '" + std::string(text) +
                      "' is no origin; write https://queues.example.org");
    }
}

TEST(Load, FindsTheLineInTheFile)
{
    EXPECT_EQ(error_in_file("\nsesions-max = 3"),
              "conf:2: there is no option 'sesions-max'; did you mean 'sessions-max'?");
    EXPECT_EQ(error_in_file("colour = red"),
              "conf:1: there is no option 'colour'; see `penstockd --help`");
    EXPECT_EQ(error_in_file("sessions-max = 3\nsessions-max = 4"),
              "conf:2: sessions-max was given before; take one away");
    EXPECT_EQ(error_in_file("listen = unix:/a\nlisten = unix:/b"), "");
    const Values values = file_values("conf", "\nsessions-max = 3\n");
    EXPECT_EQ(values.at("sessions-max").where, "conf:2: sessions-max");
    EXPECT_EQ(values.at("sessions-max").origin, Origin::file);
}

TEST(Load, PrintsWhatItWouldReadBackAsTheSame)
{
    const Loaded first = load_flags({{"sessions-max", flag("sessions-max", {"7"})},
                                     {"drain-timeout", flag("drain-timeout", {"0.25"})},
                                     {"listen", flag("listen", {"unix:/with space # hash"})}});
    const std::string text = printed(first);
    EXPECT_NE(text.find("sessions-max = 7  # flag\n"), std::string::npos) << text;
    EXPECT_NE(text.find("drain-timeout = 250ms  # flag\n"), std::string::npos) << text;
    EXPECT_NE(text.find("legacy-md5 = local  # default\n"), std::string::npos) << text;
    const Loaded second = load_flags(file_values("printed", text));
    EXPECT_EQ(changed(first.config, second.config), Texts());
}

TEST(Load, NamesWhatChanged)
{
    const Loaded before = load_flags({{"sessions-max", flag("sessions-max", {"7"})}});
    const Loaded after = load_flags({{"listen", flag("listen", {"unix:/b"})}});
    EXPECT_EQ(changed(before.config, after.config), (Texts{"listen", "sessions-max"}));
    EXPECT_EQ(changed(before.config, before.config), Texts());
}

net::InheritedSocket inherited(base::Endpoint::Family family, const std::string& name)
{
    return {3, name, {family, "/x", "127.0.0.1", 7410}};
}

Config load_inherited(const net::InheritedSocket& socket)
{
    Inputs inputs;
    inputs.use_environment = false;
    inputs.inherited = {socket};
    return load(inputs).config;
}

TEST(Load, RefusesAnAddressThatIsGivenTwice)
{
    const auto load_listen = [](Texts texts) {
        return load_flags({{"listen", flag("listen", std::move(texts))}});
    };
    EXPECT_THROW((void)load_listen({"unix:/a", "unix:/b", "unix:/a"}), ConfigError);
    EXPECT_THROW(
        (void)load_listen({"tcp:127.0.0.1:7410,auth=none", "tcp:127.0.0.1:7410,auth=none"}),
        ConfigError);
    // Each gets a free port of its own.
    const Texts free{"tcp:127.0.0.1:0,auth=none", "tcp:127.0.0.1:0,auth=none"};
    EXPECT_EQ(load_listen(free).config.server.listen.size(), 2u);
}

TEST(Load, TakesAnInheritedSocketInsteadOfTheDefaultAddress)
{
    using Family = base::Endpoint::Family;
    const Config local = load_inherited(inherited(Family::unix_socket, "penstockd.socket"));
    ASSERT_EQ(local.server.listen.size(), 1u);
    EXPECT_EQ(local.server.listen[0].auth, net::Auth::peer);
    EXPECT_EQ(local.server.listen[0].inherited, 3);
    EXPECT_FALSE(local.server.listen[0].private_folder);
    const Config remote = load_inherited(inherited(Family::tcp, "auth=none"));
    EXPECT_EQ(remote.server.listen[0].auth, net::Auth::none);
    EXPECT_THROW((void)load_inherited(inherited(Family::tcp, "")), ConfigError) << "no key";
    EXPECT_THROW((void)load_inherited(inherited(Family::tcp, "auth=peer")), ConfigError);
}

}  // namespace

}  // namespace penstock::config
