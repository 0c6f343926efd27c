/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two plans of one alert. */
#ifndef FALCOIR_TOOLS_COMPARE_H
#define FALCOIR_TOOLS_COMPARE_H

#include <jansson.h>

/* The plans as JSON trees, NULL where there is none. Gives a new array, empty when both do the same:
 *   {"rule":NAME,"change":"added"|"removed","steps":[ID…]}
 *   {"rule":NAME,"change":"changed","changes":[CHANGE…]}       and {"change":"order","from":[NAME…],"to":[NAME…]} of rules
 *   CHANGE = {"path":"urgency","from":VALUE,"to":VALUE}        no "from": it came; no "to": it went
 *          | {"path":"observed",…}                                what the alert only feeds
 *          | {"path":"steps.ID","change":"added"|"removed","use":TYPE} */
json_t *compare_plans(const json_t *old, const json_t *new);

#endif
