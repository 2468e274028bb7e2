#include "server/bridge/answers.hpp"

#include "server/bridge/json_text.hpp"
#include "server/bridge/messages.hpp"
#include "server/web/files.hpp"

#include <penstock/metrics.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace penstock::bridge {

namespace {

constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view live_path = "/api/v1/live";
constexpr std::string_view protocol_name = "mon.v1";
constexpr std::string_view ticket_prefix = "ticket.";
constexpr const char* json_type = "application/json";
constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

std::optional<Wanted> wanted_at(std::string_view path)
{
    if (path == "/api/v1/state") return Wanted::state;
    if (path == "/metrics") return Wanted::metrics;
    if (path == "/metrics/per-object") return Wanted::metrics_per_object;
    return std::nullopt;
}

Response not_allowed(std::string_view methods)
{
    Response response = problem(405, "only " + std::string(methods) + " is served here");
    response.headers.emplace_back("Allow", methods);
    return response;
}

bool is_reading(const Request& request)
{
    return request.method == "GET" || request.method == "HEAD";
}

Response page(const Request& request, const web::File& file)
{
    if (!is_reading(request)) return not_allowed("GET, HEAD");
    Response response;
    response.headers.emplace_back("ETag", file.etag);
    response.headers.emplace_back("Cache-Control", "no-cache");  // ask, and mostly get 304
    if (request.if_none_match == file.etag) {
        response.status = 304;
        return response;
    }
    response.headers.emplace_back("Content-Type", file.type);
    response.fixed = file.body;
    return response;
}

/// Of "mon.v1, ticket.abc".
std::vector<std::string_view> listed(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        while (word.starts_with(' ')) word.remove_prefix(1);
        while (word.ends_with(' ')) word.remove_suffix(1);
        words.push_back(word);
    }
    return words;
}

struct Query {
    ViewChange view;
    bool given = false;
    std::string wrong;
};

std::optional<std::uint32_t> number(std::string_view text)
{
    std::uint32_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "kind=queues&sort=-depth": names need no escapes, so none are known.
Query query_of(std::string_view text)
{
    Query query;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view name = pair.substr(0, equals);
        const std::string value(pair.substr(std::min(equals + 1, pair.size())));
        query.given = true;
        if (name == "kind") {
            query.view.kind = value;
        } else if (name == "sort") {
            query.view.sort = value;
        } else if (name == "filter") {
            query.view.filter = value;
        } else if (name == "offset" && number(value)) {
            query.view.offset = number(value);
        } else if (name == "limit" && number(value)) {
            query.view.limit = number(value);
        } else {
            query.wrong = "'" + std::string(pair) +
                          "': write kind=, sort=, filter=, offset= or limit= with a number";
        }
    }
    return query;
}

Response live_or_ready(const Request& request, const State& state, bool ready)
{
    if (!is_reading(request)) return not_allowed("GET, HEAD");
    if (!ready) return text_answer("text/plain", "ok\n");
    if (state.away().empty() && state.mirror().version() != 0) {
        return text_answer(json_type, "{\"ready\":true}\n");
    }
    JsonText out;
    out.begin_object().key("ready").boolean(false).key("reasons").begin_array();
    out.text(state.away().empty() ? "nothing was heard from the broker yet" : state.away());
    Response response = text_answer(json_type, out.end_array().end_object().take() + "\n");
    response.status = 503;
    return response;
}

}  // namespace

Response problem(unsigned status, std::string_view text)
{
    JsonText out;
    out.begin_object().key("error").text(text);
    Response response = text_answer(json_type, out.end_object().take() + "\n");
    response.status = status;
    return response;
}

Response text_answer(std::string type, std::string text)
{
    Response response;
    response.headers.emplace_back("Content-Type", std::move(type));
    response.headers.emplace_back("Cache-Control", "no-store");
    response.owned = std::make_shared<const std::string>(std::move(text));
    return response;
}

std::vector<std::pair<std::string, std::string>> all_headers(const Response& response)
{
    std::vector<std::pair<std::string, std::string>> headers = response.headers;
    headers.emplace_back("Content-Security-Policy", content_security_policy);
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Referrer-Policy", "no-referrer");
    headers.emplace_back("Connection", "close");
    return headers;
}

std::optional<Response> Answers::refused(const Request& request) const
{
    if (!request.is_http_1_1) return problem(505, "HTTP/1.1 is served, nothing else");
    if (request.has_transfer_encoding) return problem(501, "no transfer coding is served here");
    if (request.hosts.size() != 1) return problem(400, "there must be one Host header");
    // Else a name that somebody has made point to us could read what we say (DNS rebinding).
    if (!sites_.host_allowed(request.hosts.front(), request.local)) {
        return problem(421,
                       "this host is not one of mine; use the URL that `penstock monitor` prints, "
                       "or name a proxy's with --monitor-origin");
    }
    if (request.origin && !sites_.origin_allowed(*request.origin, request.local)) {
        return problem(403, "pages of other origins may not ask; see --monitor-origin");
    }
    if (!request.target.starts_with('/')) return problem(400, "the target must begin with /");
    return std::nullopt;
}

std::optional<Role> Answers::bearer(const Request& request) const
{
    return role_of(tokens_, bearer_of(request.authorization));
}

Answers::Answer Answers::answer(const Request& request,
                                const State& state,
                                TimePoint now,
                                const Secret& secret)
{
    if (auto response = refused(request)) return *std::move(response);
    const std::string_view target = request.target;
    const std::string_view path = target.substr(0, target.find('?'));
    if (path != live_path && request.is_upgrade) return problem(404, "there is no WebSocket here");
    if (const web::File* file = web::find(path)) return page(request, *file);
    if (path == "/livez") return live_or_ready(request, state, false);
    if (path == "/readyz" || path == "/healthz") return live_or_ready(request, state, true);
    return api(request, path, now, secret);
}

Answers::Answer Answers::api(const Request& request,
                             std::string_view path,
                             TimePoint now,
                             const Secret& secret)
{
    if (path == live_path) return live(request, now);
    const bool is_ticket = path == "/api/v1/ticket";
    const std::optional<Wanted> wanted = wanted_at(path);
    if (!is_ticket && !wanted) {
        return problem(404, "there is nothing here; begin at /");
    }
    const std::optional<Role> role = bearer(request);
    if (!role) {
        Response response = problem(
            401, "send Authorization: Bearer TOKEN, with a token of the file that the log names");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    if (is_ticket) {
        if (request.method != "POST") return not_allowed("POST");
        return ticket(*role, now, secret);
    }
    if (!is_reading(request)) return not_allowed("GET, HEAD");
    return *wanted;
}

Response Answers::ticket(Role role, TimePoint now, const Secret& secret)
{
    const auto text = tickets_.issue(role, now, secret);
    if (!text) return problem(503, "too many tickets are out; try again in half a minute");
    JsonText out;
    out.begin_object().key("ticket").text(std::string(ticket_prefix) + *text);
    out.key("role").text(word_of(role)).key("expires_ms");
    out.number(milliseconds(ticket_time_max).count());
    return text_answer(json_type, out.end_object().take() + "\n");
}

Answers::Answer Answers::live(const Request& request, TimePoint now)
{
    if (!request.is_upgrade || request.method != "GET") {
        Response response = problem(426, "this is a WebSocket; see docs/monitor.md");
        response.headers.emplace_back("Upgrade", "websocket");
        return response;
    }
    const std::vector<std::string_view> protocols = listed(request.protocols);
    const bool offered = !protocols.empty() && protocols.front() == protocol_name;
    // A page has a ticket, for browsers let it set no other header. A program has no origin, and
    // a page can't leave out its own.
    if (offered && protocols.size() == 2 && protocols[1].starts_with(ticket_prefix)) {
        const auto role = tickets_.take(protocols[1].substr(ticket_prefix.size()), now);
        if (role) return Upgrade{*role, std::string(protocol_name)};
    } else if (!request.origin) {
        if (const auto role = bearer(request)) {
            return Upgrade{*role, offered ? std::string(protocol_name) : std::string()};
        }
    }
    return problem(401, "no ticket, or one that is used or older than 30 s; get another");
}

Response Answers::wanted_answer(Wanted wanted, const Request& request, State& state) const
{
    switch (wanted) {
        case Wanted::state:
            return state_answer(request, state);
        case Wanted::metrics:
            return text_answer(metrics_type, state.metrics(metrics_queues_max));
        case Wanted::metrics_per_object:
            return text_answer(metrics_type, state.metrics(SIZE_MAX));
    }
    return problem(404, "");
}

Response Answers::state_answer(const Request& request, State& state) const
{
    const std::string_view target = request.target;
    const std::size_t mark = std::min(target.find('?'), target.size());
    const Query query = query_of(target.substr(std::min(mark + 1, target.size())));
    if (!query.wrong.empty()) return problem(400, query.wrong);
    std::vector<ViewSpec> specs;
    if (query.given) {
        ViewSpec spec;
        spec.limit = rows_max;
        if (const auto wrong = apply(query.view, spec)) return problem(400, *wrong);
        specs.push_back(spec);
    } else {
        for (const Kind kind : {Kind::queues, Kind::pipes, Kind::connections, Kind::waits}) {
            ViewSpec& spec = specs.emplace_back();
            spec.kind = kind;
            spec.limit = rows_max;
        }
    }
    return text_answer(json_type, state.snapshot(specs));
}

}  // namespace penstock::bridge
