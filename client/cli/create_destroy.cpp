#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"

namespace penstock::cli {

namespace {

constexpr VerbHelp create_help{
    "create",
    "Create a queue.",
    "  penstock create jobs                     without a bound\n"
    "  penstock create jobs --maxsize 100       put waits while 100 items are ready\n"
    "  penstock create jobs --if-missing        no error if it is there",
    "put and get create what is missing, without a bound: create is for those that need one.\n"
    "A queue stays until `penstock rm` or the broker's end. Names have 1 to 200 characters out of\n"
    "A-Z a-z 0-9 . _ : / -"};

constexpr VerbHelp remove_help{
    "rm",
    "Remove a queue and the items in it.",
    "  penstock rm jobs                         asks first\n"
    "  penstock rm jobs --dry-run               says what would go\n"
    "  penstock rm jobs --yes                   for scripts",
    "Calls that wait in the queue end with an error. There is no way back."};

std::string items_text(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " item" : " items");
}

}  // namespace

Create::Create(CLI::App& app, Globals& globals) : Verb(app, globals, create_help)
{
    command().add_option("NAME", queue_name_, "its name")->required()->option_text(" ");
    command()
        .add_option("--maxsize", maxsize_, "how many items may be ready at once; 0: no bound")
        ->option_text("N");
    command().add_flag(
        "--if-missing", if_missing_, "a queue that is there is fine, if --maxsize agrees");
}

ExitCode Create::run()
{
    QueueOptions options;
    options.maxsize = maxsize_;
    options.open = if_missing_ ? Open::or_create : Open::fresh;
    Client client = connect(globals().timeout);
    (void)client.queue<Bytes>(queue_name_, options);  // it outlives the handle
    if (!globals().json) return ExitCode::done;
    auto document = json_document();
    document["name"] = queue_name_;
    document["maxsize"] = client.admin().stat(queue_name_).maxsize;
    write_json(document);
    return ExitCode::done;
}

Remove::Remove(CLI::App& app, Globals& globals) : Verb(app, globals, remove_help)
{
    command().add_option("NAME", queue_name_, "its name")->required()->option_text(" ");
    command().add_flag("--yes", yes_, "don't ask");
    command().add_flag("--dry-run", dry_run_, "only say what would go");
}

void Remove::report(std::uint64_t items, bool removed) const
{
    if (globals().json) {
        auto document = json_document();
        document["name"] = queue_name_;
        document["items"] = items;
        document["removed"] = removed;
        write_json(document);
    } else if (!removed) {
        write_out("would remove '" + queue_name_ + "' with " + items_text(items) + "\n");
    } else {
        note("removed '" + queue_name_ + "' with " + items_text(items));
    }
}

ExitCode Remove::run()
{
    const bool must_ask = !yes_ && !dry_run_;
    if (must_ask && !can_ask()) {
        throw Failure(ExitCode::usage,
                      "rm needs --yes where it cannot ask; --dry-run says what would go");
    }
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    if (!yes_ || dry_run_) {
        const QueueStat stat = admin.stat(queue_name_);
        const std::uint64_t items = stat.ready + stat.assigned;
        if (dry_run_) {
            report(items, false);
            return ExitCode::done;
        }
        if (!ask("remove queue '" + queue_name_ + "' with " + items_text(items) + "?")) {
            note("nothing was removed");
            return ExitCode::negative;
        }
    }
    report(admin.remove(queue_name_), true);
    return ExitCode::done;
}

}  // namespace penstock::cli
