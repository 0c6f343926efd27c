/* SPDX-License-Identifier: Apache-2.0 */
/* What every store asks of the records that it is given. */
#include "store/store.h"

static bool bad_text(fir_str s)
{
    return s.ptr == NULL && s.len != 0;
}

static int check_record(const fir_record *r, fir_error *err)
{
    if (bad_text(r->kind) || bad_text(r->event_id) || bad_text(r->action_id) || bad_text(r->json) || bad_text(r->blob)) {
        return fir__fail(err, FIR_EINVAL, "a text of the record is NULL and not empty");
    }
    if (r->kind.len == 0 || r->json.len < 2 || r->json.ptr[0] != '{' || r->json.ptr[r->json.len - 1] != '}') {
        return fir__fail(err, FIR_EINVAL, "a record has a kind, and its JSON is an object");
    }
    if (r->kind.len > FIR_STORE_MAX_KIND || r->event_id.len > FIR_STORE_MAX_ID || r->action_id.len > FIR_STORE_MAX_ID) {
        return fir__fail(err, FIR_ELIMIT, "a kind has at most %d bytes, an id %d", FIR_STORE_MAX_KIND, FIR_STORE_MAX_ID);
    }
    if (r->json.len > FIR_STORE_MAX_RECORD || r->blob.len > FIR_STORE_MAX_RECORD - r->json.len) {
        return fir__fail(err, FIR_ELIMIT, "a record holds at most %d bytes", FIR_STORE_MAX_RECORD);
    }
    return 0;
}

int fir__store_check(const fir_record *r, size_t n, uint32_t flags, fir_error *err)
{
    if (r == NULL || n == 0 || r->size < sizeof *r || (flags & ~(uint32_t)(FIR_STORE_SYNC | FIR_STORE_RESERVE)) != 0) {
        return fir__fail(err, FIR_EINVAL, "no records to append, records of another version, or an unknown flag");
    }
    if (n > FIR_STORE_MAX_APPEND) {
        return fir__fail(err, FIR_ELIMIT, "one append takes at most %d records", FIR_STORE_MAX_APPEND);
    }
    for (size_t i = 0; i < n; i++) {
        int rc = check_record(fir__record_at(r, i), err);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}
