/* SPDX-License-Identifier: Apache-2.0 */
/* What aws:security_group knows of EC2: rules, interfaces, and the record of what was there before. */
#ifndef FIR__ACTION_AWS_NETWORK_H
#define FIR__ACTION_AWS_NETWORK_H

#include "action/aws/aws.h"

enum { FIR__SG_MOST_RULES = 1000, FIR__SG_MOST_GROUPS = 16 };

/* One outgoing rule. Empty texts: not given. */
typedef struct fir__sg_rule {
    fir_str id, protocol, from, to, cidr4, cidr6, prefix_list, group, owner, description;
    bool removed; /* by an earlier attempt: it is not there any more, but undo brings it back */
} fir__sg_rule;

typedef struct fir__sg_rules {
    fir__sg_rule *items; /* room for FIR__SG_MOST_RULES */
    size_t n;
} fir__sg_rules;

typedef struct fir__sg_groups {
    fir_str items[FIR__SG_MOST_GROUPS];
    size_t n;
} fir__sg_groups;

/* What prepare recorded, or records. interface is empty where egress was revoked. */
typedef struct fir__sg_record {
    fir_str region, group, interface;
    fir__sg_rules rules;
    fir__sg_groups before, after;
} fir__sg_record;

typedef struct fir__sg_interface {
    fir_str id;
    fir__sg_groups groups;
    size_t addresses;
} fir__sg_interface;

/* Requests: each fills a->request. FIR_CALL_REQUEST, or the call has failed. */
int fir__sg_ask_rules(fir__aws *a, fir_str group, fir_str page);
int fir__sg_ask_interface(fir__aws *a, fir_str id, fir_str address, fir_str vpc);
int fir__sg_ask_revoke(fir__aws *a, const fir__sg_record *r);
int fir__sg_ask_authorize(fir__aws *a, fir_str group, const fir__sg_rules *rules);
int fir__sg_ask_replace(fir__aws *a, fir_str interface, const fir__sg_groups *groups);

/* Answers. 0, or the call has failed. Rules are added to those of earlier pages; *page is empty behind the last. */
int fir__sg_read_rules(fir__aws *a, const fir_http_result *r, fir__sg_rules *rules, fir_str *page);
/* *n: how many interfaces there are; the first one is in *out. */
int fir__sg_read_interfaces(fir__aws *a, const fir_http_result *r, fir__sg_interface *out, size_t *n);
/* <return>true</return>, or nothing: an answer that is no refusal. */
int fir__sg_read_done(fir__aws *a, const fir_http_result *r);

/* The same traffic; ids and descriptions do not count. */
bool fir__sg_same_rule(const fir__sg_rule *x, const fir__sg_rule *y);
/* The same groups, in any order. */
bool fir__sg_same_groups(const fir__sg_groups *x, const fir__sg_groups *y);
/* "sg-1 sg-2" for messages. */
fir_str fir__sg_show(fir__aws *a, const fir__sg_groups *g);

int fir__sg_rules_init(fir__aws *a, fir__sg_rules *rules);
int fir__sg_write_record(fir__aws *a, const fir__sg_record *r);
/* False: nothing is recorded, or it is no such record. */
bool fir__sg_read_record(fir__aws *a, fir__sg_record *r);

#endif
