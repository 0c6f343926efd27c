/* SPDX-License-Identifier: Apache-2.0 */
/* The man page, made of the table of subcommands. docs/falcoir.1 is its output; a test compares them. */
#include "command.h"

/* Text in man(7): backslashes and leading dots mean something there, hyphens of options are minus signs. */
static void put(const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '\\') {
            fputs("\\e", stdout);
        } else if (*s == '-') {
            fputs("\\-", stdout);
        } else {
            putchar(*s);
        }
    }
}

static void put_option(const option_spec *o)
{
    printf(".TP\n.B ");
    if (o->letter != 0) {
        printf("\\-%c, ", o->letter);
    }
    printf("\\-\\-");
    put(o->name);
    if (o->value != NULL) {
        printf(" \\fI%s\\fP", o->value);
    }
    putchar('\n');
    put(o->help);
    printf(".\n");
}

static void put_subcommand(const subcommand *s)
{
    printf(".SS ");
    put(s->name);
    printf(" [OPTION]... ");
    put(s->operands);
    printf("\n");
    put(s->summary);
    printf(".\n");
    if (s->details[0] != '\0') {
        printf(".PP\n");
        put(s->details);
        printf("\n");
    }
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        put_option(o);
    }
}

void print_manual(void)
{
    printf(".\\\" Made by 'falcoir manual' from the table of subcommands; do not edit.\n"
           ".TH FALCOIR 1 \"\" \"falcoir %s\" \"User Commands\"\n"
           ".SH NAME\nfalcoir \\- answers Falco alerts by playbook\n"
           ".SH SYNOPSIS\n.B falcoir\n\\fISUBCOMMAND\\fP [\\fIOPTION\\fP]... [\\fIARGUMENT\\fP]...\n"
           ".SH DESCRIPTION\n"
           "Reads the alerts that Falco writes, decides by playbook what to do about each, and does it.\n"
           "Only \\fBrun\\fP, and those that steer an engine (\\fBapprove, reject, pause, resume, undo, feedback, journal replay, "
           "journal "
           "discard\\fP), have an effect on anything but their output; \\fBsend\\fP posts what it reads.\n"
           ".PP\n"
           "Alerts are read from a file or from standard input, one after the other: Falco's JSON, one object a line, "
           "concatenated, in an\n"
           "array or pretty\\-printed; Falco's plain text lines; the envelopes of falcosidekick, SNS, SQS, Pub/Sub and "
           "CloudEvents; any of\n"
           "them gzipped. All are told apart by content. What is no alert is named on standard error with its line, counted, and "
           "changes the\n"
           "exit code only with \\fB\\-\\-strict\\fP.\n"
           ".SH SUBCOMMANDS\n",
           fir_version_string());
    for (size_t i = 0; i < n_subcommands; i++) {
        put_subcommand(&subcommands[i]);
    }
    printf(
        ".SH EXIT STATUS\n"
        ".TP\n.B 0\nFine; warnings too.\n"
        ".TP\n.B 1\nThe answer is no: \\fBcheck\\fP found errors, a test failed, \\fBfilter\\fP matched nothing, \\fBdiff\\fP "
        "found a difference, an action of \\fBrun\\fP failed, \\fBjournal verify\\fP found a changed record.\n"
        ".TP\n.B 2\nWrong use; also a condition, template or playbook that does not compile.\n"
        ".TP\n.B 3\nIt could not be done: a file, a rendering, the journal.\n"
        ".SH SIGNALS\n"
        "At the first SIGINT, SIGTERM or SIGHUP \\fBrun\\fP reads no more, acts on what it has read, and waits as long as one "
        "attempt "
        "may take\n(\\fB\\-\\-timeout\\fP) for what was begun; then it ends by that signal. A second one ends it at once. What is "
        "left "
        "stands in the data\ndirectory, and the next run goes on with it; without one it is lost.\n"
        ".SH FILES\n"
        ".TP\n.I DIR/journal.db\nWhat was accepted, decided and done, an SQLite database; \\fBDIR\\fP is what \\fB\\-d\\fP names.\n"
        ".TP\n.I DIR/commands/\nWhat operators ask for; the right to write there is the right to steer.\n"
        ".TP\n.I DIR/PAUSE\nWhile it is there, nothing that changes something is begun.\n"
        ".SH EXAMPLES\n"
        ".nf\n"
        "falcoir check playbook.yaml\n"
        "falcoir filter 'priority >= Warning and proc.name in (bash, sh)' alerts.ndjson\n"
        "falcoir plan \\-p playbook.yaml alerts.ndjson\n"
        "falcoir explain \\-p playbook.yaml \\-\\-rule 'Shell in production' alerts.ndjson\n"
        "falcoir diff \\-p playbook.yaml \\-\\-with new.yaml alerts.ndjson\n"
        "falco | falcoir run \\-p playbook.yaml\n"
        "falcoir send \\-\\-rate 10 http://127.0.0.1:2801/ alerts.ndjson\n"
        ".fi\n"
        ".SH SEE ALSO\n.BR falco (8)\n");
}
