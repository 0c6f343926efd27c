/* SPDX-License-Identifier: Apache-2.0 */
/* aws:sns, aws:sqs, aws:eventbridge and aws:kinesis: the alert as a message. */
#include <stdio.h>

#include "action/aws/alert.h"
#include "action/aws/sigv4.h"
#include "action/aws/types.h"
#include "base/digest.h"
#include "base/time.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_SNS = 256 * 1024, MAX_SQS = 1024 * 1024, MAX_EVENT = 256 * 1024, MAX_RECORD = 1024 * 1024, MAX_BODY = 15 * 1024 * 1024 };

static bool is_fifo(fir_str name)
{
    return fir__str_ends(name, FIR__S(".fifo"));
}

/* An id of a FIFO queue or topic: at most 128 of letters, digits and punctuation. What the author wrote is cut to it. */
static int fifo_id(fir__aws *a, const char *parameter, fir_str otherwise, fir_str *out)
{
    fir_str s = fir__aws_parameter(a, parameter);
    char *to = fir__arena_alloc(&a->c->arena, 129);
    size_t n = 0;
    if (to == NULL) {
        return fir__aws_no_room(a);
    }
    s = s.len != 0 ? s : otherwise;
    for (size_t i = 0; i < s.len && n < 128; i++) {
        to[n++] = s.ptr[i] > 0x20 && s.ptr[i] < 0x7f ? s.ptr[i] : '_';
    }
    *out = fir__str(to, n);
    return 0;
}

static int say_id(fir__aws *a, fir_str id)
{
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &a->c->wiping, 4096);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("message_id"), id);
    fir__json_close(&w, '}');
    int rc = b.status == 0 ? fir_call_output(a->c, b.ptr, b.len) : b.status;
    fir__sbuf_free(&b);
    return rc != 0 ? fir__aws_no(a, rc, false, "out of memory") : FIR_CALL_DONE;
}

static fir_str text_at(const fir__data *d, fir_str key)
{
    const fir__data *v = fir__data_get(d, key);
    return v != NULL && v->type == FIR__DATA_TEXT ? v->s : (fir_str){NULL, 0};
}

/* The body of an answer that is JSON; NULL: it is none. */
static const fir__data *read_json(fir__aws *a, const fir_http_result *r)
{
    fir__data *d = NULL;
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    return body.ptr != NULL && fir__json_document(body, &a->c->arena, &d, NULL) == 0 ? d : NULL;
}

/* ---- SNS ---- */

static void put_attributes(fir__sbuf *b, const fir__attributes *list)
{
    for (size_t i = 0; i < list->n; i++) {
        char name[80];
        const struct {
            const char *part;
            fir_str value;
        } parts[] = {{"Name", list->items[i].name},
                     {"Value.DataType", fir__cstr(list->items[i].type)},
                     {"Value.StringValue", list->items[i].value}};
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            (void)snprintf(name, sizeof name, "MessageAttributes.entry.%zu.%s", i + 1, parts[k].part);
            fir__aws_form(b, fir__cstr(name), parts[k].value);
        }
    }
}

/* At most 100 characters on one line, none of them a control character. */
static void put_subject(fir__aws *a, fir__sbuf *b)
{
    char text[101];
    fir_str s = fir__aws_parameter(a, "subject");
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < sizeof text - 1; i++) {
        text[n++] = s.ptr[i] >= 0x20 && s.ptr[i] < 0x7f ? s.ptr[i] : '?';
    }
    if (n != 0) {
        fir__aws_form(b, FIR__S("Subject"), fir__str(text, n));
    }
}

static int publish(fir__aws *a)
{
    fir_str topic = fir__aws_parameter(a, "topic_arn"), message, id = {NULL, 0}, group_id = {NULL, 0};
    fir__attributes attributes;
    int rc = fir__aws_settle_region(a, fir__arn_part(topic, 3));
    rc = rc != 0 ? rc : fir__aws_message(a, MAX_SNS, "SNS", &message);
    rc = rc != 0 ? rc : fir__aws_attributes(a, MAX_SNS - message.len, &attributes);
    if (rc == 0 && is_fifo(topic)) {
        rc = fifo_id(a, "message_group_id", FIR__S("falcoir"), &group_id);
        rc = rc != 0 ? rc : fifo_id(a, "message_deduplication_id", a->c->action_id, &id);
    }
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_BODY);
    fir__aws_form(&b, FIR__S("Action"), FIR__S("Publish"));
    fir__aws_form(&b, FIR__S("Version"), FIR__S("2010-03-31"));
    fir__aws_form(&b, FIR__S("TopicArn"), topic);
    put_subject(a, &b);
    fir__aws_form(&b, FIR__S("Message"), message);
    put_attributes(&b, &attributes);
    if (id.len != 0) {
        fir__aws_form(&b, FIR__S("MessageGroupId"), group_id);
        fir__aws_form(&b, FIR__S("MessageDeduplicationId"), id);
    }
    a->request.content_type = FIR__S("application/x-www-form-urlencoded; charset=utf-8");
    rc = fir__aws_keep(a, &b, &a->request.body);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int sns(fir__aws *a, const fir_http_result *r)
{
    fir__xml *root;
    if (r == NULL) {
        return publish(a);
    }
    if (r->status != 200) {
        return fir__aws_fail(a, r, "SNS");
    }
    fir_str body = fir__arena_str(&a->c->arena, r->body);
    bool ok = body.ptr != NULL && fir__xml_read(body, &a->c->arena, &root, NULL) == 0;
    fir_str id = ok ? fir__xml_text(root, FIR__S("PublishResult/MessageId")) : (fir_str){NULL, 0};
    return id.len != 0 ? say_id(a, id) : fir__aws_no(a, FIR_EACTION, false, "SNS answered 200 without a MessageId");
}

/* ---- SQS ---- */

/* "https://sqs.eu-west-1.amazonaws.com/1/alerts": the region, where the host tells it. */
static fir_str region_of_queue(fir_str url)
{
    size_t at = fir__str_find(url, FIR__S("://sqs."));
    if (at == SIZE_MAX) {
        return (fir_str){NULL, 0};
    }
    fir_str rest = fir__str_from(url, at + 7), region = fir__str_to(rest, fir__str_find(rest, FIR__S(".")));
    return fir__str_starts(fir__str_from(rest, region.len), FIR__S(".amazonaws.")) ? region : (fir_str){NULL, 0};
}

/* Scheme, host and port. */
static fir_str origin_of(fir_str url)
{
    size_t host = fir__str_find(url, FIR__S("://"));
    host = host == SIZE_MAX ? 0 : host + 3;
    size_t path = fir__str_find(fir__str_from(url, host), FIR__S("/"));
    return path == SIZE_MAX ? url : fir__str_to(url, host + path);
}

static void put_json_attributes(fir__json_writer *w, const fir__attributes *list)
{
    if (list->n == 0) {
        return;
    }
    fir__json_key(w, FIR__S("MessageAttributes"));
    fir__json_open(w, '{');
    for (size_t i = 0; i < list->n; i++) {
        bool number = strcmp(list->items[i].type, "Number") == 0;
        fir__json_key(w, list->items[i].name);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("DataType"), number ? FIR__S("Number") : FIR__S("String"));
        fir__json_key_str(w, FIR__S("StringValue"), list->items[i].value);
        fir__json_close(w, '}');
    }
    fir__json_close(w, '}');
}

static int send_message(fir__aws *a)
{
    fir_str url = fir__aws_parameter(a, "queue_url"), message, id = {NULL, 0}, group_id = {NULL, 0};
    fir__attributes attributes;
    a->endpoint = origin_of(url); /* where the queue is, and nowhere else */
    int rc = fir__aws_settle_region(a, region_of_queue(url));
    rc = rc != 0 ? rc : fir__aws_message(a, MAX_SQS, "SQS", &message);
    rc = rc != 0 ? rc : fir__aws_attributes(a, MAX_SQS - message.len, &attributes);
    if (rc == 0 && is_fifo(url)) {
        rc = fifo_id(a, "message_group_id", FIR__S("falcoir"), &group_id);
        rc = rc != 0 ? rc : fifo_id(a, "message_deduplication_id", a->c->action_id, &id);
    }
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    int64_t delay = fir__aws_integer(a, "delay", 0) / FIR__SECOND;
    fir__sbuf_init(&b, &a->c->wiping, MAX_BODY);
    fir__json_open(&w, '{');
    if (delay != 0 && id.len == 0) {
        fir__json_key_i64(&w, FIR__S("DelaySeconds"), delay);
    }
    put_json_attributes(&w, &attributes);
    fir__json_key_str(&w, FIR__S("MessageBody"), message);
    if (id.len != 0) {
        fir__json_key_str(&w, FIR__S("MessageDeduplicationId"), id);
        fir__json_key_str(&w, FIR__S("MessageGroupId"), group_id);
    }
    fir__json_key_str(&w, FIR__S("QueueUrl"), url);
    fir__json_close(&w, '}');
    a->request.content_type = FIR__S("application/x-amz-json-1.0");
    a->request.target = FIR__S("AmazonSQS.SendMessage");
    rc = fir__aws_keep(a, &b, &a->request.body);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int sqs(fir__aws *a, const fir_http_result *r)
{
    if (r == NULL) {
        return send_message(a);
    }
    if (r->status != 200) {
        return fir__aws_fail(a, r, "SQS");
    }
    fir_str id = text_at(read_json(a, r), FIR__S("MessageId"));
    return id.len != 0 ? say_id(a, id) : fir__aws_no(a, FIR_EACTION, false, "SQS answered 200 without a MessageId");
}

/* ---- EventBridge ---- */

static fir_str or_else(fir_str s, fir_str otherwise)
{
    return s.len != 0 ? s : otherwise;
}

static void put_resources(fir__aws *a, fir__json_writer *w)
{
    const fir__data *d = fir__call_data(a->c, FIR__S("resources"));
    if (d == NULL || d->type != FIR__DATA_LIST || d->count == 0) {
        return;
    }
    fir__json_key(w, FIR__S("Resources"));
    fir__json_open(w, '[');
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->items[i].type == FIR__DATA_TEXT) {
            fir__json_item(w);
            fir__json_string(w->b, d->items[i].s);
            fir__json_done(w);
        }
    }
    fir__json_close(w, ']');
}

static int put_events(fir__aws *a)
{
    fir_str bus = or_else(fir__aws_parameter(a, "bus"), FIR__S("default")), message;
    int rc = fir__aws_settle_region(a, fir__arn_part(bus, 3));
    rc = rc != 0 ? rc : fir__aws_message(a, MAX_EVENT - 1024, "EventBridge", &message);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    int64_t at = fir__aws_alert_time(a);
    fir__sbuf_init(&b, &a->c->wiping, MAX_BODY);
    fir__sbuf_str(&b, FIR__S("{\"Entries\":["));
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("Detail"), message);
    fir__json_key_str(&w, FIR__S("DetailType"), or_else(fir__aws_parameter(a, "detail_type"), FIR__S("Falco Alert")));
    fir__json_key_str(&w, FIR__S("EventBusName"), bus);
    put_resources(a, &w);
    fir__json_key_str(&w, FIR__S("Source"), or_else(fir__aws_parameter(a, "source"), FIR__S("falco")));
    if (at > 0) {
        fir__json_key_i64(&w, FIR__S("Time"), at / FIR__SECOND);
    }
    fir__json_close(&w, '}');
    fir__sbuf_str(&b, FIR__S("]}"));
    a->request.content_type = FIR__S("application/x-amz-json-1.1");
    a->request.target = FIR__S("AWSEvents.PutEvents");
    rc = fir__aws_keep(a, &b, &a->request.body);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

/* 200 may mean that none was taken. */
static int judge_entries(fir__aws *a, const fir_http_result *r)
{
    const fir__data *d = read_json(a, r), *failed = fir__data_get(d, FIR__S("FailedEntryCount"));
    const fir__data *entries = fir__data_get(d, FIR__S("Entries"));
    const fir__data *one = entries != NULL && entries->type == FIR__DATA_LIST && entries->count == 1 ? &entries->items[0] : NULL;
    if (failed == NULL || failed->type != FIR__DATA_INT || one == NULL) {
        return fir__aws_no(a, FIR_EACTION, false, "EventBridge answered 200 without saying what became of the event");
    }
    fir_str id = text_at(one, FIR__S("EventId")), code = text_at(one, FIR__S("ErrorCode")),
            why = text_at(one, FIR__S("ErrorMessage"));
    if (failed->i != 0 || id.len == 0) {
        return fir__aws_no(a, FIR_EACTION, !fir__aws_may_pass(0, code), "EventBridge refused the event: %.*s: %.*s",
                           (int)(code.len < 60 ? code.len : 60), code.len != 0 ? code.ptr : "",
                           (int)(why.len < 120 ? why.len : 120), why.len != 0 ? why.ptr : "");
    }
    return say_id(a, id);
}

static int eventbridge(fir__aws *a, const fir_http_result *r)
{
    if (r == NULL) {
        return put_events(a);
    }
    return r->status == 200 ? judge_entries(a, r) : fir__aws_fail(a, r, "EventBridge");
}

/* ---- Kinesis ---- */

static int put_record(fir__aws *a)
{
    fir_str name = fir__aws_parameter(a, "stream"), message, data = {NULL, 0};
    bool arn = fir__str_starts(name, FIR__S("arn:"));
    int rc = fir__aws_settle_region(a, fir__arn_part(name, 3));
    rc = rc != 0 ? rc : fir__aws_message(a, MAX_RECORD, "Kinesis", &message);
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, MAX_BODY);
    if (rc == 0) {
        fir__base64_encode(&b, message);
        rc = fir__aws_keep(a, &b, &data);
    }
    if (rc != 0) {
        return rc;
    }
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &a->c->wiping, MAX_BODY);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("Data"), data);
    fir__json_key_str(&w, FIR__S("PartitionKey"), or_else(fir__aws_parameter(a, "partition_key"), a->c->action_id));
    fir__json_key_str(&w, arn ? FIR__S("StreamARN") : FIR__S("StreamName"), name);
    fir__json_close(&w, '}');
    a->request.content_type = FIR__S("application/x-amz-json-1.1");
    a->request.target = FIR__S("Kinesis_20131202.PutRecord");
    rc = fir__aws_keep(a, &b, &a->request.body);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int kinesis(fir__aws *a, const fir_http_result *r)
{
    if (r == NULL) {
        return put_record(a);
    }
    if (r->status != 200) {
        return fir__aws_fail(a, r, "Kinesis");
    }
    fir_str number = text_at(read_json(a, r), FIR__S("SequenceNumber"));
    return number.len != 0 ? say_id(a, number)
                           : fir__aws_no(a, FIR_EACTION, false, "Kinesis answered 200 without a SequenceNumber");
}

/* ---- the functions ---- */

static int run(void *self, fir_call *c, const char *service, fir__aws_step *step)
{
    fir__aws *a = fir__aws_of(self, c, service);
    return a != NULL ? fir__aws_run(a, step) : FIR_ENOMEM;
}

int fir__aws_sns_advance(void *self, fir_call *c)
{
    return run(self, c, "sns", sns);
}

int fir__aws_sqs_advance(void *self, fir_call *c)
{
    return run(self, c, "sqs", sqs);
}

int fir__aws_eventbridge_advance(void *self, fir_call *c)
{
    return run(self, c, "events", eventbridge);
}

int fir__aws_kinesis_advance(void *self, fir_call *c)
{
    return run(self, c, "kinesis", kinesis);
}
