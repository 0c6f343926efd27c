/* SPDX-License-Identifier: Apache-2.0 */
/* gcp:function and gcp:cloudrun: a POST with an identity token for the address. */
#include "action/gcp/gcp.h"
#include "action/gcp/types.h"

enum { MAX_BODY = 10 * 1024 * 1024 };

static int post(fir__cloud *k, fir_str url, fir_str audience)
{
    fir_str given = fir__cloud_parameter(k, "audience");
    int rc = fir__cloud_call_function(k, url, MAX_BODY);
    return rc != 0 ? rc : fir__gcp_want(k, true, given.len != 0 ? given : audience);
}

/* ---- a function ---- */

/* "projects/P/locations/L/functions/F": the parts; false: it is another form. */
static bool split_name(fir_str name, fir_str *project, fir_str *location, fir_str *function)
{
    static const fir_str heads[] = {{"projects/", 9}, {"locations/", 10}, {"functions/", 10}};
    fir_str *const parts[] = {project, location, function};
    for (size_t i = 0; i < 3; i++) {
        if (!fir__str_starts(name, heads[i])) {
            return false;
        }
        name = fir__str_from(name, heads[i].len);
        size_t slash = i < 2 ? fir__str_find(name, FIR__S("/")) : name.len;
        if (slash == SIZE_MAX) {
            return false;
        }
        *parts[i] = fir__str_to(name, slash);
        name = fir__str_from(name, slash + 1);
    }
    return true;
}

/* Every function has such an address, of either generation. */
static int address_of(fir__cloud *k, fir_str name, fir_str *url)
{
    fir_str project, location = fir__cloud_parameter(k, "location"), function = name;
    int rc = 0;
    if (!split_name(name, &project, &location, &function)) {
        rc = fir__gcp_project(k, &project);
    }
    if (rc == 0 && (!fir__cloud_is_name(project, "-", 100) || !fir__cloud_is_name(location, "-", 40) ||
                    !fir__cloud_is_name(function, "-_", 128))) {
        rc = fir__cloud_no(k, FIR_EINVAL, true,
                           "Cloud Function: give `url`, or `function_name` and `location`, or the name "
                           "projects/…/locations/…/functions/…");
    }
    return rc != 0 ? rc
                   : fir__cloud_text(k, url, "https://%.*s-%.*s.cloudfunctions.net/%.*s", (int)location.len, location.ptr,
                                     (int)project.len, project.ptr, (int)function.len, function.ptr);
}

static int build_function(fir__cloud *k)
{
    fir_str url = fir__cloud_parameter(k, "url");
    int rc = url.len == 0 ? address_of(k, fir__cloud_parameter(k, "function_name"), &url) : 0;
    return rc != 0 ? rc : post(k, url, fir__cloud_bare(url));
}

int fir__gcp_function_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {FIR__GCP_CONFIG, "Cloud Function", FIR__GCP_ASKING,
                                               build_function,  fir__gcp_token,   NULL};
    return fir__cloud_run(self, c, &service);
}

/* ---- a service ---- */

/* A service takes tokens for its address alone, whatever the path. */
static int build_service(fir__cloud *k)
{
    fir_str url = fir__cloud_parameter(k, "url");
    return post(k, url, fir__cloud_origin(url));
}

int fir__gcp_cloudrun_advance(void *self, fir_call *c)
{
    static const fir__cloud_service service = {FIR__GCP_CONFIG, "Cloud Run", FIR__GCP_ASKING, build_service, fir__gcp_token, NULL};
    return fir__cloud_run(self, c, &service);
}
