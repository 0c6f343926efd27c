/* SPDX-License-Identifier: Apache-2.0 */
/* azure:eventgrid: one event, in the schema of Event Grid or as a CloudEvent. */
#include "action/azure/azure.h"
#include "action/azure/types.h"
#include "base/utf8.h"
#include "json/writer.h"

enum { MAX_EVENT = 1024 * 1024, MAX_SUBJECT = 1024, MAX_SIGNATURE = 16 * 1024 };

/* What both schemas say, each under its own names. */
typedef struct event {
    fir_str id, type, subject, time, data;
} event;

static void put_grid(fir__json_writer *w, const event *e)
{
    fir__json_key(w, FIR__S("data"));
    fir__sbuf_str(w->b, e->data);
    fir__json_done(w);
    fir__json_key_str(w, FIR__S("dataVersion"), FIR__S("1"));
    fir__json_key_str(w, FIR__S("eventTime"), e->time);
    fir__json_key_str(w, FIR__S("eventType"), e->type);
    fir__json_key_str(w, FIR__S("id"), e->id);
    fir__json_key_str(w, FIR__S("subject"), e->subject);
}

static void put_cloud(fir__json_writer *w, const event *e)
{
    fir__json_key(w, FIR__S("data"));
    fir__sbuf_str(w->b, e->data);
    fir__json_done(w);
    fir__json_key_str(w, FIR__S("datacontenttype"), FIR__S("application/json"));
    fir__json_key_str(w, FIR__S("id"), e->id);
    fir__json_key_str(w, FIR__S("source"), FIR__S("falco"));
    fir__json_key_str(w, FIR__S("specversion"), FIR__S("1.0"));
    fir__json_key_str(w, FIR__S("subject"), e->subject);
    fir__json_key_str(w, FIR__S("time"), e->time);
    fir__json_key_str(w, FIR__S("type"), e->type);
}

static int put_body(fir__cloud *k, bool cloud)
{
    fir__cloud_alert alert;
    int rc = fir__cloud_read_alert(k, &alert);
    if (rc != 0) {
        return rc;
    }
    fir_str subject = fir__cloud_parameter(k, "subject");
    subject = subject.len != 0 ? subject : alert.rule;
    subject = fir__str_to(subject, fir__utf8_floor(subject, subject.len < MAX_SUBJECT ? subject.len : MAX_SUBJECT));
    const event e = {k->c->action_id, fir__cloud_parameter(k, "event_type"), subject.len != 0 ? subject : FIR__S("falco"),
                     alert.time, k->c->event};
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &k->c->wiping, 2 * MAX_EVENT);
    fir__json_open(&w, '[');
    fir__json_item(&w);
    fir__json_open(&w, '{');
    (cloud ? put_cloud : put_grid)(&w, &e);
    fir__json_close(&w, '}');
    fir__json_close(&w, ']');
    if (b.len > MAX_EVENT || b.status == FIR_ELIMIT) {
        fir__sbuf_free(&b);
        return fir__cloud_no(k, FIR_ELIMIT, true, "Event Grid: the event is larger than %d bytes", MAX_EVENT);
    }
    return fir__cloud_keep(k, &b, &k->request.body);
}

/* "https://topic.region-1.eventgrid.azure.net/api/events", with or without its path. */
static int put_url(fir__cloud *k, fir_str *bare)
{
    fir_str url = fir__cloud_bare(fir__cloud_parameter(k, "endpoint")), origin = fir__cloud_origin(url);
    if (origin.len == 0 || (!fir__str_starts(url, FIR__S("https://")) && !fir__str_starts(url, FIR__S("http://")))) {
        return fir__cloud_no(k, FIR_EINVAL, true, "Event Grid: the endpoint must begin with https://");
    }
    bool no_path = url.len - origin.len <= 1;
    int rc = fir__cloud_text(k, bare, "%.*s%s", (int)(no_path ? origin : url).len, url.ptr, no_path ? "/api/events" : "");
    return rc != 0 ? rc : fir__cloud_text(k, &k->request.url, "%.*s?api-version=2018-01-01", (int)bare->len, bare->ptr);
}

static int put_credentials(fir__cloud *k, fir_str bare)
{
    fir_str key = fir__cloud_parameter(k, "access_key"), uri = {NULL, 0}, token = {NULL, 0};
    if (key.len == 0) {
        return fir__azure_want(k, FIR__S("https://eventgrid.azure.net"));
    }
    if (!fir__cloud_flag(k, "sas")) {
        fir__cloud_header(&k->request, FIR__S("aeg-sas-key"), key);
        return 0;
    }
    fir__sbuf b;
    int rc = fir__cloud_text(k, &uri, "%.*s?apiVersion=2018-01-01", (int)bare.len, bare.ptr);
    if (rc != 0) {
        return rc;
    }
    fir__sbuf_init(&b, &k->c->wiping, MAX_SIGNATURE);
    rc = fir__azure_grid_signature(&b, uri, key, fir__cloud_now(k));
    if (rc != 0) {
        fir__sbuf_free(&b);
        return fir__azure_unsigned(k, rc);
    }
    rc = fir__cloud_keep(k, &b, &token);
    fir__cloud_header(&k->request, FIR__S("aeg-sas-token"), token);
    return rc;
}

static int build(fir__cloud *k)
{
    bool cloud = fir__str_eq(fir__cloud_parameter(k, "schema"), FIR__S("cloudevents"));
    fir_str bare = {NULL, 0};
    k->request = (fir__cloud_request){.content_type = cloud ? FIR__S("application/cloudevents-batch+json; charset=utf-8")
                                                            : FIR__S("application/json"),
                                      .ca_file = fir__cloud_parameter(k, "ca_file"),
                                      .timeout_ns = fir__cloud_duration(k, "timeout"),
                                      .max_response = FIR__CLOUD_MOST_ANSWER,
                                      .flags = fir__cloud_flag(k, "internal") ? (uint32_t)FIR_HTTP_INTERNAL : 0u};
    int rc = put_url(k, &bare);
    rc = rc != 0 ? rc : put_body(k, cloud);
    return rc != 0 ? rc : put_credentials(k, bare);
}

int fir__azure_eventgrid_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {FIR__AZURE_CONFIG, "Event Grid", FIR__AZURE_ASKING, build, fir__azure_token, NULL};
    return fir__cloud_run(self, c, &service);
}
