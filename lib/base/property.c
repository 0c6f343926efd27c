/* SPDX-License-Identifier: Apache-2.0 */
#include "base/property.h"

static const fir_str property_names[FIR__PROP_COUNT] = {
    [FIR__PROP_NONE] = {"", 0},
    [FIR__PROP_RULE] = {"rule", 4},
    [FIR__PROP_PRIORITY] = {"priority", 8},
    [FIR__PROP_SOURCE] = {"source", 6},
    [FIR__PROP_HOSTNAME] = {"hostname", 8},
    [FIR__PROP_TAGS] = {"tags", 4},
    [FIR__PROP_OUTPUT] = {"output", 6},
    [FIR__PROP_MESSAGE] = {"message", 7},
    [FIR__PROP_TIME] = {"time", 4},
    [FIR__PROP_UUID] = {"uuid", 4},
    [FIR__PROP_EVENT_ID] = {"event.id", 8},
    [FIR__PROP_EVENT_JSON] = {"event.json", 10},
    [FIR__PROP_OUTPUT_FIELDS] = {"output_fields", 13},
    [FIR__PROP_PLAN_ID] = {"plan.id", 7},
    [FIR__PROP_STEP] = {"steps", 5},
};

fir_str fir__property_name(fir__property p)
{
    return property_names[p];
}

fir__property fir__property_find(fir_str name)
{
    if (fir__str_starts(name, FIR__S("alert."))) {
        name = fir__str_from(name, 6);
    }
    for (int p = FIR__PROP_RULE; p <= FIR__PROP_UUID; p++) {
        if (fir__str_eq(name, property_names[p])) {
            return (fir__property)p;
        }
    }
    return FIR__PROP_NONE;
}
