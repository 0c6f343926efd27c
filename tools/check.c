/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

int run_check(const arguments *a)
{
    loaded l;
    bool json = given(a, "json");
    if (a->n_operands == 0) {
        return usage_error(a, "no file was given");
    }
    int code = load_files(a, a->operands, a->n_operands, json ? SHOW_JSON : SHOW_TEXT, &l);
    if (code != 0) {
        return code;
    }
    if (!json) {
        printf("%zu error%s, %zu warning%s\n", l.errors, l.errors == 1 ? "" : "s", l.warnings, l.warnings == 1 ? "" : "s");
    }
    code = l.playbook != NULL ? EXIT_FINE : EXIT_NO;
    unload(&l);
    return code;
}
