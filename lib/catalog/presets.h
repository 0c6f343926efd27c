/* SPDX-License-Identifier: Apache-2.0 */
/* Made by presets/generate.py from the presets; do not edit. Long, for it has a table for each preset. */
#ifndef FIR__CATALOG_PRESETS_H
#define FIR__CATALOG_PRESETS_H

#include "catalog/catalog.h"

/* The action types that are data, in order of name. */
extern const fir__action_def fir__preset_types[];
extern const size_t fir__preset_count;

/* What a preset's request is made of, as JSON; ptr NULL: no preset. */
fir_str fir__preset_request(fir_str type);

/* X(type, can be undone) for each. */
#define FIR__PRESETS(X) \
    X("alertmanager:alert", true) \
    X("datadog:log", false) \
    X("discord:message", false) \
    X("elasticsearch:index", false) \
    X("googlechat:message", false) \
    X("jira:issue", true) \
    X("loki:push", false) \
    X("mattermost:message", false) \
    X("opsgenie:alert", true) \
    X("otlp:log", false) \
    X("pagerduty:event", true) \
    X("servicenow:incident", true) \
    X("slack:message", false) \
    X("splunk:event", false) \
    X("teams:message", false) \
    X("telegram:message", false) \
    X("thehive:alert", true)

#endif
