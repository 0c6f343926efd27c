/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a schema of a host's type: refused with a message, or a type that can be found and written. */
#include <stdlib.h>

#include "catalog/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void check_type(const fir__action_def *a)
{
    check(a != NULL && a->host && a->works && !(a->destructive && a->notifies));
    for (uint32_t i = 0; i < a->n_params; i++) {
        const fir__param_def *q = &a->params[i];
        check(fir__action_param(a, q->name) == q);
        check(q->type <= FIR__P_ANY && q->sink <= FIR_SINK_RAW);
        bool list = q->type == FIR__P_STRINGS || q->type == FIR__P_RANGES;
        check(q->default_text.len == 0 || list || fir__param_accepts(q, q->default_text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_catalog *c;
    fir_error err = {0};
    check(fir_catalog_new(&c, &err) == 0);
    size_t before = fir__catalog_count(c);
    int status = fir_catalog_add(c, (const char *)p, n, &err);
    check(fir__catalog_count(c) == before + (status == 0));
    if (status != 0) {
        check(err.code == status && err.message[0] != '\0' &&
              (status == FIR_EINVAL || status == FIR_EPARSE || status == FIR_ELIMIT));
    } else {
        fir_buf out = {0};
        size_t hosts = 0;
        for (size_t i = 0; i < fir__catalog_count(c); i++) {
            const fir__action_def *a = fir__catalog_at(c, i);
            check(fir__catalog_find(c, a->name) == a);
            if (a->host) {
                check_type(a);
                hosts++;
            }
        }
        check(hosts == 1 && fir_catalog_add(c, (const char *)p, n, &err) == FIR_EINVAL);
        check(fir_catalog_to_json(c, &out, &err) == 0);
        fir_buf_dispose(&out);
    }
    fir_catalog_unref(c);
    return 0;
}
