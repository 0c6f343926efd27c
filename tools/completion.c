/* SPDX-License-Identifier: Apache-2.0 */
/* `completion`: what a shell needs to complete this command, from the table of subcommands and the library's own tables. */
#include <jansson.h>
#include <string.h>

#include "load.h"
#include "show.h"

/* What an option or an operand takes. */
typedef enum takes { TAKES_NOTHING, TAKES_FILES, TAKES_WORDS } takes;

/* The words of the library's tables. */
typedef struct tables {
    json_t *types, *fields;
} tables;

/* ---- what stands behind the words of the help ---- */

static bool is_word(const char *s)
{
    return s[0] != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")] == '\0';
}

static json_t *names_of(fir_buf *table)
{
    json_t *all = json_loadb(table->ptr, table->len, 0, NULL), *names = json_array();
    size_t i;
    const json_t *one;
    fir_buf_dispose(table);
    json_array_foreach(all, i, one)
    {
        if (is_word(text_of(one, "name"))) { /* a host's own type may be called as it likes */
            json_array_append(names, json_object_get(one, "name"));
        }
    }
    json_decref(all);
    return names;
}

static json_t *sinks(void)
{
    json_t *names = json_array();
    for (size_t i = 0; sink_name(i) != NULL; i++) {
        json_array_append_new(names, json_string(sink_name(i)));
    }
    return names;
}

/* "bash|zsh|fish", "list|show ID|verify": of each the first word. */
static json_t *choices(const char *s)
{
    json_t *names = json_array();
    for (size_t n; *s != '\0'; s += n + (s[n] == '|')) {
        n = strcspn(s, "|");
        json_array_append_new(names, json_stringn(s, strcspn(s, "| ")));
    }
    return names;
}

/* What the placeholder of the help stands for; json_decref(*words). */
static takes meaning(const tables *t, const char *placeholder, json_t **words)
{
    *words = strcmp(placeholder, "SINK") == 0                 ? sinks()
             : strcmp(placeholder, "[TYPE]") == 0             ? json_incref(t->types)
             : strcmp(placeholder, "[NAME]") == 0             ? json_incref(t->fields)
             : placeholder[strcspn(placeholder, "| ")] == '|' ? choices(placeholder)
                                                              : NULL;
    bool files = strstr(placeholder, "FILE") != NULL || strstr(placeholder, "EVENTS") != NULL || strcmp(placeholder, "DIR") == 0;
    return *words != NULL ? TAKES_WORDS : files ? TAKES_FILES : TAKES_NOTHING;
}

static void put_words(const json_t *words, const char *escape_colon)
{
    size_t i;
    const json_t *one;
    json_array_foreach((json_t *)words, i, one)
    {
        fputs(i != 0 ? " " : "", stdout);
        for (const char *s = json_string_value(one); *s != '\0'; s++) {
            fputs(*s == ':' ? escape_colon : (char[]){*s, '\0'}, stdout);
        }
    }
}

/* A text inside single quotes; `escaped` are set apart by a backslash. */
static void put_quoted(const char *s, const char *escaped, const char *quote)
{
    for (; *s != '\0'; s++) {
        if (*s == '\'') {
            fputs(quote, stdout);
        } else {
            printf("%s%c", strchr(escaped, *s) != NULL ? "\\" : "", *s);
        }
    }
}

/* ---- bash ---- */

/* The value of the option before the cursor, as a branch of a case. */
static void bash_value(const tables *t, const subcommand *s, const option_spec *o)
{
    json_t *words;
    if (o->value == NULL) {
        return;
    }
    takes what = meaning(t, o->value, &words);
    printf("    %s:--%s", s->name, o->name);
    if (o->letter != 0) {
        printf(" | %s:-%c", s->name, o->letter);
    }
    printf(") value=%s list='", what == TAKES_FILES ? "files" : what == TAKES_WORDS ? "words" : "none");
    put_words(words, ":");
    puts("' ;;");
    json_decref(words);
}

static void bash_subcommand(const tables *t, const subcommand *s)
{
    json_t *words;
    takes what = meaning(t, s->operands, &words);
    printf("    %s) options='", s->name);
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        printf("--%s ", o->name);
    }
    printf("--help' operand=%s list='", what == TAKES_FILES ? "files" : what == TAKES_WORDS ? "words" : "none");
    put_words(words, ":");
    puts("' ;;");
    json_decref(words);
}

static void bash(const tables *t)
{
    fputs("# Made by 'falcoir completion bash'; do not edit.\n\n"
          "# The words of $2 that begin with $1. Readline replaces what stands behind a colon only.\n"
          "_falcoir_words() {\n"
          "  local w before=\n"
          "  [[ $COMP_WORDBREAKS == *:* && $1 == *:* ]] && before=${1%\"${1##*:}\"}\n"
          "  for w in $2; do\n"
          "    [[ $w == \"$1\"* ]] && COMPREPLY+=(\"${w#\"$before\"}\")\n"
          "  done\n"
          "  compopt +o default +o bashdefault 2>/dev/null\n"
          "  return 0\n"
          "}\n\n"
          "_falcoir() {\n"
          "  local IFS=$' \\t\\n' sub=${COMP_WORDS[1]-} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "  local word=${COMP_LINE:0:COMP_POINT} options= operand=none value= list=\n"
          "  word=${word##*[[:blank:]]}\n"
          "  COMPREPLY=()\n"
          "  if [[ $cur == = ]]; then\n"
          "    cur=\n"
          "  elif [[ $prev == = ]]; then\n"
          "    prev=${COMP_WORDS[COMP_CWORD-2]}\n"
          "  fi\n"
          "  if ((COMP_CWORD == 1)); then\n"
          "    _falcoir_words \"$word\" '",
          stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        printf("%s ", subcommands[i].name);
    }
    fputs("--help --version'\n    return\n  fi\n  case $sub in\n", stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        bash_subcommand(t, &subcommands[i]);
    }
    fputs("  esac\n  case $sub:$prev in\n", stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        for (const option_spec *o = subcommands[i].options; o->name != NULL; o++) {
            bash_value(t, &subcommands[i], o);
        }
    }
    fputs("  esac\n"
          "  if [[ -z $value && $cur == -* ]]; then\n"
          "    _falcoir_words \"$word\" \"$options\"\n"
          "    return\n"
          "  fi\n"
          "  case ${value:-$operand} in\n"
          "    files) ;; # none of ours: readline's own are better at blanks and quotes\n"
          "    *) _falcoir_words \"${word#--*=}\" \"$list\" ;;\n"
          "  esac\n"
          "}\n\n"
          "complete -o bashdefault -o default -F _falcoir falcoir\n",
          stdout);
}

/* ---- zsh ---- */

static const char zsh_special[] = "[]:\\", zsh_quote[] = "'\\''";

static void zsh_takes(const tables *t, const char *placeholder)
{
    json_t *words;
    takes what = meaning(t, placeholder, &words);
    putchar(':');
    put_quoted(placeholder, zsh_special, zsh_quote);
    putchar(':');
    if (what == TAKES_WORDS) {
        putchar('(');
        put_words(words, "\\:");
        putchar(')');
    } else if (what == TAKES_FILES) {
        fputs("_files", stdout);
    } else {
        putchar(' ');
    }
    json_decref(words);
}

static void zsh_spec(const tables *t, const option_spec *o, bool letter)
{
    fputs(o->value != NULL ? " \\\n      '*" : " \\\n      '", stdout);
    if (letter) {
        printf("-%c", o->letter);
    } else {
        printf("--%s%s", o->name, o->value != NULL ? "=" : "");
    }
    putchar('[');
    put_quoted(o->help, zsh_special, zsh_quote);
    putchar(']');
    if (o->value != NULL) {
        zsh_takes(t, o->value);
    }
    putchar('\'');
}

static void zsh_subcommand(const tables *t, const subcommand *s)
{
    printf("    %s) _arguments -s", s->name);
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        if (o->letter != 0) {
            zsh_spec(t, o, true);
        }
        zsh_spec(t, o, false);
    }
    fputs(" \\\n      '--help[this text]'", stdout);
    if (s->operands[0] != '\0') {
        fputs(" \\\n      '*", stdout);
        zsh_takes(t, s->operands);
        putchar('\'');
    }
    puts(" ;;");
}

static void zsh(const tables *t)
{
    fputs("#compdef falcoir\n# Made by 'falcoir completion zsh'; do not edit.\n\n"
          "_falcoir() {\n"
          "  if (( CURRENT == 2 )); then\n"
          "    local -a names\n"
          "    names=(\n",
          stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        printf("      '%s:", subcommands[i].name);
        put_quoted(subcommands[i].summary, zsh_special, zsh_quote);
        puts("'");
    }
    fputs("    )\n"
          "    _describe -t commands subcommand names\n"
          "    return\n"
          "  fi\n"
          "  local sub=$words[2]\n"
          "  shift words\n"
          "  (( CURRENT -= 1 ))\n"
          "  case $sub in\n",
          stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        zsh_subcommand(t, &subcommands[i]);
    }
    fputs("  esac\n"
          "}\n\n"
          "if [[ $funcstack[1] == _falcoir ]]; then\n"
          "  _falcoir \"$@\"\n"
          "else\n"
          "  compdef _falcoir falcoir\n"
          "fi\n",
          stdout);
}

/* ---- fish ---- */

static void fish_takes(const tables *t, const char *placeholder, bool option)
{
    json_t *words;
    takes what = meaning(t, placeholder, &words);
    fputs(!option ? "" : what == TAKES_FILES ? " -r" : " -x", stdout);
    if (what == TAKES_WORDS) {
        fputs(" -a '", stdout);
        put_words(words, ":");
        putchar('\'');
    } else if (what == TAKES_FILES) {
        fputs(" -F", stdout);
    }
    json_decref(words);
}

static void fish_option(const tables *t, const subcommand *s, const option_spec *o)
{
    printf("complete -c falcoir -n '__falcoir_in %s'", s->name);
    if (o->letter != 0) {
        printf(" -s %c", o->letter);
    }
    printf(" -l %s", o->name);
    if (o->value != NULL) {
        fish_takes(t, o->value, true);
    }
    fputs(" -d '", stdout);
    put_quoted(o->help, "\\", "\\'");
    puts("'");
}

static void fish_subcommand(const tables *t, const subcommand *s)
{
    static const option_spec help = {0, "help", NULL, "this text"};
    printf("complete -c falcoir -n 'test (count (commandline -opc)) = 1' -a %s -d '", s->name);
    put_quoted(s->summary, "\\", "\\'");
    puts("'");
    for (const option_spec *o = s->options; o->name != NULL; o++) {
        fish_option(t, s, o);
    }
    fish_option(t, s, &help);
    if (s->operands[0] != '\0') {
        printf("complete -c falcoir -n '__falcoir_in %s'", s->name);
        fish_takes(t, s->operands, false);
        putchar('\n');
    }
}

static void fish(const tables *t)
{
    fputs("# Made by 'falcoir completion fish'; do not edit.\n\n"
          "function __falcoir_in\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
          "end\n\n"
          "complete -c falcoir -f\n",
          stdout);
    for (size_t i = 0; i < n_subcommands; i++) {
        fish_subcommand(t, &subcommands[i]);
    }
}

/* ---- all ---- */

static const struct {
    const char *name;
    void (*put)(const tables *t);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static int read_tables(const arguments *a, tables *t)
{
    fir_catalog *catalog;
    fir_buf types, fields;
    fir_error e;
    int code = make_catalog(a, &catalog);
    if (code != 0) {
        return code;
    }
    code = fir_catalog_to_json(catalog, &types, &e);
    fir_catalog_unref(catalog);
    if (code != 0 || fir_fields_to_json(&fields, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    *t = (tables){names_of(&types), names_of(&fields)};
    return 0;
}

int run_completion(const arguments *a)
{
    tables t;
    if (a->n_operands != 1) {
        return usage_error(a, "wants a shell: bash, zsh or fish");
    }
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(a->operands[0], shells[i].name) == 0) {
            int code = read_tables(a, &t);
            if (code == 0) {
                shells[i].put(&t);
                json_decref(t.types);
                json_decref(t.fields);
            }
            return code;
        }
    }
    return usage_error(a, "there is no completion for '%s': bash, zsh or fish", a->operands[0]);
}
