/* SPDX-License-Identifier: Apache-2.0 */
/* azure:function: a POST with the function's key, with a token for its application, or with both. */
#include "action/azure/azure.h"
#include "action/azure/types.h"

enum { MAX_BODY = 16 * 1024 * 1024 };

static int build(fir__cloud *k)
{
    fir_str key = fir__cloud_parameter(k, "function_key"), resource = fir__cloud_parameter(k, "resource");
    int rc = fir__cloud_call_function(k, fir__cloud_parameter(k, "url"), MAX_BODY);
    if (rc != 0) {
        return rc;
    }
    fir__cloud_header(&k->request, FIR__S("x-functions-key"), key);
    return resource.len != 0 ? fir__azure_want(k, resource) : 0;
}

int fir__azure_function_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {
        FIR__AZURE_CONFIG, "Azure function", FIR__AZURE_ASKING, build, fir__azure_token, NULL};
    return fir__cloud_run(self, c, &service);
}
