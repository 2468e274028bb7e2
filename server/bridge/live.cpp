#include "server/bridge/live.hpp"

#include "server/bridge/json_text.hpp"

#include <algorithm>
#include <utility>

namespace penstock::bridge {

namespace {

constexpr milliseconds retry_soon{1000};
constexpr milliseconds retry_later{5000};

}  // namespace

bool Live::may_speak(TimePoint now)
{
    if (counted_ == TimePoint()) counted_ = now;
    const double passed = std::chrono::duration<double>(now - counted_).count();
    counted_ = now;
    allowance_ =
        std::min<double>(messages_per_second_max, allowance_ + passed * messages_per_second_max);
    if (allowance_ < 1) return false;
    allowance_ -= 1;
    return true;
}

void Live::receive(std::string_view text, TimePoint now)
{
    if (bye_ || closing_) return;
    if (!may_speak(now)) {
        return end(CloseCode::policy, "more than 20 messages a second", retry_later);
    }
    if (text.size() > message_size_max) {
        return end(CloseCode::bad_message, "a message of more than 4 KiB", retry_later);
    }
    const Message message = parse_message(text);
    const bool is_hello = std::holds_alternative<Hello>(message);
    const bool is_bad = std::holds_alternative<BadMessage>(message);
    if (!is_bad && is_hello == greeted_) {
        return end(CloseCode::bad_message,
                   greeted_ ? "a second hello" : "a message before hello",
                   retry_later);
    }
    std::visit([&](const auto& each) { take(each); }, message);
}

void Live::take(const Hello& hello)
{
    if (hello.protocol != live_protocol) {
        return end(CloseCode::bad_protocol, "this is version 1 of the protocol", retry_later);
    }
    tick_ = hello.tick.value_or(tick_default);
    for (const ViewChange& view : hello.views) {
        if (!change_view(view)) return;
    }
    greeted_ = true;
    urgent_ = true;
    welcome();
    resume(hello);
}

void Live::welcome()
{
    const Mirror& mirror = state_.mirror();
    JsonText out;
    out.begin_object().key("t").text("welcome").key("proto").number(live_protocol);
    out.key("boot").text(mirror.boot()).key("ver").number(mirror.version());
    out.key("role").text(word_of(role_)).key("tick_ms").number(tick_.count());
    out.key("server").begin_object().raw(server_);
    out.key("broker").text(mirror.broker().version).key("start").number(mirror.start_ms());
    out.end_object().key("limits").begin_object().key("rows").number(rows_max);
    out.key("msg").number(frame_size_max).key("views").number(views_max);
    queue_text(out.end_object().end_object().take());
}

void Live::resume(const Hello& hello)
{
    boot_ = state_.mirror().boot();
    if (hello.boot.empty()) return;
    const Resume how = state_.mirror().resume(hello.boot, hello.since);
    if (how != Resume::delta) {
        const std::string why = how == Resume::boot ? "boot" : "horizon";
        queue_text("{\"t\":\"gone\",\"why\":\"" + why + "\"}");
        return;
    }
    has_ = hello.since;
    wants_history_ = false;  // it has what came before, and missed little
    for (auto& [id, view] : views_) view.page = state_.views().page_at(view.spec, hello.since);
}

bool Live::change_view(const ViewChange& change)
{
    if (change.close) {
        views_.erase(change.id);
        return true;
    }
    const bool is_new = !views_.contains(change.id);
    if (is_new && views_.size() >= views_max) {
        end(CloseCode::bad_message,
            "more than " + std::to_string(views_max) + " views; close one first",
            retry_later);
        return false;
    }
    View& view = views_[change.id];
    if (const auto wrong = apply(change, view.spec)) {
        end(CloseCode::bad_message, "view: " + *wrong, retry_later);
        return false;
    }
    view.page.reset();
    return true;
}

void Live::take(const ViewChange& change)
{
    urgent_ = change_view(change) || urgent_;
}

void Live::take(const Acknowledgement& acknowledgement)
{
    if (acknowledgement.version > has_) {
        return end(CloseCode::bad_message, "ack: of a version that was never sent", retry_later);
    }
    if (acknowledgement.version == has_) unacknowledged_.reset();
}

void Live::take(const Pace& pace)
{
    tick_ = pace.tick;
}

void Live::take(const Command& command)
{
    if (auto reply = refused(command, role_, state_.mirror())) {
        return queue_text(text_of(*reply, state_.mirror().version()));
    }
    if (!state_.away().empty()) {
        return queue_text(
            text_of(refusal(command, "away", state_.away()), state_.mirror().version()));
    }
    if (under_way_ >= commands_under_way_max) {
        return queue_text(
            text_of(refusal(command, "busy", "16 commands are under way; wait for their answers"),
                    state_.mirror().version()));
    }
    ++under_way_;
    commands_.push_back(command);
}

void Live::reply(const Reply& reply)
{
    --under_way_;
    queue_text(text_of(reply, state_.mirror().version()));
}

void Live::take(const Ping& ping)
{
    pong_ = ping.count;
}

void Live::take(const BadMessage& message)
{
    end(CloseCode::bad_message, message.why, retry_later);
}

void Live::queue_text(std::string text)
{
    if (texts_.size() >= replies_waiting_max) {
        return end(CloseCode::slow, "answers pile up that are not read", retry_later);
    }
    texts_.push_back(std::move(text));
}

void Live::end(CloseCode code, std::string why, milliseconds retry)
{
    if (!bye_ && !closing_) bye_ = Bye{code, std::move(why), retry};
}

bool Live::slow(TimePoint now) const
{
    return unacknowledged_ && *unacknowledged_ + acknowledge_time_max <= now;
}

Frame Live::next(TimePoint now)
{
    if (closing_) return {};
    if (slow(now)) end(CloseCode::slow, "nothing was acknowledged for 30 s", retry_later);
    if (!greeted_ && began_ + hello_time_max <= now) {
        end(CloseCode::bad_message, "no hello within 5 s", retry_soon);
    }
    if (bye_) {
        closing_ = std::exchange(bye_, std::nullopt);
        JsonText out;
        out.begin_object().key("t").text("bye").key("code");
        out.number(static_cast<int>(closing_->code)).key("why").text(closing_->why);
        out.key("retry_ms").number(closing_->retry.count()).end_object();
        return frame_of(out.take());
    }
    spoke_ = now;
    if (!texts_.empty()) {
        Frame frame = frame_of(std::move(texts_.front()));
        texts_.pop_front();
        return frame;
    }
    if (pong_)
        return frame_of("{\"t\":\"pong\",\"c\":" + std::to_string(*std::exchange(pong_, {})) + "}");
    return greeted_ ? state_frame(now) : Frame();
}

bool Live::state_is_due(TimePoint now) const
{
    // Rows that nobody has asked for lately are old: those who come first wait for fresh ones.
    if (unacknowledged_ || !state_.mirror().rows_are_current()) return false;
    return urgent_ || sent_state_ + tick_ <= now;
}

milliseconds Live::heartbeat() const
{
    return std::clamp(tick_, heartbeat_min, heartbeat_max);
}

Frame Live::state_frame(TimePoint now)
{
    const Mirror& mirror = state_.mirror();
    if (state_is_due(now)) {
        const bool is_other = boot_ != mirror.boot();
        if (is_other && has_ != 0) {
            boot_ = mirror.boot();
            has_ = 0;
            for (auto& [id, view] : views_) view.page.reset();
            urgent_ = true;
            return frame_of("{\"t\":\"gone\",\"why\":\"boot\"}");
        }
        boot_ = mirror.boot();
        const bool is_newer = mirror.version() > has_ || urgent_;
        Frame frame;
        if (is_newer) frame = has_ == 0 ? snapshot() : delta();
        if (!frame.empty()) {
            urgent_ = false;
            sent_state_ = now;
            unacknowledged_ = now;
            return frame;
        }
        urgent_ = false;
    }
    if (wants_history_ && has_ != 0) {
        wants_history_ = false;
        Frame frame;
        frame.pieces.push_back(state_.history());
        return frame;
    }
    const bool told = away_told_ == state_.away_changes();
    if (told && std::max(sent_state_, heartbeat_at_) + heartbeat() > now) return {};
    heartbeat_at_ = now;
    return frame_of(heartbeat_text());
}

std::string Live::heartbeat_text()
{
    away_told_ = state_.away_changes();
    JsonText out;
    out.begin_object().key("t").text("tick").key("ver").number(has_);
    out.key("now").number(state_.mirror().now_ms());
    if (!state_.away().empty()) out.key("away").text(state_.away());
    return out.end_object().take();
}

Frame Live::snapshot()
{
    Frame frame = frame_of("{\"t\":\"snap\",\"boot\":\"" + boot_ + "\",");
    frame.pieces.push_back(state_.whole_head());
    std::string between = ",\"views\":{";
    for (auto& [id, view] : views_) {
        JsonText key;
        frame.pieces.push_back(std::make_shared<const std::string>(between + key.key(id).take()));
        frame.pieces.push_back(state_.views().whole(view.spec));
        view.page = state_.views().page(view.spec);
        between = ",";
    }
    frame.pieces.push_back(
        std::make_shared<const std::string>(views_.empty() ? ",\"views\":{}}" : "}}"));
    has_ = state_.mirror().version();
    return frame;
}

/// Empty where nothing has changed that it sees; then it has the version at hand all the same.
Frame Live::delta()
{
    const State::DeltaHead head = state_.delta_head(has_);
    Frame frame = frame_of("{\"t\":\"delta\",");
    frame.pieces.push_back(head.piece);
    bool changed = head.changed;
    std::string between = ",\"views\":{";
    for (auto& [id, view] : views_) {
        const Piece piece = view.page ? state_.views().delta(view.spec, *view.page)
                                      : state_.views().whole(view.spec);
        view.page = state_.views().page(view.spec);
        if (!piece) continue;
        JsonText key;
        frame.pieces.push_back(std::make_shared<const std::string>(between + key.key(id).take()));
        frame.pieces.push_back(piece);
        between = ",";
        changed = true;
    }
    frame.pieces.push_back(std::make_shared<const std::string>(between == "," ? "}}" : "}"));
    has_ = state_.mirror().version();
    return changed ? frame : Frame();
}

TimePoint Live::next_deadline() const
{
    if (!greeted_) return began_ + hello_time_max;
    TimePoint next = std::max(sent_state_, heartbeat_at_) + heartbeat();
    if (unacknowledged_) return std::min(next, *unacknowledged_ + acknowledge_time_max);
    return std::min(next, sent_state_ + tick_);
}

}  // namespace penstock::bridge
