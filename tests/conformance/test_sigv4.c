/* SPDX-License-Identifier: Apache-2.0 */
/* The signing test suite of AWS's C library (upstream/sigv4.jsonl): canonical request, string to sign and signature of each case.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/aws/sigv4.h"
#include "base/time.h"
#include "support/vectors.h"

typedef struct tally {
    size_t cases, wrong;
} tally;

static fir_str text(const json_t *o, const char *key)
{
    fir_str s;
    s.ptr = fir_test_text(o, key, &s.len);
    return s;
}

/* The line at *rest without its newline; *rest goes behind it. */
static fir_str take_line(fir_str *rest)
{
    size_t n = fir__str_find(*rest, FIR__S("\n"));
    fir_str line = fir__str_to(*rest, n);
    *rest = n == SIZE_MAX ? FIR__S("") : fir__str_from(*rest, n + 1);
    return line;
}

/* "GET /path?query HTTP/1.1": the path may hold blanks. */
static void read_target(fir_str line, fir__sigv4 *q)
{
    size_t blank = fir__str_find(line, FIR__S(" "));
    q->method = fir__str_to(line, blank);
    fir_str target = fir__str_from(line, blank + 1);
    target = fir__str_to(target, target.len - strlen(" HTTP/1.1"));
    size_t mark = fir__str_find(target, FIR__S("?"));
    q->path = fir__str_to(target, mark);
    q->query = mark == SIZE_MAX ? FIR__S("") : fir__str_from(target, mark + 1);
}

static void read_request(fir_str rest, fir__sigv4 *q, fir_http_header *headers)
{
    fir_str line = take_line(&rest);
    read_target(line, q);
    while ((line = take_line(&rest)).len != 0) {
        if (line.ptr[0] == ' ') { /* the header before goes on */
            fir_str *value = &headers[q->n_headers - 1].value;
            value->len = (size_t)(line.ptr + line.len - value->ptr);
            continue;
        }
        size_t colon = fir__str_find(line, FIR__S(":"));
        headers[q->n_headers++] = (fir_http_header){fir__str_to(line, colon), fir__str_from(line, colon + 1)};
    }
    q->headers = headers;
    q->body = rest;
}

static bool same(const char *name, const char *what, fir_str got, fir_str want)
{
    if (fir__str_eq(got, want)) {
        return true;
    }
    printf("%s: %s is\n%.*s\nand should be\n%.*s\n", name, what, (int)got.len, got.ptr, (int)want.len, want.ptr);
    return false;
}

static void one(void *ctx, size_t line, const json_t *v)
{
    tally *t = ctx;
    const json_t *context = json_object_get(v, "context"), *keys = json_object_get(context, "credentials");
    fir_http_header headers[10];
    fir__sigv4 q = {.access_key = text(keys, "access_key_id"),
                    .secret_key = text(keys, "secret_access_key"),
                    .token = text(keys, "token"),
                    .region = text(context, "region"),
                    .service = text(context, "service")};
    (void)line;
    q.flags = (json_is_true(json_object_get(context, "normalize")) ? 0u : (uint32_t)FIR__SIGV4_PLAIN) |
              (json_is_true(json_object_get(context, "sign_body")) ? (uint32_t)FIR__SIGV4_BODY : 0u) |
              (json_is_true(json_object_get(context, "omit_session_token")) ? (uint32_t)FIR__SIGV4_LOOSE_TOKEN : 0u);
    read_request(text(v, "request"), &q, headers);
    fir__signature s;
    fir__signature_init(&s, &fir__default_allocator);
    const char *name = json_string_value(json_object_get(v, "name"));
    bool ok = fir__time_parse(text(context, "timestamp"), &q.time_ns) && fir__sigv4_sign(&q, &s) == 0;
    ok = ok && same(name, "the canonical request", fir__sbuf_view(&s.canonical), text(v, "canonical_request"));
    ok = ok && same(name, "the string to sign", fir__sbuf_view(&s.to_sign), text(v, "string_to_sign"));
    fir_str authorization = fir__sbuf_view(&s.authorization), signature = text(v, "signature");
    ok = ok && signature.len == 64 && fir__str_ends(authorization, signature);
    char header[1000];
    (void)snprintf(header, sizeof header, "Authorization:%.*s\n", (int)authorization.len, ok ? authorization.ptr : "");
    ok = ok && strstr(fir_test_text(v, "signed_request", NULL), header) != NULL;
    if (!ok) {
        printf("%s: wrong\n", name);
    }
    fir__signature_free(&s);
    t->cases++;
    t->wrong += !ok;
}

int main(void)
{
    tally t = {0, 0};
    const char *path = fir_test_foreign("upstream/sigv4.jsonl");
    if (path == NULL) {
        puts("FALCOIR_VECTORS is not set");
        return FIR_TEST_SKIP;
    }
    (void)fir_test_each_line(path, one, &t);
    printf("%zu cases, %zu wrong\n", t.cases, t.wrong);
    return t.wrong != 0 || t.cases != 38;
}
