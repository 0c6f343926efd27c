/* SPDX-License-Identifier: Apache-2.0 */
/* URLs. Where the request goes is the author's alone: a hole may stand behind the host, as a path segment (or a part of one) or
 * in the query or fragment, and no value can leave its place. */
#include "template/internal.h"

/* Where the reading of the author's text is. */
typedef enum place { START, SLASH, SCHEME, COLON, COLON_SLASH, AUTHORITY, PATH, REST } place;

typedef struct walk {
    place at;
    size_t length; /* of the authority so far */
} walk;

static bool step_authority(walk *w, char c)
{
    if (c == '/' || c == '?' || c == '#') {
        w->at = c == '/' ? PATH : REST;
        return w->length != 0; /* "https:///x": some readers take x for the host */
    }
    w->length++;
    return c != '\\' && c > ' ';
}

/* One character of the author's text; false: a URL cannot go on like that when holes follow. */
static bool step(walk *w, char c)
{
    bool ends_path = c == '?' || c == '#';
    switch (w->at) {
    case START: /* "/path", "//host", "?query" or a scheme */
        w->at = c == '/' ? SLASH : ends_path ? REST : SCHEME;
        return w->at != SCHEME || fir__is_alpha(c);
    case SLASH:
        w->at = c == '/' ? AUTHORITY : ends_path ? REST : PATH;
        return c != '\\';
    case SCHEME:
        w->at = c == ':' ? COLON : SCHEME;
        return c == ':' || fir__is_alnum(c) || c == '+' || c == '-' || c == '.';
    case COLON:
    case COLON_SLASH:
        w->at = w->at == COLON ? COLON_SLASH : AUTHORITY;
        return c == '/';
    case AUTHORITY:
        return step_authority(w, c);
    case PATH:
        w->at = ends_path ? REST : PATH;
        return true;
    default:
        return true;
    }
}

static int check_url(fir__maker *c)
{
    walk w = {START, 0};
    if (c->holes == 0) {
        return 0;
    }
    for (size_t k = 0; k < c->n; k++) {
        fir__segment *s = &c->segments[k];
        for (size_t i = 0; i < s->text.len; i++) {
            if (!step(&w, s->text.ptr[i])) {
                return fir__make_error(c, s->offset + i, "this is no URL: write https://host/path before the first expansion");
            }
        }
        if (s->hole == NULL) {
            continue;
        }
        if (w.at == SLASH) {
            w.at = PATH;
        }
        if (w.at < PATH) {
            return fir__make_error(c, s->hole->offset,
                                   "scheme, host, port and user of a URL cannot come from an alert: write them out, and the "
                                   "expansion behind the '/' that ends the host");
        }
        s->hole->context = w.at == PATH ? FIR__URL_PATH : FIR__URL_REST;
    }
    return 0;
}

static bool only_dots(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '.') {
            return false;
        }
    }
    return s.len == 1 || s.len == 2;
}

static int write_url(fir__out *o, fir_str s)
{
    if (o->context == FIR__URL_PATH && only_dots(s)) {
        /* "." and ".." walk through the path, "%2e%2e" too for many who read it: shown as \x2e instead. */
        for (size_t i = 0; i < s.len; i++) {
            fir__sbuf_str(o->b, FIR__S("%5Cx2e"));
        }
        o->flags |= FIR__RENDER_ESCAPED;
        return 0;
    }
    fir__sbuf_percent(o->b, s, "");
    return 0;
}

const fir__sink fir__sink_url = {.name = {"URL", 3}, .check = check_url, .text = write_url};
