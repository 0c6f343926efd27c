/* SPDX-License-Identifier: Apache-2.0 */
/* The entry: finds the subcommand, reads its options by its table, prints help. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "interrupt.h"

static void print_option(const option_spec *o)
{
    char left[64];
    snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter != 0 ? "-" : " ", o->letter != 0 ? o->letter : ' ',
             o->letter != 0 ? ", " : "  ", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    printf("  %-26s %s\n", left, o->help);
}

static void print_help_of(const subcommand *s)
{
    printf("Usage: falcoir %s [OPTION]... %s\n\n%s.\n", s->name, s->operands, s->summary);
    if (s->details[0] != '\0') {
        printf("\n%s\n", s->details);
    }
    printf("\nOptions:\n");
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        print_option(o);
    }
    printf("      --help                 this text\n");
}

static void print_help(FILE *to)
{
    fprintf(to,
            "Usage: falcoir SUBCOMMAND [OPTION]... [ARGUMENT]...\n\nAnswers Falco alerts: plans them by playbook, and acts.\n\n");
    for (size_t i = 0; i < n_subcommands; i++) {
        fprintf(to, "  %-10s %s\n", subcommands[i].name, subcommands[i].summary);
    }
    fprintf(to, "\nEVENTS is a file of alerts, - or nothing is stdin. 'falcoir SUBCOMMAND --help' tells more.\n"
                "Exit code: 0 fine, 1 the answer is no, 2 wrong use, 3 could not do it.\n");
}

static const option_spec *find_option(const subcommand *s, const char *name, size_t n, char letter)
{
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        if (letter != 0 || name == NULL ? o->letter == letter : strlen(o->name) == n && memcmp(o->name, name, n) == 0) {
            return o;
        }
    }
    return NULL;
}

typedef struct command_line {
    struct given *options;
    const char **operands;
    arguments a;
    bool help;
} command_line;

static int take_long(command_line *c, const subcommand *s, char **argv, int *i)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
    if (strcmp(name, "help") == 0) {
        c->help = true;
        return 0;
    }
    const option_spec *o = find_option(s, name, n, 0);
    if (o == NULL) {
        return usage_error(&c->a, "there is no option --%.*s", (int)n, name);
    }
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (o->value == NULL && value != NULL) {
        return usage_error(&c->a, "--%s takes no value", o->name);
    }
    if (o->value != NULL && value == NULL && (value = argv[++*i]) == NULL) {
        return usage_error(&c->a, "--%s wants %s", o->name, o->value);
    }
    c->options[c->a.n_options++] = (struct given){o, value};
    return 0;
}

static int take_short(command_line *c, const subcommand *s, char **argv, int *i)
{
    for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
        const option_spec *o = find_option(s, NULL, 0, *p);
        if (o == NULL) {
            return usage_error(&c->a, "there is no option -%c", *p);
        }
        if (o->value == NULL) {
            c->options[c->a.n_options++] = (struct given){o, NULL};
            continue;
        }
        const char *value = p[1] != '\0' ? p + 1 : argv[++*i];
        if (value == NULL) {
            return usage_error(&c->a, "-%c wants %s", *p, o->value);
        }
        c->options[c->a.n_options++] = (struct given){o, value};
        return 0;
    }
    return 0;
}

static int take_all(command_line *c, const subcommand *s, int argc, char **argv)
{
    bool only_operands = false;
    for (int i = 2; i < argc && !c->help; i++) {
        int code = 0;
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            code = take_long(c, s, argv, &i);
        } else if (!only_operands && argv[i][0] == '-' && argv[i][1] != '\0') {
            code = take_short(c, s, argv, &i);
        } else {
            c->operands[c->a.n_operands++] = argv[i];
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int run_subcommand(const subcommand *s, int argc, char **argv)
{
    char program[64];
    size_t most = 1;
    for (int i = 2; i < argc; i++) {
        most += strlen(argv[i]); /* -vvv is three options */
    }
    command_line c = {calloc(most, sizeof(struct given)), calloc((size_t)argc, sizeof(char *)), {0}, false};
    if (c.options == NULL || c.operands == NULL) {
        free(c.options);
        free(c.operands);
        fputs("falcoir: out of memory\n", stderr);
        return EXIT_IMPOSSIBLE;
    }
    snprintf(program, sizeof program, "falcoir %s", s->name);
    c.a.program = program;
    c.a.options = c.options;
    c.a.operands = c.operands;
    int code = take_all(&c, s, argc, argv);
    if (code == 0 && c.help) {
        print_help_of(s);
    } else if (code == 0) {
        code = s->run(&c.a);
    }
    code = finish(&c.a, code);
    free(c.options);
    free(c.operands);
    interrupt_pass_on();
    return code;
}

int main(int argc, char **argv)
{
    static const arguments none = {.program = "falcoir"};
    signal(SIGPIPE, SIG_IGN);              /* a closed pipe is an error of writing, with an exit code */
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ); /* a line at once, and not byte by byte */
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return finish(&none, EXIT_FINE);
    }
    if (strcmp(name, "--version") == 0) {
        name = "version";
    }
    if (strcmp(name, "manual") == 0) { /* for the build of docs/falcoir.1 */
        print_manual();
        return finish(&none, EXIT_FINE);
    }
    for (size_t i = 0; i < n_subcommands; i++) {
        if (strcmp(name, subcommands[i].name) == 0) {
            return run_subcommand(&subcommands[i], argc, argv);
        }
    }
    if (name[0] != '\0') {
        fprintf(stderr, "falcoir: there is no subcommand '%s'\n", name);
    }
    print_help(stderr);
    return EXIT_USAGE;
}
