/* SPDX-License-Identifier: Apache-2.0 */
#include "action/gcp/gcp.h"
#include "base/digest.h"
#include "base/rsa.h"
#include "base/time.h"
#include "json/document.h"
#include "json/writer.h"

enum { MAX_PART = 16 * 1024, LIFE_SECONDS = 3600 };

/* base64url without padding. */
static void put_part(fir__sbuf *b, const fir__sbuf *part)
{
    size_t start = b->len;
    if (part->status != 0) {
        b->status = b->status != 0 ? b->status : part->status;
        return;
    }
    fir__base64_encode(b, fir__sbuf_view(part));
    while (b->status == 0 && b->len > start && b->ptr[b->len - 1] == '=') {
        b->len--;
    }
    for (size_t i = start; b->status == 0 && i < b->len; i++) {
        b->ptr[i] = b->ptr[i] == '+' ? '-' : b->ptr[i] == '/' ? '_' : b->ptr[i];
    }
}

static void put_header(const fir__gcp_assertion *a, fir__sbuf *part)
{
    fir__json_writer w = {.b = part};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("alg"), FIR__S("RS256"));
    if (a->key_id.len != 0) {
        fir__json_key_str(&w, FIR__S("kid"), a->key_id);
    }
    fir__json_key_str(&w, FIR__S("typ"), FIR__S("JWT"));
    fir__json_close(&w, '}');
}

/* aud is the token endpoint's public address, wherever the request goes: so do Google's own clients. */
static void put_claims(const fir__gcp_assertion *a, fir__sbuf *part)
{
    fir__json_writer w = {.b = part};
    int64_t now = a->now_ns / FIR__SECOND;
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("aud"), FIR__S("https://oauth2.googleapis.com/token"));
    fir__json_key_i64(&w, FIR__S("exp"), now + LIFE_SECONDS);
    fir__json_key_i64(&w, FIR__S("iat"), now);
    fir__json_key_str(&w, FIR__S("iss"), a->issuer);
    fir__json_key_str(&w, a->wish, a->value);
    fir__json_close(&w, '}');
}

int fir__gcp_sign(const fir__gcp_assertion *a, fir__sbuf *b)
{
    fir__sbuf part;
    size_t start = b->len;
    fir__sbuf_init(&part, &b->allocator, MAX_PART);
    put_header(a, &part);
    put_part(b, &part);
    fir__sbuf_clear(&part);
    put_claims(a, &part);
    fir__sbuf_char(b, '.');
    put_part(b, &part);
    fir__sbuf_clear(&part);
    int rc = b->status != 0 ? b->status : fir__rs256(a->key, fir__str_from(fir__sbuf_view(b), start), &part);
    if (rc == 0) {
        fir__sbuf_char(b, '.');
        put_part(b, &part);
        rc = b->status;
    }
    fir__sbuf_free(&part);
    return rc;
}

int64_t fir__gcp_token_end(fir__cloud *k, fir_str jwt)
{
    fir__sbuf b;
    fir__data *d = NULL;
    int64_t ends = 0;
    size_t dot = fir__str_find(jwt, FIR__S("."));
    fir_str claims = dot != SIZE_MAX ? fir__str_from(jwt, dot + 1) : (fir_str){NULL, 0};
    claims = fir__str_to(claims, fir__str_find(claims, FIR__S(".")));
    fir__sbuf_init(&b, &k->c->wiping, MAX_PART);
    if (claims.len != 0 && fir__base64_decode(&b, claims) && b.status == 0 &&
        fir__json_document(fir__sbuf_view(&b), &k->c->arena, &d, NULL) == 0) {
        const fir__data *e = fir__data_get(d, FIR__S("exp"));
        bool there = e != NULL && e->type == FIR__DATA_INT && e->i > 0 && e->i < INT64_MAX / FIR__SECOND;
        ends = there ? e->i * FIR__SECOND : 0;
    }
    fir__sbuf_free(&b);
    return ends;
}
