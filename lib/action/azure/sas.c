/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "action/azure/azure.h"
#include "base/digest.h"
#include "base/time.h"

enum { MAX_SIGNED = 16 * 1024, LIFE_SECONDS = 3600 };

/* The signature of a text, base64, percent-encoded. */
static int put_signature(fir__sbuf *b, fir_str key, fir_str text)
{
    uint8_t mac[FIR__SHA256];
    fir__sbuf base64;
    int rc = fir__hmac_sha256(key, text, mac);
    fir__sbuf_init(&base64, &b->allocator, 64);
    if (rc == 0) {
        fir__base64_encode(&base64, fir__str((const char *)mac, sizeof mac));
        fir__sbuf_percent(b, fir__sbuf_view(&base64), "");
        rc = base64.status != 0 ? base64.status : b->status;
    }
    fir__sbuf_free(&base64);
    return rc;
}

int fir__azure_hub_signature(fir__sbuf *b, fir_str uri, fir_str policy, fir_str key, int64_t now_ns)
{
    fir__sbuf text;
    int64_t ends = now_ns / FIR__SECOND + LIFE_SECONDS;
    fir__sbuf_init(&text, &b->allocator, MAX_SIGNED);
    fir__sbuf_percent(&text, uri, "");
    fir__sbuf_str(b, FIR__S("SharedAccessSignature sr="));
    fir__sbuf_str(b, fir__sbuf_view(&text));
    fir__sbuf_char(&text, '\n');
    fir__sbuf_i64(&text, ends);
    fir__sbuf_str(b, FIR__S("&sig="));
    int rc = text.status != 0 ? text.status : put_signature(b, key, fir__sbuf_view(&text));
    fir__sbuf_free(&text);
    fir__sbuf_str(b, FIR__S("&se="));
    fir__sbuf_i64(b, ends);
    fir__sbuf_str(b, FIR__S("&skn="));
    fir__sbuf_percent(b, policy, "");
    return rc != 0 ? rc : b->status;
}

int fir__azure_grid_signature(fir__sbuf *b, fir_str uri, fir_str key, int64_t now_ns)
{
    fir__sbuf secret;
    char ends[32];
    fir__calendar t = fir__time_calendar(now_ns + LIFE_SECONDS * FIR__SECOND);
    (void)snprintf(ends, sizeof ends, "%04d-%02u-%02u %02u:%02u:%02u", (int)t.year, t.month, t.day, t.hour, t.minute, t.second);
    fir__sbuf_init(&secret, &b->allocator, FIR__SECRET_MAX);
    bool is_key = fir__base64_decode(&secret, key);
    size_t start = b->len;
    fir__sbuf_str(b, FIR__S("r="));
    fir__sbuf_percent(b, uri, "");
    fir__sbuf_str(b, FIR__S("&e="));
    fir__sbuf_percent(b, fir__cstr(ends), "");
    int rc = !is_key ? FIR_EINVAL : secret.status != 0 ? secret.status : b->status;
    if (rc == 0) {
        fir__sbuf signed_text;
        fir__sbuf_init(&signed_text, &b->allocator, MAX_SIGNED);
        fir__sbuf_str(&signed_text, fir__str_from(fir__sbuf_view(b), start));
        fir__sbuf_str(b, FIR__S("&s="));
        rc = signed_text.status != 0 ? signed_text.status : put_signature(b, fir__sbuf_view(&secret), fir__sbuf_view(&signed_text));
        fir__sbuf_free(&signed_text);
    }
    fir__sbuf_free(&secret);
    return rc;
}

int fir__azure_unsigned(fir__cloud *k, int code)
{
    return code == FIR_ENOMEM   ? fir__cloud_no(k, code, false, "out of memory")
           : code == FIR_EINVAL ? fir__cloud_no(k, code, true, "%s: the key is no base64", k->service->name)
                                : fir__cloud_no(k, code, true, "%s: the request cannot be signed", k->service->name);
}
