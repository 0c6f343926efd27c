/* SPDX-License-Identifier: Apache-2.0 */
#include "support/strange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof(a)[0]))
#define PICK(r, a) ((a)[fir_test_below((r), COUNT(a))])

static bool chance(fir_test_random *r, uint32_t in_hundred)
{
    return fir_test_below(r, 100) < in_hundred;
}

/* ---- text that grows ---- */

typedef struct text {
    char *p;
    size_t n, cap;
} text;

static void make_room(text *t, size_t n)
{
    if (n < t->cap - t->n) {
        return;
    }
    t->cap = (t->n + n + 256) * 2;
    t->p = realloc(t->p, t->cap);
    if (t->p == NULL) {
        abort();
    }
}

static void put_bytes(text *t, const char *s, size_t n)
{
    make_room(t, n);
    memcpy(t->p + t->n, s, n);
    t->n += n;
}

static void put_char(text *t, char c)
{
    make_room(t, 1);
    t->p[t->n++] = c;
}

static void put(text *t, const char *s)
{
    put_bytes(t, s, strlen(s));
}

static void putf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void putf(text *t, const char *format, ...)
{
    for (int n = 100;;) {
        va_list args;
        make_room(t, (size_t)n);
        va_start(args, format);
        n = vsnprintf(t->p + t->n, t->cap - t->n, format, args);
        va_end(args);
        if (n < 0) {
            abort();
        }
        if ((size_t)n < t->cap - t->n) {
            t->n += (size_t)n;
            return;
        }
    }
}

static char *close_text(text *t, size_t *n)
{
    make_room(t, 1);
    t->p[t->n] = '\0';
    *n = t->n;
    return t->p;
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

static void put_quoted(text *f, const char *s)
{
    put_char(f, '"');
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\') {
            put_char(f, '\\');
        }
        put_char(f, *s);
    }
    put_char(f, '"');
}

static void put_constant(text *f, fir_test_random *r, kind k, const char *op)
{
    if (strcmp(op, "bcontains") == 0 || strcmp(op, "bstartswith") == 0) {
        put_quoted(f, PICK(r, buffers));
        return;
    }
    switch (k) {
    case NUMBER:
        put(f, PICK(r, numbers));
        break;
    case REAL:
        put(f, PICK(r, reals));
        break;
    case PORT:
        put(f, PICK(r, ports));
        break;
    case ADDRESS:
        put(f, PICK(r, addresses));
        break;
    case NETWORK:
        put(f, chance(r, 90) ? PICK(r, networks) : PICK(r, addresses));
        break;
    case BOOLEAN:
        put(f, chance(r, 50) ? "true" : "false");
        break;
    case PRIORITY:
        put(f, PICK(r, levels));
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
static kind put_transformed(text *f, fir_test_random *r)
{
    static const char *const one[] = {"tolower", "toupper", "b64", "basename"};
    const char *name = fields[pick_field(r, TEXT)].name, *list = fields[pick_field(r, LIST)].name;
    switch (fir_test_below(r, 10)) {
    case 0:
        putf(f, "len(%s)", chance(r, 50) ? name : list);
        return NUMBER;
    case 1:
        putf(f, "join(\",\", %s)", list);
        return TEXT;
    case 2:
        putf(f, "concat(%s, \"%s\", %s)", name, chance(r, 50) ? "/" : "", fields[pick_field(r, TEXT)].name);
        return TEXT;
    case 3:
        putf(f, "getopt(%s, \"a:c\")", list);
        return LIST;
    case 4:
        putf(f, "getopt(%s, \"a:c\")[a]", list);
        return TEXT;
    case 5:
        putf(f, "%s(%s)", PICK(r, one), list);
        return LIST;
    case 6:
        putf(f, "%s(%s(%s))", PICK(r, one), PICK(r, one), name);
        return TEXT;
    case 7:
        putf(f, "join(\" \", (%s, \"x\", %s))", name, fields[pick_field(r, TEXT)].name);
        return TEXT;
    default:
        putf(f, "%s(%s)", PICK(r, one), name);
        return TEXT;
    }
}

static void put_list(text *f, fir_test_random *r, kind k, const char *op)
{
    uint32_t n = chance(r, 4) ? 0 : chance(r, 5) ? 12 + fir_test_below(r, 12) : 1 + fir_test_below(r, 4);
    put_char(f, '(');
    for (uint32_t i = 0; i < n; i++) {
        put(f, i == 0 ? "" : ", ");
        put_constant(f, r, k, op);
    }
    put_char(f, ')');
}

static void put_right(text *f, fir_test_random *r, kind k, const char *op)
{
    static const char *const modifiers[] = {"oneof", "anyof", "allof"};
    if (strcmp(op, "exists") == 0) {
        return;
    }
    if (chance(r, 8) && strcmp(op, "pmatch") != 0) {
        if (chance(r, 60)) {
            putf(f, " val(%s)", fields[pick_field(r, (int)k)].name);
        } else {
            putf(f, " tolower(%s)", fields[pick_field(r, TEXT)].name);
        }
    } else if (takes_list(op)) {
        put_char(f, ' ');
        put_list(f, r, k, op);
    } else if (chance(r, 18)) {
        putf(f, " %s ", PICK(r, modifiers));
        put_list(f, r, k, op);
    } else {
        put_char(f, ' ');
        put_constant(f, r, k, op);
    }
}

static void put_check(text *f, fir_test_random *r)
{
    kind k;
    if (chance(r, 15)) {
        k = put_transformed(f, r);
    } else {
        uint32_t i = pick_field(r, -1);
        k = fields[i].kind;
        put(f, fields[i].name);
    }
    const char *op = pick_op(r, k);
    putf(f, " %s", op);
    put_right(f, r, k, op);
}

static void put_condition(text *f, fir_test_random *r, int depth)
{
    uint32_t shape = depth > 0 ? fir_test_below(r, 10) : 0;
    if (shape < 3) {
        put_check(f, r);
    } else if (shape < 5) {
        put(f, "not (");
        put_condition(f, r, depth - 1);
        put_char(f, ')');
    } else {
        uint32_t n = 2 + fir_test_below(r, 3);
        put_char(f, '(');
        for (uint32_t i = 0; i < n; i++) {
            put(f, i == 0 ? "" : shape < 8 ? " and " : " or ");
            put_condition(f, r, depth - 1);
        }
        put_char(f, ')');
    }
}

/* A text in one of few fields, so that they have many. */
static void put_literal(text *f, fir_test_random *r)
{
    static const char *const in[] = {"proc.cmdline", "output", "fd.name", "user.name"};
    static const char *const by[] = {"contains", "startswith", "endswith"};
    putf(f, "%s %s ", PICK(r, in), PICK(r, by));
    put_quoted(f, PICK(r, words));
}

char *fir_test_strange_condition(fir_test_random *r, int depth)
{
    size_t n;
    text t = {NULL, 0, 0}, *f = &t;
    if (chance(r, 20)) {
        put_literal(f, r);
    } else {
        put_condition(f, r, depth);
    }
    return close_text(f, &n);
}

/* ---- playbooks ---- */

/* As JSON, which YAML reads too. */
static void put_json(text *f, const char *s, size_t n)
{
    put_char(f, '"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            put_char(f, '\\');
            put_char(f, (char)c);
        } else if (c < 0x20) {
            putf(f, "\\u%04x", c);
        } else {
            put_char(f, (char)c);
        }
    }
    put_char(f, '"');
}

static void put_word(text *f, fir_test_random *r)
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

static void put_rule_condition(text *f, fir_test_random *r, bool checked)
{
    for (int tries = 0;; tries++) {
        char *c = tries == 20 ? strdup("proc.name exists") : fir_test_strange_condition(r, (int)fir_test_below(r, 4));
        if (c == NULL) {
            abort();
        }
        bool ok = !checked || compiles(c);
        if (ok) {
            put(f, "  condition: ");
            put_json(f, c, strlen(c));
            put_char(f, '\n');
        }
        free(c);
        if (ok) {
            return;
        }
    }
}

static void put_output_fields(text *f, fir_test_random *r)
{
    put(f, "    output_fields: [");
    for (uint32_t items = 1 + fir_test_below(r, 3), i = 0; i < items; i++) {
        put(f, i == 0 ? "\"" : ", \"");
        for (uint32_t parts = 1 + fir_test_below(r, 2), k = 0; k < parts; k++) {
            uint32_t field = pick_field(r, -1);
            if (fields[field].own) {
                field = pick_field(r, TEXT);
            }
            const char *w = chance(r, 70) ? PICK(r, words) : PICK(r, numbers);
            w = strpbrk(w, ",\"") != NULL ? "bash" : w; /* a comma begins the next part */
            putf(f, "%s%s%s%s", k == 0 ? "" : ", ", fields[field].name, chance(r, 60) ? "=" : "!=", w);
        }
        put_char(f, '"');
    }
    put(f, "]\n");
}

static void put_match(text *f, fir_test_random *r)
{
    static const char *const comparators[] = {"", "=", "<", "<=", ">", ">="};
    static const char *const tags[] = {"container", "mitre_execution", "a", "ab", "bash"};
    uint32_t keys = 1 + fir_test_below(r, 31);
    put(f, "  match:\n");
    if ((keys & 1) != 0) {
        put(f, "    rules: [\"Terminal shell in container\", ");
        put_word(f, r);
        put(f, "]\n");
    }
    if ((keys & 2) != 0) {
        putf(f, "    priority: \"%s%s\"\n", PICK(r, comparators), levels[fir_test_below(r, 8)]);
    }
    if ((keys & 4) != 0) {
        putf(f, "    source: %s\n", chance(r, 60) ? "syscall" : "k8s_audit");
    }
    if ((keys & 8) != 0) {
        putf(f, "    tags: [%s, \"%s, %s\"]\n", PICK(r, tags), PICK(r, tags), PICK(r, tags));
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

static void put_action(text *f, fir_test_random *r, uint32_t i)
{
    if (chance(r, 20)) {
        putf(f, "    - action: a%u\n      use: local:file\n      parameters: {path: /var/log/x, line: \"%s %s\"}\n", i,
             PICK(r, templates), PICK(r, templates));
        return;
    }
    putf(f,
         "    - action: a%u\n      use: http:webhook\n      parameters:\n        url: "
         "\"https://hooks.example.org:8443/in/%s/x?q=%s\"\n",
         i, PICK(r, templates), PICK(r, templates));
    putf(f, "        headers: {X-One: \"%s\", X-Two: \"a %s b\"}\n", PICK(r, templates), PICK(r, templates));
    putf(f, "        body: \"{\\\"one\\\": \\\"%s\\\", \\\"two\\\": [\\\"a %s\\\"], \\\"three\\\": {\\\"k\\\": \\\"%s\\\"}}\"\n",
         PICK(r, templates), PICK(r, templates), PICK(r, templates));
}

char *fir_test_strange_playbook(fir_test_random *r, uint32_t n, bool checked, bool acting, size_t *len)
{
    text t = {NULL, 0, 0}, *f = &t;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t shape = fir_test_below(r, 100);
        putf(f, "- rule: R%u\n", i);
        if (shape < 2) {
            put(f, "  match_all: true\n");
        }
        if (shape >= 2 && shape < 75) {
            put_rule_condition(f, r, checked);
        }
        if (shape >= 70) {
            put_match(f, r);
        }
        if (chance(r, 4)) {
            put(f, "  continue: false\n");
        }
        put(f, "  actions:\n");
        if (acting) {
            put_action(f, r, i);
        } else {
            put(f, "    - {action: Note it, use: local:file, parameters: {path: /var/log/x, line: \"x\"}}\n");
        }
    }
    return close_text(f, len);
}

/* ---- alerts ---- */

/* The longest of everything fits. */
static size_t append(char buffer[512], size_t n, const char *s)
{
    size_t len = strlen(s);
    memcpy(buffer + n, s, len);
    return n + len;
}

static void put_text_value(text *f, fir_test_random *r)
{
    char value[512];
    size_t n = 0;
    if (chance(r, 8)) { /* hard work for a regular expression */
        n = 20 + fir_test_below(r, 40);
        memset(value, 'a', n);
        n = append(value, n, PICK(r, words));
        put_json(f, value, n);
        return;
    }
    for (uint32_t i = 0, parts = chance(r, 60) ? 1 : 1 + fir_test_below(r, 4); i < parts; i++) {
        const char *w = PICK(r, words);
        n = append(value, n, i != 0 && chance(r, 50) ? " " : "");
        n = append(value, n, w);
    }
    if (chance(r, 2)) {
        value[n++] = '\0';
        value[n++] = 'a';
    }
    if (chance(r, 3)) {
        n = append(value, n, "\r\n\"}{{<&\x1b[1m\xe2\x80\xae\x7f%2f../");
    }
    put_json(f, value, n);
}

static void put_value(text *f, fir_test_random *r, kind k, int depth);

static void put_list_value(text *f, fir_test_random *r, kind k, int depth)
{
    put_char(f, '[');
    for (uint32_t i = 0, n = fir_test_below(r, 4); i < n; i++) {
        put(f, i == 0 ? "" : ",");
        put_value(f, r, k == LIST ? TEXT : k, depth + 1);
    }
    put_char(f, ']');
}

static void put_odd_value(text *f, fir_test_random *r, int depth)
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
        put(f, PICK(r, odd));
    }
}

static void put_value(text *f, fir_test_random *r, kind k, int depth)
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
        put(f, chance(r, 70) ? PICK(r, numbers) : "22");
        break;
    case REAL:
        put(f, chance(r, 50) ? PICK(r, reals) : "0.25");
        break;
    case ADDRESS:
    case NETWORK:
        put_quoted(f, PICK(r, addresses));
        break;
    case BOOLEAN:
        put(f, chance(r, 50) ? "true" : "false");
        break;
    default:
        put_text_value(f, r);
        break;
    }
}

char *fir_test_strange_alert(fir_test_random *r, size_t *len)
{
    text t = {NULL, 0, 0}, *f = &t;
    const char *rule = chance(r, 40) ? "Terminal shell in container" : PICK(r, words);
    put(f, "{\"rule\":");
    put_json(f, *rule != '\0' ? rule : "r", strlen(*rule != '\0' ? rule : "r"));
    if (chance(r, 95)) {
        putf(f, ",\"priority\":\"%s\"", chance(r, 94) ? PICK(r, levels) : "Strange");
    }
    if (chance(r, 85)) {
        putf(f, ",\"source\":\"%s\"", chance(r, 60) ? "syscall" : chance(r, 80) ? "k8s_audit" : "");
    }
    if (chance(r, 80)) {
        put(f, ",\"hostname\":");
        put_text_value(f, r);
    }
    if (chance(r, 80)) {
        put(f, ",\"output\":");
        put_text_value(f, r);
    }
    if (chance(r, 80)) {
        put(f, ",\"tags\":[\"container\",");
        put_word(f, r);
        put(f, "]");
    }
    putf(f, ",\"time\":\"2026-07-14T09:21:33.%09uZ\",\"output_fields\":{", fir_test_below(r, 250) * 4);
    bool first = true;
    uint32_t share = 30 + fir_test_below(r, 65);
    for (uint32_t i = 0; i < COUNT(fields); i++) {
        bool again = i != 0 && fields[i].kind == fields[i - 1].kind && strcmp(fields[i].name, fields[i - 1].name) == 0;
        if (!again && !fields[i].own && chance(r, share)) {
            put(f, first ? "\"" : ",\"");
            put(f, fields[i].name);
            put(f, "\":");
            put_value(f, r, fields[i].kind, 0);
            first = false;
        }
    }
    put(f, "}}");
    return close_text(f, len);
}
