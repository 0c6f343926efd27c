/* SPDX-License-Identifier: Apache-2.0 */
/* aws:security_group: what prepare records, what is sent, how verify judges and what undo brings back. The functions are called as
 * the engine does. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/aws/types.h"
#include "action/call.h"
#include "action/env.h"
#include "support/suite.h"

static fir_call c;
static fir__action_env env;
static fir__entry entries[12];
static char record[FIR__CALL_MAX_RECORD + 1];

static int64_t clock_now(void *self)
{
    (void)self;
    return INT64_C(1784020001) * 1000000000;
}
static const fir_clock stopped = {sizeof stopped, NULL, clock_now, clock_now};

static void setup(void)
{
    fir_error err;
    ck_assert_int_eq(setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1), 0);
    ck_assert_int_eq(setenv("AWS_SECRET_ACCESS_KEY", "secret", 1), 0);
    ck_assert_int_eq(unsetenv("AWS_ENDPOINT_URL"), 0);
    ck_assert_int_eq(unsetenv("AWS_PROFILE"), 0);
    fir__secrets *secrets;
    ck_assert_int_eq(fir__secrets_new(&fir__default_allocator, true, &secrets, &err), 0);
    env = (fir__action_env){.allocator = &fir__default_allocator, .clock = &stopped, .secrets = secrets, .environment = true};
    ck_assert_int_eq(fir__tokens_new(&fir__default_allocator, &env.tokens), 0);
    fir__call_init(&c, &fir__default_allocator);
    record[0] = '\0';
}

static void teardown(void)
{
    fir__call_free(&c);
    fir__tokens_free(env.tokens);
    fir__secrets_free((fir__secrets *)(uintptr_t)env.secrets);
}

/* Another attempt, or what comes after it: only the record is left. */
static void begin_again(void)
{
    fir_str s;
    if (fir_call_recorded(&c, &s) == 0) {
        (void)snprintf(record, sizeof record, "%.*s", (int)s.len, s.ptr);
    }
    fir__data params = c.params;
    fir__call_free(&c);
    fir__call_init(&c, &fir__default_allocator);
    c.params = params;
    if (record[0] != '\0') {
        ck_assert_int_eq(fir_call_record(&c, record, strlen(record)), 0);
    }
}

static void param(const char *name, const char *value)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = fir__cstr(name), .value = fir__data_text(fir__cstr(value))};
}

static void groups(fir__data *ids, uint32_t n)
{
    uint32_t i = c.params.count++;
    c.params.entries = entries;
    entries[i] = (fir__entry){.key = FIR__S("groups"), .value = {.type = FIR__DATA_LIST, .count = n, .items = ids}};
}

typedef int function(void *self, fir_call *call);

/* Calls a function for the first time. */
static int start(function *f)
{
    c.response = NULL;
    c.has_request = false;
    return f(&env, &c);
}

/* Calls it with an answer to what it asked for. */
static int answer(function *f, int status, const char *body)
{
    const fir_http_result r = {.size = sizeof r, .status = status, .body = fir__cstr(body)};
    c.response = &r;
    c.has_request = false;
    int rc = f(&env, &c);
    c.response = NULL;
    return rc;
}

static const char *body(void)
{
    static char text[8192];
    ck_assert(c.has_request);
    ck_assert(fir__str_eq(c.request.url, FIR__S("https://ec2.eu-west-1.amazonaws.com/")));
    (void)snprintf(text, sizeof text, "%.*s", (int)c.request.body.len, c.request.body.ptr);
    return text;
}

static const char *recorded(void)
{
    fir_str s;
    ck_assert_int_eq(fir_call_recorded(&c, &s), 0);
    (void)snprintf(record, sizeof record, "%.*s", (int)s.len, s.ptr);
    return record;
}

static const char *output(void)
{
    static char text[1000];
    (void)snprintf(text, sizeof text, "%.*s", (int)c.output.len, c.output.ptr != NULL ? c.output.ptr : "");
    return text;
}

#define XML(action, content)                                                                                                       \
    "<" action "Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">" content "</" action "Response>"
#define RULES(content) XML("DescribeSecurityGroupRules", "<securityGroupRuleSet>" content "</securityGroupRuleSet>")
#define RULE(id, rest)                                                                                                             \
    "<item><securityGroupRuleId>" id "</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress>" rest "</item>"
#define ALL RULE("sgr-1", "<ipProtocol>-1</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort><cidrIpv4>0.0.0.0/0</cidrIpv4>")
#define WEB                                                                                                                        \
    RULE("sgr-2",                                                                                                                  \
         "<ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><cidrIpv6>::/0</cidrIpv6><description>w &amp; "  \
         "x</description>")
#define PEER                                                                                                                       \
    RULE("sgr-3",                                                                                                                  \
         "<ipProtocol>udp</ipProtocol><fromPort>0</fromPort><toPort>53</toPort><referencedGroupInfo><groupId>sg-9</groupId>"       \
         "<userId>7</userId></referencedGroupInfo>")
#define LIST                                                                                                                       \
    RULE("sgr-4", "<ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><prefixListId>pl-1</prefixListId>")
#define INGRESS                                                                                                                    \
    "<item><securityGroupRuleId>sgr-5</securityGroupRuleId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol></item>"
#define FAILED(code)                                                                                                               \
    "<Response><Errors><Error><Code>" code "</Code><Message>m</Message></Error></Errors><RequestID>1</RequestID></Response>"
#define DONE(action) XML(action, "<return>true</return>")

#define DESCRIBE_RULES                                                                                                             \
    "Action=DescribeSecurityGroupRules&Version=2016-11-15&Filter.1.Name=group-id&Filter.1.Value.1=sg-1&MaxResults=1000"
#define ALL_RULE "{\"cidr4\":\"0.0.0.0/0\",\"id\":\"sgr-1\",\"protocol\":\"-1\"}"
#define WEB_RULE                                                                                                                   \
    "{\"cidr6\":\"::/0\",\"description\":\"w & x\",\"from\":\"443\",\"id\":\"sgr-2\",\"protocol\":\"tcp\",\"to\":\"443\"}"

static void revoke(void)
{
    param("mode", "revoke_egress");
    param("group_id", "sg-1");
    param("region", "eu-west-1");
}

START_TEST(egress_is_revoked)
{
    revoke();
    ck_assert_int_eq(start(fir__aws_security_group_prepare), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), DESCRIBE_RULES);
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200,
                            XML("DescribeSecurityGroupRules",
                                "<nextToken>n/1</nextToken><securityGroupRuleSet>" ALL INGRESS "</securityGroupRuleSet>")),
                     FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), DESCRIBE_RULES "&NextToken=n%2F1");
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, RULES(WEB)), FIR_CALL_DONE);
    ck_assert_str_eq(recorded(), "{\"group\":\"sg-1\",\"region\":\"eu-west-1\",\"rules\":[" ALL_RULE "," WEB_RULE "]}");
    ck_assert_int_eq(start(fir__aws_security_group_advance), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), "Action=RevokeSecurityGroupEgress&Version=2016-11-15&GroupId=sg-1&SecurityGroupRuleId.1=sgr-1&"
                             "SecurityGroupRuleId.2=sgr-2");
    ck_assert_int_eq(answer(fir__aws_security_group_advance, 200, DONE("RevokeSecurityGroupEgress")), FIR_CALL_DONE);
    ck_assert_str_eq(output(), "{\"group\":\"sg-1\",\"rules\":2}");
}
END_TEST

START_TEST(a_group_without_egress)
{
    revoke();
    (void)start(fir__aws_security_group_prepare);
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, RULES(INGRESS)), FIR_CALL_DONE);
    ck_assert_str_eq(recorded(), "{\"group\":\"sg-1\",\"region\":\"eu-west-1\",\"rules\":[]}");
    ck_assert_int_eq(start(fir__aws_security_group_advance), FIR_CALL_DONE);
    ck_assert(!c.has_request);
    begin_again();
    ck_assert_int_eq(start(fir__aws_security_group_undo), FIR_CALL_REQUEST);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, RULES("")), FIR_CALL_DONE);
}
END_TEST

/* The first attempt revoked, and nobody heard of it: the second must not forget what there was. */
START_TEST(a_second_attempt_remembers)
{
    revoke();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL WEB));
    begin_again();
    (void)start(fir__aws_security_group_prepare);
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, RULES(PEER)), FIR_CALL_DONE);
    ck_assert_str_eq(recorded(), "{\"group\":\"sg-1\",\"region\":\"eu-west-1\",\"rules\":[{\"from\":\"0\",\"group\":\"sg-9\","
                                 "\"id\":\"sgr-3\",\"owner\":\"7\","
                                 "\"protocol\":\"udp\",\"to\":\"53\"}," ALL_RULE "," WEB_RULE "]}");
    ck_assert_int_eq(start(fir__aws_security_group_advance), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), "Action=RevokeSecurityGroupEgress&Version=2016-11-15&GroupId=sg-1&SecurityGroupRuleId.1=sgr-3");
}
END_TEST

START_TEST(egress_verified)
{
    static const struct {
        const char *rules;
        int verdict;
    } rows[] = {{RULES(INGRESS LIST), FIR_VERIFY_DONE}, {RULES(ALL), FIR_VERIFY_NOT_DONE}, {RULES(ALL WEB), FIR_VERIFY_NOT_DONE}};
    revoke();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL WEB));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin_again();
        ck_assert_int_eq(start(fir__aws_security_group_verify), FIR_CALL_REQUEST);
        ck_assert_str_eq(body(), DESCRIBE_RULES);
        ck_assert_int_eq(answer(fir__aws_security_group_verify, 200, rows[i].rules), rows[i].verdict);
        ck_assert(!c.has_request);
    }
    record[0] = '\0';
    c.record.len = 0;
    begin_again();
    ck_assert_int_eq(start(fir__aws_security_group_verify), FIR_VERIFY_UNKNOWN);
}
END_TEST

START_TEST(undo_brings_back_what_is_missing)
{
    revoke();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL WEB PEER LIST));
    begin_again();
    c.params.count = 0; /* from the record alone */
    ck_assert_int_eq(start(fir__aws_security_group_undo), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), DESCRIBE_RULES);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, RULES(ALL)), FIR_CALL_REQUEST); /* somebody put one back */
    ck_assert_str_eq(body(),
                     "Action=AuthorizeSecurityGroupEgress&Version=2016-11-15&GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&"
                     "IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A%2F0&"
                     "IpPermissions.1.Ipv6Ranges.1.Description=w+%26+x&IpPermissions.2.IpProtocol=udp&IpPermissions.2.FromPort=0&"
                     "IpPermissions.2.ToPort=53&IpPermissions.2.Groups.1.GroupId=sg-9&IpPermissions.2.Groups.1.UserId=7&"
                     "IpPermissions.3.IpProtocol=tcp&IpPermissions.3.FromPort=443&IpPermissions.3.ToPort=443&"
                     "IpPermissions.3.PrefixListIds.1.PrefixListId=pl-1");
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, DONE("AuthorizeSecurityGroupEgress")), FIR_CALL_DONE);
    begin_again();
    (void)start(fir__aws_security_group_undo);
    (void)answer(fir__aws_security_group_undo, 200, RULES(""));
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 400, FAILED("InvalidGroup.NotFound")), FIR_ESTATE);
    ck_assert(c.final);
    ck_assert_str_eq(c.fail_text, "undo conflict: a security group that was there is gone");
    begin_again();
    (void)start(fir__aws_security_group_undo);
    (void)answer(fir__aws_security_group_undo, 200, RULES(""));
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 400, FAILED("InvalidPermission.Duplicate")), FIR_EACTION);
    ck_assert(!c.final); /* the next attempt looks again */
}
END_TEST

START_TEST(somebody_was_faster)
{
    revoke();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL));
    (void)start(fir__aws_security_group_advance);
    ck_assert_int_eq(answer(fir__aws_security_group_advance, 400, FAILED("InvalidSecurityGroupRuleId.NotFound")), FIR_EACTION);
    ck_assert(!c.final);
    begin_again();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL));
    (void)start(fir__aws_security_group_advance);
    ck_assert_int_eq(answer(fir__aws_security_group_advance, 200, XML("RevokeSecurityGroupEgress", "<return>false</return>")),
                     FIR_EACTION);
    ck_assert(!c.final);
    begin_again();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, RULES(ALL));
    (void)start(fir__aws_security_group_advance);
    ck_assert_int_eq(answer(fir__aws_security_group_advance, 403, FAILED("UnauthorizedOperation")), FIR_EACTION);
    ck_assert(c.final);
    ck_assert_str_eq(c.fail_text, "EC2 answered 403 UnauthorizedOperation: m");
}
END_TEST

/* ---- interfaces ---- */

#define ONE(id, sets, addresses)                                                                                                   \
    "<item><networkInterfaceId>" id "</networkInterfaceId><groupSet>" sets "</groupSet><privateIpAddressesSet>" addresses          \
    "</privateIpAddressesSet></item>"
#define GROUP(id) "<item><groupId>" id "</groupId><groupName>n</groupName></item>"
#define ADDRESS "<item><privateIpAddress>10.0.0.7</privateIpAddress></item>"
#define INTERFACES(content) XML("DescribeNetworkInterfaces", "<networkInterfaceSet>" content "</networkInterfaceSet>")
#define BEFORE INTERFACES(ONE("eni-1", GROUP("sg-a") GROUP("sg-b"), ADDRESS))
#define AFTER INTERFACES(ONE("eni-1", GROUP("sg-q"), ADDRESS))
#define REPLACED "{\"after\":[\"sg-q\"],\"before\":[\"sg-a\",\"sg-b\"],\"interface\":\"eni-1\",\"region\":\"eu-west-1\"}"

static fir__data quarantine = {.type = FIR__DATA_TEXT, .s = {"sg-q", 4}};

static void replace(void)
{
    param("mode", "replace_groups");
    param("private_ip", "10.0.0.7");
    param("vpc_id", "vpc-1");
    param("region", "eu-west-1");
    groups(&quarantine, 1);
}

START_TEST(groups_are_replaced)
{
    replace();
    ck_assert_int_eq(start(fir__aws_security_group_prepare), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(), "Action=DescribeNetworkInterfaces&Version=2016-11-15&Filter.1.Name=addresses.private-ip-address&"
                             "Filter.1.Value.1=10.0.0.7&Filter.2.Name=vpc-id&Filter.2.Value.1=vpc-1");
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, BEFORE), FIR_CALL_DONE);
    ck_assert_str_eq(recorded(), REPLACED);
    ck_assert_int_eq(start(fir__aws_security_group_advance), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(),
                     "Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=eni-1&SecurityGroupId.1=sg-q");
    ck_assert_int_eq(answer(fir__aws_security_group_advance, 200, DONE("ModifyNetworkInterfaceAttribute")), FIR_CALL_DONE);
    ck_assert_str_eq(output(), "{\"interface\":\"eni-1\"}");
    begin_again(); /* the answer was lost */
    (void)start(fir__aws_security_group_prepare);
    ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, AFTER), FIR_CALL_DONE);
    ck_assert_str_eq(recorded(), REPLACED);
    ck_assert_int_eq(start(fir__aws_security_group_advance), FIR_CALL_REQUEST); /* harmless */
}
END_TEST

START_TEST(replacement_verified)
{
    replace();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, BEFORE);
    static const struct {
        int status;
        const char *body;
        int verdict;
    } rows[] = {{200, AFTER, FIR_VERIFY_DONE},
                {200, INTERFACES(ONE("eni-1", GROUP("sg-b") GROUP("sg-a"), ADDRESS)), FIR_VERIFY_NOT_DONE},
                {200, INTERFACES(ONE("eni-1", GROUP("sg-a"), ADDRESS)), FIR_VERIFY_UNKNOWN},
                {400, FAILED("InvalidNetworkInterfaceID.NotFound"), FIR_VERIFY_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin_again();
        ck_assert_int_eq(start(fir__aws_security_group_verify), FIR_CALL_REQUEST);
        ck_assert_str_eq(body(), "Action=DescribeNetworkInterfaces&Version=2016-11-15&NetworkInterfaceId.1=eni-1");
        ck_assert_int_eq(answer(fir__aws_security_group_verify, rows[i].status, rows[i].body), rows[i].verdict);
    }
}
END_TEST

START_TEST(replacement_undone)
{
    replace();
    (void)start(fir__aws_security_group_prepare);
    (void)answer(fir__aws_security_group_prepare, 200, BEFORE);
    begin_again();
    c.params.count = 0;
    ck_assert_int_eq(start(fir__aws_security_group_undo), FIR_CALL_REQUEST);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, AFTER), FIR_CALL_REQUEST);
    ck_assert_str_eq(body(),
                     "Action=ModifyNetworkInterfaceAttribute&Version=2016-11-15&NetworkInterfaceId=eni-1&SecurityGroupId.1=sg-a&"
                     "SecurityGroupId.2=sg-b");
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, DONE("ModifyNetworkInterfaceAttribute")), FIR_CALL_DONE);
    begin_again(); /* once more does nothing */
    (void)start(fir__aws_security_group_undo);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, BEFORE), FIR_CALL_DONE);
    begin_again();
    (void)start(fir__aws_security_group_undo);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 200, INTERFACES(ONE("eni-1", GROUP("sg-q") GROUP("sg-new"), ADDRESS))),
                     FIR_ESTATE);
    ck_assert(c.final && !c.has_request);
    ck_assert_str_eq(c.fail_text, "undo conflict: the groups of eni-1 were changed since, to sg-q sg-new; left as they are");
    begin_again();
    (void)start(fir__aws_security_group_undo);
    ck_assert_int_eq(answer(fir__aws_security_group_undo, 400, FAILED("InvalidNetworkInterfaceID.NotFound")), FIR_CALL_DONE);
    ck_assert_str_eq(output(), "{\"gone\":\"eni-1\"}");
    record[0] = '\0';
    c.record.len = 0;
    begin_again();
    ck_assert_int_eq(start(fir__aws_security_group_undo), FIR_ESTATE);
}
END_TEST

START_TEST(targets_that_are_not_clear)
{
    static const struct {
        const char *body;
        int code;
        const char *why;
    } rows[] = {
        {INTERFACES(""), FIR_ENOTFOUND, "no interface has this private address (any more)"},
        {INTERFACES(ONE("eni-1", GROUP("sg-a"), ADDRESS) ONE("eni-2", GROUP("sg-a"), ADDRESS)), FIR_EDENIED,
         "2 interfaces have this private address; `vpc_id` says which network is meant"},
        {INTERFACES(ONE("eni-1", GROUP("sg-a"), ADDRESS ADDRESS ADDRESS)), FIR_EDENIED,
         "the interface has 3 addresses, so that others would be cut off too (pods of a node?); `shared: true` allows it"},
    };
    replace();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin_again();
        (void)start(fir__aws_security_group_prepare);
        ck_assert_int_eq(answer(fir__aws_security_group_prepare, 200, rows[i].body), rows[i].code);
        ck_assert(c.final);
        ck_assert_str_eq(c.fail_text, rows[i].why);
    }
}
END_TEST

START_TEST(parameters_that_are_refused)
{
    static const char *const rows[][3] = {
        {"private_ip", "10.0.0.7&Action=x", "private_ip is no address"},
        {"private_ip", "", "replace_groups wants either `network_interface_id` or `private_ip`"},
        {"network_interface_id", "eni-1&x", "network_interface_id is no id of an interface (eni-…)"},
        {"network_interface_id", "i-1", "network_interface_id is no id of an interface (eni-…)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        c.params.count = 0;
        param("mode", "replace_groups");
        param("region", "eu-west-1");
        groups(&quarantine, 1);
        param(rows[i][0], rows[i][1]);
        begin_again();
        ck_assert_int_lt(start(fir__aws_security_group_prepare), 0);
        ck_assert_str_eq(c.fail_text, rows[i][2]);
        ck_assert(c.final && !c.has_request);
    }
    c.params.count = 0;
    param("mode", "replace_groups");
    param("region", "eu-west-1");
    param("network_interface_id", "eni-1");
    begin_again();
    ck_assert_int_eq(start(fir__aws_security_group_prepare), FIR_EINVAL);
    c.params.count = 0;
    param("mode", "revoke_egress");
    param("region", "eu-west-1");
    begin_again();
    ck_assert_int_eq(start(fir__aws_security_group_prepare), FIR_EINVAL);
    ck_assert_str_eq(c.fail_text, "revoke_egress wants `group_id`, the id of a security group (sg-…)");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("aws_network");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, egress_is_revoked);
    tcase_add_test(t, a_group_without_egress);
    tcase_add_test(t, a_second_attempt_remembers);
    tcase_add_test(t, egress_verified);
    tcase_add_test(t, undo_brings_back_what_is_missing);
    tcase_add_test(t, somebody_was_faster);
    tcase_add_test(t, groups_are_replaced);
    tcase_add_test(t, replacement_verified);
    tcase_add_test(t, replacement_undone);
    tcase_add_test(t, targets_that_are_not_clear);
    tcase_add_test(t, parameters_that_are_refused);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
