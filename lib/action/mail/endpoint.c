/* SPDX-License-Identifier: Apache-2.0 */
#include "action/mail/endpoint.h"

#include <time.h>

#include "action/types.h"
#include "base/time.h"

enum { MAX_SERVER = 300 };

fir_str fir__mail_text(const fir_call *c, fir_str name, fir_str otherwise)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_TEXT ? d->s : otherwise;
}

bool fir__mail_flag(const fir_call *c, fir_str name)
{
    const fir__data *d = fir__call_data(c, name);
    return d != NULL && d->type == FIR__DATA_BOOL && d->b;
}

int64_t fir__mail_now(const fir__action_env *env)
{
    struct timespec now = {0, 0};
    if (env != NULL && env->clock != NULL) {
        return env->clock->wall_ns(env->clock->self);
    }
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * FIR__SECOND + now.tv_nsec;
}

/* Whether a port stands behind the host: "host:25", "[::1]:25", not "[::1]". */
static bool has_port(fir_str server)
{
    size_t bracket = fir__str_find(server, FIR__S("]"));
    fir_str rest = bracket == SIZE_MAX ? server : fir__str_from(server, bracket);
    return fir__str_find(rest, FIR__S(":")) != SIZE_MAX;
}

int fir__mail_endpoint(fir_call *c, fir_str scheme, unsigned port, fir_http_request *rq)
{
    const fir_str none = {NULL, 0};
    fir_str server = fir__mail_text(c, FIR__S("server"), none);
    if (server.len == 0 || server.len > MAX_SERVER) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "server is not host:port");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &c->wiping, 2 * MAX_SERVER);
    fir__sbuf_str(&b, scheme);
    fir__sbuf_str(&b, server);
    if (!has_port(server)) {
        fir__sbuf_printf(&b, ":%u", port);
    }
    rq->url = b.status == 0 ? fir__arena_str(&c->arena, fir__sbuf_view(&b)) : none;
    fir__sbuf_free(&b);
    if (rq->url.ptr == NULL) {
        return FIR_ENOMEM;
    }
    const fir__data *timeout = fir__call_data(c, FIR__S("timeout"));
    rq->timeout_ns = timeout != NULL && timeout->type == FIR__DATA_INT ? timeout->i : 0;
    rq->ca_file = fir__mail_text(c, FIR__S("ca_file"), none);
    rq->client_certificate = fir__mail_text(c, FIR__S("client_certificate"), none);
    rq->client_key = fir__mail_text(c, FIR__S("client_key"), none);
    rq->flags |= (fir__mail_flag(c, FIR__S("insecure")) ? FIR_HTTP_INSECURE : 0u) |
                 (fir__mail_flag(c, FIR__S("internal")) ? FIR_HTTP_INTERNAL : 0u);
    return 0;
}
