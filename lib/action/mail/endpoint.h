/* SPDX-License-Identifier: Apache-2.0 */
/* What mail and syslog share: parameters as values, the address of a server, the guards of a connection. */
#ifndef FIR__ACTION_MAIL_ENDPOINT_H
#define FIR__ACTION_MAIL_ENDPOINT_H

#include "action/call.h"
#include "action/env.h"

fir_str fir__mail_text(const fir_call *c, fir_str name, fir_str otherwise);
bool fir__mail_flag(const fir_call *c, fir_str name);

/* Wall time, of the engine's clock or, without one, of the system's. */
int64_t fir__mail_now(const fir__action_env *env);

/* Fills in what says where to and how safely: url (scheme and the parameter `server`, with a port of its own or the given one),
 * files, timeout, flags. 0, or the call has failed. */
int fir__mail_endpoint(fir_call *c, fir_str scheme, unsigned port, fir_http_request *rq);

#endif
