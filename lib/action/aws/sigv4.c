/* SPDX-License-Identifier: Apache-2.0 */
#include "action/aws/sigv4.h"

#include <stdio.h>

#include "base/time.h"

enum { MAX_TEXT = 256 * 1024, MOST_PAIRS = 64 };

void fir__aws_encode(fir__sbuf *b, fir_str s, bool slash)
{
    fir__sbuf_percent(b, s, slash ? "/" : "");
}

static void form_text(fir__sbuf *b, fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == ' ') {
            fir__sbuf_char(b, '+');
        } else {
            fir__aws_encode(b, fir__str(s.ptr + i, 1), false);
        }
    }
}

void fir__aws_form(fir__sbuf *b, fir_str name, fir_str value)
{
    if (b->len != 0) {
        fir__sbuf_char(b, '&');
    }
    form_text(b, name);
    fir__sbuf_char(b, '=');
    form_text(b, value);
}

static int hex_digit(char c)
{
    c = fir__lower(c);
    return fir__is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is percent-encoded, or should be, in its one canonical form. */
static void encode_again(fir__sbuf *b, fir_str s, bool slash)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%' && s.len - i > 2 && hex_digit(s.ptr[i + 1]) >= 0 && hex_digit(s.ptr[i + 2]) >= 0) {
            c = (char)(hex_digit(s.ptr[i + 1]) << 4 | hex_digit(s.ptr[i + 2]));
            i += 2;
            fir__aws_encode(b, fir__str(&c, 1), false);
        } else {
            fir__aws_encode(b, fir__str(&c, 1), slash);
        }
    }
}

/* ---- the path ---- */

/* Takes the last segment off a path that begins at `start` in b, its slash included. */
static void drop_segment(fir__sbuf *b, size_t start)
{
    while (b->len > start && b->ptr[b->len - 1] != '/') {
        b->len--;
    }
    b->len -= b->len > start;
}

/* "/a/./b//../c/" becomes "/a/c/". */
static void put_normalized(fir__sbuf *b, fir_str path)
{
    size_t start = b->len, i = 0;
    bool ends_open = true; /* behind the last segment stands a slash */
    while (i < path.len && b->status == 0) {
        size_t end = i;
        while (end < path.len && path.ptr[end] != '/') {
            end++;
        }
        fir_str segment = fir__str(path.ptr + i, end - i);
        ends_open = end < path.len;
        if (fir__str_eq(segment, FIR__S(".."))) {
            drop_segment(b, start);
            ends_open = true;
        } else if (segment.len != 0 && !fir__str_eq(segment, FIR__S("."))) {
            fir__sbuf_char(b, '/');
            fir__aws_encode(b, segment, false);
        } else if (segment.len != 0) {
            ends_open = true;
        }
        i = end + 1;
    }
    if (b->len == start || ends_open) {
        fir__sbuf_char(b, '/');
    }
}

static void put_path(const fir__sigv4 *q, fir__sbuf *b)
{
    fir_str path = q->path.len != 0 ? q->path : FIR__S("/");
    if ((q->flags & FIR__SIGV4_S3) != 0) {
        encode_again(b, path, true);
    } else if ((q->flags & FIR__SIGV4_PLAIN) != 0) {
        fir__aws_encode(b, path, true);
    } else {
        put_normalized(b, path);
    }
}

/* ---- the query ---- */

typedef struct pair {
    size_t at, name_len, len; /* in the buffer of encoded pairs: name, '=', value */
} pair;

/* By name, then by value: '=' sorts before no other character that can stand there, so the two are compared apart. */
static int compare_pairs(const fir__sbuf *b, const pair *x, const pair *y)
{
    int c = fir__str_cmp(fir__str(b->ptr + x->at, x->name_len), fir__str(b->ptr + y->at, y->name_len));
    return c != 0 ? c : fir__str_cmp(fir__str(b->ptr + x->at, x->len), fir__str(b->ptr + y->at, y->len));
}

static size_t read_pairs(fir_str query, fir__sbuf *b, pair pairs[MOST_PAIRS])
{
    size_t n = 0, i = 0;
    while (i < query.len && n < MOST_PAIRS) {
        fir_str rest = fir__str_from(query, i);
        size_t len = fir__str_find(rest, FIR__S("&"));
        len = len == SIZE_MAX ? rest.len : len;
        fir_str one = fir__str_to(rest, len);
        i += len + 1;
        if (one.len == 0) {
            continue;
        }
        size_t equals = fir__str_find(one, FIR__S("="));
        pair *p = &pairs[n++];
        p->at = b->len;
        encode_again(b, fir__str_to(one, equals), false);
        p->name_len = b->len - p->at;
        fir__sbuf_char(b, '=');
        encode_again(b, equals == SIZE_MAX ? FIR__S("") : fir__str_from(one, equals + 1), false);
        p->len = b->len - p->at;
    }
    return i < query.len ? SIZE_MAX : n;
}

static int put_query(const fir__sigv4 *q, fir__sbuf *b)
{
    pair pairs[MOST_PAIRS];
    fir__sbuf encoded;
    fir__sbuf_init(&encoded, &b->allocator, MAX_TEXT);
    size_t n = read_pairs(q->query, &encoded, pairs);
    int rc = n == SIZE_MAX ? FIR_ELIMIT : encoded.status;
    for (size_t i = 1; rc == 0 && i < n; i++) { /* few: sorted as they would be by hand */
        pair p = pairs[i];
        size_t k = i;
        for (; k != 0 && compare_pairs(&encoded, &p, &pairs[k - 1]) < 0; k--) {
            pairs[k] = pairs[k - 1];
        }
        pairs[k] = p;
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (i != 0) {
            fir__sbuf_char(b, '&');
        }
        fir__sbuf_put(b, encoded.ptr + pairs[i].at, pairs[i].len);
    }
    fir__sbuf_free(&encoded);
    return rc;
}

/* ---- the headers ---- */

/* What somebody on the way may change. */
static bool is_signed(fir_str name)
{
    static const fir_str not_signed[] = {{"authorization", 13},
                                         {"connection", 10},
                                         {"expect", 6},
                                         {"keep-alive", 10},
                                         {"proxy-authenticate", 18},
                                         {"proxy-authorization", 19},
                                         {"te", 2},
                                         {"trailer", 7},
                                         {"transfer-encoding", 17},
                                         {"upgrade", 7},
                                         {"user-agent", 10},
                                         {"x-amzn-trace-id", 15}};
    for (size_t i = 0; i < sizeof not_signed / sizeof not_signed[0]; i++) {
        if (fir__str_eq_nocase(name, not_signed[i])) {
            return false;
        }
    }
    return true;
}

static int compare_names(fir_str a, fir_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < n; i++) {
        char x = fir__lower(a.ptr[i]), y = fir__lower(b.ptr[i]);
        if (x != y) {
            return (unsigned char)x < (unsigned char)y ? -1 : 1;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static void put_name(fir__sbuf *b, fir_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        fir__sbuf_char(b, fir__lower(name.ptr[i]));
    }
}

/* Blanks and folded lines become one blank, none at the ends. */
static void put_value(fir__sbuf *b, fir_str value)
{
    value = fir__str_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        bool blank = memchr(" \t\r\n", value.ptr[i], 4) != NULL;
        if (!blank) {
            fir__sbuf_char(b, value.ptr[i]);
        } else if (memchr(" \t\r\n", value.ptr[i - 1], 4) == NULL) {
            fir__sbuf_char(b, ' ');
        }
    }
}

typedef struct signed_headers {
    fir_http_header items[FIR__SIGV4_MOST_HEADERS + 3];
    size_t n;
} signed_headers;

static int insert(signed_headers *h, fir_str name, fir_str value)
{
    if (h->n == sizeof h->items / sizeof h->items[0]) {
        return FIR_ELIMIT;
    }
    size_t k = h->n++;
    for (; k != 0 && compare_names(name, h->items[k - 1].name) < 0; k--) {
        h->items[k] = h->items[k - 1];
    }
    h->items[k] = (fir_http_header){name, value};
    return 0;
}

static bool wants_body_hash(const fir__sigv4 *q)
{
    return (q->flags & (FIR__SIGV4_BODY | FIR__SIGV4_S3)) != 0;
}

static int collect(const fir__sigv4 *q, const fir__signature *s, signed_headers *h)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < q->n_headers; i++) {
        rc = is_signed(q->headers[i].name) ? insert(h, q->headers[i].name, q->headers[i].value) : 0;
    }
    rc = rc != 0 ? rc : insert(h, FIR__S("x-amz-date"), fir__cstr(s->date));
    if (rc == 0 && wants_body_hash(q)) {
        rc = insert(h, FIR__S("x-amz-content-sha256"), fir__cstr(s->payload));
    }
    if (rc == 0 && q->token.len != 0 && (q->flags & FIR__SIGV4_LOOSE_TOKEN) == 0) {
        rc = insert(h, FIR__S("x-amz-security-token"), q->token);
    }
    return rc;
}

static bool same_as_before(const signed_headers *h, size_t i)
{
    return i != 0 && fir__str_eq_nocase(h->items[i].name, h->items[i - 1].name);
}

static void put_headers(const signed_headers *h, fir__sbuf *b)
{
    for (size_t i = 0; i < h->n; i++) {
        if (same_as_before(h, i)) {
            fir__sbuf_char(b, ',');
        } else {
            fir__sbuf_put(b, "\n", i != 0);
            put_name(b, h->items[i].name);
            fir__sbuf_char(b, ':');
        }
        put_value(b, h->items[i].value);
    }
    fir__sbuf_char(b, '\n');
}

static void put_signed_names(const signed_headers *h, fir__sbuf *b)
{
    for (size_t i = 0; i < h->n; i++) {
        if (!same_as_before(h, i)) {
            fir__sbuf_put(b, ";", i != 0);
            put_name(b, h->items[i].name);
        }
    }
}

/* ---- the whole ---- */

static int put_canonical(const fir__sigv4 *q, const signed_headers *h, fir__signature *s)
{
    fir__sbuf *b = &s->canonical;
    fir__sbuf_str(b, q->method);
    fir__sbuf_char(b, '\n');
    put_path(q, b);
    fir__sbuf_char(b, '\n');
    int rc = put_query(q, b);
    fir__sbuf_char(b, '\n');
    put_headers(h, b);
    fir__sbuf_char(b, '\n');
    put_signed_names(h, b);
    fir__sbuf_char(b, '\n');
    fir__sbuf_str(b, fir__cstr(s->payload));
    return rc != 0 ? rc : b->status;
}

static void put_scope(const fir__sigv4 *q, const fir__signature *s, fir__sbuf *b)
{
    fir__sbuf_put(b, s->date, 8);
    fir__sbuf_char(b, '/');
    fir__sbuf_str(b, q->region);
    fir__sbuf_char(b, '/');
    fir__sbuf_str(b, q->service);
    fir__sbuf_str(b, FIR__S("/aws4_request"));
}

static int put_to_sign(const fir__sigv4 *q, fir__signature *s)
{
    uint8_t digest[FIR__SHA256];
    int rc = fir__sha256(fir__sbuf_view(&s->canonical), digest);
    fir__sbuf_str(&s->to_sign, FIR__S("AWS4-HMAC-SHA256\n"));
    fir__sbuf_str(&s->to_sign, fir__cstr(s->date));
    fir__sbuf_char(&s->to_sign, '\n');
    put_scope(q, s, &s->to_sign);
    fir__sbuf_char(&s->to_sign, '\n');
    fir__sbuf_hex(&s->to_sign, digest, sizeof digest);
    return rc != 0 ? rc : s->to_sign.status;
}

/* The chain from the secret to the key of this day, region and service, and with it the signature. */
static int put_signature(const fir__sigv4 *q, const fir__signature *s, fir__sbuf *b)
{
    uint8_t key[FIR__SHA256];
    fir__sbuf first;
    fir__sbuf_init(&first, &b->allocator, MAX_TEXT);
    fir__sbuf_str(&first, FIR__S("AWS4"));
    fir__sbuf_str(&first, q->secret_key);
    const fir_str links[] = {fir__str(s->date, 8), q->region, q->service, FIR__S("aws4_request"), fir__sbuf_view(&s->to_sign)};
    fir_str with = fir__sbuf_view(&first);
    int rc = first.status;
    for (size_t i = 0; rc == 0 && i < sizeof links / sizeof links[0]; i++) {
        uint8_t next[FIR__SHA256];
        rc = fir__hmac_sha256(with, links[i], next);
        memcpy(key, next, sizeof key);
        explicit_bzero(next, sizeof next);
        with = fir__str((const char *)key, sizeof key);
    }
    fir__sbuf_free(&first);
    if (rc == 0) {
        fir__sbuf_hex(b, key, sizeof key);
    }
    explicit_bzero(key, sizeof key);
    return rc;
}

static int put_authorization(const fir__sigv4 *q, const signed_headers *h, fir__signature *s)
{
    fir__sbuf *b = &s->authorization;
    fir__sbuf_str(b, FIR__S("AWS4-HMAC-SHA256 Credential="));
    fir__sbuf_str(b, q->access_key);
    fir__sbuf_char(b, '/');
    put_scope(q, s, b);
    fir__sbuf_str(b, FIR__S(", SignedHeaders="));
    put_signed_names(h, b);
    fir__sbuf_str(b, FIR__S(", Signature="));
    int rc = put_signature(q, s, b);
    return rc != 0 ? rc : b->status;
}

void fir__signature_init(fir__signature *s, const fir_allocator *a)
{
    memset(s, 0, sizeof *s);
    fir__sbuf_init(&s->canonical, a, MAX_TEXT);
    fir__sbuf_init(&s->to_sign, a, MAX_TEXT);
    fir__sbuf_init(&s->authorization, a, MAX_TEXT);
}

void fir__signature_free(fir__signature *s)
{
    fir__sbuf_free(&s->canonical);
    fir__sbuf_free(&s->to_sign);
    fir__sbuf_free(&s->authorization);
}

int fir__sigv4_sign(const fir__sigv4 *q, fir__signature *s)
{
    signed_headers h = {.n = 0};
    uint8_t digest[FIR__SHA256];
    fir__calendar t = fir__time_calendar(q->time_ns);
    (void)snprintf(s->date, sizeof s->date, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)t.year % 10000u, t.month % 100u, t.day % 100u,
                   t.hour % 100u, t.minute % 100u, t.second % 100u);
    int rc = fir__sha256(q->body, digest);
    fir__hex(digest, sizeof digest, s->payload);
    rc = rc != 0 ? rc : collect(q, s, &h);
    rc = rc != 0 ? rc : put_canonical(q, &h, s);
    rc = rc != 0 ? rc : put_to_sign(q, s);
    return rc != 0 ? rc : put_authorization(q, &h, s);
}
