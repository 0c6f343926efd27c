/* SPDX-License-Identifier: Apache-2.0 */
/* The falcoir command: one table of subcommands, from which help, man page and dispatch come. Public headers of the library only.
 */
#ifndef FALCOIR_TOOLS_COMMAND_H
#define FALCOIR_TOOLS_COMMAND_H

#include <falcoir/falcoir.h>
#include <stdbool.h>
#include <stdio.h>

/* Exit codes. */
enum {
    EXIT_FINE = 0,      /* warnings too */
    EXIT_NO = 1,        /* the answer is no: errors found, a test failed, nothing matched, an action failed */
    EXIT_USAGE = 2,     /* wrong use, also a condition, template or playbook given that does not compile */
    EXIT_IMPOSSIBLE = 3 /* could not do it: a file, a rendering, the store */
};

/* An option of a subcommand. */
typedef struct option_spec {
    char letter;       /* 0: none */
    const char *name;  /* without dashes */
    const char *value; /* what it takes, for the help; NULL: nothing */
    const char *help;
} option_spec;

/* The options and operands of one call, as they were given. */
typedef struct arguments {
    const char *program; /* "falcoir check" */
    const struct given {
        const option_spec *spec;
        const char *value;
    } * options;
    size_t n_options;
    const char *const *operands;
    size_t n_operands;
} arguments;

typedef struct subcommand {
    const char *name;
    const char *operands;       /* "FILE..." */
    const char *summary;        /* one line */
    const char *details;        /* paragraphs for the man page */
    const option_spec *options; /* ends with name NULL */
    int (*run)(const arguments *a);
} subcommand;

extern const subcommand subcommands[];
extern const size_t n_subcommands;

/* Whether an option was given; its (last) value. */
bool given(const arguments *a, const char *name);
const char *value_of(const arguments *a, const char *name);

/* "falcoir check: …" on stderr; gives EXIT_USAGE, with a pointer to --help. */
int usage_error(const arguments *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for what could not be done; gives EXIT_IMPOSSIBLE. */
int impossible(const arguments *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The man page, in man(7) macros, on stdout. */
void print_manual(void);

/* The sinks that --sink knows, NULL behind the last. */
const char *sink_name(size_t i);

/* Puts out what was printed. True: it cannot be written, now or before; errno says why. */
bool output_fails(void);

/* Ends a run: flushes stdout; a full disk or a closed pipe must not look like success. */
int finish(const arguments *a, int exit_code);

/* Options that several subcommands share. */
#define OPTION_PLAYBOOK                                                                                                            \
    {                                                                                                                              \
        'p', "playbook", "FILE", "a playbook or configuration file; may be given several times, later files see earlier ones"      \
    }
#define OPTION_TYPES                                                                                                               \
    {                                                                                                                              \
        0, "types", "FILE", "schemas of the host program's own action types, a JSON array"                                         \
    }
#define OPTION_JSON                                                                                                                \
    {                                                                                                                              \
        0, "json", NULL, "one JSON object a line on stdout, and nothing else"                                                      \
    }
#define OPTION_STRICT                                                                                                              \
    {                                                                                                                              \
        0, "strict", NULL, "lines that are no alert make the exit code 1"                                                          \
    }
#define OPTION_DATA                                                                                                                \
    {                                                                                                                              \
        'd', "data", "DIR", "the data directory"                                                                                   \
    }
#define OPTION_END                                                                                                                 \
    {                                                                                                                              \
        0, NULL, NULL, NULL                                                                                                        \
    }

int run_actions(const arguments *a);
int run_approvals(const arguments *a);
int run_approve(const arguments *a);
int run_check(const arguments *a);
int run_completion(const arguments *a);
int run_diff(const arguments *a);
int run_explain(const arguments *a);
int run_feedback(const arguments *a);
int run_fields(const arguments *a);
int run_filter(const arguments *a);
int run_journal(const arguments *a);
int run_pause(const arguments *a);
int run_plan(const arguments *a);
int run_reject(const arguments *a);
int run_render(const arguments *a);
int run_report(const arguments *a);
int run_resume(const arguments *a);
int run_run(const arguments *a);
int run_send(const arguments *a);
int run_test(const arguments *a);
int run_undo(const arguments *a);
int run_version(const arguments *a);

#endif
