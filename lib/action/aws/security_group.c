/* SPDX-License-Identifier: Apache-2.0 */
/* aws:security_group: takes a group's outgoing rules away, or gives an interface other groups. prepare reads what is there and
 * records it; undo brings back what was removed, and nothing else. */
#include <arpa/inet.h>

#include "action/aws/network.h"
#include "action/aws/types.h"

/* Between the steps of one function. */
typedef struct work {
    fir__sg_record record;
    fir__sg_rules now;
    int verdict;
} work;

static work *work_of(fir__aws *a)
{
    if (a->own == NULL) {
        a->own = fir__arena_zalloc(&a->c->arena, sizeof(work));
    }
    return a->own;
}

static bool is_id(fir_str s, const char *prefix)
{
    size_t n = strlen(prefix);
    for (size_t i = n; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i])) {
            return false;
        }
    }
    return fir__str_starts(s, fir__cstr(prefix)) && s.len > n && s.len < 64;
}

static bool is_address(fir_str s)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t bytes[16];
    if (s.len == 0 || s.len >= sizeof text) {
        return false;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool refused_as(fir__aws *a, const fir_http_result *r, const char *code)
{
    return r->status >= 400 && r->status <= 499 && fir__str_eq(fir__aws_read_error(a, r).code, fir__cstr(code));
}

static bool replaces(const fir__aws *a)
{
    return fir__str_eq(fir__aws_parameter(a, "mode"), FIR__S("replace_groups"));
}

/* ---- prepare ---- */

static int wanted_groups(fir__aws *a, fir__sg_groups *out)
{
    const fir__data *d = fir__call_data(a->c, FIR__S("groups"));
    out->n = 0;
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_LIST && i < d->count; i++) {
        fir_str s = d->items[i].type == FIR__DATA_TEXT ? d->items[i].s : FIR__S("");
        if (!is_id(s, "sg-") || out->n == FIR__SG_MOST_GROUPS) {
            return fir__aws_no(a, FIR_EINVAL, true, "groups: 1 to %d ids of security groups (sg-…) are wanted",
                               FIR__SG_MOST_GROUPS);
        }
        out->items[out->n++] = s;
    }
    return out->n != 0 ? 0 : fir__aws_no(a, FIR_EINVAL, true, "replace_groups wants `groups`: an interface needs at least one");
}

static int begin_replacing(fir__aws *a, work *w)
{
    fir_str id = fir__aws_parameter(a, "network_interface_id"), address = fir__aws_parameter(a, "private_ip");
    int rc = wanted_groups(a, &w->record.after);
    if (rc != 0) {
        return rc;
    }
    if ((id.len != 0) == (address.len != 0)) {
        return fir__aws_no(a, FIR_EINVAL, true, "replace_groups wants either `network_interface_id` or `private_ip`");
    }
    if (id.len != 0 ? !is_id(id, "eni-") : !is_address(address)) {
        return fir__aws_no(a, FIR_EDENIED, true,
                           id.len != 0 ? "network_interface_id is no id of an interface (eni-…)" : "private_ip is no address");
    }
    return fir__sg_ask_interface(a, id, address, address.len != 0 ? fir__aws_parameter(a, "vpc_id") : FIR__S(""));
}

static int begin_revoking(fir__aws *a, work *w)
{
    w->record.group = fir__aws_parameter(a, "group_id");
    if (!is_id(w->record.group, "sg-")) {
        return fir__aws_no(a, FIR_EINVAL, true, "revoke_egress wants `group_id`, the id of a security group (sg-…)");
    }
    int rc = fir__sg_rules_init(a, &w->now);
    return rc != 0 ? rc : fir__sg_ask_rules(a, w->record.group, FIR__S(""));
}

/* The rules that are there; and those that an earlier attempt took away, for undo brings them back too. */
static int record_rules(fir__aws *a, work *w)
{
    fir__sg_record before;
    bool again = fir__sg_read_record(a, &before) && fir__str_eq(before.group, w->record.group);
    for (size_t i = 0; again && i < before.rules.n; i++) {
        size_t k = 0;
        while (k < w->now.n && !fir__sg_same_rule(&before.rules.items[i], &w->now.items[k])) {
            k++;
        }
        if (k == w->now.n && w->now.n < FIR__SG_MOST_RULES) {
            w->now.items[w->now.n] = before.rules.items[i];
            w->now.items[w->now.n++].removed = true;
        }
    }
    w->record.rules = w->now;
    w->record.region = a->region;
    return fir__sg_write_record(a, &w->record);
}

static int record_interface(fir__aws *a, work *w, const fir_http_result *r)
{
    fir__sg_interface found;
    fir__sg_record before;
    size_t n = 0;
    if (refused_as(a, r, "InvalidNetworkInterfaceID.NotFound")) {
        return fir__aws_no(a, FIR_ENOTFOUND, true, "the interface is not there (any more)");
    }
    int rc = fir__sg_read_interfaces(a, r, &found, &n);
    if (rc != 0) {
        return rc;
    }
    if (n == 0) {
        return fir__aws_no(a, FIR_ENOTFOUND, true, "no interface has this private address (any more)");
    }
    if (n > 1) {
        return fir__aws_no(a, FIR_EDENIED, true, "%zu interfaces have this private address; `vpc_id` says which network is meant",
                           n);
    }
    if (found.addresses > 1 && fir__aws_parameter(a, "private_ip").len != 0 && !fir__aws_boolean(a, "shared", false)) {
        return fir__aws_no(a, FIR_EDENIED, true,
                           "the interface has %zu addresses, so that others would be cut off too (pods of a node?); `shared: true` "
                           "allows it",
                           found.addresses);
    }
    w->record.interface = found.id;
    w->record.region = a->region;
    w->record.before = found.groups;
    bool done = fir__sg_same_groups(&found.groups, &w->record.after);
    if (done && fir__sg_read_record(a, &before) && fir__str_eq(before.interface, found.id)) {
        w->record.before = before.before; /* an earlier attempt's doing */
    }
    return fir__sg_write_record(a, &w->record);
}

static int prepare(fir__aws *a, const fir_http_result *r)
{
    work *w = work_of(a);
    fir_str page = {NULL, 0};
    if (w == NULL) {
        return fir__aws_no_room(a);
    }
    if (r == NULL) {
        int rc = fir__aws_settle_region(a, FIR__S(""));
        return rc != 0 ? rc : replaces(a) ? begin_replacing(a, w) : begin_revoking(a, w);
    }
    if (replaces(a)) {
        return record_interface(a, w, r);
    }
    int rc = fir__sg_read_rules(a, r, &w->now, &page);
    return rc != 0 ? rc : page.len != 0 ? fir__sg_ask_rules(a, w->record.group, page) : record_rules(a, w);
}

/* ---- advance ---- */

static size_t to_remove(const fir__sg_rules *rules)
{
    size_t n = 0;
    for (size_t i = 0; i < rules->n; i++) {
        n += !rules->items[i].removed;
    }
    return n;
}

static int say(fir__aws *a, const char *what, fir_str target, size_t rules)
{
    fir_str s = rules != SIZE_MAX ? fir__aws_text(a, "{\"%s\":\"%.*s\",\"rules\":%zu}", what, (int)target.len, target.ptr, rules)
                                  : fir__aws_text(a, "{\"%s\":\"%.*s\"}", what, (int)target.len, target.ptr);
    int rc = s.ptr != NULL ? fir_call_output(a->c, s.ptr, s.len) : FIR_ENOMEM;
    return rc != 0 ? fir__aws_no(a, rc, false, "out of memory") : FIR_CALL_DONE;
}

static int act(fir__aws *a, const fir_http_result *r)
{
    const fir__sg_record *k = &((const work *)a->own)->record;
    if (r != NULL) {
        int rc = fir__sg_read_done(a, r);
        if (rc != 0) {
            bool gone = refused_as(a, r, "InvalidSecurityGroupRuleId.NotFound") || refused_as(a, r, "InvalidPermission.NotFound");
            a->c->final = a->c->final && !gone; /* somebody was faster: look again */
            return rc;
        }
    } else if (k->interface.len != 0) {
        return fir__sg_same_groups(&k->before, &k->after) ? say(a, "interface", k->interface, SIZE_MAX)
                                                          : fir__sg_ask_replace(a, k->interface, &k->after);
    } else if (to_remove(&k->rules) != 0) {
        return fir__sg_ask_revoke(a, k);
    }
    return k->interface.len != 0 ? say(a, "interface", k->interface, SIZE_MAX) : say(a, "group", k->group, k->rules.n);
}

/* ---- what was done, seen from later ---- */

static int look(fir__aws *a, work *w)
{
    int rc = fir__sg_rules_init(a, &w->now);
    rc = rc != 0 ? rc : fir__aws_settle_region(a, w->record.region);
    if (rc != 0) {
        return rc;
    }
    return w->record.interface.len != 0 ? fir__sg_ask_interface(a, w->record.interface, FIR__S(""), FIR__S(""))
                                        : fir__sg_ask_rules(a, w->record.group, FIR__S(""));
}

/* Recorded rules that are not there now. */
static int missing_rules(fir__aws *a, const work *w, fir__sg_rules *out)
{
    int rc = fir__sg_rules_init(a, out);
    for (size_t i = 0; rc == 0 && i < w->record.rules.n; i++) {
        size_t k = 0;
        while (k < w->now.n && !fir__sg_same_rule(&w->record.rules.items[i], &w->now.items[k])) {
            k++;
        }
        if (k == w->now.n) {
            out->items[out->n++] = w->record.rules.items[i];
        }
    }
    return rc;
}

static int verify_interface(fir__aws *a, work *w, const fir_http_result *r)
{
    fir__sg_interface found;
    size_t n;
    if (refused_as(a, r, "InvalidNetworkInterfaceID.NotFound")) {
        return FIR_CALL_DONE;
    }
    int rc = fir__sg_read_interfaces(a, r, &found, &n);
    if (rc == 0 && n == 1) {
        w->verdict = fir__sg_same_groups(&found.groups, &w->record.after)    ? FIR_VERIFY_DONE
                     : fir__sg_same_groups(&found.groups, &w->record.before) ? FIR_VERIFY_NOT_DONE
                                                                             : FIR_VERIFY_UNKNOWN;
    }
    return rc;
}

static int verify(fir__aws *a, const fir_http_result *r)
{
    work *w = a->own;
    fir_str page;
    fir__sg_rules missing;
    if (r == NULL) {
        return look(a, w);
    }
    if (w->record.interface.len != 0) {
        return verify_interface(a, w, r);
    }
    int rc = fir__sg_read_rules(a, r, &w->now, &page);
    if (rc != 0 || page.len != 0) {
        return rc != 0 ? rc : fir__sg_ask_rules(a, w->record.group, page);
    }
    rc = missing_rules(a, w, &missing);
    if (rc == 0) {
        w->verdict = missing.n == w->record.rules.n ? FIR_VERIFY_DONE : FIR_VERIFY_NOT_DONE;
    }
    return rc;
}

enum { UNDO_LOOK, UNDO_ACT };

static int undo_interface(fir__aws *a, work *w, const fir_http_result *r)
{
    const fir__sg_record *k = &w->record;
    fir__sg_interface found;
    size_t n = 0;
    if (refused_as(a, r, "InvalidNetworkInterfaceID.NotFound")) {
        return say(a, "gone", k->interface, SIZE_MAX); /* with it, what was done to it */
    }
    int rc = fir__sg_read_interfaces(a, r, &found, &n);
    if (rc != 0 || n == 0) {
        return rc != 0 ? rc : say(a, "gone", k->interface, SIZE_MAX);
    }
    if (fir__sg_same_groups(&found.groups, &k->before)) {
        return say(a, "interface", k->interface, SIZE_MAX);
    }
    if (!fir__sg_same_groups(&found.groups, &k->after)) {
        fir_str now = fir__sg_show(a, &found.groups);
        return fir__aws_no(a, FIR_ESTATE, true, "undo conflict: the groups of %.*s were changed since, to %.*s; left as they are",
                           (int)k->interface.len, k->interface.ptr, (int)now.len, now.ptr);
    }
    a->step = UNDO_ACT;
    return fir__sg_ask_replace(a, k->interface, &k->before);
}

static int undo_rules(fir__aws *a, work *w, const fir_http_result *r)
{
    fir_str page;
    fir__sg_rules missing;
    int rc = fir__sg_read_rules(a, r, &w->now, &page);
    if (rc != 0 || page.len != 0) {
        return rc != 0 ? rc : fir__sg_ask_rules(a, w->record.group, page);
    }
    rc = missing_rules(a, w, &missing);
    if (rc != 0 || missing.n == 0) {
        return rc != 0 ? rc : say(a, "group", w->record.group, 0);
    }
    a->step = UNDO_ACT;
    return fir__sg_ask_authorize(a, w->record.group, &missing);
}

static int undo(fir__aws *a, const fir_http_result *r)
{
    work *w = a->own;
    if (r == NULL) {
        a->step = UNDO_LOOK;
        return look(a, w);
    }
    if (a->step == UNDO_LOOK) {
        return w->record.interface.len != 0 ? undo_interface(a, w, r) : undo_rules(a, w, r);
    }
    int rc = fir__sg_read_done(a, r);
    if (rc != 0) {
        if (refused_as(a, r, "InvalidGroup.NotFound") || refused_as(a, r, "InvalidGroupId.Malformed")) {
            return fir__aws_no(a, FIR_ESTATE, true, "undo conflict: a security group that was there is gone");
        }
        a->c->final = a->c->final && !refused_as(a, r, "InvalidPermission.Duplicate"); /* somebody was faster: look again */
        return rc;
    }
    return w->record.interface.len != 0 ? say(a, "interface", w->record.interface, SIZE_MAX)
                                        : say(a, "group", w->record.group, w->record.rules.n);
}

/* ---- the functions ---- */

/* The state with what was recorded. *have: there was something. NULL: out of memory. */
static fir__aws *recall(void *self, fir_call *c, bool *have)
{
    fir__aws *a = fir__aws_of(self, c, "ec2");
    work *w = a != NULL ? work_of(a) : NULL;
    if (w == NULL) {
        return NULL;
    }
    *have = w->record.region.len != 0 || fir__sg_read_record(a, &w->record);
    return a;
}

int fir__aws_security_group_prepare(void *self, fir_call *c)
{
    fir__aws *a = fir__aws_of(self, c, "ec2");
    return a != NULL ? fir__aws_run(a, prepare) : FIR_ENOMEM;
}

int fir__aws_security_group_advance(void *self, fir_call *c)
{
    bool have;
    fir__aws *a = recall(self, c, &have);
    if (a == NULL) {
        return FIR_ENOMEM;
    }
    return have ? fir__aws_run(a, act) : fir__aws_no(a, FIR_EINTERNAL, true, "nothing was prepared");
}

int fir__aws_security_group_verify(void *self, fir_call *c)
{
    bool have;
    fir__aws *a = recall(self, c, &have);
    if (a == NULL) {
        return FIR_ENOMEM;
    }
    int rc = have ? fir__aws_run(a, verify) : FIR_CALL_DONE;
    return rc == FIR_CALL_DONE ? ((const work *)a->own)->verdict : rc;
}

int fir__aws_security_group_undo(void *self, fir_call *c)
{
    bool have;
    fir__aws *a = recall(self, c, &have);
    if (a == NULL) {
        return FIR_ENOMEM;
    }
    return have ? fir__aws_run(a, undo) : fir__aws_no(a, FIR_ESTATE, true, "undo: nothing was recorded");
}
