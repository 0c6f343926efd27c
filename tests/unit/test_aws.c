/* SPDX-License-Identifier: Apache-2.0 */
/* The aws types through an engine with a scripted transport: what is sent, byte for byte, and what the answers come to. Signatures
 * are judged by a peer of another make, in tests/e2e; here it is looked at what they cover. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/aws.h"
#include "support/suite.h"

#define ENV_RULE(use, parameters)                                                                                                  \
    "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: '" use                                                   \
    "', retry: {attempts: 1}, parameters: {" parameters "}}]\n"

/* The head with the signature, 64 digits, as "S". */
static const char *head(size_t i)
{
    static char text[8192];
    (void)snprintf(text, sizeof text, "%s", request(i)->head);
    char *s = strstr(text, "Signature=");
    if (s != NULL) {
        s += strlen("Signature=");
        ck_assert_uint_eq(strspn(s, "0123456789abcdef"), 64);
        *s = 'S';
        memmove(s + 1, s + 64, strlen(s + 64) + 1);
    }
    return text;
}

static void agent(char *to, size_t n, const char *before)
{
    (void)snprintf(to, n, "%sUser-Agent: falcoir/%s\n", before, fir_version_string());
}

static void check_head(size_t i, const char *before)
{
    char want[4096];
    agent(want, sizeof want, before);
    ck_assert_str_eq(head(i), want);
}

#define SIGNED(service, region, names)                                                                                             \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260714/" region "/" service "/aws4_request, SignedHeaders=" names    \
    ", Signature=S\n"

/* ---- messages ---- */

static const fake_answer published = {
    .body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m-1"
            "</MessageId></PublishResult></PublishResponse>"};

START_TEST(sns)
{
    with_keys();
    run("sns_output: {enabled: true, topic_arn: 'arn:aws:sns:us-west-2:123456789012:falco-alerts', aws_region: us-west-2}\n",
        &published, 1);
    ck_assert_str_eq(world_outcomes(&w), "sns:succeeded:1");
    const fake_request *q = request(0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://sns.us-west-2.amazonaws.com/");
    ck_assert_uint_eq(q->flags, 0);
    check_head(0, "Content-Type: application/x-www-form-urlencoded; charset=utf-8\nX-Amz-Date: 20260714T090641Z\n" SIGNED(
                      "sns", "us-west-2", "content-type;host;x-amz-date"));
    ck_assert_str_eq(
        q->body,
        "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aus-west-2%3A123456789012%3Afalco-alerts&Message="
        "%7B%22hostname%22%3A%22node-1%22%2C%22output%22%3A%22shell+in+a+container%22%2C%22output_fields%22%3A%7B%22container.id%"
        "22%3A"
        "%223f2a9c81d0e4%22%2C%22k8s.ns.name%22%3A%22prod-web%22%2C%22k8s.pod.name%22%3A%22web-0%22%2C%22proc.cmdline%22%3A%22sh+-"
        "c+"
        "%5C%22id%5C%22%22%2C%22proc.name%22%3A%22sh%22%7D%2C%22priority%22%3A%22Warning%22%2C%22rule%22%3A%22Terminal+shell+in+"
        "container%22%2C%22source%22%3A%22syscall%22%2C%22tags%22%3A%5B%22container%22%5D%2C%22time%22%3A%222026-07-14T09%3A21%"
        "3A33."
        "123456789Z%22%7D"
        "&MessageAttributes.entry.1.Name=priority&MessageAttributes.entry.1.Value.DataType=String"
        "&MessageAttributes.entry.1.Value.StringValue=Warning"
        "&MessageAttributes.entry.2.Name=rule&MessageAttributes.entry.2.Value.DataType=String"
        "&MessageAttributes.entry.2.Value.StringValue=Terminal+shell+in+container"
        "&MessageAttributes.entry.3.Name=source&MessageAttributes.entry.3.Value.DataType=String"
        "&MessageAttributes.entry.3.Value.StringValue=syscall"
        "&MessageAttributes.entry.4.Name=hostname&MessageAttributes.entry.4.Value.DataType=String"
        "&MessageAttributes.entry.4.Value.StringValue=node-1"
        "&MessageAttributes.entry.5.Name=tags&MessageAttributes.entry.5.Value.DataType=String.Array"
        "&MessageAttributes.entry.5.Value.StringValue=%5B%22container%22%5D"
        "&MessageAttributes.entry.6.Name=container.id&MessageAttributes.entry.6.Value.DataType=String"
        "&MessageAttributes.entry.6.Value.StringValue=3f2a9c81d0e4"
        "&MessageAttributes.entry.7.Name=k8s.ns.name&MessageAttributes.entry.7.Value.DataType=String"
        "&MessageAttributes.entry.7.Value.StringValue=prod-web"
        "&MessageAttributes.entry.8.Name=k8s.pod.name&MessageAttributes.entry.8.Value.DataType=String"
        "&MessageAttributes.entry.8.Value.StringValue=web-0"
        "&MessageAttributes.entry.9.Name=proc.cmdline&MessageAttributes.entry.9.Value.DataType=String"
        "&MessageAttributes.entry.9.Value.StringValue=sh+-c+%22id%22"
        "&MessageAttributes.entry.10.Name=proc.name&MessageAttributes.entry.10.Value.DataType=String"
        "&MessageAttributes.entry.10.Value.StringValue=sh");
    world_close(&w);
}
END_TEST

START_TEST(sns_fifo_and_text)
{
    with_keys();
    fir_test_set("AWS_SESSION_TOKEN", "token==");
    run(ENV_RULE("aws:sns",
                 "topic_arn: 'arn:aws-cn:sns:cn-north-1:1:t.fifo', raw_json: false, attributes: false, subject: \"a\\u00e9b\""),
        &published, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://sns.cn-north-1.amazonaws.com.cn/");
    check_head(
        0, "Content-Type: application/x-www-form-urlencoded; charset=utf-8\nX-Amz-Date: 20260714T090641Z\nX-Amz-Security-Token: "
           "token==\n" SIGNED("sns", "cn-north-1", "content-type;host;x-amz-date;x-amz-security-token"));
    char *json = world_json(&w), want[600];
    (void)snprintf(
        want, sizeof want,
        "Action=Publish&Version=2010-03-31&TopicArn=arn%%3Aaws-cn%%3Asns%%3Acn-north-1%%3A1%%3At.fifo&Subject=a%%3F%%3Fb&"
        "Message=shell+in+a+container&MessageGroupId=falcoir&MessageDeduplicationId=%.64s",
        strstr(json, "\"action_id\":\"") + 13);
    ck_assert_str_eq(request(0)->body, want);
    free(json);
    world_close(&w);
}
END_TEST

START_TEST(refusals_say_why)
{
    static const struct {
        fake_answer answer;
        const char *error;
        int attempts;
    } rows[] = {
        {{.status = 403,
          .body = "<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>User: x is not "
                  "authorized\nto</Message></Error><RequestId>1</RequestId></ErrorResponse>"},
         "SNS answered 403 AuthorizationError: User: x is not authorized to",
         1},
        {{.status = 400, .body = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate</Message></Error></ErrorResponse>"},
         "SNS answered 400 Throttling: Rate",
         2},
        {{.status = 500, .body = "oops"}, "SNS answered 500", 2},
        {{.status = 404, .body = "{\"__type\":\"com.amazon#NotFound\",\"message\":\"no topic\"}"},
         "SNS answered 404 NotFound: no topic",
         1},
        {{.status = 400, .header = "x-amzn-errortype", .value = "Bad:http://x", .body = "{\"Message\":\"m\"}"},
         "SNS answered 400 Bad: m",
         1},
        {{.status = 301, .body = ""}, "SNS answered 301: redirects are not followed; is the region right?", 1},
        {{.status = 200, .body = "<PublishResponse/>"}, "SNS answered 200 without a MessageId", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_keys();
        run("- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'aws:sns', retry: {attempts: 2}, parameters: "
            "{topic_arn: 'arn:aws:sns:us-west-2:1:t'}}]\n",
            &rows[i].answer, 1);
        char want[40];
        (void)snprintf(want, sizeof want, "a:failed:%d", rows[i].attempts);
        ck_assert_str_eq(world_outcomes(&w), want);
        ck_assert_str_eq(world_error(&w, 0), rows[i].error);
        world_close(&w);
    }
}
END_TEST

/* What a FIFO topic or queue gets twice it keeps once, so that trying again is harmless. */
START_TEST(fifo_is_tried_again)
{
    static const fake_answer busy = {.status = 503};
    static const char *const rows[][2] = {
        {"sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t.fifo'}\n", "sns:failed:3"},
        {"sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n", "sns:failed:1"},
        {"sqs_output: {queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/q.fifo'}\n", "sqs:failed:3"},
        {"sqs_output: {queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/q'}\n", "sqs:failed:1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_keys();
        run(rows[i][0], &busy, 1);
        ck_assert_str_eq(world_outcomes(&w), rows[i][1]);
        for (size_t k = 1; k < w.fake.n; k++) {
            ck_assert_str_eq(request(k)->body, request(0)->body);
        }
        world_close(&w);
    }
}
END_TEST

START_TEST(sqs)
{
    static const fake_answer sent = {.body = "{\"MessageId\":\"m-1\",\"MD5OfMessageBody\":\"x\"}"};
    with_keys();
    run(ENV_RULE("aws:sqs", "queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/alerts', message: \"a\\u0001{{rule}}\", delay: 5s"),
        &sent, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    const fake_request *q = request(0);
    ck_assert_str_eq(q->url, "https://sqs.eu-west-1.amazonaws.com/");
    check_head(
        0, "Content-Type: application/x-amz-json-1.0\nX-Amz-Target: AmazonSQS.SendMessage\nX-Amz-Date: 20260714T090641Z\n" SIGNED(
               "sqs", "eu-west-1", "content-type;host;x-amz-date;x-amz-target"));
    ck_assert_str_eq(
        q->body,
        "{\"DelaySeconds\":5,\"MessageAttributes\":{\"priority\":{\"DataType\":\"String\",\"StringValue\":\"Warning\"},\"rule\":{"
        "\"DataType\":"
        "\"String\",\"StringValue\":\"Terminal shell in "
        "container\"},\"source\":{\"DataType\":\"String\",\"StringValue\":\"syscall\"},"
        "\"hostname\":{\"DataType\":\"String\",\"StringValue\":\"node-1\"},\"tags\":{\"DataType\":\"String\",\"StringValue\":"
        "\"[\\\"container\\\"]\"},\"container.id\":{\"DataType\":\"String\",\"StringValue\":\"3f2a9c81d0e4\"},\"k8s.ns.name\":{"
        "\"DataType\":"
        "\"String\",\"StringValue\":\"prod-web\"},\"k8s.pod.name\":{\"DataType\":\"String\",\"StringValue\":\"web-0\"},\"proc."
        "cmdline\":{"
        "\"DataType\":\"String\",\"StringValue\":\"sh -c "
        "\\\"id\\\"\"},\"proc.name\":{\"DataType\":\"String\",\"StringValue\":\"sh\"}},"
        "\"MessageBody\":\"a\xEF\xBF\xBDTerminal shell in "
        "container\",\"QueueUrl\":\"https://sqs.eu-west-1.amazonaws.com/1/alerts\"}");
    world_close(&w);
}
END_TEST

START_TEST(attributes_are_what_the_services_take)
{
    static const char odd[] = "{\"hostname\":\"\",\"output\":\"x\",\"output_fields\":{\"AWS.x\":\"no\",\"a..b.\":\"dots\",\"evt."
                              "arg[0]\":\"\\u0001\\uffff\",\"k\":null,"
                              "\"l\":[1],\"n\":18446744073709551615,\"na\":\"<NA>\",\"o\":{\"x\":1},\"proc.name\":\"sh\",\"z\":"
                              "true},\"priority\":\"Warning\",\"rule\":"
                              "\"R\",\"source\":\"syscall\",\"tags\":[],\"time\":\"2026-07-14T09:21:33Z\"}";
    with_keys();
    open_with(ENV_RULE("aws:sqs", "queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/alerts'"), NULL, 0);
    world_submit(&w, odd);
    world_drain(&w);
    const char *body = request(0)->body;
    const char *end = strstr(body, ",\"MessageBody\"");
    ck_assert_ptr_nonnull(end);
    char got[2000];
    (void)snprintf(got, sizeof got, "%.*s", (int)(end - body), body);
    ck_assert_str_eq(
        got,
        "{\"MessageAttributes\":{\"priority\":{\"DataType\":\"String\",\"StringValue\":\"Warning\"},\"rule\":{\"DataType\":"
        "\"String\","
        "\"StringValue\":\"R\"},\"source\":{\"DataType\":\"String\",\"StringValue\":\"syscall\"},\"a._b_\":{\"DataType\":"
        "\"String\","
        "\"StringValue\":\"dots\"},\"evt.arg_0_\":{\"DataType\":\"String\",\"StringValue\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"},\"n\":{"
        "\"DataType\":\"Number\",\"StringValue\":\"18446744073709551615\"},\"proc.name\":{\"DataType\":\"String\",\"StringValue\":"
        "\"sh\"},\"z\":{\"DataType\":\"String\",\"StringValue\":\"true\"}}");
    ck_assert_ptr_nonnull(strstr(end, "\\\\uffff"));
    world_close(&w);
}
END_TEST

START_TEST(eventbridge)
{
    static const fake_answer taken = {.body = "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"e-1\"}]}"};
    static const fake_answer refused = {
        .body =
            "{\"FailedEntryCount\":1,\"Entries\":[{\"ErrorCode\":\"MalformedDetail\",\"ErrorMessage\":\"Detail is malformed.\"}]}"};
    with_keys();
    fir_test_set("AWS_REGION", "eu-central-1");
    run(ENV_RULE("aws:eventbridge", "bus: falco, message: '{\"r\": \"{{rule}}\"}', resources: ['arn:aws:ec2:x']"), &taken, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://events.eu-central-1.amazonaws.com/");
    check_head(0,
               "Content-Type: application/x-amz-json-1.1\nX-Amz-Target: AWSEvents.PutEvents\nX-Amz-Date: 20260714T090641Z\n" SIGNED(
                   "events", "eu-central-1", "content-type;host;x-amz-date;x-amz-target"));
    ck_assert_str_eq(request(0)->body,
                     "{\"Entries\":[{\"Detail\":\"{\\\"r\\\": \\\"Terminal shell in container\\\"}\",\"DetailType\":\"Falco "
                     "Alert\",\"EventBusName\":\"falco\",\"Resources\":[\"arn:aws:ec2:x\"],\"Source\":\"falco\",\"Time\":"
                     "1784020893}]}");
    world_close(&w);
    run(ENV_RULE("aws:eventbridge", ""), &refused, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_str_eq(world_error(&w, 0), "EventBridge refused the event: MalformedDetail: Detail is malformed.");
    world_close(&w);
}
END_TEST

START_TEST(kinesis)
{
    static const fake_answer taken = {.body = "{\"SequenceNumber\":\"49\",\"ShardId\":\"s\"}"};
    with_keys();
    run(ENV_RULE("aws:kinesis", "stream: alerts, region: eu-west-1, message: hi, partition_key: '{{hostname}}'"), &taken, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://kinesis.eu-west-1.amazonaws.com/");
    ck_assert_str_eq(request(0)->body, "{\"Data\":\"aGk=\",\"PartitionKey\":\"node-1\",\"StreamName\":\"alerts\"}");
    world_close(&w);
}
END_TEST

/* ---- Lambda ---- */

START_TEST(lambda)
{
    static const fake_answer fine = {.body = "{\"ok\":true}"};
    with_keys();
    fir_test_set("AWS_REGION", "eu-west-1");
    run("lambda_output: {enabled: true, name: isolate-pod, minimum_priority: warning, condition: 'rule contains \"shell\"'}\n",
        &fine, 1);
    ck_assert_str_eq(world_outcomes(&w), "lambda:succeeded:1");
    const fake_request *q = request(0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/isolate-pod/invocations");
    ck_assert_str_eq(q->body, world_alert);
    ck_assert_ptr_nonnull(
        strstr(q->head, "Content-Type: application/json\nX-Amz-Invocation-Type: RequestResponse\nX-Amz-Client-Context: ey"));
    ck_assert_ptr_nonnull(
        strstr(q->head, "SignedHeaders=content-type;host;x-amz-client-context;x-amz-date;x-amz-invocation-type, "));
    world_close(&w);
    run(ENV_RULE("aws:lambda",
                 "function_name: 'arn:aws:lambda:us-east-1:1:function:f:live', qualifier: '$LATEST', invocation_type: Event, "
                 "payload: '{\"n\": \"{{proc.name}}\"}'"),
        &(fake_answer){.status = 202}, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
                                      "arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af%3Alive/invocations?Qualifier=%24LATEST");
    ck_assert_str_eq(request(0)->body, "{\"n\": \"sh\"}");
    check_head(0, "Content-Type: application/json\nX-Amz-Invocation-Type: Event\nX-Amz-Date: 20260714T090641Z\n" SIGNED(
                      "lambda", "us-east-1", "content-type;host;x-amz-date;x-amz-invocation-type"));
    world_close(&w);
}
END_TEST

START_TEST(a_function_error_is_a_failure)
{
    static const fake_answer thrown = {.header = "x-amz-function-error",
                                       .value = "Unhandled",
                                       .body = "{\"errorMessage\":\"no such pod\",\"errorType\":\"ValueError\"}"};
    with_keys();
    run("- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: 'aws:lambda', retry: {attempts: 3}, parameters: "
        "{name: f, "
        "region: eu-west-1}}]\n",
        &thrown, 1);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    ck_assert_str_eq(world_error(&w, 0), "Lambda: the function failed (Unhandled): ValueError: no such pod");
    world_close(&w);
}
END_TEST

/* ---- S3 ---- */

START_TEST(s3)
{
    with_keys();
    run(ENV_RULE("aws:s3", "bucket: evidence, region: eu-west-1, prefix: 'falco/', key: 'a b/{{k8s.pod.name}}', body: '{\"x\":1}'"),
        NULL, 0);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    const fake_request *q = request(0);
    ck_assert_str_eq(q->method, "PUT");
    ck_assert_str_eq(q->url, "https://evidence.s3.eu-west-1.amazonaws.com/falco/a%20b/web-0");
    ck_assert_str_eq(q->body, "{\"x\":1}");
    check_head(0,
               "Content-Type: application/json\nX-Amz-Checksum-Sha256: UEG/H3E98gR4Q1PoL2pKU1kxy2Tx9LSlrq/8tyCRiyI=\nX-Amz-Date: "
               "20260714T090641Z\nX-Amz-Content-Sha256: 5041bf1f713df204784353e82f6a4a535931cb64f1f4b4a5aeaffcb720918b22\n" SIGNED(
                   "s3", "eu-west-1", "content-type;host;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date"));
    world_close(&w);
    run("aws: {endpoint_url: 'http://127.0.0.1:9000/', region: eu-west-1}\ns3_output: {bucket: evidence}\n", NULL, 0);
    char *json = world_json(&w), want[200];
    (void)snprintf(want, sizeof want, "http://127.0.0.1:9000/evidence/2026-07-14/%.64s.json",
                   strstr(json, "\"action_id\":\"") + 13);
    ck_assert_str_eq(request(0)->url, want);
    free(json);
    world_close(&w);
}
END_TEST

START_TEST(keys_and_buckets_that_lead_elsewhere)
{
    static const struct {
        const char *yaml, *error;
    } rows[] = {
        {ENV_RULE("aws:s3", "bucket: evidence, region: eu-west-1, key: 'a/../b'"), "S3: the key has a segment that is . or .."},
        {ENV_RULE("aws:s3", "bucket: 'evil.example/', region: eu-west-1"), "S3: the bucket's name is no name of a bucket"},
        {ENV_RULE("aws:s3", "bucket: evidence, region: 'x.evil.example/'"), "AWS: \"x.evil.example/\" is no region"},
        {ENV_RULE("aws:lambda", "name: 'a/../b', region: eu-west-1"),
         "Lambda: the name is no name, name:alias or ARN of a function"},
        {ENV_RULE("aws:kinesis", "stream: s"),
         "AWS: no region is known; give the action `region`, the configuration aws.region, or set AWS_REGION"},
        {"aws: {endpoint_url: 'https://h/path', region: eu-west-1}\nkinesis_output: {stream: s}\n",
         "AWS: endpoint_url must be http:// or https://, a host, and perhaps a port; no more"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        with_keys();
        run(rows[i].yaml, NULL, 0);
        ck_assert_str_eq(world_error(&w, 0), rows[i].error);
        ck_assert_uint_eq(w.fake.n, 0);
        world_close(&w);
    }
}
END_TEST

/* ---- credentials ---- */

#define TOPIC ENV_RULE("aws:sns", "topic_arn: 'arn:aws:sns:eu-west-1:1:t'")
#define STS_ANSWER(action, key)                                                                                                    \
    "<" action "Response><" action "Result><Credentials><AccessKeyId>" key "</AccessKeyId><SecretAccessKey>role-secret"            \
    "</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>2026-07-14T10:06:41Z</Expiration></"                     \
    "Credentials></" action "Result></" action "Response>"

static bool signed_by(size_t i, const char *key)
{
    char text[100];
    (void)snprintf(text, sizeof text, "Credential=%s/", key);
    return strstr(request(i)->head, text) != NULL;
}

START_TEST(instance)
{
    static const fake_answer script[] = {
        {.body = "session"},
        {.body = "role one\n"},
        {.body = "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"secret-1\",\"Token\":"
                 "\"token-1\",\"Expiration\":\"2026-07-14T15:00:00Z\"}"},
        {.body = NULL}};
    fake_answer all[4];
    memcpy(all, script, sizeof all);
    all[3] = published;
    all[1].body = "role-one\n";
    clean_environment();
    run(TOPIC, all, 4);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_uint_eq(w.fake.n, 4);
    ck_assert_str_eq(request(0)->method, "PUT");
    ck_assert_str_eq(request(0)->url, "http://169.254.169.254/latest/api/token");
    ck_assert_ptr_nonnull(strstr(request(0)->head, "X-aws-ec2-metadata-token-ttl-seconds: 21600\n"));
    ck_assert_uint_eq(request(0)->flags, FIR_HTTP_METADATA);
    ck_assert_str_eq(request(1)->url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
    ck_assert_ptr_nonnull(strstr(request(1)->head, "X-aws-ec2-metadata-token: session\n"));
    ck_assert_str_eq(request(2)->url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/role-one");
    ck_assert_uint_eq(request(3)->flags, 0);
    ck_assert(signed_by(3, "ASIA1"));
    ck_assert_ptr_nonnull(strstr(request(3)->head, "X-Amz-Security-Token: token-1\n"));
    /* they are kept … */
    w.fake.script = &published;
    w.fake.n_script = 1;
    static const char second[] =
        "{\"output\":\"2\",\"output_fields\":{\"proc.name\":\"sh\"},\"priority\":\"Warning\",\"rule\":\"r\",\"time\":"
        "\"2026-07-14T09:21:34.123456789Z\"}";
    world_submit(&w, second);
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 5);
    ck_assert(signed_by(4, "ASIA1"));
    /* … until five minutes before their end */
    w.fake.wall_offset_ns += INT64_C(1000000000) * (15 * 3600 - 301 - (9 * 3600 + 6 * 60 + 41));
    fake_clear(&w.fake);
    world_submit(&w, second);
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 1);
    w.fake.wall_offset_ns += INT64_C(2000000000);
    fake_clear(&w.fake);
    w.fake.script = all;
    w.fake.n_script = 4;
    world_submit(&w, second);
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 4);
    world_close(&w);
}
END_TEST

START_TEST(instance_refuses)
{
    static const struct {
        fake_answer script[3];
        size_t n;
        const char *error;
    } rows[] = {
        {{{.status = 403}}, 1, "AWS: no credentials: the instance's metadata service answered 403"},
        {{{.body = "s"}, {.status = 404}}, 2, "AWS: no credentials were found, and the instance has no role"},
        {{{.body = "a b"}}, 1, "AWS: no credentials: the instance's metadata service did not answer with one word"},
        {{{.body = "s"}, {.body = "r"}, {.body = "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}"}},
         3,
         "AWS: no credentials: the instance's metadata service says AssumeRoleUnauthorizedAccess"},
        {{{.body = "s"}, {.body = "r"}, {.body = "x"}},
         3,
         "AWS: no credentials: what the instance's metadata service answered is no JSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clean_environment();
        run(TOPIC, rows[i].script, rows[i].n);
        ck_assert_str_eq(world_error(&w, 0), rows[i].error);
        ck_assert_uint_eq(w.fake.n, rows[i].n);
        world_close(&w);
    }
    clean_environment();
    fir_test_set("AWS_EC2_METADATA_DISABLED", "true");
    run(TOPIC, NULL, 0);
    ck_assert_str_eq(world_error(&w, 0),
                     "AWS: no credentials were found, and the instance's metadata may not be asked; see docs/aws.md");
    ck_assert_uint_eq(w.fake.n, 0);
    world_close(&w);
}
END_TEST

/* Without keys nothing can have happened: what is never sent twice by itself is tried again here. */
START_TEST(instance_is_silent)
{
    static const fake_answer silent = {.code = FIR_ETIMEOUT, .message = "no answer"};
    static const fake_answer busy = {.status = 500};
    static const fake_answer throttled = {.status = 400,
                                          .body = "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"};
    static const char yaml[] = "sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n";
    clean_environment();
    run(yaml, &silent, 1);
    ck_assert_str_eq(world_outcomes(&w), "sns:failed:3");
    ck_assert_str_eq(world_error(&w, 0), "AWS credentials from the instance's metadata: no answer");
    world_close(&w);
    run(yaml, &busy, 1);
    ck_assert_str_eq(world_outcomes(&w), "sns:failed:3");
    world_close(&w);
    with_keys();
    run(yaml, &throttled, 1);
    ck_assert_str_eq(world_outcomes(&w), "sns:failed:3");
    world_close(&w);
    run(yaml, &silent, 1); /* it may have been published; a notification goes out again */
    ck_assert_str_eq(world_outcomes(&w), "sns:failed:3");
    ck_assert_str_eq(world_error(&w, 0), "no answer");
    world_close(&w);
}
END_TEST

START_TEST(container)
{
    fake_answer script[] = {{.body =
                                 "{\"AccessKeyId\":\"ASIA2\",\"SecretAccessKey\":\"secret-2\",\"Token\":\"token-2\",\"Expiration\":"
                                 "\"2026-07-14T15:00:00Z\"}"},
                            published};
    clean_environment();
    fir_test_set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x");
    run(TOPIC, script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "http://169.254.170.2/v2/credentials/x");
    ck_assert_uint_eq(request(0)->flags, FIR_HTTP_METADATA);
    ck_assert(signed_by(1, "ASIA2"));
    world_close(&w);
    clean_environment();
    fir_test_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
    fir_test_set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file("token", "pod-token\n"));
    run(TOPIC, script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "http://169.254.170.23/v1/credentials");
    ck_assert_ptr_nonnull(strstr(request(0)->head, "Authorization: pod-token\n"));
    world_close(&w);
    static const char *const elsewhere[] = {"http://169.254.170.231/", "http://evil.example/", "http://127.0.0.1.evil.example/",
                                            "ftp://x"};
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        fir_test_set("AWS_CONTAINER_CREDENTIALS_FULL_URI", elsewhere[i]);
        run(TOPIC, NULL, 0);
        ck_assert_str_eq(world_error(&w, 0),
                         "AWS: the container's credentials endpoint is neither https, nor loopback, nor one of ECS or EKS");
        ck_assert_uint_eq(w.fake.n, 0);
        world_close(&w);
    }
}
END_TEST

START_TEST(web_identity)
{
    fake_answer script[] = {{.body = STS_ANSWER("AssumeRoleWithWebIdentity", "ASIA3")}, published};
    clean_environment();
    fir_test_set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    fir_test_set("AWS_WEB_IDENTITY_TOKEN_FILE", file("jwt", "a.b.c"));
    run(TOPIC, script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://sts.eu-west-1.amazonaws.com/");
    ck_assert_str_eq(request(0)->body,
                     "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
                     "RoleSessionName=falcoir&WebIdentityToken=a.b.c");
    check_head(0, "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n");
    ck_assert(signed_by(1, "ASIA3"));
    world_close(&w);
}
END_TEST

START_TEST(roles)
{
    fake_answer script[] = {{.body = STS_ANSWER("AssumeRole", "ASIA4")}, published};
    with_keys();
    run("aws: {role_arn: 'arn:aws:iam::2:role/x', external_id: 'e 1', session_name: me}\n"
        "sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n",
        script, 2);
    ck_assert_str_eq(world_outcomes(&w), "sns:succeeded:1");
    ck_assert_str_eq(request(0)->body,
                     "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A2%3Arole%2Fx&RoleSessionName=me&"
                     "ExternalId=e+1");
    ck_assert(signed_by(0, KEYS));
    ck_assert_ptr_nonnull(strstr(request(0)->head, "/eu-west-1/sts/aws4_request"));
    ck_assert(signed_by(1, "ASIA4"));
    world_close(&w);
}
END_TEST

START_TEST(a_refused_role)
{
    static const fake_answer no = {
        .status = 403, .body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"};
    with_keys();
    run("aws: {role_arn: 'arn:aws:iam::2:role/x'}\nsns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n", &no, 1);
    ck_assert_str_eq(world_error(&w, 0), "AWS: the role cannot be assumed: STS answered 403 AccessDenied: not you");
    ck_assert_uint_eq(w.fake.n, 1);
    world_close(&w);
}
END_TEST

START_TEST(shared_files)
{
    fake_answer script[] = {{.body = STS_ANSWER("AssumeRole", "ASIA5")}, {.body = STS_ANSWER("AssumeRole", "ASIA6")}, published};
    char config[300], credentials[300];
    clean_environment();
    (void)snprintf(credentials, sizeof credentials, "%s",
                   file("credentials",
                        "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n[base]\naws_access_key_id = "
                        "AKIDBASE\naws_secret_access_key = secret-of-base\n"));
    (void)snprintf(config, sizeof config, "%s",
                   file("config",
                        "[profile outer]\nrole_arn = arn:aws:iam::1:role/outer\nsource_profile = inner\nregion = ap-south-1\n"
                        "[profile inner]\nrole_arn = arn:aws:iam::1:role/inner\nsource_profile = base\nexternal_id = x\n"
                        "[profile loop]\nrole_arn = a\nsource_profile = loop2\n[profile loop2]\nrole_arn = b\nsource_profile = "
                        "loop\n[profile sso]\nsso_session = s\n[profile process]\ncredential_process = /bin/x\n"));
    char yaml[1000];
    (void)snprintf(yaml, sizeof yaml,
                   "aws: {profile: outer, config_file: '%s', credentials_file: '%s'}\nkinesis_output: {stream: s}\n", config,
                   credentials);
    script[2] = (fake_answer){.body = "{\"SequenceNumber\":\"1\"}"};
    run(yaml, script, 3);
    ck_assert_str_eq(world_outcomes(&w), "kinesis:succeeded:1");
    ck_assert_str_eq(request(0)->url, "https://sts.ap-south-1.amazonaws.com/");
    ck_assert_ptr_nonnull(strstr(request(0)->body, "role%2Finner&RoleSessionName=falcoir&ExternalId=x"));
    ck_assert(signed_by(0, "AKIDBASE"));
    ck_assert_ptr_nonnull(strstr(request(1)->body, "role%2Fouter&"));
    ck_assert(signed_by(1, "ASIA5"));
    ck_assert(signed_by(2, "ASIA6"));
    world_close(&w);
    static const struct {
        const char *profile, *error;
    } rows[] = {
        {"nobody", "AWS: there is no profile \"nobody\" in the shared files"},
        {"loop", "AWS: more than 5 roles, one assumed by the other; do the profiles name each other?"},
        {"sso", "AWS: the profile gets its keys by single sign-on, which is not supported; see docs/aws.md"},
        {"process", "AWS: the profile gets its keys by credential_process, which is not supported; see docs/aws.md"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fir_test_set("AWS_CONFIG_FILE", config);
        fir_test_set("AWS_SHARED_CREDENTIALS_FILE", credentials);
        fir_test_set("AWS_PROFILE", rows[i].profile);
        run(TOPIC, NULL, 0);
        ck_assert_str_eq(world_error(&w, 0), rows[i].error);
        ck_assert_uint_eq(w.fake.n, 0);
        world_close(&w);
    }
    fir_test_set("AWS_PROFILE", "default");
    run(TOPIC, &published, 1);
    ck_assert(signed_by(0, "AKIDDEFAULT"));
    world_close(&w);
}
END_TEST

START_TEST(the_environment_is_not_asked_unless_it_may)
{
    with_keys();
    fir_test_set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    world_open(&w, TOPIC, NULL);
    w.fake.script = &(fake_answer){.status = 404};
    w.fake.n_script = 1;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_uint_eq(w.fake.n, 1);
    ck_assert_str_eq(request(0)->url, "http://169.254.169.254/latest/api/token");
    world_close(&w);
}
END_TEST

START_TEST(endpoints)
{
    with_keys();
    fir_test_set("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    run(TOPIC, &published, 1);
    ck_assert_str_eq(request(0)->url, "http://127.0.0.1:4566/");
    world_close(&w);
    fir_test_set("AWS_ENDPOINT_URL_SNS", "https://vpce.example");
    run(TOPIC, &published, 1);
    ck_assert_str_eq(request(0)->url, "https://vpce.example/");
    world_close(&w);
    run("aws: {endpoint_url: 'http://[::1]:4566', internal: true, insecure_http: true, ca_file: /ca}\n"
        "sqs_output: {queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/q'}\n",
        NULL, 0);
    ck_assert_str_eq(request(0)->url, "http://[::1]:4566/");
    ck_assert_uint_eq(request(0)->flags, FIR_HTTP_INTERNAL | FIR_HTTP_INSECURE);
    world_close(&w);
}
END_TEST

START_TEST(the_configuration_outlives_its_playbook)
{
    with_keys();
    open_with("aws: {endpoint_url: 'http://127.0.0.1:4566'}\nsns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n", &published,
              1);
    fir_playbook *other = world_compile(w.catalog, "sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:u'}\n");
    ck_assert_int_eq(fir_engine_set_playbook(w.engine, other, NULL), 0);
    fir_playbook_unref(w.playbook);
    w.playbook = other;
    world_submit(&w, world_alert);
    world_drain(&w);
    ck_assert_str_eq(world_outcomes(&w), "sns:succeeded:1");
    ck_assert_str_eq(request(0)->url, "http://127.0.0.1:4566/");
    world_close(&w);
}
END_TEST

START_TEST(expired_keys_are_renewed_once)
{
    fake_answer expired = {.status = 403,
                           .body = "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>old</Message></Error></ErrorResponse>"};
    fake_answer script[] = {
        {.body = STS_ANSWER("AssumeRole", "ASIA7")}, expired, {.body = STS_ANSWER("AssumeRole", "ASIA8")}, published};
    static const char yaml[] = "aws: {role_arn: 'arn:aws:iam::2:role/x'}\nsns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n";
    with_keys();
    run(yaml, script, 4);
    ck_assert_str_eq(world_outcomes(&w), "sns:succeeded:1");
    ck_assert_uint_eq(w.fake.n, 4);
    ck_assert(signed_by(1, "ASIA7"));
    ck_assert(signed_by(3, "ASIA8"));
    world_close(&w);
    script[3] = expired;
    run(yaml, script, 4);
    ck_assert_str_eq(world_outcomes(&w), "sns:failed:1");
    ck_assert_uint_eq(w.fake.n, 4);
    ck_assert_str_eq(world_error(&w, 0), "SNS answered 403 ExpiredToken: old");
    world_close(&w);
    run(TOPIC, &expired, 1); /* fixed keys: nowhere to get new ones from */
    ck_assert_uint_eq(w.fake.n, 1);
    ck_assert_str_eq(world_error(&w, 0), "SNS answered 403 ExpiredToken: old");
    world_close(&w);
}
END_TEST

START_TEST(a_clock_that_is_off_is_put_right_once)
{
    fake_answer late = {.status = 403,
                        .header = "Date",
                        .value = "Tue, 14 Jul 2026 09:36:41 GMT",
                        .body =
                            "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>x</Message></Error></ErrorResponse>"};
    fake_answer script[] = {late, published};
    with_keys();
    run(TOPIC, script, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:succeeded:1");
    ck_assert_ptr_nonnull(strstr(request(0)->head, "X-Amz-Date: 20260714T090641Z\n"));
    ck_assert_ptr_nonnull(strstr(request(1)->head, "X-Amz-Date: 20260714T093641Z\n"));
    world_close(&w);
    script[1] = late;
    run(TOPIC, script, 2);
    ck_assert_uint_eq(w.fake.n, 2);
    ck_assert_str_eq(world_outcomes(&w), "a:failed:1");
    world_close(&w);
    late.value = "Tue, 14 Jul 2026 09:06:50 GMT"; /* the clock is right: it is the secret */
    run(TOPIC, &late, 1);
    ck_assert_uint_eq(w.fake.n, 1);
    world_close(&w);
}
END_TEST

START_TEST(secrets_are_never_said)
{
    fake_answer script[] = {{.body = STS_ANSWER("AssumeRole", "ASIA9")},
                            {.status = 400,
                             .body = "<ErrorResponse><Error><Code>Odd</Code><Message>you sent role-token and role-secret and "
                                     "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY</Message></Error></ErrorResponse>"}};
    with_keys();
    run("aws: {role_arn: 'arn:aws:iam::2:role/x'}\nsns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n", script, 2);
    ck_assert_str_eq(world_error(&w, 0), "SNS answered 400 Odd: you sent *** and *** and ***");
    ck_assert_ptr_null(strstr(w.log, "role-token"));
    ck_assert_ptr_null(strstr(w.log, "EXAMPLEKEY"));
    world_close(&w);
}
END_TEST

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

int main(void)
{
    Suite *s = suite_create("aws");
    TCase *t = tcase_create("all");
    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_test(t, sns);
    tcase_add_test(t, sns_fifo_and_text);
    tcase_add_test(t, refusals_say_why);
    tcase_add_test(t, fifo_is_tried_again);
    tcase_add_test(t, sqs);
    tcase_add_test(t, attributes_are_what_the_services_take);
    tcase_add_test(t, eventbridge);
    tcase_add_test(t, kinesis);
    tcase_add_test(t, lambda);
    tcase_add_test(t, a_function_error_is_a_failure);
    tcase_add_test(t, s3);
    tcase_add_test(t, keys_and_buckets_that_lead_elsewhere);
    tcase_add_test(t, instance);
    tcase_add_test(t, instance_refuses);
    tcase_add_test(t, instance_is_silent);
    tcase_add_test(t, container);
    tcase_add_test(t, web_identity);
    tcase_add_test(t, roles);
    tcase_add_test(t, a_refused_role);
    tcase_add_test(t, shared_files);
    tcase_add_test(t, the_environment_is_not_asked_unless_it_may);
    tcase_add_test(t, endpoints);
    tcase_add_test(t, the_configuration_outlives_its_playbook);
    tcase_add_test(t, expired_keys_are_renewed_once);
    tcase_add_test(t, a_clock_that_is_off_is_put_right_once);
    tcase_add_test(t, secrets_are_never_said);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
