#include "client/cli/figures.hpp"
#include "client/cli/json.hpp"
#include "client/cli/queues.hpp"
#include "client/cli/streams.hpp"

#include <limits>

namespace penstock::cli {

namespace {

constexpr VerbHelp create_help{
    "create",
    "Create a queue.",
    "  penstock create jobs                     without a bound\n"
    "  penstock create jobs --maxsize 100       put waits while 100 items are ready\n"
    "  penstock create jobs --order priority    the smallest priority comes out first\n"
    "  penstock create jobs --if-missing        no error if it is there",
    "put and get create what is missing, a fifo without a bound: create is for those\n"
    "that need another. A queue stays until `penstock rm` or the broker's end. Names\n"
    "have 1 to 200 characters out of A-Z a-z 0-9 . _ : / -"};

Order order_called(const std::string& name)
{
    if (name == "fifo") return Order::fifo;
    if (name == "lifo") return Order::lifo;
    if (name == "priority") return Order::priority;
    throw Failure(ExitCode::usage, "--order '" + name + "' is not one of fifo, lifo, priority");
}

constexpr VerbHelp remove_help{
    "rm",
    "Remove a queue and the items in it.",
    "  penstock rm jobs                         asks first\n"
    "  penstock rm jobs --dry-run               says what would go\n"
    "  penstock rm jobs --yes                   for scripts",
    "Calls that wait in the queue end with an error. There is no way back."};

constexpr VerbHelp purge_help{
    "purge",
    "Drop the items that are ready, and keep the queue.",
    "  penstock purge jobs                      asks first\n"
    "  penstock purge jobs --dry-run            says what would go\n"
    "  penstock purge jobs --yes                for scripts",
    "Items that were handed out and are not acknowledged yet stay: they are\n"
    "somebody's work. Those that wait for room put theirs now. There is no way back."};

}  // namespace

Create::Create(CLI::App& app, Globals& globals) : Verb(app, globals, create_help)
{
    argument("NAME", queue_name_, "its name");
    option("--maxsize",
           maxsize_,
           std::numeric_limits<std::int64_t>::min(),
           "how many items may be ready at once; 0 or less, as in\nPython: no bound");
    option("--order",
           order_name_,
           "fifo|lifo|priority",
           "which item comes out first: the oldest (the default),\n"
           "the youngest, or the one with the smallest --priority");
    flag("--until-task-done",
         until_task_done_,
         "an item is done with task_done, and comes again if its\ngetter goes away before");
    flag("--ends-with-producers",
         ends_with_producers_,
         "when the last producer has gone, getters get what is\nleft, and then the end");
    flag("--if-missing", if_missing_, "a queue that is there is fine, if what is given agrees");
}

ExitCode Create::run()
{
    QueueOptions options;
    if (order_name_) options.order = order_called(*order_name_);
    options.maxsize = maxsize_;
    if (until_task_done_) options.until_task_done = true;
    if (ends_with_producers_) options.ends_with_producers = true;
    options.open = if_missing_ ? Open::or_create : Open::fresh;
    Client client = connect(globals().timeout);
    (void)client.queue<Bytes>(queue_name_, options);  // it outlives the handle
    if (!globals().json) return ExitCode::done;
    auto document = json_document();
    document["name"] = queue_name_;
    const QueueStat stat = client.admin().stat(queue_name_);
    document["kind"] = stat.kind;
    document["maxsize"] = stat.maxsize;
    write_json(document);
    return ExitCode::done;
}

Destroy::Destroy(CLI::App& app, Globals& globals, Kind kind)
    : Verb(app, globals, kind == Kind::purge ? purge_help : remove_help), kind_(kind)
{
    argument("NAME", queue_name_, "its name");
    flag("--yes", yes_, "don't ask");
    flag("--dry-run", dry_run_, "only say what would go");
}

std::string Destroy::verb() const
{
    return kind_ == Kind::purge ? purge_help.name : remove_help.name;
}

std::string Destroy::what(std::uint64_t items) const
{
    const std::string name = "'" + queue_name_ + "'";
    return kind_ == Kind::purge ? items_text(items) + " of " + name
                                : name + " with " + items_text(items);
}

bool Destroy::agreed(std::uint64_t items) const
{
    const bool purge = kind_ == Kind::purge;
    return ask(purge ? "drops " + what(items) + "; go on?" : "remove queue " + what(items) + "?");
}

void Destroy::report(std::uint64_t items, bool done) const
{
    const bool purge = kind_ == Kind::purge;
    if (globals().json) {
        auto document = json_document();
        document["name"] = queue_name_;
        document["items"] = items;
        document[purge ? "purged" : "removed"] = done;
        write_json(document);
    } else if (!done) {
        write_out((purge ? "would drop " : "would remove ") + what(items) + "\n");
    } else {
        note((purge ? "dropped " : "removed ") + what(items));
    }
}

ExitCode Destroy::run()
{
    if (!yes_ && !dry_run_ && !can_ask()) {
        throw Failure(ExitCode::usage,
                      verb() + " cannot ask here; type `penstock " + verb() + " " + queue_name_ +
                          " --yes`, or --dry-run to see what would go");
    }
    Client client = connect(globals().timeout);
    const Admin admin = client.admin();
    if (!yes_ || dry_run_) {
        const QueueStat stat = admin.stat(queue_name_);
        const std::uint64_t items = stat.ready + (kind_ == Kind::purge ? 0 : stat.assigned);
        if (dry_run_) {
            report(items, false);
            return ExitCode::done;
        }
        if (!agreed(items)) {
            note("nothing was " + std::string(kind_ == Kind::purge ? "dropped" : "removed"));
            return ExitCode::negative;
        }
    }
    report(kind_ == Kind::purge ? admin.purge(queue_name_) : admin.remove(queue_name_), true);
    return ExitCode::done;
}

}  // namespace penstock::cli
