/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sbuf.h"
#include "gate/state.h"

enum { MAX_KEY = 1 << 20 };

/* Each text with its length in front, so that no two lists of texts are written alike. */
static void put(fir__sbuf *b, fir_str s)
{
    fir__sbuf_u64(b, s.len);
    fir__sbuf_char(b, ':');
    fir__sbuf_str(b, s);
}

int fir__gate_key(fir__key_kind kind, fir_str name, uint64_t number, const fir_str *values, uint32_t n, const fir_allocator *a,
                  fir__mark_key *out)
{
    uint8_t digest[FIR__SHA256];
    fir__sbuf b;
    fir__sbuf_init(&b, a, MAX_KEY);
    fir__sbuf_char(&b, (char)kind);
    put(&b, name);
    fir__sbuf_u64(&b, number);
    for (uint32_t i = 0; i < n; i++) {
        put(&b, values[i]);
    }
    int rc = b.status != 0 ? b.status : fir__sha256(fir__sbuf_view(&b), digest);
    fir__sbuf_free(&b);
    if (rc == 0) {
        memcpy(out->bytes, digest, sizeof out->bytes);
        bool budget = kind == FIR__KEY_TARGET || kind == FIR__KEY_OWNER || kind == FIR__KEY_NAMESPACE || kind == FIR__KEY_ALL;
        out->bytes[0] = (uint8_t)((out->bytes[0] & 0x7F) | (budget ? 0x80 : 0));
    }
    return rc;
}

bool fir__gate_is_budget(const fir__mark_key *key)
{
    return (key->bytes[0] & 0x80) != 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool fir__gate_alert_key(fir_str event_id, fir__mark_key *out)
{
    if (event_id.len < 2 * sizeof out->bytes) {
        return false;
    }
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        int high = hex_digit(event_id.ptr[2 * i]), low = hex_digit(event_id.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

int64_t fir__gate_plus(int64_t a, int64_t b)
{
    return b > 0 && a > INT64_MAX - b ? INT64_MAX : b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

uint32_t fir__gate_near(const fir__marks *m, const fir__mark_key *key, int64_t now, int64_t within)
{
    const int64_t *times;
    uint32_t n = fir__marks_get(m, key, &times), near = 0;
    int64_t from = fir__gate_plus(now, -within), to = fir__gate_plus(now, within);
    for (uint32_t i = 0; i < n; i++) {
        near += times[i] > from && times[i] < to;
    }
    return near;
}
