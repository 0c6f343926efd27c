/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/mask.h"

#include "base/alloc.h"
#include "base/digest.h"

/* A text as its reader would decode it; each byte knows where in the first text it came from. */
typedef struct view {
    char *p;
    uint32_t *from, *to;
    size_t n;
} view;

enum { PASSES = 3 }; /* as it stands; decoded; and what was encoded twice */

typedef struct masking {
    const fir_allocator *a;
    size_t least;
    fir_str text;
    bool *hidden; /* one a byte of the text */
} masking;

static void view_free(const masking *m, view *v)
{
    fir__free(m->a, v->p);
    fir__free(m->a, v->from);
    fir__free(m->a, v->to);
}

static bool view_make(const masking *m, size_t n, view *v)
{
    *v = (view){fir__alloc_array(m->a, n, 1), fir__alloc_array(m->a, n, sizeof *v->from), fir__alloc_array(m->a, n, sizeof *v->to),
                0};
    return v->p != NULL && v->from != NULL && v->to != NULL;
}

/* ---- decoding ---- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n hex digits; -1: they are none. */
static int32_t number(fir_str s, size_t n)
{
    int32_t v = 0;
    for (size_t i = 0; i < n; i++) {
        int d = i < s.len ? hex(s.ptr[i]) : -1;
        if (d < 0) {
            return -1;
        }
        v = v * 16 + d;
    }
    return v;
}

static size_t utf8(uint32_t c, char out[4])
{
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i > 1; i--, c >>= 6) {
        out[i - 1] = (char)(0x80 | (c & 0x3F));
    }
    out[0] = (char)(marks[n] | c);
    return n;
}

/* \uXXXX, and a pair of them. */
static size_t escape_u(fir_str s, char out[4], size_t *n_out)
{
    int32_t high = number(fir__str_from(s, 2), 4), low = -1;
    if (high < 0) {
        return 0;
    }
    if (high >= 0xD800 && high < 0xDC00 && s.len >= 12 && s.ptr[6] == '\\' && s.ptr[7] == 'u') {
        low = number(fir__str_from(s, 8), 4);
    }
    bool pair = low >= 0xDC00 && low < 0xE000;
    *n_out = utf8(pair ? 0x10000u + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00) : (uint32_t)high, out);
    return pair ? 12 : 6;
}

/* How many bytes of s stand for others, which it gives; 0: none. */
static size_t escape(fir_str s, char out[4], size_t *n_out)
{
    static const char names[] = "\"\\/nrtbf", meant[] = "\"\\/\n\r\t\b\f";
    *n_out = 1;
    if (s.len >= 3 && s.ptr[0] == '%') {
        int32_t v = number(fir__str_from(s, 1), 2);
        out[0] = (char)v;
        return v >= 0 ? 3 : 0;
    }
    if (s.len < 2 || s.ptr[0] != '\\') {
        return 0;
    }
    if (s.ptr[1] == 'u') {
        return escape_u(s, out, n_out);
    }
    const char *at = s.ptr[1] != '\0' ? strchr(names, s.ptr[1]) : NULL;
    out[0] = at != NULL ? meant[at - names] : '\0';
    return at != NULL ? 2 : 0;
}

/* The beginning of what may stand for another byte, at the end of a text that was cut. */
static bool is_cut(fir_str s)
{
    return (s.ptr[0] == '%' && s.len < 3) || (s.ptr[0] == '\\' && (s.len == 1 || (s.ptr[1] == 'u' && s.len < 6)));
}

/* *changed: something was encoded. What is decoded is never longer. */
static bool decode(const masking *m, const view *in, view *out, bool *changed)
{
    *changed = false;
    if (!view_make(m, in->n, out)) {
        return false;
    }
    for (size_t i = 0; i < in->n;) {
        char bytes[4] = {in->p[i]};
        size_t n_bytes = 1, n = escape((fir_str){in->p + i, in->n - i}, bytes, &n_bytes);
        *changed = *changed || n != 0;
        if (n == 0 && is_cut((fir_str){in->p + i, in->n - i})) {
            break;
        }
        if (n == 0) {
            bytes[0] = in->p[i];
            n_bytes = n = 1;
        }
        for (size_t k = 0; k < n_bytes; k++) {
            out->p[out->n] = bytes[k];
            out->from[out->n] = in->from[i];
            out->to[out->n++] = in->to[i + n - 1];
        }
        i += n;
    }
    return true;
}

/* ---- searching ---- */

/* What stands for the same: a blank in a form; in base64 the two alphabets too. */
static char fold(char c, bool base64)
{
    return c == ' ' || (base64 && c == '-') ? '+' : base64 && c == '_' ? '/' : c;
}

static bool in_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || fold(c, true) == '+' ||
           fold(c, true) == '/';
}

/* n bytes of v up to `end`; wide: and the bytes beside them, which share bits with them. */
static void hide(const masking *m, const view *v, size_t end, size_t n, bool wide)
{
    size_t begin = end - n;
    begin -= wide && begin != 0 && in_base64(v->p[begin - 1]);
    end += wide && end < v->n && in_base64(v->p[end]);
    for (size_t i = begin; i < end; i++) {
        memset(m->hidden + v->from[i], 1, v->to[i] - v->from[i]);
    }
}

/* By Knuth, Morris and Pratt: the state at the end is also how much of the pattern was cut. back: room of the pattern's length. */
static void search(const masking *m, const view *v, fir_str pattern, uint32_t *back, bool base64)
{
    back[0] = 0;
    for (size_t i = 1, k = 0; i < pattern.len; i++) {
        while (k != 0 && fold(pattern.ptr[i], base64) != fold(pattern.ptr[k], base64)) {
            k = back[k - 1];
        }
        k += fold(pattern.ptr[i], base64) == fold(pattern.ptr[k], base64);
        back[i] = (uint32_t)k;
    }
    size_t state = 0;
    for (size_t i = 0; i < v->n; i++) {
        while (state != 0 && fold(v->p[i], base64) != fold(pattern.ptr[state], base64)) {
            state = back[state - 1];
        }
        state += fold(v->p[i], base64) == fold(pattern.ptr[state], base64);
        if (state == pattern.len) {
            hide(m, v, i + 1, state, base64);
            state = back[state - 1];
        }
    }
    if (state >= m->least) {
        hide(m, v, v->n, state, base64);
    }
}

/* The characters of base64 that hang on the secret alone when `before` bytes stand before it. */
static bool search_base64(const masking *m, const view *views, size_t n, fir_str secret, size_t before, uint32_t *back)
{
    fir__sbuf plain, text;
    fir__sbuf_init(&plain, m->a, secret.len + 3);
    fir__sbuf_init(&text, m->a, secret.len * 2 + 16);
    fir__sbuf_put(&plain, "\0\0", before);
    fir__sbuf_str(&plain, secret);
    fir__base64_encode(&text, fir__sbuf_view(&plain));
    bool ok = plain.status == 0 && text.status == 0;
    size_t first = (before * 8 + 5) / 6, last = (before + secret.len) * 8 / 6;
    for (size_t i = 0; ok && i < n; i++) {
        search(m, &views[i], fir__str(text.ptr + first, last - first), back, true);
    }
    fir__sbuf_free(&plain);
    fir__sbuf_free(&text);
    return ok;
}

static bool search_secret(const masking *m, const view *views, size_t n, fir_str secret)
{
    uint32_t *back = fir__alloc_array(m->a, secret.len * 2 + 8, sizeof *back);
    bool ok = back != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        search(m, &views[i], secret, back, false);
    }
    for (size_t before = 0; ok && before < 3; before++) {
        ok = search_base64(m, views, n, secret, before, back);
    }
    fir__free(m->a, back);
    return ok;
}

/* ---- all of it ---- */

static bool look(masking *m, const fir_str *secrets, size_t n)
{
    view views[PASSES] = {{NULL, NULL, NULL, 0}};
    size_t n_views = 1;
    bool ok = view_make(m, m->text.len, &views[0]), more = ok;
    for (size_t i = 0; ok && i < m->text.len; i++) {
        views[0].p[i] = m->text.ptr[i];
        views[0].from[i] = (uint32_t)i;
        views[0].to[i] = (uint32_t)i + 1;
    }
    views[0].n = ok ? m->text.len : 0;
    while (ok && more && n_views < PASSES) {
        ok = decode(m, &views[n_views - 1], &views[n_views], &more);
        n_views++;
    }
    for (size_t i = 0; ok && i < n; i++) {
        ok = secrets[i].len < m->least || search_secret(m, views, n_views, secrets[i]);
    }
    for (size_t i = 0; i < PASSES; i++) {
        view_free(m, &views[i]);
    }
    return ok;
}

void fir__mask(const fir_str *secrets, size_t n, size_t least, fir_str text, fir__sbuf *b)
{
    masking m = {.a = &b->allocator, .least = least, .text = text};
    if (n == 0 || text.len < least) {
        fir__sbuf_str(b, text);
        return;
    }
    m.hidden = text.len < UINT32_MAX ? fir__zalloc(m.a, text.len) : NULL;
    if (m.hidden == NULL || !look(&m, secrets, n)) {
        b->status = b->status != 0 ? b->status : FIR_ENOMEM;
    }
    for (size_t i = 0, end; b->status == 0 && i < text.len; i = end) {
        for (end = i; end < text.len && m.hidden[end] == m.hidden[i]; end++) {
        }
        fir__sbuf_put(b, m.hidden[i] ? "***" : text.ptr + i, m.hidden[i] ? 3 : end - i);
    }
    fir__free(m.a, m.hidden);
}
