/* SPDX-License-Identifier: Apache-2.0 */
/* The alert's own properties, beside its output_fields. */
#ifndef FIR__BASE_PROPERTY_H
#define FIR__BASE_PROPERTY_H

#include "base/str.h"

/* What is no entry of output_fields. */
typedef enum fir__property {
    FIR__PROP_NONE = 0, /* an entry of output_fields */
    FIR__PROP_RULE,
    FIR__PROP_PRIORITY, /* string: the level's title-case name */
    FIR__PROP_SOURCE,
    FIR__PROP_HOSTNAME,
    FIR__PROP_TAGS,
    FIR__PROP_OUTPUT,
    FIR__PROP_MESSAGE,
    FIR__PROP_TIME, /* int: nanoseconds since the epoch, its text as the alert wrote it */
    FIR__PROP_UUID,
    FIR__PROP_EVENT_ID,      /* event.id: hex text, computed only when a slot asks for it */
    FIR__PROP_EVENT_JSON,    /* event.json: object */
    FIR__PROP_OUTPUT_FIELDS, /* output_fields: object */
    FIR__PROP_PLAN_ID,       /* plan.id: hex text */
    FIR__PROP_STEP,          /* steps.<id>.status or .output: never in an alert's frame */
    FIR__PROP_COUNT
} fir__property;

/* The property of a bare or dotted name ("rule", "alert.rule"); FIR__PROP_NONE for others. Only those from RULE to UUID. */
fir__property fir__property_find(fir_str name);
fir_str fir__property_name(fir__property p);

#endif
