/* SPDX-License-Identifier: Apache-2.0 */
/* azure:eventhub: one event as a batch of one, so that its properties are JSON and no headers. */
#include "action/azure/azure.h"
#include "action/azure/types.h"
#include "base/utf8.h"
#include "json/writer.h"

enum { MAX_BATCH = 1024 * 1024, MAX_VALUE = 1024, MAX_SIGNATURE = 16 * 1024 };

static void put_property(fir__json_writer *w, fir_str name, fir_str value)
{
    if (value.len != 0) {
        fir__json_key_str(w, name, fir__str_to(value, fir__utf8_floor(value, value.len < MAX_VALUE ? value.len : MAX_VALUE)));
    }
}

static int put_body(fir__cloud *k)
{
    fir__cloud_alert alert;
    int rc = fir__cloud_read_alert(k, &alert);
    if (rc != 0) {
        return rc;
    }
    fir_str message = fir__cloud_parameter(k, "message");
    fir__sbuf b;
    fir__json_writer w = {.b = &b};
    fir__sbuf_init(&b, &k->c->wiping, 2 * MAX_BATCH);
    fir__json_open(&w, '[');
    fir__json_item(&w);
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("Body"), message.len != 0 ? message : k->c->event);
    fir__json_key(&w, FIR__S("UserProperties"));
    fir__json_open(&w, '{');
    put_property(&w, FIR__S("falcoir_action_id"), k->c->action_id);
    put_property(&w, FIR__S("hostname"), alert.hostname);
    put_property(&w, FIR__S("priority"), alert.priority);
    put_property(&w, FIR__S("rule"), alert.rule);
    put_property(&w, FIR__S("source"), alert.source);
    fir__json_close(&w, '}');
    fir__json_close(&w, '}');
    fir__json_close(&w, ']');
    if (b.len > MAX_BATCH || b.status == FIR_ELIMIT) {
        fir__sbuf_free(&b);
        return fir__cloud_no(k, FIR_ELIMIT, true, "Event Hubs: the event is larger than %d bytes", MAX_BATCH);
    }
    return fir__cloud_keep(k, &b, &k->request.body);
}

/* The hub's address: "falco" is https://falco.servicebus.windows.net; with a dot it is a whole host. */
static int hub_address(fir__cloud *k, fir_str *out)
{
    fir_str space = fir__cloud_parameter(k, "namespace"), hub = fir__cloud_parameter(k, "hub"), base = {NULL, 0};
    fir_str other = fir__cloud_setting(k, "eventhub_endpoint");
    if (!fir__cloud_is_name(space, "-.", 253) || !fir__cloud_is_name(hub, "-._", 256)) {
        return fir__cloud_no(k, FIR_EINVAL, true, "Event Hubs: the namespace or the hub is none");
    }
    bool whole = memchr(space.ptr, '.', space.len) != NULL;
    int rc = other.len != 0
                 ? fir__cloud_base(k, "eventhub_endpoint", other, &base)
                 : fir__cloud_text(k, &base, "https://%.*s%s", (int)space.len, space.ptr, whole ? "" : ".servicebus.windows.net");
    return rc != 0 ? rc : fir__cloud_text(k, out, "%.*s/%.*s", (int)base.len, base.ptr, (int)hub.len, hub.ptr);
}

static int put_credentials(fir__cloud *k, fir_str address)
{
    fir_str key = fir__cloud_parameter(k, "key"), policy = fir__cloud_parameter(k, "policy"), value = {NULL, 0};
    if (key.len == 0) {
        return fir__azure_want(k, FIR__S("https://eventhubs.azure.net/"));
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &k->c->wiping, MAX_SIGNATURE);
    int rc = fir__azure_hub_signature(&b, address, policy, key, fir__cloud_now(k));
    if (rc != 0) {
        fir__sbuf_free(&b);
        return fir__azure_unsigned(k, rc);
    }
    rc = fir__cloud_keep(k, &b, &value);
    fir__cloud_header(&k->request, FIR__S("Authorization"), value);
    return rc;
}

static int build(fir__cloud *k)
{
    fir_str address = {NULL, 0};
    k->request = (fir__cloud_request){.content_type = FIR__S("application/vnd.microsoft.servicebus.json"),
                                      .ca_file = fir__cloud_setting(k, "ca_file"),
                                      .timeout_ns = fir__cloud_duration(k, "timeout"),
                                      .max_response = FIR__CLOUD_MOST_ANSWER,
                                      .flags = fir__cloud_flags(k)};
    int rc = hub_address(k, &address);
    rc = rc != 0
             ? rc
             : fir__cloud_text(k, &k->request.url, "%.*s/messages?timeout=60&api-version=2014-01", (int)address.len, address.ptr);
    rc = rc != 0 ? rc : put_body(k);
    return rc != 0 ? rc : put_credentials(k, address);
}

int fir__azure_eventhub_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {FIR__AZURE_CONFIG, "Event Hubs", FIR__AZURE_ASKING, build, fir__azure_token, NULL};
    return fir__cloud_run(self, c, &service);
}
