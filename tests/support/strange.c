/* SPDX-License-Identifier: Apache-2.0 */
#include "support/strange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof(a)[0]))
#define PICK(r, a) ((a)[fir_test_below((r), COUNT(a))])

static bool chance(fir_test_random *r, uint32_t in_hundred)
{
    return fir_test_below(r, 100) < in_hundred;
}

static FILE *open_text(char **p, size_t *n)
{
    FILE *f = open_memstream(p, n);
    if (f == NULL) {
        abort();
    }
    return f;
}

static void close_text(FILE *f)
{
    if (fclose(f) != 0) {
        abort();
    }
}

/* ---- fields ---- */

typedef enum kind { TEXT, LIST, BUFFER, NUMBER, REAL, PORT, ADDRESS, NETWORK, BOOLEAN, PRIORITY, MISC } kind;

/* own: a property of the alert and no output field. */
static const struct {
    const char *name;
    kind kind;
    bool own;
} fields[] = {
    {"rule", TEXT, true},
    {"priority", PRIORITY, true},
    {"source", TEXT, true},
    {"hostname", TEXT, true},
    {"tags", LIST, true},
    {"output", TEXT, true},
    {"message", TEXT, true},
    {"time", NUMBER, true},
    {"uuid", TEXT, true},
    {"alert.rule", TEXT, true},
    {"alert.priority", PRIORITY, true},
    {"proc.name", TEXT, false},
    {"proc.name", TEXT, false},
    {"proc.cmdline", TEXT, false},
    {"proc.cmdline", TEXT, false},
    {"proc.exepath", TEXT, false},
    {"fd.name", TEXT, false},
    {"fs.path.name", TEXT, false},
    {"evt.type", TEXT, false},
    {"evt.res", TEXT, false},
    {"evt.arg.flags", TEXT, false},
    {"user.name", TEXT, false},
    {"k8s.ns.name", TEXT, false},
    {"jevt.value[/a/b]", TEXT, false},
    {"container.label[a]", TEXT, false},
    {"ka.req.pod.containers.image", LIST, false},
    {"ka.user.groups", LIST, false},
    {"fd.types", LIST, false},
    {"k8smeta.pod.labels", LIST, false},
    {"evt.buffer", BUFFER, false},
    {"proc.aname", TEXT, false},
    {"proc.aname[1]", TEXT, false},
    {"proc.aname[2]", TEXT, false},
    {"proc.acmdline", TEXT, false},
    {"proc.acmdline[1]", TEXT, false},
    {"proc.aexepath", TEXT, false},
    {"proc.apid", NUMBER, false},
    {"proc.apid[1]", NUMBER, false},
    {"proc.pid", NUMBER, false},
    {"fd.num", NUMBER, false},
    {"user.uid", NUMBER, false},
    {"evt.cpu", NUMBER, false},
    {"evt.rawres", NUMBER, false},
    {"proc.tty", NUMBER, false},
    {"evt.latency", NUMBER, false},
    {"proc.duration", NUMBER, false},
    {"thread.cpu", REAL, false},
    {"fd.port", PORT, false},
    {"fd.sport", PORT, false},
    {"fd.cport", PORT, false},
    {"fd.lport", PORT, false},
    {"fd.proto", PORT, false},
    {"fd.ip", ADDRESS, false},
    {"fd.sip", ADDRESS, false},
    {"fd.cip", ADDRESS, false},
    {"fd.rip", ADDRESS, false},
    {"fd.net", NETWORK, false},
    {"fd.snet", NETWORK, false},
    {"fd.cnet", NETWORK, false},
    {"container.privileged", BOOLEAN, false},
    {"proc.is_exe_upper_layer", BOOLEAN, false},
    {"evt.is_open_write", BOOLEAN, false},
    {"group.gid", NUMBER, false},
    {"fd.l4proto", MISC, false},
    {"evt.flag", MISC, false},
};

/* A field of a kind, or any. */
static uint32_t pick_field(fir_test_random *r, int wanted)
{
    for (uint32_t i = fir_test_below(r, COUNT(fields)), tries = 0;; i = (i + 1) % COUNT(fields)) {
        if (wanted < 0 || (int)fields[i].kind == wanted || ++tries > COUNT(fields)) {
            return i;
        }
    }
}

/* ---- values; many are parts of each other ---- */

static const char *const words[] = {"bash",
                                    "sh",
                                    "bas",
                                    "h",
                                    "",
                                    "a",
                                    "ab",
                                    "abc",
                                    "bc",
                                    "xmrig",
                                    "rig",
                                    "etc",
                                    "/etc",
                                    "/etc/",
                                    "/etc/passwd",
                                    "passwd",
                                    "/usr/bin/bash",
                                    "/tmp/a b",
                                    "syscall",
                                    "k8s_audit",
                                    "Terminal shell in container",
                                    "shell in",
                                    "container",
                                    "mitre_execution",
                                    "prod",
                                    "prod-eu",
                                    "BASH",
                                    "Bash",
                                    "true",
                                    "1",
                                    "-1",
                                    "1e3",
                                    "1000",
                                    "<nil>",
                                    "[a b]",
                                    "<NA>",
                                    "execve",
                                    "openat",
                                    "EXE_WRITABLE|EXE_LOWER_LAYER",
                                    "\xc3\x84rger",
                                    "é\xe2\x82\xac",
                                    "ab ab ab",
                                    "aab",
                                    "YmFzaA==",
                                    "node-a",
                                    "Warning",
                                    "%",
                                    "203.0.113.9",
                                    "443",
                                    "-c xmrig -a x",
                                    "bash,sh",
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"};
static const char *const patterns[] = {"*",    "b*",   "*sh",    "*a*b*",  "/etc/*",     "*[a-c]*",
                                       "?ash", "b?s*", "\\*",    "[!b]*h", "*xmrig*",    "*in*container",
                                       "a[b",  "",     "*\\ab*", "ab*bc",  "*etc?passwd"};
static const char *const expressions[] = {"bash",
                                          ".*",
                                          "b.*h",
                                          ".*(etc|xmrig).*",
                                          "(bash|sh)",
                                          "[a-c]+",
                                          ".*passwd",
                                          "/etc/.*",
                                          "a{2,3}b",
                                          "(a|aa)*(a|b)*c?d",
                                          "((a*)*(a|ab)*)*e",
                                          "(a|aa)*(a|b)*[x-z]",
                                          "((a|b)*(a|c)*)*[0-9]",
                                          ".*aaaa.*a.*a.*a.*a.*f",
                                          "^Terminal.*$",
                                          ".*[[:space:]]ab.*",
                                          "",
                                          ".*xmrig.*",
                                          ".*shell in.*"};
static const char *const numbers[] = {"0", "1", "-1",   "443", "1000", "65535", "4294967295", "-9223372036854775808",
                                      "3", "7", "34816"};
static const char *const reals[] = {"0", "1", "3", "-1", "1000"};
static const char *const ports[] = {"0", "22", "443", "https", "ssh", "8080", "65535"};
static const char *const addresses[] = {"203.0.113.9", "10.1.2.3", "10.1.2.4", "2001:db8::1", "127.0.0.1", "::1"};
static const char *const networks[] = {"203.0.113.0/24", "10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32", "0.0.0.0/0"};
static const char *const levels[] = {"Emergency", "Alert",         "Critical", "Error", "Warning",
                                     "Notice",    "Informational", "Debug",    "info",  "ALERT"};
static const char *const buffers[] = {"62617368", "6162", "00", "ff", "7f454c46", "61", ""};

static void put_quoted(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\') {
            fputc('\\', f);
        }
        fputc(*s, f);
    }
    fputc('"', f);
}

static void put_constant(FILE *f, fir_test_random *r, kind k, const char *op)
{
    if (strcmp(op, "bcontains") == 0 || strcmp(op, "bstartswith") == 0) {
        put_quoted(f, PICK(r, buffers));
        return;
    }
    switch (k) {
    case NUMBER:
        fputs(PICK(r, numbers), f);
        break;
    case REAL:
        fputs(PICK(r, reals), f);
        break;
    case PORT:
        fputs(PICK(r, ports), f);
        break;
    case ADDRESS:
        fputs(PICK(r, addresses), f);
        break;
    case NETWORK:
        fputs(chance(r, 90) ? PICK(r, networks) : PICK(r, addresses), f);
        break;
    case BOOLEAN:
        fputs(chance(r, 50) ? "true" : "false", f);
        break;
    case PRIORITY:
        fputs(PICK(r, levels), f);
        break;
    default:
        put_quoted(f, strcmp(op, "glob") == 0 || strcmp(op, "iglob") == 0 ? PICK(r, patterns)
                      : strcmp(op, "regex") == 0                          ? PICK(r, expressions)
                                                                          : PICK(r, words));
        break;
    }
}

/* ---- checks ---- */

static const char *const text_ops[] = {"=",          "==",       "!=",     "contains", "contains", "icontains", "startswith",
                                       "startswith", "endswith", "glob",   "iglob",    "regex",    "in",        "in",
                                       "intersects", "pmatch",   "exists", "<",        "<=",       ">",         ">="};
static const char *const number_ops[] = {"=", "!=", "<", "<=", ">", ">=", "in", "intersects", "exists"};
static const char *const list_ops[] = {"in", "intersects", "intersects", "exists"};
static const char *const basic_ops[] = {"=", "!=", "in", "intersects", "exists"};
static const char *const buffer_ops[] = {"=",           "!=",       "contains", "bcontains", "startswith",
                                         "bstartswith", "endswith", "in",       "exists"};

static const char *pick_op(fir_test_random *r, kind k)
{
    switch (k) {
    case TEXT:
        return PICK(r, text_ops);
    case LIST:
        return PICK(r, list_ops);
    case BUFFER:
        return PICK(r, buffer_ops);
    case ADDRESS:
    case NETWORK:
    case BOOLEAN:
        return PICK(r, basic_ops);
    case MISC:
        return "exists";
    default:
        return PICK(r, number_ops);
    }
}

static bool takes_list(const char *op)
{
    return strcmp(op, "in") == 0 || strcmp(op, "intersects") == 0 || strcmp(op, "pmatch") == 0;
}

/* A field with transformers around it; gives what it then is. */
static kind put_transformed(FILE *f, fir_test_random *r)
{
    static const char *const one[] = {"tolower", "toupper", "b64", "basename"};
    const char *name = fields[pick_field(r, TEXT)].name, *list = fields[pick_field(r, LIST)].name;
    switch (fir_test_below(r, 10)) {
    case 0:
        fprintf(f, "len(%s)", chance(r, 50) ? name : list);
        return NUMBER;
    case 1:
        fprintf(f, "join(\",\", %s)", list);
        return TEXT;
    case 2:
        fprintf(f, "concat(%s, \"%s\", %s)", name, chance(r, 50) ? "/" : "", fields[pick_field(r, TEXT)].name);
        return TEXT;
    case 3:
        fprintf(f, "getopt(%s, \"a:c\")", list);
        return LIST;
    case 4:
        fprintf(f, "getopt(%s, \"a:c\")[a]", list);
        return TEXT;
    case 5:
        fprintf(f, "%s(%s)", PICK(r, one), list);
        return LIST;
    case 6:
        fprintf(f, "%s(%s(%s))", PICK(r, one), PICK(r, one), name);
        return TEXT;
    case 7:
        fprintf(f, "join(\" \", (%s, \"x\", %s))", name, fields[pick_field(r, TEXT)].name);
        return TEXT;
    default:
        fprintf(f, "%s(%s)", PICK(r, one), name);
        return TEXT;
    }
}

static void put_list(FILE *f, fir_test_random *r, kind k, const char *op)
{
    uint32_t n = chance(r, 4) ? 0 : chance(r, 5) ? 12 + fir_test_below(r, 12) : 1 + fir_test_below(r, 4);
    fputc('(', f);
    for (uint32_t i = 0; i < n; i++) {
        fputs(i == 0 ? "" : ", ", f);
        put_constant(f, r, k, op);
    }
    fputc(')', f);
}

static void put_right(FILE *f, fir_test_random *r, kind k, const char *op)
{
    static const char *const modifiers[] = {"oneof", "anyof", "allof"};
    if (strcmp(op, "exists") == 0) {
        return;
    }
    if (chance(r, 8) && strcmp(op, "pmatch") != 0) {
        if (chance(r, 60)) {
            fprintf(f, " val(%s)", fields[pick_field(r, (int)k)].name);
        } else {
            fprintf(f, " tolower(%s)", fields[pick_field(r, TEXT)].name);
        }
    } else if (takes_list(op)) {
        fputc(' ', f);
        put_list(f, r, k, op);
    } else if (chance(r, 18)) {
        fprintf(f, " %s ", PICK(r, modifiers));
        put_list(f, r, k, op);
    } else {
        fputc(' ', f);
        put_constant(f, r, k, op);
    }
}

static void put_check(FILE *f, fir_test_random *r)
{
    kind k;
    if (chance(r, 15)) {
        k = put_transformed(f, r);
    } else {
        uint32_t i = pick_field(r, -1);
        k = fields[i].kind;
        fputs(fields[i].name, f);
    }
    const char *op = pick_op(r, k);
    fprintf(f, " %s", op);
    put_right(f, r, k, op);
}

static void put_condition(FILE *f, fir_test_random *r, int depth)
{
    uint32_t shape = depth > 0 ? fir_test_below(r, 10) : 0;
    if (shape < 3) {
        put_check(f, r);
    } else if (shape < 5) {
        fputs("not (", f);
        put_condition(f, r, depth - 1);
        fputc(')', f);
    } else {
        uint32_t n = 2 + fir_test_below(r, 3);
        fputc('(', f);
        for (uint32_t i = 0; i < n; i++) {
            fputs(i == 0 ? "" : shape < 8 ? " and " : " or ", f);
            put_condition(f, r, depth - 1);
        }
        fputc(')', f);
    }
}

/* A text in one of few fields, so that they have many. */
static void put_literal(FILE *f, fir_test_random *r)
{
    static const char *const in[] = {"proc.cmdline", "output", "fd.name", "user.name"};
    static const char *const by[] = {"contains", "startswith", "endswith"};
    fprintf(f, "%s %s ", PICK(r, in), PICK(r, by));
    put_quoted(f, PICK(r, words));
}

char *fir_test_strange_condition(fir_test_random *r, int depth)
{
    char *p;
    size_t n;
    FILE *f = open_text(&p, &n);
    if (chance(r, 20)) {
        put_literal(f, r);
    } else {
        put_condition(f, r, depth);
    }
    close_text(f);
    return p;
}

/* ---- playbooks ---- */

/* As JSON, which YAML reads too. */
static void put_json(FILE *f, const char *s, size_t n)
{
    fputc('"', f);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            fprintf(f, "\\%c", c);
        } else if (c < 0x20) {
            fprintf(f, "\\u%04x", c);
        } else {
            fputc(c, f);
        }
    }
    fputc('"', f);
}

static void put_word(FILE *f, fir_test_random *r)
{
    const char *w = PICK(r, words);
    put_json(f, w, strlen(w));
}

static bool compiles(const char *condition)
{
    fir_condition *c;
    bool ok = fir_condition_compile(condition, strlen(condition), NULL, &c, NULL) == 0;
    fir_condition_free(c);
    return ok;
}

static void put_rule_condition(FILE *f, fir_test_random *r, bool checked)
{
    for (int tries = 0;; tries++) {
        char *c = tries == 20 ? strdup("proc.name exists") : fir_test_strange_condition(r, (int)fir_test_below(r, 4));
        if (c == NULL) {
            abort();
        }
        bool ok = !checked || compiles(c);
        if (ok) {
            fputs("  condition: ", f);
            put_json(f, c, strlen(c));
            fputc('\n', f);
        }
        free(c);
        if (ok) {
            return;
        }
    }
}

static void put_output_fields(FILE *f, fir_test_random *r)
{
    fputs("    output_fields: [", f);
    for (uint32_t items = 1 + fir_test_below(r, 3), i = 0; i < items; i++) {
        fputs(i == 0 ? "\"" : ", \"", f);
        for (uint32_t parts = 1 + fir_test_below(r, 2), k = 0; k < parts; k++) {
            uint32_t field = pick_field(r, -1);
            if (fields[field].own) {
                field = pick_field(r, TEXT);
            }
            const char *w = chance(r, 70) ? PICK(r, words) : PICK(r, numbers);
            w = strpbrk(w, ",\"") != NULL ? "bash" : w; /* a comma begins the next part */
            fprintf(f, "%s%s%s%s", k == 0 ? "" : ", ", fields[field].name, chance(r, 60) ? "=" : "!=", w);
        }
        fputc('"', f);
    }
    fputs("]\n", f);
}

static void put_match(FILE *f, fir_test_random *r)
{
    static const char *const comparators[] = {"", "=", "<", "<=", ">", ">="};
    static const char *const tags[] = {"container", "mitre_execution", "a", "ab", "bash"};
    uint32_t keys = 1 + fir_test_below(r, 31);
    fputs("  match:\n", f);
    if ((keys & 1) != 0) {
        fputs("    rules: [\"Terminal shell in container\", ", f);
        put_word(f, r);
        fputs("]\n", f);
    }
    if ((keys & 2) != 0) {
        fprintf(f, "    priority: \"%s%s\"\n", PICK(r, comparators), levels[fir_test_below(r, 8)]);
    }
    if ((keys & 4) != 0) {
        fprintf(f, "    source: %s\n", chance(r, 60) ? "syscall" : "k8s_audit");
    }
    if ((keys & 8) != 0) {
        fprintf(f, "    tags: [%s, \"%s, %s\"]\n", PICK(r, tags), PICK(r, tags), PICK(r, tags));
    }
    if ((keys & 16) != 0) {
        put_output_fields(f, r);
    }
}

static const char *const templates[] = {"{{proc.name}}",
                                        "{{proc.cmdline}}",
                                        "{{rule}}",
                                        "{{user.name | default(\\\"nobody\\\")}}",
                                        "{{k8s.ns.name}}",
                                        "{{output}}",
                                        "{{fd.name}}",
                                        "{{proc.cmdline | truncate(8)}}",
                                        "{{ka.user.groups}}",
                                        "{{hostname}}",
                                        "{{container.id}}",
                                        "{{rule.name}}",
                                        "{{proc.pid}}",
                                        "{{priority}}",
                                        "{{jevt.value[/a/b]}}",
                                        "x"};

static void put_action(FILE *f, fir_test_random *r, uint32_t i)
{
    if (chance(r, 20)) {
        fprintf(f, "    - action: a%u\n      use: local:file\n      parameters: {path: /var/log/x, line: \"%s %s\"}\n", i,
                PICK(r, templates), PICK(r, templates));
        return;
    }
    fprintf(f,
            "    - action: a%u\n      use: http:webhook\n      parameters:\n        url: "
            "\"https://hooks.example.org:8443/in/%s/x?q=%s\"\n",
            i, PICK(r, templates), PICK(r, templates));
    fprintf(f, "        headers: {X-One: \"%s\", X-Two: \"a %s b\"}\n", PICK(r, templates), PICK(r, templates));
    fprintf(f, "        body: \"{\\\"one\\\": \\\"%s\\\", \\\"two\\\": [\\\"a %s\\\"], \\\"three\\\": {\\\"k\\\": \\\"%s\\\"}}\"\n",
            PICK(r, templates), PICK(r, templates), PICK(r, templates));
}

char *fir_test_strange_playbook(fir_test_random *r, uint32_t n, bool checked, bool acting, size_t *len)
{
    char *p;
    FILE *f = open_text(&p, len);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t shape = fir_test_below(r, 100);
        fprintf(f, "- rule: R%u\n", i);
        if (shape < 2) {
            fputs("  match_all: true\n", f);
        }
        if (shape >= 2 && shape < 75) {
            put_rule_condition(f, r, checked);
        }
        if (shape >= 70) {
            put_match(f, r);
        }
        if (chance(r, 4)) {
            fputs("  continue: false\n", f);
        }
        fputs("  actions:\n", f);
        if (acting) {
            put_action(f, r, i);
        } else {
            fputs("    - {action: Note it, use: local:file, parameters: {path: /var/log/x, line: \"x\"}}\n", f);
        }
    }
    close_text(f);
    return p;
}

/* ---- alerts ---- */

static void put_text_value(FILE *f, fir_test_random *r)
{
    char text[512];
    size_t n = 0;
    if (chance(r, 8)) { /* hard work for a regular expression */
        n = 20 + fir_test_below(r, 40);
        memset(text, 'a', n);
        n += (size_t)snprintf(text + n, sizeof text - n, "%s", PICK(r, words));
        put_json(f, text, n);
        return;
    }
    for (uint32_t i = 0, parts = chance(r, 60) ? 1 : 1 + fir_test_below(r, 4); i < parts; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i != 0 && chance(r, 50) ? " " : "", PICK(r, words));
    }
    if (chance(r, 2)) {
        text[n++] = '\0';
        text[n++] = 'a';
    }
    if (chance(r, 3)) {
        n += (size_t)snprintf(text + n, sizeof text - n, "\r\n\"}{{<&\x1b[1m\xe2\x80\xae\x7f%%2f../");
    }
    put_json(f, text, n);
}

static void put_value(FILE *f, fir_test_random *r, kind k, int depth);

static void put_list_value(FILE *f, fir_test_random *r, kind k, int depth)
{
    fputc('[', f);
    for (uint32_t i = 0, n = fir_test_below(r, 4); i < n; i++) {
        fputs(i == 0 ? "" : ",", f);
        put_value(f, r, k == LIST ? TEXT : k, depth + 1);
    }
    fputc(']', f);
}

static void put_odd_value(FILE *f, fir_test_random *r, int depth)
{
    static const char *const odd[] = {"null",
                                      "true",
                                      "false",
                                      "0",
                                      "-1",
                                      "1",
                                      "1.5",
                                      "1e3",
                                      "1000",
                                      "18446744073709551615",
                                      "\"\"",
                                      "-0.0",
                                      "1e-9",
                                      "[]",
                                      "{}",
                                      "443",
                                      "3",
                                      "[null]",
                                      "{\"a\":\"bash\"}",
                                      "\"<NA>\""};
    if (depth < 3 && chance(r, 20)) {
        put_list_value(f, r, (kind)fir_test_below(r, MISC + 1), depth);
    } else {
        fputs(PICK(r, odd), f);
    }
}

static void put_value(FILE *f, fir_test_random *r, kind k, int depth)
{
    if (chance(r, 12)) {
        put_odd_value(f, r, depth);
        return;
    }
    switch (k) {
    case LIST:
        put_list_value(f, r, k, depth);
        break;
    case NUMBER:
    case PORT:
        fprintf(f, "%s", chance(r, 70) ? PICK(r, numbers) : "22");
        break;
    case REAL:
        fputs(chance(r, 50) ? PICK(r, reals) : "0.25", f);
        break;
    case ADDRESS:
    case NETWORK:
        fprintf(f, "\"%s\"", PICK(r, addresses));
        break;
    case BOOLEAN:
        fputs(chance(r, 50) ? "true" : "false", f);
        break;
    default:
        put_text_value(f, r);
        break;
    }
}

char *fir_test_strange_alert(fir_test_random *r, size_t *len)
{
    char *p;
    FILE *f = open_text(&p, len);
    const char *rule = chance(r, 40) ? "Terminal shell in container" : PICK(r, words);
    fputs("{\"rule\":", f);
    put_json(f, *rule != '\0' ? rule : "r", strlen(*rule != '\0' ? rule : "r"));
    if (chance(r, 95)) {
        fprintf(f, ",\"priority\":\"%s\"", chance(r, 94) ? PICK(r, levels) : "Strange");
    }
    if (chance(r, 85)) {
        fprintf(f, ",\"source\":\"%s\"", chance(r, 60) ? "syscall" : chance(r, 80) ? "k8s_audit" : "");
    }
    if (chance(r, 80)) {
        fputs(",\"hostname\":", f);
        put_text_value(f, r);
    }
    if (chance(r, 80)) {
        fputs(",\"output\":", f);
        put_text_value(f, r);
    }
    if (chance(r, 80)) {
        fputs(",\"tags\":[\"container\",", f);
        put_word(f, r);
        fputs("]", f);
    }
    fprintf(f, ",\"time\":\"2026-07-14T09:21:33.%09uZ\",\"output_fields\":{", fir_test_below(r, 250) * 4);
    bool first = true;
    uint32_t share = 30 + fir_test_below(r, 65);
    for (uint32_t i = 0; i < COUNT(fields); i++) {
        bool again = i != 0 && strcmp(fields[i].name, fields[i - 1].name) == 0;
        if (!again && !fields[i].own && chance(r, share)) {
            fprintf(f, "%s\"%s\":", first ? "" : ",", fields[i].name);
            put_value(f, r, fields[i].kind, 0);
            first = false;
        }
    }
    fputs("}}", f);
    close_text(f);
    return p;
}
