/* SPDX-License-Identifier: Apache-2.0 */
#include "action/aws/xml.h"

#include "base/utf8.h"

typedef struct reader {
    fir_str doc;
    size_t at;
    fir__arena *arena;
    fir__xml *open; /* the innermost element that is open */
    fir__xml *root;
    uint32_t depth, nodes;
    size_t text_from; /* where the text of the innermost element began; SIZE_MAX: it has children */
    fir_error *err;
} reader;

static int broken(const reader *r, const char *what)
{
    return fir__fail(r->err, FIR_EPARSE, "the XML is not well-formed at byte %zu: %s", r->at, what);
}

static fir_str rest(const reader *r)
{
    return fir__str_from(r->doc, r->at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->doc.len && is_blank(r->doc.ptr[r->at])) {
        r->at++;
    }
}

static bool is_name(char c)
{
    return fir__is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' || (unsigned char)c >= 0x80;
}

static fir_str take_name(reader *r)
{
    size_t from = r->at;
    while (r->at < r->doc.len && is_name(r->doc.ptr[r->at])) {
        r->at++;
    }
    return fir__str(r->doc.ptr + from, r->at - from);
}

/* Goes behind the next `what`. */
static bool skip_to(reader *r, fir_str what)
{
    size_t n = fir__str_find(rest(r), what);
    r->at = n == SIZE_MAX ? r->doc.len : r->at + n + what.len;
    return n != SIZE_MAX;
}

/* ---- text ---- */

/* "&#x41;" without '&' and ';'. 0: none. */
static uint32_t character_reference(fir_str s)
{
    uint64_t cp = 0;
    bool hex = s.len > 2 && s.ptr[1] == 'x';
    if (!hex) {
        return fir__str_u64(fir__str_from(s, 1), &cp) && cp <= 0x10FFFF ? (uint32_t)cp : 0;
    }
    for (size_t i = 2; i < s.len; i++) {
        char c = fir__lower(s.ptr[i]);
        int digit = fir__is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || cp > 0x10FFFF) {
            return 0;
        }
        cp = cp << 4 | (uint64_t)digit;
    }
    return cp <= 0x10FFFF ? (uint32_t)cp : 0;
}

/* Writes what stands for an entity; 0: it is unknown. */
static size_t put_entity(fir_str name, char out[4])
{
    static const struct {
        fir_str name;
        char c;
    } known[] = {{{"amp", 3}, '&'}, {{"lt", 2}, '<'}, {{"gt", 2}, '>'}, {{"quot", 4}, '"'}, {{"apos", 4}, '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (fir__str_eq(name, known[i].name)) {
            out[0] = known[i].c;
            return 1;
        }
    }
    uint32_t cp = name.len > 1 && name.ptr[0] == '#' ? character_reference(name) : 0;
    return cp == 0 || (cp >= 0xD800 && cp <= 0xDFFF) ? 0 : fir__utf8_encode(cp, out);
}

/* Text never grows when it is unescaped. */
static int take_text(const reader *r, fir_str raw, fir_str *out)
{
    char *to = fir__arena_alloc(r->arena, raw.len + 4);
    size_t n = 0;
    if (to == NULL) {
        return fir__arena_error(r->arena);
    }
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] != '&') {
            to[n++] = raw.ptr[i];
            continue;
        }
        fir_str window = fir__str_to(fir__str_from(raw, i + 1), 12);
        size_t end = fir__str_find(window, FIR__S(";"));
        char text[4];
        size_t length = end == SIZE_MAX ? 0 : put_entity(fir__str_to(window, end), text);
        if (length == 0 || length > end + 2) {
            return broken(r, "an unknown entity");
        }
        memcpy(to + n, text, length);
        n += length;
        i += end + 1;
    }
    *out = fir__str_trim(fir__str(to, n));
    return 0;
}

/* ---- elements ---- */

static int open_element(reader *r, fir_str name)
{
    if (name.len == 0) {
        return broken(r, "an element without a name");
    }
    if (r->open == NULL && r->root != NULL) {
        return broken(r, "a second root");
    }
    if (++r->depth > FIR__XML_MOST_DEPTH || ++r->nodes > FIR__XML_MOST_NODES) {
        return fir__fail(r->err, FIR_ELIMIT, "the XML has more than %d elements, or is nested deeper than %d", FIR__XML_MOST_NODES,
                         FIR__XML_MOST_DEPTH);
    }
    fir__xml *x = fir__arena_zalloc(r->arena, sizeof *x);
    if (x == NULL) {
        return fir__arena_error(r->arena);
    }
    x->name = name;
    x->up = r->open;
    if (r->open == NULL) {
        r->root = x;
    } else if (r->open->last == NULL) {
        r->open->first = r->open->last = x;
    } else {
        r->open->last = r->open->last->next = x;
    }
    r->open = x;
    return 0;
}

static int close_element(reader *r, size_t text_end)
{
    fir__xml *x = r->open;
    int rc = 0;
    if (x->first == NULL && r->text_from != SIZE_MAX) {
        rc = take_text(r, fir__str(r->doc.ptr + r->text_from, text_end - r->text_from), &x->text);
    }
    r->open = x->up;
    r->depth--;
    r->text_from = SIZE_MAX;
    return rc;
}

/* Behind the name of an opening tag: attributes say nothing here, but they must be whole. */
static int finish_opening(reader *r)
{
    for (;;) {
        skip_blanks(r);
        fir_str s = rest(r);
        if (fir__str_starts(s, FIR__S(">"))) {
            r->at++;
            r->text_from = r->at;
            return 0;
        }
        if (fir__str_starts(s, FIR__S("/>"))) {
            r->at += 2;
            r->text_from = SIZE_MAX;
            return close_element(r, r->at);
        }
        if (take_name(r).len == 0) {
            return broken(r, "an attribute is wanted, or '>'");
        }
        skip_blanks(r);
        s = rest(r);
        r->at += fir__str_starts(s, FIR__S("="));
        bool equals = r->at < r->doc.len && r->doc.ptr[r->at - 1] == '=';
        skip_blanks(r);
        s = rest(r);
        bool quoted = equals && s.len != 0 && (s.ptr[0] == '"' || s.ptr[0] == '\'');
        r->at += quoted;
        if (!quoted || !skip_to(r, fir__str(s.ptr, 1))) {
            return broken(r, "an attribute without a value in quotes");
        }
    }
}

static int read_closing(reader *r, size_t tag)
{
    fir_str name = take_name(r);
    skip_blanks(r);
    if (r->open == NULL || !fir__str_eq(name, r->open->name) || !fir__str_starts(rest(r), FIR__S(">"))) {
        return broken(r, "a closing tag that closes nothing");
    }
    r->at++;
    return close_element(r, tag);
}

/* The next byte is '<'. */
static int read_tag(reader *r)
{
    size_t tag = r->at;
    fir_str s = rest(r);
    if (fir__str_starts(s, FIR__S("<!--"))) { /* a comment inside of text would split it: no answer has that */
        r->at += 4;
        return r->open == NULL && skip_to(r, FIR__S("-->")) ? 0 : broken(r, "a comment");
    }
    if (fir__str_starts(s, FIR__S("<?"))) {
        return r->root == NULL && skip_to(r, FIR__S("?>")) ? 0 : broken(r, "an instruction");
    }
    if (fir__str_starts(s, FIR__S("<!"))) {
        return broken(r, "a declaration");
    }
    if (fir__str_starts(s, FIR__S("</"))) {
        r->at += 2;
        return read_closing(r, tag);
    }
    r->at++;
    bool mixed = r->open != NULL && r->text_from != SIZE_MAX &&
                 fir__str_trim(fir__str(r->doc.ptr + r->text_from, tag - r->text_from)).len != 0;
    if (mixed) {
        return broken(r, "text beside an element");
    }
    int rc = open_element(r, take_name(r));
    return rc != 0 ? rc : finish_opening(r);
}

int fir__xml_read(fir_str doc, fir__arena *arena, fir__xml **root, fir_error *err)
{
    reader r = {.doc = doc, .arena = arena, .text_from = SIZE_MAX, .err = err};
    *root = NULL;
    if (doc.len > FIR__XML_MOST_BYTES) {
        return fir__fail(err, FIR_ELIMIT, "the XML is longer than %d bytes", FIR__XML_MOST_BYTES);
    }
    if (fir__utf8_valid(doc) != doc.len || (doc.len != 0 && memchr(doc.ptr, '\0', doc.len) != NULL)) {
        return fir__fail(err, FIR_EPARSE, "the XML is not UTF-8");
    }
    int rc = 0;
    while (rc == 0 && r.at < doc.len) {
        size_t from = r.at;
        size_t n = fir__str_find(rest(&r), FIR__S("<"));
        size_t end = n == SIZE_MAX ? doc.len : from + n;
        bool outside = r.open == NULL || r.open->first != NULL;
        if (outside && fir__str_trim(fir__str(doc.ptr + from, end - from)).len != 0) {
            return broken(&r, "text outside of the innermost elements");
        }
        r.at = end;
        rc = end < doc.len ? read_tag(&r) : 0;
    }
    if (rc == 0 && (r.open != NULL || r.root == NULL)) {
        rc = broken(&r, "it ends too early");
    }
    *root = rc == 0 ? r.root : NULL;
    return rc;
}

const fir__xml *fir__xml_child(const fir__xml *at, fir_str name)
{
    const fir__xml *x = at != NULL ? at->first : NULL;
    while (x != NULL && !fir__str_eq(x->name, name)) {
        x = x->next;
    }
    return x;
}

const fir__xml *fir__xml_again(const fir__xml *at)
{
    const fir__xml *x = at->next;
    while (x != NULL && !fir__str_eq(x->name, at->name)) {
        x = x->next;
    }
    return x;
}

fir_str fir__xml_text(const fir__xml *at, fir_str path)
{
    while (at != NULL && path.len != 0) {
        size_t n = fir__str_find(path, FIR__S("/"));
        at = fir__xml_child(at, fir__str_to(path, n));
        path = n == SIZE_MAX ? FIR__S("") : fir__str_from(path, n + 1);
    }
    return at != NULL && at->first == NULL ? at->text : (fir_str){NULL, 0};
}
