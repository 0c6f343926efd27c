/* SPDX-License-Identifier: Apache-2.0 */
/* azure:function: a POST with the function's key, with a token for its application, or with both. */
#include "action/azure/azure.h"
#include "action/azure/types.h"

enum { MAX_BODY = 16 * 1024 * 1024 };

static int build(fir__cloud *k)
{
    fir_str url = fir__cloud_parameter(k, "url"), body = fir__cloud_parameter(k, "body");
    fir_str key = fir__cloud_parameter(k, "function_key"), resource = fir__cloud_parameter(k, "resource");
    if (!fir__str_starts(url, FIR__S("https://")) && !fir__str_starts(url, FIR__S("http://"))) {
        return fir__cloud_no(k, FIR_EINVAL, true, "Azure function: the url must begin with https://");
    }
    k->request = (fir__cloud_request){.url = url,
                                      .content_type = FIR__S("application/json"),
                                      .body = body.len != 0 ? body : k->c->event,
                                      .ca_file = fir__cloud_parameter(k, "ca_file"),
                                      .timeout_ns = fir__cloud_duration(k, "timeout"),
                                      .flags = fir__cloud_flag(k, "internal") ? (uint32_t)FIR_HTTP_INTERNAL : 0u};
    if (k->request.body.len > MAX_BODY) {
        return fir__cloud_no(k, FIR_ELIMIT, true, "Azure function: the body is too large");
    }
    fir__cloud_header(&k->request, FIR__S("Idempotency-Key"), k->c->action_id);
    fir__cloud_header(&k->request, FIR__S("x-functions-key"), key);
    return resource.len != 0 ? fir__azure_want(k, resource) : 0;
}

int fir__azure_function_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {
        FIR__AZURE_CONFIG, "Azure function", FIR__AZURE_ASKING, build, fir__azure_token, NULL};
    return fir__cloud_run(self, c, &service);
}
