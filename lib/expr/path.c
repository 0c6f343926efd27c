/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/match.h"

/* Cuts the next component off; false when only slashes are left. */
static bool next_component(fir_str *rest, fir_str *component)
{
    size_t start = 0;
    while (start < rest->len && rest->ptr[start] == '/') {
        start++;
    }
    size_t end = start;
    while (end < rest->len && rest->ptr[end] != '/') {
        end++;
    }
    *component = fir__str(rest->ptr + start, end - start);
    *rest = fir__str_from(*rest, end);
    return end != start;
}

bool fir__path_prefix(fir_str prefix, fir_str path)
{
    fir_str wanted, have;
    while (next_component(&prefix, &wanted)) {
        if (!next_component(&path, &have)) {
            return false;
        }
        if (fir__glob_is_pattern(wanted) ? !fir__glob(wanted, have, false) : !fir__str_eq(wanted, have)) {
            return false;
        }
    }
    return true;
}
