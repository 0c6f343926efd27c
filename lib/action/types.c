/* SPDX-License-Identifier: Apache-2.0 */
#include "action/types.h"

static const fir_action_type types[] = {
    {.size = sizeof(fir_action_type), .name = "http:webhook", .advance = fir__webhook_advance},
    {.size = sizeof(fir_action_type), .name = "local:file", .advance = fir__file_advance},
    {.size = sizeof(fir_action_type),
     .name = "local:kill",
     .prepare = fir__kill_prepare,
     .advance = fir__kill_advance,
     .verify = fir__kill_verify,
     .undo = fir__kill_undo},
    {.size = sizeof(fir_action_type), .name = "smtp:email", .advance = fir__email_advance},
    {.size = sizeof(fir_action_type), .name = "syslog:message", .advance = fir__syslog_advance},
};

const fir_action_type *fir__builtin_type(size_t i)
{
    return i < sizeof types / sizeof types[0] ? &types[i] : NULL;
}
