/* SPDX-License-Identifier: Apache-2.0 */
/* What an action is done to. The alert only names it; who acts looks the live object up and pins it. The order in which names
 * are looked for is Falco Talon's, but an audit alert about something that is no pod gives no pod. */
#include "json/writer.h"
#include "plan/plan.h"

/* A field's text when it is there and not missing (`host` is no container, null and <NA> are nothing). */
static fir_str text_of(const fir_event *e, fir_str name)
{
    const fir__event_field *f = fir__event_find(e, name);
    if (f == NULL || fir__value_missing(&f->value) || f->value.type == FIR__LIST || f->value.type == FIR__OBJECT) {
        return (fir_str){NULL, 0};
    }
    return fir__value_text(&f->value);
}

static fir_str first_of(const fir_event *e, fir_str a, fir_str b)
{
    fir_str s = text_of(e, a);
    return s.len != 0 ? s : text_of(e, b);
}

static bool find_pod(const fir_event *e, fir__target *t, const char **why)
{
    t->pod = first_of(e, FIR__S("k8s.pod.name"), FIR__S("ka.target.pod.name"));
    if (t->pod.len == 0 && fir__str_eq(text_of(e, FIR__S("ka.target.resource")), FIR__S("pods"))) {
        t->pod = text_of(e, FIR__S("ka.target.name"));
    }
    t->namespace_ = first_of(e, FIR__S("k8s.ns.name"), FIR__S("ka.target.namespace"));
    t->pod_uid = text_of(e, FIR__S("k8s.pod.uid"));
    t->container_id = first_of(e, FIR__S("container.full_id"), FIR__S("container.id"));
    if (fir__str_eq(t->container_id, FIR__S("host"))) {
        t->container_id = (fir_str){NULL, 0};
    }
    *why = t->pod.len == 0          ? "the alert names no pod (k8s.pod.name, ka.target.pod.name)"
           : t->namespace_.len == 0 ? "the alert names no namespace (k8s.ns.name, ka.target.namespace)"
                                    : NULL;
    return *why == NULL;
}

static bool find_resource(const fir_event *e, fir__target *t, const char **why)
{
    t->resource = text_of(e, FIR__S("ka.target.resource"));
    t->name = text_of(e, FIR__S("ka.target.name"));
    t->namespace_ = text_of(e, FIR__S("ka.target.namespace"));
    *why = t->resource.len == 0 ? "the alert names no resource (ka.target.resource)"
           : t->name.len == 0   ? "the alert names no object (ka.target.name)"
                                : NULL;
    return *why == NULL;
}

static bool find_process(const fir_event *e, fir__target *t, const char **why)
{
    const fir__value *host = e->properties[FIR__PROP_HOSTNAME];
    t->pid = text_of(e, FIR__S("proc.pid"));
    t->node = host != NULL ? fir__value_text(host) : (fir_str){NULL, 0};
    t->container_id = first_of(e, FIR__S("container.full_id"), FIR__S("container.id"));
    *why = t->pid.len == 0 ? "the alert names no process (proc.pid)" : NULL;
    return *why == NULL;
}

/* Where an order holds, and whose container it is about. */
static bool find_scope(const fir_event *e, fir__target *t, const char **why)
{
    (void)find_pod(e, t, why);
    *why = NULL; /* which of it an order needs, its parameters say */
    return true;
}

/* Types by name or family; the first that fits. All others act on no object of the alert's. */
static const struct {
    fir_str type; /* a name, or a family with its colon */
    bool (*find)(const fir_event *e, fir__target *t, const char **why);
} finders[] = {
    {{"admission:", 10}, find_scope}, {{"kubernetes:delete", 17}, find_resource},
    {{"kubernetes:", 11}, find_pod},  {{"calico:", 7}, find_pod},
    {{"cilium:", 7}, find_pod},       {{"local:kill", 10}, find_process},
};

bool fir__target_find(const fir__action_def *type, const fir_event *e, fir__target *out, const char **why)
{
    memset(out, 0, sizeof *out);
    *why = NULL;
    for (size_t i = 0; i < sizeof finders / sizeof finders[0]; i++) {
        if (fir__str_starts(type->name, finders[i].type)) {
            return finders[i].find(e, out, why);
        }
    }
    return true;
}

/* In order of key, as canonical JSON wants them. */
static const struct {
    fir_str key;
    size_t offset;
} members[] = {
    {{"container_id", 12}, offsetof(fir__target, container_id)},
    {{"name", 4}, offsetof(fir__target, name)},
    {{"namespace", 9}, offsetof(fir__target, namespace_)},
    {{"node", 4}, offsetof(fir__target, node)},
    {{"pid", 3}, offsetof(fir__target, pid)},
    {{"pod", 3}, offsetof(fir__target, pod)},
    {{"pod_uid", 7}, offsetof(fir__target, pod_uid)},
    {{"resource", 8}, offsetof(fir__target, resource)},
};

static const fir_str *member(const fir__target *t, size_t i)
{
    return (const fir_str *)((const char *)t + members[i].offset);
}

bool fir__target_empty(const fir__target *t)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (member(t, i)->len != 0) {
            return false;
        }
    }
    return true;
}

void fir__target_write(const fir__target *t, fir__sbuf *b)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (member(t, i)->len != 0) {
            fir__json_key_str(&w, members[i].key, *member(t, i));
        }
    }
    fir__json_close(&w, '}');
}
