#include "client/cli/completion.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace penstock::cli {

namespace {

constexpr std::size_t any_number = 999;

/// How many of a verb's arguments are names of queues; they come first. A pipe's name is never a
/// queue's, and the broker tells nobody which there are.
std::size_t queue_arguments(const VerbOutline& verb)
{
    constexpr std::array<std::string_view, 4> names{"QUEUE", "NAME", "FROM", "TO"};
    std::size_t n = 0;
    if (verb.name == "pipe") return n;
    while (n < verb.arguments.size() && std::count(names.begin(), names.end(), verb.arguments[n])) {
        ++n;
    }
    return n > 0 && verb.repeats ? any_number : n;
}

bool takes_shell(const VerbOutline& verb)
{
    return !verb.arguments.empty() && verb.arguments.front() == "SHELL";
}

/// The words of "raw|json|hex"; none if the placeholder is no choice.
std::string choices(const std::string& placeholder)
{
    if (placeholder.find('|') == std::string::npos) return {};
    std::string words = placeholder;
    std::replace(words.begin(), words.end(), '|', ' ');
    return words;
}

std::string replaced(std::string_view text, char what, std::string_view with)
{
    std::string result;
    for (const char c : text) {
        if (c == what) {
            result += with;
        } else {
            result += c;
        }
    }
    return result;
}

/// In single quotes for bash and zsh.
std::string quoted(std::string_view text)
{
    return "'" + replaced(text, '\'', "'\\''") + "'";
}

std::string joined(const std::vector<std::string>& words, std::string_view separator)
{
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

std::string names_of(const std::vector<OptionOutline>& options)
{
    std::string text;
    for (const OptionOutline& option : options) {
        text += (text.empty() ? "" : " ") + joined(option.names, " ");
    }
    return text;
}

std::string verbs_of(const Outline& outline)
{
    std::string text;
    for (const VerbOutline& verb : outline.verbs) text += verb.name + " ";
    return text + "help";
}

/// Each option with a value, once: they mean the same at all verbs.
std::vector<OptionOutline> options_with_value(const Outline& outline)
{
    std::vector<OptionOutline> result;
    std::set<std::string> seen;
    const auto add = [&](const std::vector<OptionOutline>& options) {
        for (const OptionOutline& option : options) {
            if (option.placeholder.empty() || !seen.insert(option.names.back()).second) continue;
            result.push_back(option);
        }
    };
    add(outline.options);
    for (const VerbOutline& verb : outline.verbs) add(verb.options);
    return result;
}

constexpr std::string_view bash_begin =
    R"(# bash completion for penstock, made by `penstock completion bash`.

_penstock() {
  local line=${COMP_LINE:0:COMP_POINT} current='' word='' verb='' skip='' keep='' stem=''
  local words=() broker=() arguments=0
  # COMP_WORDS is cut at each colon, and addresses and names have some.
  read -ra words <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    current=${words[-1]}
    unset 'words[-1]'
  fi
  for word in "${words[@]:1}"; do
    if [[ -n $skip ]]; then
      [[ -n $keep ]] && broker+=("$word")
      skip='' keep=''
      continue
    fi
    case $word in
      -s | --server | --key-file | --broker-user) broker+=("$word") skip=$word keep=yes ;;
      --server=* | --key-file=* | --broker-user=*) broker+=("$word") ;;
)";

constexpr std::string_view bash_end = R"(      -*) ;;
      *) if [[ -z $verb ]]; then verb=$word; else arguments=$((arguments + 1)); fi ;;
    esac
  done
  if [[ $current == --*=* ]]; then
    skip=${current%%=*} stem=${current%%=*}= current=${current#*=}
  fi
)";

constexpr std::string_view bash_finish =
    R"(  # What stands before the last colon is in an earlier word already.
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before=${current%"${current##*:}"} i
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]#"$before"}; done
  fi
}

complete -F _penstock penstock
)";

std::string bash_value_case(const OptionOutline& option)
{
    std::string text = "      " + joined(option.names, " | ") + ") ";
    if (option.placeholder == "FILE") {
        text += "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
    } else if (option.placeholder == "DIR") {
        text += "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")";
    } else if (option.placeholder == "USER") {
        text += "mapfile -t COMPREPLY < <(compgen -u -- \"$current\")";
    } else {
        text += "mapfile -t COMPREPLY < <(compgen -W '" + choices(option.placeholder) +
                "' -- \"$current\")";
    }
    return text + " ;;\n";
}

/// The script keeps these: __complete asks the same broker.
bool leads_to_broker(const OptionOutline& option)
{
    const std::string& name = option.names.back();
    return name == "--server" || name == "--key-file" || name == "--broker-user";
}

bool has_candidates(const OptionOutline& option)
{
    return option.placeholder == "FILE" || option.placeholder == "DIR" ||
           option.placeholder == "USER" || !choices(option.placeholder).empty();
}

}  // namespace

std::string bash_completion(const Outline& outline)
{
    const std::vector<OptionOutline> valued = options_with_value(outline);
    std::string text(bash_begin);
    for (const OptionOutline& option : valued) {
        if (leads_to_broker(option)) continue;
        text += "      " + joined(option.names, " | ") + ") skip=$word ;;\n";
    }
    text += bash_end;
    text += "  if [[ -n $skip ]]; then\n    case $skip in\n";
    for (const OptionOutline& option : valued) {
        if (has_candidates(option)) text += bash_value_case(option);
    }
    // Bash has cut the word at the '=', too, unless somebody told it not to.
    text +=
        "    esac\n"
        "    [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=(\"${COMPREPLY[@]/#/$stem}\")\n"
        "    return\n  fi\n  local options='' candidates='' most=1\n  case $verb in\n";
    text += "    '') options=" + quoted(names_of(outline.options)) +
            " candidates=" + quoted(verbs_of(outline)) + " ;;\n";
    text += "    help) candidates=" + quoted(verbs_of(outline)) + " ;;\n";
    for (const VerbOutline& verb : outline.verbs) {
        text += "    " + verb.name + ") options=" + quoted(names_of(verb.options));
        const std::size_t queues = queue_arguments(verb);
        if (queues > 0) text += " candidates=queues";
        if (queues > 1) text += " most=" + std::to_string(queues);
        if (takes_shell(verb)) text += " candidates='bash zsh fish'";
        text += " ;;\n";
    }
    text +=
        "  esac\n"
        "  [[ $arguments -lt $most ]] || candidates=''\n"
        "  [[ $current != -* ]] || candidates=$options\n"
        "  if [[ $candidates == queues ]]; then\n"
        "    candidates=$(\"${words[0]}\" \"${broker[@]}\" __complete 2>/dev/null)\n"
        "  fi\n"
        "  mapfile -t COMPREPLY < <(compgen -W \"$candidates\" -- \"$current\")\n";
    return text.append(bash_finish);
}

namespace {

/// "(-q --quiet)"{-q,--quiet}"[no notes]" for zsh's _arguments.
std::string zsh_option(const OptionOutline& option)
{
    std::string help = replaced(option.help, '[', "(");
    help = replaced(replaced(help, ']', ")"), ':', " -");
    std::string tail = "[" + help + "]";
    if (!option.placeholder.empty()) {
        tail += ":" + replaced(option.placeholder, ':', "") + ":";
        if (option.placeholder == "FILE") tail += "_files";
        if (option.placeholder == "DIR") tail += "_files -/";
        if (option.placeholder == "USER") tail += "_users";
        if (!choices(option.placeholder).empty()) tail += "(" + choices(option.placeholder) + ")";
    }
    // The value may also stand behind a '='.
    const std::string equals = option.placeholder.empty() ? "" : "=";
    if (option.names.size() == 1) return quoted(option.names.front() + equals + tail);
    return quoted("(" + joined(option.names, " ") + ")") + "{" + joined(option.names, ",") +
           equals + "}" + quoted(tail);
}

std::string zsh_options(const std::vector<OptionOutline>& options, std::string_view indent)
{
    std::string text;
    for (const OptionOutline& option : options) {
        text += std::string(indent) + zsh_option(option) + " \\\n";
    }
    return text;
}

std::string zsh_argument(const VerbOutline& verb)
{
    const std::size_t queues = queue_arguments(verb);
    if (queues == any_number) return "'*:queue:_penstock_queues'";
    if (queues > 1) return "'1:queue:_penstock_queues' '2:queue:_penstock_queues'";
    if (queues > 0) return "'1:queue:_penstock_queues'";
    if (takes_shell(verb)) return "'1:shell:(bash zsh fish)'";
    return "'*:: :'";
}

std::string fish_quoted(std::string_view text)
{
    return "'" + replaced(replaced(text, '\\', "\\\\"), '\'', "\\'") + "'";
}

std::string fish_option(const OptionOutline& option)
{
    std::string text;
    for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.placeholder == "FILE") {
        text += " -r -F";
    } else if (option.placeholder == "DIR") {
        text += " -x -a '(__fish_complete_directories)'";
    } else if (option.placeholder == "USER") {
        text += " -x -a '(__fish_complete_users)'";
    } else if (!option.placeholder.empty()) {
        text += " -x";
        if (!choices(option.placeholder).empty()) {
            text += " -a " + fish_quoted(choices(option.placeholder));
        }
    }
    return text + " -d " + fish_quoted(option.help);
}

}  // namespace

std::string zsh_completion(const Outline& outline)
{
    std::string text =
        "#compdef penstock\n"
        "# zsh completion for penstock, made by `penstock completion zsh`.\n\n"
        "_penstock_queues() {\n"
        "  local -a names\n"
        "  names=(${(f)\"$(_call_program queues penstock __complete 2>/dev/null)\"})\n"
        "  compadd -a names\n"
        "}\n\n"
        "_penstock() {\n"
        "  local curcontext=\"$curcontext\" state\n"
        "  local -a line verbs\n"
        "  verbs=(\n";
    for (const VerbOutline& verb : outline.verbs) {
        text += "    " + quoted(verb.name + ":" + replaced(verb.purpose, ':', " -")) + "\n";
    }
    text += "    'help:Show the help of a verb.'\n  )\n  _arguments -C \\\n";
    text += zsh_options(outline.options, "    ");
    text +=
        "    '1:verb:->verb' \\\n    '*::argument:->arguments'\n"
        "  case $state in\n"
        "    verb) _describe verb verbs ;;\n"
        "    arguments)\n"
        "      case ${words[1]} in\n"
        "        help) _describe verb verbs ;;\n";
    for (const VerbOutline& verb : outline.verbs) {
        text += "        " + verb.name + ")\n          _arguments \\\n";
        text += zsh_options(verb.options, "            ");
        text += "            " + zsh_argument(verb) + "\n          ;;\n";
    }
    text +=
        "      esac\n      ;;\n  esac\n}\n\n"
        "if [[ ${funcstack[1]} == _penstock ]]; then\n"
        "  _penstock \"$@\"\n"
        "else\n"
        "  compdef _penstock penstock\n"
        "fi\n";
    return text;
}

std::string fish_completion(const Outline& outline)
{
    const std::string complete = "complete -c penstock";
    std::string text = "# fish completion for penstock, made by `penstock completion fish`.\n\n" +
                       complete + " -f\n";
    const std::string no_verb = " -n __fish_use_subcommand";
    for (const OptionOutline& option : outline.options) {
        text += complete + no_verb + fish_option(option) + "\n";
    }
    std::string with_queue;
    for (const VerbOutline& verb : outline.verbs) {
        if (queue_arguments(verb) > 0) with_queue += " " + verb.name;
        const std::string seen = " -n " + fish_quoted("__fish_seen_subcommand_from " + verb.name);
        text += "\n" + complete + no_verb + " -a " + verb.name + " -d " +
                fish_quoted(verb.purpose) + "\n";
        for (const OptionOutline& option : verb.options) {
            text += complete + seen + fish_option(option) + "\n";
        }
        if (takes_shell(verb)) text += complete + seen + " -a 'bash zsh fish'\n";
    }
    text += "\n" + complete + no_verb + " -a help -d 'Show the help of a verb.'\n";
    text += complete + " -n '__fish_seen_subcommand_from help' -a " +
            fish_quoted(verbs_of(outline)) + "\n";
    text += complete + " -n " + fish_quoted("__fish_seen_subcommand_from" + with_queue) +
            " -a '(penstock __complete 2>/dev/null)'\n";
    return text;
}

}  // namespace penstock::cli
