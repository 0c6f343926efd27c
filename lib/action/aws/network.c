/* SPDX-License-Identifier: Apache-2.0 */
#include "action/aws/network.h"

#include <stdio.h>

#include "action/aws/sigv4.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_FORM = 1024 * 1024, MAX_ANSWER = 4 * 1024 * 1024 };

/* ---- requests ---- */

static void begin(fir__aws *a, fir__sbuf *b, fir_str action)
{
    fir__sbuf_init(b, &a->c->wiping, MAX_FORM);
    fir__aws_form(b, FIR__S("Action"), action);
    fir__aws_form(b, FIR__S("Version"), FIR__S("2016-11-15"));
}

static int finish(fir__aws *a, fir__sbuf *b)
{
    a->request.content_type = FIR__S("application/x-www-form-urlencoded; charset=utf-8");
    a->request.max_response = MAX_ANSWER;
    int rc = fir__aws_keep(a, b, &a->request.body);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

/* "PREFIX.N.SUFFIX"; an empty value is none. */
static void numbered(fir__sbuf *b, const char *prefix, size_t n, const char *suffix, fir_str value)
{
    char name[100];
    if (value.len != 0) {
        (void)snprintf(name, sizeof name, "%s.%zu%s%s", prefix, n, suffix[0] != '\0' ? "." : "", suffix);
        fir__aws_form(b, fir__cstr(name), value);
    }
}

static size_t filter(fir__sbuf *b, size_t n, fir_str name, fir_str value)
{
    if (value.len == 0) {
        return n;
    }
    numbered(b, "Filter", ++n, "Name", name);
    numbered(b, "Filter", n, "Value.1", value);
    return n;
}

int fir__sg_ask_rules(fir__aws *a, fir_str group, fir_str page)
{
    fir__sbuf b;
    begin(a, &b, FIR__S("DescribeSecurityGroupRules"));
    (void)filter(&b, 0, FIR__S("group-id"), group);
    fir__aws_form(&b, FIR__S("MaxResults"), FIR__S("1000"));
    if (page.len != 0) {
        fir__aws_form(&b, FIR__S("NextToken"), page);
    }
    return finish(a, &b);
}

int fir__sg_ask_interface(fir__aws *a, fir_str id, fir_str address, fir_str vpc)
{
    fir__sbuf b;
    size_t n = 0;
    bool six = address.len != 0 && memchr(address.ptr, ':', address.len) != NULL;
    begin(a, &b, FIR__S("DescribeNetworkInterfaces"));
    numbered(&b, "NetworkInterfaceId", 1, "", id);
    n = filter(&b, n, six ? FIR__S("ipv6-addresses.ipv6-address") : FIR__S("addresses.private-ip-address"), address);
    (void)filter(&b, n, FIR__S("vpc-id"), vpc);
    return finish(a, &b);
}

int fir__sg_ask_revoke(fir__aws *a, const fir__sg_record *r)
{
    fir__sbuf b;
    size_t n = 0;
    begin(a, &b, FIR__S("RevokeSecurityGroupEgress"));
    fir__aws_form(&b, FIR__S("GroupId"), r->group);
    for (size_t i = 0; i < r->rules.n; i++) {
        if (!r->rules.items[i].removed) {
            numbered(&b, "SecurityGroupRuleId", ++n, "", r->rules.items[i].id);
        }
    }
    return finish(a, &b);
}

int fir__sg_ask_authorize(fir__aws *a, fir_str group, const fir__sg_rules *rules)
{
    fir__sbuf b;
    begin(a, &b, FIR__S("AuthorizeSecurityGroupEgress"));
    fir__aws_form(&b, FIR__S("GroupId"), group);
    for (size_t i = 0; i < rules->n; i++) {
        const fir__sg_rule *x = &rules->items[i];
        const struct {
            fir_str value;
            const char *name, *description;
        } to[] = {{x->cidr4, "IpRanges.1.CidrIp", "IpRanges.1.Description"},
                  {x->cidr6, "Ipv6Ranges.1.CidrIpv6", "Ipv6Ranges.1.Description"},
                  {x->prefix_list, "PrefixListIds.1.PrefixListId", "PrefixListIds.1.Description"},
                  {x->group, "Groups.1.GroupId", "Groups.1.Description"}};
        numbered(&b, "IpPermissions", i + 1, "IpProtocol", x->protocol);
        numbered(&b, "IpPermissions", i + 1, "FromPort", x->from);
        numbered(&b, "IpPermissions", i + 1, "ToPort", x->to);
        for (size_t k = 0; k < sizeof to / sizeof to[0]; k++) {
            if (to[k].value.len != 0) {
                numbered(&b, "IpPermissions", i + 1, to[k].name, to[k].value);
                numbered(&b, "IpPermissions", i + 1, to[k].description, x->description);
            }
        }
        numbered(&b, "IpPermissions", i + 1, "Groups.1.UserId", x->group.len != 0 ? x->owner : x->group);
    }
    return finish(a, &b);
}

int fir__sg_ask_replace(fir__aws *a, fir_str interface, const fir__sg_groups *groups)
{
    fir__sbuf b;
    begin(a, &b, FIR__S("ModifyNetworkInterfaceAttribute"));
    fir__aws_form(&b, FIR__S("NetworkInterfaceId"), interface);
    for (size_t i = 0; i < groups->n; i++) {
        numbered(&b, "SecurityGroupId", i + 1, "", groups->items[i]);
    }
    return finish(a, &b);
}

/* ---- answers ---- */

static int read_xml(fir__aws *a, const fir_http_result *r, fir__xml **root)
{
    if (r->status != 200) {
        return fir__aws_fail(a, r, "EC2");
    }
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    if (body.ptr == NULL) {
        return fir__aws_no_room(a);
    }
    return fir__xml_read(body, &a->c->arena, root, NULL) == 0
               ? 0
               : fir__aws_no(a, FIR_EACTION, false, "EC2 answered 200 with something that is no answer");
}

/* A port that does not apply comes as -1. */
static fir_str port_of(const fir__xml *x, fir_str name)
{
    fir_str s = fir__xml_text(x, name);
    return fir__str_eq(s, FIR__S("-1")) ? FIR__S("") : s;
}

int fir__sg_rules_init(fir__aws *a, fir__sg_rules *rules)
{
    rules->n = 0;
    rules->items = fir__arena_array(&a->c->arena, FIR__SG_MOST_RULES, sizeof *rules->items);
    return rules->items == NULL ? fir__aws_no_room(a) : 0;
}

static int add_rule(fir__aws *a, fir__sg_rules *rules, const fir__sg_rule *one)
{
    if (rules->n == FIR__SG_MOST_RULES) {
        return fir__aws_no(a, FIR_ELIMIT, true, "EC2: the group has more than %d outgoing rules", FIR__SG_MOST_RULES);
    }
    rules->items[rules->n++] = *one;
    return 0;
}

int fir__sg_read_rules(fir__aws *a, const fir_http_result *r, fir__sg_rules *rules, fir_str *page)
{
    fir__xml *root;
    int rc = read_xml(a, r, &root);
    const fir__xml *set = rc == 0 ? fir__xml_child(root, FIR__S("securityGroupRuleSet")) : NULL;
    if (rc == 0 && set == NULL) {
        rc = fir__aws_no(a, FIR_EACTION, false, "EC2 answered 200 without a securityGroupRuleSet");
    }
    for (const fir__xml *x = fir__xml_child(set, FIR__S("item")); rc == 0 && x != NULL; x = fir__xml_again(x)) {
        const fir__sg_rule one = {.id = fir__xml_text(x, FIR__S("securityGroupRuleId")),
                                  .protocol = fir__xml_text(x, FIR__S("ipProtocol")),
                                  .from = port_of(x, FIR__S("fromPort")),
                                  .to = port_of(x, FIR__S("toPort")),
                                  .cidr4 = fir__xml_text(x, FIR__S("cidrIpv4")),
                                  .cidr6 = fir__xml_text(x, FIR__S("cidrIpv6")),
                                  .prefix_list = fir__xml_text(x, FIR__S("prefixListId")),
                                  .group = fir__xml_text(x, FIR__S("referencedGroupInfo/groupId")),
                                  .owner = fir__xml_text(x, FIR__S("referencedGroupInfo/userId")),
                                  .description = fir__xml_text(x, FIR__S("description"))};
        if (fir__str_eq_nocase(fir__xml_text(x, FIR__S("isEgress")), FIR__S("true"))) {
            rc = one.id.len != 0 && one.protocol.len != 0
                     ? add_rule(a, rules, &one)
                     : fir__aws_no(a, FIR_EACTION, true, "EC2: an outgoing rule without an id");
        }
    }
    *page = rc == 0 ? fir__xml_text(root, FIR__S("nextToken")) : FIR__S("");
    return rc;
}

static int read_groups(fir__aws *a, const fir__xml *set, fir__sg_groups *out)
{
    out->n = 0;
    for (const fir__xml *x = fir__xml_child(set, FIR__S("item")); x != NULL; x = fir__xml_again(x)) {
        if (out->n == FIR__SG_MOST_GROUPS) {
            return fir__aws_no(a, FIR_ELIMIT, true, "EC2: the interface has more than %d groups", FIR__SG_MOST_GROUPS);
        }
        out->items[out->n++] = fir__xml_text(x, FIR__S("groupId"));
    }
    return 0;
}

int fir__sg_read_interfaces(fir__aws *a, const fir_http_result *r, fir__sg_interface *out, size_t *n)
{
    fir__xml *root;
    *n = 0;
    int rc = read_xml(a, r, &root);
    const fir__xml *set = rc == 0 ? fir__xml_child(root, FIR__S("networkInterfaceSet")) : NULL;
    if (rc == 0 && set == NULL) {
        rc = fir__aws_no(a, FIR_EACTION, false, "EC2 answered 200 without a networkInterfaceSet");
    }
    const fir__xml *first = fir__xml_child(set, FIR__S("item"));
    for (const fir__xml *x = first; x != NULL; x = fir__xml_again(x)) {
        ++*n;
    }
    if (rc != 0 || first == NULL) {
        return rc;
    }
    out->id = fir__xml_text(first, FIR__S("networkInterfaceId"));
    out->addresses = 0;
    static const fir_str sets[] = {{"privateIpAddressesSet", 21}, {"ipv6AddressesSet", 16}};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        size_t here = 0;
        for (const fir__xml *x = fir__xml_child(fir__xml_child(first, sets[i]), FIR__S("item")); x != NULL; x = fir__xml_again(x)) {
            here++;
        }
        out->addresses = here > out->addresses ? here : out->addresses; /* one of each family belong together */
    }
    return read_groups(a, fir__xml_child(first, FIR__S("groupSet")), &out->groups);
}

int fir__sg_read_done(fir__aws *a, const fir_http_result *r)
{
    fir__xml *root;
    int rc = read_xml(a, r, &root);
    if (rc == 0 && fir__str_eq(fir__xml_text(root, FIR__S("return")), FIR__S("false"))) {
        rc = fir__aws_no(a, FIR_EACTION, false, "EC2 answered 200, but that it was not done");
    }
    return rc;
}

/* ---- comparing ---- */

bool fir__sg_same_rule(const fir__sg_rule *x, const fir__sg_rule *y)
{
    return fir__str_eq(x->protocol, y->protocol) && fir__str_eq(x->from, y->from) && fir__str_eq(x->to, y->to) &&
           fir__str_eq(x->cidr4, y->cidr4) && fir__str_eq(x->cidr6, y->cidr6) && fir__str_eq(x->prefix_list, y->prefix_list) &&
           fir__str_eq(x->group, y->group);
}

bool fir__sg_same_groups(const fir__sg_groups *x, const fir__sg_groups *y)
{
    for (size_t i = 0; i < x->n; i++) {
        size_t k = 0;
        while (k < y->n && !fir__str_eq(x->items[i], y->items[k])) {
            k++;
        }
        if (k == y->n) {
            return false;
        }
    }
    return x->n == y->n;
}

fir_str fir__sg_show(fir__aws *a, const fir__sg_groups *g)
{
    fir_str s = FIR__S("");
    for (size_t i = 0; i < g->n && s.ptr != NULL; i++) {
        s = fir__aws_text(a, "%.*s%s%.*s", (int)s.len, s.ptr, i != 0 ? " " : "", (int)g->items[i].len, g->items[i].ptr);
    }
    return s.ptr != NULL && s.len != 0 ? s : FIR__S("none");
}

/* ---- the record ---- */

static const fir_str rule_keys[] = {{"cidr4", 5}, {"cidr6", 5}, {"description", 11}, {"from", 4},     {"group", 5},
                                    {"id", 2},    {"owner", 5}, {"prefix_list", 11}, {"protocol", 8}, {"to", 2}};

static void rule_texts(fir__sg_rule *x, fir_str *texts[])
{
    fir_str *all[] = {&x->cidr4, &x->cidr6, &x->description, &x->from,     &x->group,
                      &x->id,    &x->owner, &x->prefix_list, &x->protocol, &x->to};
    memcpy(texts, all, sizeof all);
}

static void write_rule(fir__json_writer *w, const fir__sg_rule *rule)
{
    fir__sg_rule x = *rule;
    fir_str *texts[sizeof rule_keys / sizeof rule_keys[0]];
    rule_texts(&x, texts);
    fir__json_item(w);
    fir__json_open(w, '{');
    for (size_t i = 0; i < sizeof rule_keys / sizeof rule_keys[0]; i++) {
        if (texts[i]->len != 0) {
            fir__json_key_str(w, rule_keys[i], *texts[i]);
        }
    }
    fir__json_close(w, '}');
}

static void write_groups(fir__json_writer *w, fir_str key, const fir__sg_groups *g)
{
    fir__json_key(w, key);
    fir__json_open(w, '[');
    for (size_t i = 0; i < g->n; i++) {
        fir__json_item(w);
        fir__json_string(w->b, g->items[i]);
        fir__json_done(w);
    }
    fir__json_close(w, ']');
}

int fir__sg_write_record(fir__aws *a, const fir__sg_record *r)
{
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &a->c->wiping, FIR__CALL_MAX_RECORD);
    fir__json_open(&w, '{');
    if (r->interface.len != 0) {
        write_groups(&w, FIR__S("after"), &r->after);
        write_groups(&w, FIR__S("before"), &r->before);
        fir__json_key_str(&w, FIR__S("interface"), r->interface);
        fir__json_key_str(&w, FIR__S("region"), r->region);
    } else {
        fir__json_key_str(&w, FIR__S("group"), r->group);
        fir__json_key_str(&w, FIR__S("region"), r->region);
        fir__json_key(&w, FIR__S("rules"));
        fir__json_open(&w, '[');
        for (size_t i = 0; i < r->rules.n; i++) {
            write_rule(&w, &r->rules.items[i]);
        }
        fir__json_close(&w, ']');
    }
    fir__json_close(&w, '}');
    int rc = b.status == 0 ? fir_call_record(a->c, b.ptr, b.len) : b.status;
    fir__sbuf_free(&b);
    if (rc == FIR_ELIMIT) {
        return fir__aws_no(a, rc, true, "EC2: what undo would need is larger than %d bytes", FIR__CALL_MAX_RECORD);
    }
    return rc != 0 ? fir__aws_no(a, rc, false, "out of memory") : 0;
}

static fir_str text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
}

static void read_recorded_groups(const fir__data *d, fir__sg_groups *out)
{
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_LIST && i < d->count && out->n < FIR__SG_MOST_GROUPS; i++) {
        if (d->items[i].type == FIR__DATA_TEXT) {
            out->items[out->n++] = d->items[i].s;
        }
    }
}

bool fir__sg_read_record(fir__aws *a, fir__sg_record *r)
{
    fir__data *d;
    fir_str text;
    memset(r, 0, sizeof *r);
    if (fir_call_recorded(a->c, &text) != 0) {
        return false;
    }
    text = fir__arena_str(&a->c->arena, text);
    if (text.ptr == NULL || fir__json_document(text, &a->c->arena, &d, NULL) != 0) {
        return false;
    }
    r->region = text_at(d, FIR__S("region"));
    r->group = text_at(d, FIR__S("group"));
    r->interface = text_at(d, FIR__S("interface"));
    read_recorded_groups(fir__data_get(d, FIR__S("before")), &r->before);
    read_recorded_groups(fir__data_get(d, FIR__S("after")), &r->after);
    const fir__data *rules = fir__data_get(d, FIR__S("rules"));
    if (rules != NULL && rules->type == FIR__DATA_LIST) {
        if (rules->count > FIR__SG_MOST_RULES || fir__sg_rules_init(a, &r->rules) != 0) {
            return false;
        }
        for (uint32_t i = 0; i < rules->count; i++) {
            fir_str *texts[sizeof rule_keys / sizeof rule_keys[0]];
            rule_texts(&r->rules.items[r->rules.n++], texts);
            for (size_t k = 0; k < sizeof rule_keys / sizeof rule_keys[0]; k++) {
                *texts[k] = text_at(&rules->items[i], rule_keys[k]);
            }
        }
    }
    return r->region.len != 0 && (r->interface.len != 0) != (r->group.len != 0);
}
