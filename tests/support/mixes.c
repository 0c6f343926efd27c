/* SPDX-License-Identifier: Apache-2.0 */
#include "support/mixes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t fir_test_next(fir_test_random *r)
{
    uint64_t z = (r->state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t fir_test_below(fir_test_random *r, uint32_t n)
{
    if (r->n_bytes != 0 && n <= 256) {
        r->n_bytes--;
        return *r->bytes++ % n;
    }
    return (uint32_t)(fir_test_next(r) >> 32) % n;
}

/* ---- text that grows ---- */

typedef struct text {
    char *p;
    size_t len, cap;
} text;

static void put(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(text *t, const char *format, ...)
{
    for (;;) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(t->p != NULL ? t->p + t->len : NULL, t->cap - t->len, format, args);
        va_end(args);
        if (n < 0) {
            abort();
        }
        if ((size_t)n < t->cap - t->len) {
            t->len += (size_t)n;
            return;
        }
        t->cap = (t->cap + (size_t)n + 256) * 2;
        t->p = realloc(t->p, t->cap);
        if (t->p == NULL) {
            abort();
        }
    }
}

/* ---- the world that alerts and rules speak of ---- */

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof(a)[0]))
#define PICK(r, a) ((a)[fir_test_below((r), COUNT(a))])

static const char *const processes[] = {"bash",  "sh", "curl", "wget", "python3",      "nginx",   "java", "node",
                                        "xmrig", "nc", "apt",  "psql", "redis-server", "kubectl", "perl", "dd"};
static const char *const users[] = {"root", "www-data", "app", "postgres", "nobody", "ann", "ci"};
static const char *const files[] = {"/etc/shadow",       "/etc/passwd",     "/root/.ssh/id_rsa", "/tmp/.x/run",
                                    "/var/log/auth.log", "/proc/1/environ", "/usr/bin/kmod",     "/var/lib/app/data.db",
                                    "/dev/shm/a",        "/etc/cron.d/job", "/run/secrets/token"};
static const char *const tools[] = {"xmrig",  "chisel", "mimipenguin", "linpeas", "nsenter", "socat", "masscan",   "tor",
                                    "rclone", "ngrok",  "stratum",     "pspy",    "hydra",   "john",  "base64 -d", "| sh"};
static const char *const images[] = {"registry.example/shop/web", "registry.example/shop/billing", "docker.io/library/nginx",
                                     "docker.io/library/redis",   "registry.example/tools/debug",  "quay.io/team/api"};
static const char *const levels[] = {"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"};
static const char *const types[] = {"execve", "openat", "connect", "accept4", "sendto", "ptrace", "clone"};
static const char *const tags[] = {"container", "host",       "mitre_execution", "mitre_persistence",
                                   "network",   "filesystem", "process",         "maturity_stable"};
enum { RULE_NAMES = 140, NAMESPACES = 2000 };

/* Few rules make most alerts. */
static uint32_t common_rule(fir_test_random *r)
{
    uint32_t a = fir_test_below(r, RULE_NAMES), b = fir_test_below(r, RULE_NAMES), c = fir_test_below(r, RULE_NAMES);
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

char *fir_test_alert(fir_test_random *r, size_t *len)
{
    text t = {NULL, 0, 0};
    uint32_t rule = common_rule(r), ns = fir_test_below(r, NAMESPACES), pid = 1000 + fir_test_below(r, 90000);
    const char *level = levels[2 + rule % 5], *process = PICK(r, processes), *parent = PICK(r, processes), *user = PICK(r, users);
    const char *file = PICK(r, files), *image = PICK(r, images), *tool = fir_test_below(r, 8) == 0 ? PICK(r, tools) : "--version";
    const char *type = PICK(r, types);
    uint32_t nanos = fir_test_below(r, 1000000000);
    put(&t,
        "{\"hostname\":\"node-%u\",\"output\":\"09:21:33.%09u: %s Detection %u fired | evt_type=%s user=%s process=%s parent=%s "
        "command=%s -c \\\"%s %s\\\" file=%s container_id=%012x container_name=app container_image_repository=%s "
        "container_image_tag=1.%u k8s_pod_name=app-%u-x2k4p k8s_ns_name=team-%u\",\"output_fields\":{",
        fir_test_below(r, 40), nanos, level, rule, type, user, process, parent, process, tool, file, file, pid * 7919, image,
        rule % 9, ns, ns);
    put(&t,
        "\"container.id\":\"%012x\",\"container.image.repository\":\"%s\",\"container.image.tag\":\"1.%u\",\"container.name\":"
        "\"app\","
        "\"evt.arg.flags\":\"EXE_WRITABLE|EXE_LOWER_LAYER\",\"evt.time\":1784020893%09u,\"evt.type\":\"%s\",\"fd.lport\":%s,"
        "\"fd.name\":\"%s\",\"fd.sip\":%s,\"fd.sport\":%s,",
        pid * 7919, image, rule % 9, nanos, type, rule % 3 == 0 ? "443" : "null", file, rule % 3 == 0 ? "\"203.0.113.9\"" : "null",
        rule % 3 == 0 ? "3333" : "null");
    put(&t,
        "\"k8s.ns.name\":\"team-%u\",\"k8s.pod.name\":\"app-%u-x2k4p\",\"k8s.pod.uid\":\"3f0c2c5e-7a51-4c0b-9a53-1f6f6f0f8d11\","
        "\"proc.aname[2]\":\"containerd-shim\",\"proc.cmdline\":\"%s -c \\\"%s %s\\\" --config /etc/app/config.yaml --level info\","
        "\"proc.cwd\":\"/\",\"proc.exepath\":\"/usr/bin/%s\",\"proc.is_exe_upper_layer\":%s,\"proc.name\":\"%s\",\"proc.pid\":%u,"
        "\"proc.pname\":\"%s\",\"proc.ppid\":%u,\"proc.tty\":%u,\"user.loginuid\":-1,\"user.name\":\"%s\",\"user.uid\":%u},",
        ns, ns, process, tool, file, process, rule % 4 == 0 ? "true" : "false", process, pid, parent, pid - 7, rule % 2 * 34816,
        user, rule % 5 * 33);
    put(&t,
        "\"priority\":\"%s\",\"rule\":\"Detection %u of the catalogue\",\"source\":\"%s\",\"tags\":[\"%s\",\"%s\"],"
        "\"time\":\"2026-07-14T09:21:33.%09uZ\"}",
        level, rule, rule % 11 == 0 ? "k8s_audit" : "syscall", tags[rule % 4], tags[4 + rule % 4], nanos);
    *len = t.len;
    return t.p;
}

/* ---- conditions ---- */

static void put_check(text *t, fir_test_random *r)
{
    switch (fir_test_below(r, 24)) {
    case 0:
        put(t, "rule = \"Detection %u of the catalogue\"", common_rule(r));
        break;
    case 1:
        put(t, "rule in (\"Detection %u of the catalogue\", \"Detection %u of the catalogue\")", common_rule(r), common_rule(r));
        break;
    case 2:
        put(t, "k8s.ns.name = team-%u", fir_test_below(r, NAMESPACES));
        break;
    case 3:
        put(t, "k8s.ns.name startswith team-%u", fir_test_below(r, 30));
        break;
    case 4:
        put(t, "proc.name in (%s, %s, %s)", PICK(r, processes), PICK(r, processes), PICK(r, processes));
        break;
    case 5:
        put(t, "proc.name != %s", PICK(r, processes));
        break;
    case 6:
        put(t, "proc.cmdline contains \"%s\"", PICK(r, tools));
        break;
    case 7:
        put(t, "fd.name startswith %.5s", PICK(r, files));
        break;
    case 8:
        put(t, "fd.name glob \"/*/%s*\"", fir_test_below(r, 2) != 0 ? "s" : ".x");
        break;
    case 9:
        put(t, "fd.name pmatch (%s, /var/log)", PICK(r, files));
        break;
    case 10:
        put(t, "proc.cmdline regex \".*(%s|%s).*\"", PICK(r, processes), PICK(r, processes));
        break;
    case 11:
        put(t, "proc.exepath endswith /%s", PICK(r, processes));
        break;
    case 12:
        put(t, "priority >= %s", PICK(r, levels));
        break;
    case 13:
        put(t, "priority in (%s, %s)", PICK(r, levels), PICK(r, levels));
        break;
    case 14:
        put(t, "user.uid %s %u", fir_test_below(r, 2) != 0 ? "<" : "=", fir_test_below(r, 4) * 33);
        break;
    case 15:
        put(t, "fd.sport exists");
        break;
    case 16:
        put(t, "fd.sip = 203.0.113.%u", 8 + fir_test_below(r, 3));
        break;
    case 17:
        put(t, "tags intersects (%s, %s)", PICK(r, tags), PICK(r, tags));
        break;
    case 18:
        put(t, "source = %s", fir_test_below(r, 2) != 0 ? "syscall" : "k8s_audit");
        break;
    case 19:
        put(t, "proc.is_exe_upper_layer = %s", fir_test_below(r, 2) != 0 ? "true" : "false");
        break;
    case 20:
        put(t, "toupper(proc.name) = \"BASH\"");
        break;
    case 21:
        put(t, "proc.name = val(proc.pname)");
        break;
    case 22:
        put(t, "proc.cmdline icontains \"CONFIG\"");
        break;
    default:
        put(t, "container.image.repository = %s", PICK(r, images));
        break;
    }
}

static void put_condition(text *t, fir_test_random *r, int depth)
{
    uint32_t shape = depth > 0 ? fir_test_below(r, 10) : 0;
    if (shape < 4) {
        put_check(t, r);
    } else if (shape < 5) {
        put(t, "not (");
        put_condition(t, r, depth - 1);
        put(t, ")");
    } else {
        uint32_t n = 2 + fir_test_below(r, 3);
        put(t, "(");
        for (uint32_t i = 0; i < n; i++) {
            put(t, "%s", i == 0 ? "" : shape < 8 ? " and " : " or ");
            put_condition(t, r, depth - 1);
        }
        put(t, ")");
    }
}

char *fir_test_condition(fir_test_random *r, int depth)
{
    text t = {NULL, 0, 0};
    put_condition(&t, r, depth);
    return t.p;
}

/* ---- playbooks ---- */

static void put_more(text *t, fir_test_random *r)
{
    for (uint32_t more = 1 + fir_test_below(r, 3); more > 0; more--) {
        put(t, " and ");
        put_check(t, r);
    }
}

/* In per cent: 55 begin with a rule name, 15 with a namespace or image, 10 are alternatives, 13 have literals, paths and globs
 * only, 3 a regex, 4 only negations and numbers. */
static void put_broad(text *t, fir_test_random *r)
{
    uint32_t kind = fir_test_below(r, 100);
    if (kind < 55) {
        put(t, "rule = \"Detection %u of the catalogue\"", fir_test_below(r, RULE_NAMES));
        put_more(t, r);
    } else if (kind < 70) {
        put(t, kind < 63 ? "k8s.ns.name = team-%u" : "container.image.repository = registry.example/team/%u",
            fir_test_below(r, NAMESPACES));
        put_more(t, r);
    } else if (kind < 80) {
        put(t, "(proc.name = %s and fd.name startswith %s) or (user.name = %s and k8s.ns.name = team-%u)", PICK(r, processes),
            PICK(r, files), PICK(r, users), fir_test_below(r, NAMESPACES));
    } else if (kind < 93) {
        put(t, "proc.cmdline contains \"%s-%u\" or fd.name glob \"/opt/app-%u/*\"", PICK(r, tools), fir_test_below(r, 1000),
            fir_test_below(r, 1000));
    } else if (kind < 96) {
        put(t, "proc.cmdline regex \".*tool-%u[[:space:]]+(run|exec).*\"", fir_test_below(r, 1000));
    } else {
        put(t, "not proc.name in (%s, %s) and user.uid > %u and not k8s.ns.name startswith team-%u", PICK(r, processes),
            PICK(r, processes), 100 + fir_test_below(r, 60), fir_test_below(r, 10));
    }
}

static void put_tenant(text *t, fir_test_random *r)
{
    uint32_t kind = fir_test_below(r, 100), ns = fir_test_below(r, NAMESPACES);
    if (kind < 88) {
        put(t, "rule = \"Detection %u of the catalogue\" and k8s.ns.name = team-%u", fir_test_below(r, RULE_NAMES), ns);
    } else if (kind < 97) {
        put(t, "k8s.ns.name = team-%u and proc.cmdline contains \"%s\"", ns, PICK(r, tools));
    } else if (kind < 99) {
        put(t, "proc.cmdline contains \"tenant-%u-tool\"", ns);
    } else {
        put(t, "proc.cmdline regex \".*tenant-%u[[:space:]]+(run|exec).*\"", ns);
    }
}

char *fir_test_playbook(fir_test_mix mix, uint32_t n, size_t *len)
{
    text t = {NULL, 0, 0};
    fir_test_random r = {.state = 42};
    for (uint32_t i = 0; i < n; i++) {
        put(&t, "- rule: Playbook rule %u\n  condition: >\n    ", i);
        if (mix == FIR_TEST_BROAD) {
            put_broad(&t, &r);
        } else {
            put_tenant(&t, &r);
        }
        put(&t, "\n  actions:\n    - action: Note it\n      use: http:webhook\n      parameters:\n        url: "
                "https://hooks.example/falco\n"
                "        body: "
                "'{\"rule\":\"{{rule}}\",\"pod\":\"{{k8s.ns.name}}/{{k8s.pod.name}}\",\"command\":\"{{proc.cmdline}}\"}'\n");
    }
    *len = t.len;
    return t.p;
}
