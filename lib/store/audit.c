/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include "base/time.h"
#include "base/utf8.h"
#include "json/writer.h"

static void put_hex(fir__sbuf *b, const uint8_t hash[FIR__SHA256])
{
    fir__sbuf_char(b, '"');
    fir__sbuf_hex(b, hash, FIR__SHA256);
    fir__sbuf_char(b, '"');
}

int fir__audit_entry(fir__sbuf *b, fir__hasher *h, const fir_record *r)
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key_text(&w, FIR__S("action_id"), r->action_id);
    if (r->blob.len != 0) {
        uint8_t of_alert[FIR__SHA256];
        int rc = fir__hasher_sha256(h, r->blob, of_alert);
        if (rc != 0) {
            return rc;
        }
        fir__json_key(&w, FIR__S("alert_sha256"));
        put_hex(b, of_alert);
        fir__json_done(&w);
    }
    fir__json_key_text(&w, FIR__S("event_id"), r->event_id);
    fir__json_key_str(&w, FIR__S("kind"), r->kind);
    fir__json_key(&w, FIR__S("record"));
    fir__sbuf_str(b, r->json);
    fir__json_done(&w);
    fir__json_key_i64(&w, FIR__S("seq"), (int64_t)r->seq);
    fir__json_key(&w, FIR__S("time"));
    fir__sbuf_char(b, '"');
    fir__time_format(b, r->wall_ns);
    fir__sbuf_char(b, '"');
    fir__json_done(&w);
    fir__json_close(&w, '}');
    return 0;
}

int fir__audit_hash(fir__sbuf *scratch, fir__hasher *h, const uint8_t previous[FIR__SHA256], const fir_record *r,
                    uint8_t out[FIR__SHA256])
{
    fir__sbuf_clear(scratch);
    fir__sbuf_hex(scratch, previous, FIR__SHA256);
    int rc = fir__audit_entry(scratch, h, r);
    rc = rc != 0 ? rc : scratch->status;
    return rc != 0 ? rc : fir__hasher_sha256(h, fir__sbuf_view(scratch), out);
}

int fir__audit_export(fir__sbuf *b, fir__hasher *h, const fir_record *r, const uint8_t hash[FIR__SHA256])
{
    fir__json_writer w = {b, false};
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("hash"));
    put_hex(b, hash);
    fir__json_done(&w);
    if (r->blob.len != 0 && fir__utf8_valid(r->blob) == r->blob.len) {
        fir__json_key_str(&w, FIR__S("alert"), r->blob);
    } else if (r->blob.len != 0) {
        fir__json_key(&w, FIR__S("alert_base64"));
        fir__sbuf_char(b, '"');
        fir__base64_encode(b, r->blob);
        fir__sbuf_char(b, '"');
        fir__json_done(&w);
    }
    fir__json_key(&w, FIR__S("entry"));
    int rc = fir__audit_entry(b, h, r);
    fir__json_done(&w);
    fir__json_close(&w, '}');
    fir__sbuf_char(b, '\n');
    return rc;
}
