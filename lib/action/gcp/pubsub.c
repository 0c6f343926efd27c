/* SPDX-License-Identifier: Apache-2.0 */
/* gcp:pubsub: one message with attributes to filter by. */
#include "action/gcp/gcp.h"
#include "action/gcp/types.h"
#include "base/digest.h"
#include "base/utf8.h"
#include "json/writer.h"

enum {
    MAX_MESSAGE = 7 * 1024 * 1024, /* as base64 it stays below the 10 MB of a request */
    MAX_REQUEST = 10 * 1024 * 1024,
    MAX_ATTRIBUTES = 100,
    MAX_ATTRIBUTE_NAME = 256,
    MAX_VALUE = 1024 /* of an attribute, and of the ordering key */
};

/* ---- where to ---- */

/* "alerts", or "projects/p/topics/alerts". */
static int topic_path(fir__cloud *k, fir_str *project, fir_str *topic)
{
    fir_str s = fir__cloud_parameter(k, "topic");
    int rc = 0;
    size_t middle = fir__str_find(s, FIR__S("/topics/"));
    if (fir__str_starts(s, FIR__S("projects/")) && middle != SIZE_MAX) {
        *project = fir__str_from(fir__str_to(s, middle), sizeof "projects/" - 1);
        *topic = fir__str_from(s, middle + sizeof "/topics/" - 1);
    } else {
        *topic = s;
        rc = fir__gcp_project(k, project);
    }
    if (rc == 0 && (!fir__cloud_is_name(*project, "-.:", 100) || !fir__cloud_is_name(*topic, "-_.~+", 255))) {
        rc = fir__cloud_no(k, FIR_EINVAL, true, "Pub/Sub: the topic is neither a name nor projects/…/topics/…");
    }
    return rc;
}

/* The service, a private address of it, or an emulator, which knows no tokens. */
static int find_service(fir__cloud *k, fir_str *base)
{
    fir_str host;
    int rc = fir__cloud_setting_or(k, "pubsub_emulator_host", "PUBSUB_EMULATOR_HOST", &host);
    fir_str other = fir__cloud_setting(k, "pubsub_endpoint");
    if (rc != 0 || (other.len == 0 && host.len != 0)) {
        k->request.flags = FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL;
        fir_str url = {NULL, 0};
        rc = rc != 0 ? rc : fir__cloud_text(k, &url, "http://%.*s", (int)host.len, host.ptr);
        return rc != 0 ? rc : fir__cloud_base(k, "pubsub_emulator_host", url, base);
    }
    k->request.flags = fir__cloud_flags(k);
    k->request.ca_file = fir__cloud_setting(k, "ca_file");
    *base = FIR__S("https://pubsub.googleapis.com");
    rc = other.len != 0 ? fir__cloud_base(k, "pubsub_endpoint", other, base) : 0;
    return rc != 0 ? rc : fir__gcp_want(k, false, FIR__S("https://www.googleapis.com/auth/pubsub"));
}

/* ---- the message ---- */

static void put_attribute(fir__json_writer *w, fir_str name, fir_str value)
{
    size_t n = value.len < MAX_VALUE ? value.len : MAX_VALUE;
    if (value.len != 0) {
        fir__json_key_str(w, name, fir__str_to(value, fir__utf8_floor(value, n)));
    }
}

static int check_attributes(fir__cloud *k, const fir__data *d)
{
    if (d == NULL) {
        return 0;
    }
    if (d->type != FIR__DATA_MAP || d->count > MAX_ATTRIBUTES - 5) {
        return fir__cloud_no(k, FIR_ELIMIT, true, "Pub/Sub: more than %d attributes", MAX_ATTRIBUTES - 5);
    }
    for (uint32_t i = 0; i < d->count; i++) {
        fir_str name = d->entries[i].key;
        if (name.len == 0 || name.len > MAX_ATTRIBUTE_NAME || fir__str_starts(name, FIR__S("goog")) ||
            d->entries[i].value.type != FIR__DATA_TEXT) {
            return fir__cloud_no(k, FIR_EINVAL, true,
                                 "Pub/Sub: an attribute's name is empty, longer than %d bytes or begins with goog, or its value is "
                                 "no text",
                                 MAX_ATTRIBUTE_NAME);
        }
    }
    return 0;
}

/* The author's win over ours of the same name. */
static int put_attributes(fir__cloud *k, fir__json_writer *w)
{
    fir__cloud_alert alert;
    const fir__data *given = fir__call_data(k->c, FIR__S("attributes"));
    int rc = check_attributes(k, given);
    rc = rc != 0 ? rc : fir__cloud_read_alert(k, &alert);
    if (rc != 0) {
        return rc;
    }
    const fir_http_header own[] = {{FIR__S("falcoir_action_id"), k->c->action_id},
                                   {FIR__S("hostname"), alert.hostname},
                                   {FIR__S("priority"), alert.priority},
                                   {FIR__S("rule"), alert.rule},
                                   {FIR__S("source"), alert.source}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (fir__data_get(given, own[i].name) == NULL) {
            put_attribute(w, own[i].name, own[i].value);
        }
    }
    for (uint32_t i = 0; given != NULL && i < given->count; i++) {
        put_attribute(w, given->entries[i].key, given->entries[i].value.s);
    }
    return 0;
}

static int put_message(fir__cloud *k, fir__sbuf *b)
{
    fir__json_writer w = {.b = b};
    fir_str message = fir__cloud_parameter(k, "message"), order = fir__cloud_parameter(k, "ordering_key");
    message = message.len != 0 ? message : k->c->event;
    if (message.len > MAX_MESSAGE || order.len > MAX_VALUE) {
        return fir__cloud_no(k, FIR_ELIMIT, true, "Pub/Sub: the message may have %d bytes, the ordering key %d", MAX_MESSAGE,
                             MAX_VALUE);
    }
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("messages"));
    fir__json_open(&w, '[');
    fir__json_item(&w);
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("attributes"));
    fir__json_open(&w, '{');
    int rc = put_attributes(k, &w);
    fir__json_close(&w, '}');
    fir__json_key(&w, FIR__S("data"));
    fir__sbuf_char(b, '"');
    fir__base64_encode(b, message);
    fir__sbuf_char(b, '"');
    fir__json_done(&w);
    if (order.len != 0) {
        fir__json_key_str(&w, FIR__S("orderingKey"), order);
    }
    fir__json_close(&w, '}');
    fir__json_close(&w, ']');
    fir__json_close(&w, '}');
    return rc;
}

static int build(fir__cloud *k)
{
    fir_str base, project, topic;
    int rc = find_service(k, &base);
    rc = rc != 0 ? rc : topic_path(k, &project, &topic);
    rc = rc != 0 ? rc
                 : fir__cloud_text(k, &k->request.url, "%.*s/v1/projects/%.*s/topics/%.*s:publish", (int)base.len, base.ptr,
                                   (int)project.len, project.ptr, (int)topic.len, topic.ptr);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &k->c->wiping, MAX_REQUEST);
    rc = put_message(k, &b);
    if (rc != 0) {
        fir__sbuf_free(&b);
        return rc;
    }
    k->request.content_type = FIR__S("application/json");
    k->request.timeout_ns = fir__cloud_duration(k, "timeout");
    k->request.max_response = FIR__CLOUD_MOST_ANSWER;
    return fir__cloud_keep(k, &b, &k->request.body);
}

static int judge(fir__cloud *k, const fir_http_result *r)
{
    const fir__data *d = NULL;
    int rc = fir__cloud_document(k, r, k->service->name, &d);
    if (rc != 0) {
        return rc;
    }
    const fir__data *ids = fir__data_get(d, FIR__S("messageIds"));
    return ids != NULL && ids->type == FIR__DATA_LIST && ids->count == 1
               ? FIR_CALL_DONE
               : fir__cloud_no(k, FIR_EACTION, false, "Pub/Sub answered %d without a message's id", (int)r->status);
}

int fir__gcp_pubsub_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {FIR__GCP_CONFIG, "Pub/Sub", FIR__GCP_ASKING, build, fir__gcp_token, judge};
    return fir__cloud_run(self, c, &service);
}
