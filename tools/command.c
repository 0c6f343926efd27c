/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include "show.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const option_spec check_options[] = {OPTION_TYPES, OPTION_JSON, OPTION_END};
static const option_spec plan_options[] = {
    OPTION_PLAYBOOK, OPTION_TYPES,
    OPTION_JSON,     {0, "stats", NULL, "in place of the plans: for each rule, how many alerts, steps, refused steps"},
    OPTION_STRICT,   OPTION_END,
};
static const option_spec explain_options[] = {
    OPTION_PLAYBOOK, {0, "rule", "RULE", "only this rule; may be given several times"}, OPTION_TYPES, OPTION_JSON, OPTION_STRICT,
    OPTION_END,
};
static const option_spec diff_options[] = {
    OPTION_PLAYBOOK, {0, "with", "FILE", "a file of the other playbook; may be given several times"},
    OPTION_TYPES,    OPTION_JSON,
    OPTION_STRICT,   OPTION_END,
};
static const option_spec filter_options[] = {
    {0, "count", NULL, "print only how many alerts match"},
    {'v', "invert", NULL, "print the alerts that do not match"},
    OPTION_STRICT,
    OPTION_END,
};
static const option_spec render_options[] = {
    {0, "falco", NULL, "the template is in Falco's output format (%proc.name)"},
    {0, "talon", NULL, "the template has Talon's variables (${PROC_NAME})"},
    {0, "sink", "SINK", "escape as for: text, json, url, header, form, argv, k8s-name, k8s-label, slack, html, markdown, raw"},
    {0, "raw", NULL, "newlines as they are; default is \\n"},
    OPTION_STRICT,
    OPTION_END,
};
static const option_spec test_options[] = {
    OPTION_TYPES,
    {0, "coverage", NULL, "name the rules and actions that no test reaches"},
    {0, "junit", "FILE", "write the results there as JUnit's XML"},
    {'v', "verbose", NULL, "name the tests that passed too"},
    OPTION_END,
};
static const option_spec run_options[] = {
    OPTION_PLAYBOOK,
    {'c', "config", "FILE", "a configuration file; the same as -p"},
    OPTION_TYPES,
    {'d', "data", "DIR", "the data directory: what is accepted survives this process; default is the configuration's data_dir"},
    OPTION_JSON,
    {0, "dry-run", NULL, "plan, and report what would run; nothing is sent"},
    {0, "as-of", "now|alert", "how old an alert is: by the clock, or not at all (recorded alerts); default now"},
    {0, "timeout", "DURATION", "of one attempt of an action, as 10s or 500ms; default 10s"},
    OPTION_STRICT,
    OPTION_END,
};
static const option_spec send_options[] = {
    {0, "rate", "RATE", "alerts a second, as 10 or 10/s; a minute, as 600/m; default is as fast as they are answered"},
    {0, "header", "HEADER", "a header, as 'NAME: VALUE'; @FILE: those in the lines of a file; may be given several times"},
    {0, "ca-file", "FILE", "the certificates that may have signed the server's, in place of the system's"},
    {0, "client-cert", "FILE", "the certificate by which this side shows who it is"},
    {0, "client-key", "FILE", "its key"},
    OPTION_JSON,
    OPTION_STRICT,
    OPTION_END,
};
static const option_spec journal_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {0, "status", "STATUS", "list: only actions with this status"},
    {0, "rule", "RULE", "list: only actions of this rule"},
    {0, "head", "HASH", "verify: a head of an earlier verify, which the chain must still hold"},
    {0, "who", "NAME", "replay, discard: who asks; default is this user"},
    {0, "why", "TEXT", "replay, discard: the reason, for the audit"},
    {0, "wait", "SECONDS", "replay, discard: wait so long for the engine's answer; default 10"},
    OPTION_END,
};
static const option_spec approvals_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {0, "all", NULL, "those that are decided too"},
    OPTION_END,
};
static const option_spec operate_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {0, "who", "NAME", "who asks; default is this user"},
    {0, "why", "TEXT", "the reason, for the audit"},
    {0, "wait", "SECONDS", "wait so long for the engine's answer; default 10"},
    OPTION_END,
};
static const option_spec report_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {0, "html", "FILE", "write one HTML page with charts there, in place of the text; - is stdout"},
    {0, "since", "TIME", "only actions since then: 2026-07-14T09:00:00Z, or how long ago as 24h"},
    {0, "until", "TIME", "only actions before then"},
    OPTION_END,
};
static const option_spec reference_options[] = {OPTION_TYPES, OPTION_JSON, OPTION_END};
static const option_spec fields_options[] = {OPTION_JSON, OPTION_END};
static const option_spec no_options[] = {OPTION_JSON, OPTION_END};
static const option_spec completion_options[] = {OPTION_TYPES, OPTION_END};

#define OPERATE                                                                                                                    \
    "The engine of the data directory takes it up at its next poll; when none runs, the next one begins with it. An id may be "    \
    "given by its first characters."

const subcommand subcommands[] = {
    {"check", "FILE...", "load playbooks and report every error and warning",
     "Loads the files as run would and reports all diagnostics at once, each with its stable code, the source line and a hint.",
     check_options, run_check},
    {"test", "FILE...", "run the test items of playbooks",
     "Plans the alerts of every test item and compares with what it expects. Nothing is sent. The last line is \"N passed, N "
     "failed\".",
     test_options, run_test},
    {"plan", "[EVENTS]", "show what would be done for each alert",
     "A dry run: every rule, step and parameter, rendered, for each alert that some rule matches. No clock, no network, no secret.",
     plan_options, run_plan},
    {"explain", "[EVENTS]", "show why each rule matches an alert or does not",
     "For each alert and rule the tree of the condition: what each part says (+ true, - false, ? undecided), and the values that "
     "it "
     "looks at. Parts that a run would not reach are decided too. Rules that an earlier one with continue: false hides, and those "
     "that are switched off, are named.",
     explain_options, run_explain},
    {"diff", "[EVENTS]", "show what another playbook would do differently",
     "Plans the same alerts with two playbooks, -p and --with, and shows for each alert the rules and steps that come, go or "
     "change, "
     "and which parameter from what to what. The summary counts for each rule. Exits with 1 when they differ. What no alert of the "
     "input reaches is not compared.",
     diff_options, run_diff},
    {"filter", "CONDITION [EVENTS]", "print the alerts that match a condition, unchanged",
     "Grep for alerts. The condition is Falco's language; the alert's own properties (rule, priority, source, ...) can be used as "
     "words: priority >= Warning and proc.name in (bash, sh). Exits with 1 when nothing matched.",
     filter_options, run_filter},
    {"render", "TEMPLATE [EVENTS]", "print one line for each alert from a template",
     "The template is as in playbooks, {{rule}} on {{hostname}}; with --falco it is in Falco's output format.", render_options,
     run_render},
    {"run", "[EVENTS]", "plan and act",
     "Reads alerts from a pipe (Falco's program_output) or a file, acts on them, and ends when the input has ended and every "
     "action "
     "is done or waits for a person. With a data directory it goes on first with what that still holds. Outcomes are printed as "
     "they "
     "come.",
     run_options, run_run},
    {"send", "URL [EVENTS]", "post alerts to a responder, to try things out",
     "Posts each alert as it stands in the input, one after the other, and prints the status of each answer. Who answers something "
     "other than 2xx has refused it, which makes the exit code 1; who cannot be reached ends the run. Nothing is sent again, no "
     "redirect is followed, no proxy of the environment used. A user and a password may stand in the URL, as in Falco's.",
     send_options, run_send},
    {"journal", "list|show ID|verify|export|replay ID|discard ID", "what a data directory holds: actions, records, the audit",
     "list: the actions and what became of them. show: all records about an alert or an action. verify: computes the audit chain "
     "anew "
     "and names the first record that is not as it was written. export: all records as NDJSON, which can be checked without "
     "falcoir. "
     "replay and discard: what becomes of a dead letter. All but the last two only read, also beside a running engine.",
     journal_options, run_journal},
    {"approvals", "", "the actions that wait for a person", "", approvals_options, run_approvals},
    {"approve", "ID", "let an action go that waits for a person", OPERATE, operate_options, run_approve},
    {"reject", "ID", "refuse an action that waits for a person", OPERATE, operate_options, run_reject},
    {"pause", "", "stop everything that changes something; notifications go on", OPERATE, operate_options, run_pause},
    {"resume", "", "end a pause", OPERATE, operate_options, run_resume},
    {"undo", "ID", "undo an action before its time", OPERATE, operate_options, run_undo},
    {"feedback", "ID tp|fp", "say whether the alert behind an action was right or a false alarm", OPERATE, operate_options,
     run_feedback},
    {"report", "", "how fast and how well alerts were answered, and what false alarms have in common",
     "Reads a data directory, also beside a running engine. For each rule: its actions, how they ended, how often people called "
     "its "
     "alerts false, and the fields that tell those from the others, with the exception that would leave them out.",
     report_options, run_report},
    {"fields", "[NAME]", "the fields of Falco's alerts, with their types", "", fields_options, run_fields},
    {"actions", "[TYPE]", "the action types and their parameters", "", reference_options, run_actions},
    {"completion", "bash|zsh|fish", "print the shell's completion of this command",
     "For bash, in ~/.bashrc: source <(falcoir completion bash). For zsh: falcoir completion zsh > _falcoir, in a folder of "
     "$fpath. "
     "For fish: falcoir completion fish > ~/.config/fish/completions/falcoir.fish.",
     completion_options, run_completion},
    {"version", "", "the version, and what it was built with", "", no_options, run_version},
};
const size_t n_subcommands = sizeof subcommands / sizeof subcommands[0];

bool given(const arguments *a, const char *name)
{
    for (size_t i = 0; i < a->n_options; i++) {
        if (strcmp(a->options[i].spec->name, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *value_of(const arguments *a, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < a->n_options; i++) {
        if (strcmp(a->options[i].spec->name, name) == 0) {
            value = a->options[i].value;
        }
    }
    return value;
}

__attribute__((format(printf, 2, 0))) static void complain(const arguments *a, const char *format, va_list args)
{
    char text[1024]; /* it may quote an alert */
    fflush(stdout);
    vsnprintf(text, sizeof text, format, args);
    fprintf(stderr, "%s: ", a->program);
    put_text(stderr, text);
    fputc('\n', stderr);
}

int usage_error(const arguments *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(a, format, args);
    va_end(args);
    fprintf(stderr, "Try '%s --help'.\n", a->program);
    return EXIT_USAGE;
}

int impossible(const arguments *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(a, format, args);
    va_end(args);
    return EXIT_IMPOSSIBLE;
}

bool output_fails(void)
{
    static _Atomic int reason; /* of the first failure, whichever thread met it */
    int none = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return false;
    }
    (void)atomic_compare_exchange_strong(&reason, &none, errno);
    errno = reason;
    return true;
}

int finish(const arguments *a, int exit_code)
{
    return output_fails() ? impossible(a, "the output could not be written: %s", strerror(errno)) : exit_code;
}
