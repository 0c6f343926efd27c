/* SPDX-License-Identifier: Apache-2.0 */
/* Names and label values of Kubernetes: valid as such, or refused before any request is made. */
#include "template/internal.h"

enum { MOST_OF_NAME = 253, MOST_OF_LABEL = 63 };

static int write_as_is(fir__out *o, fir_str s)
{
    fir__sbuf_str(o->b, s);
    return 0;
}

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || fir__is_digit(c);
}

/* RFC 1123 subdomain: lower-case letters, digits and '-' between dots; each part begins and ends with a letter or digit. */
static bool is_name(fir_str s)
{
    if (s.len == 0 || s.len > MOST_OF_NAME) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool edge = i == 0 || i + 1 == s.len || s.ptr[i - 1] == '.' || s.ptr[i + 1] == '.';
        if (!is_lower_alnum(s.ptr[i]) && (edge || (s.ptr[i] != '-' && s.ptr[i] != '.'))) {
            return false;
        }
    }
    return true;
}

static bool is_label_value(fir_str s)
{
    if (s.len > MOST_OF_LABEL) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool edge = i == 0 || i + 1 == s.len;
        if (!fir__is_alnum(s.ptr[i]) && (edge || (s.ptr[i] != '-' && s.ptr[i] != '_' && s.ptr[i] != '.'))) {
            return false;
        }
    }
    return true;
}

static int refuse(const fir__whole *w, const char *what, fir_error *err)
{
    char shown[300];
    fir__quote_value(shown, w->text);
    return fir__fail(err, FIR_ETYPE, "%.*s%s'%s' is no %s", (int)w->name.len, w->name.ptr, w->name.len != 0 ? ": " : "", shown,
                     what);
}

static int finish_name(const fir__whole *w, fir_error *err)
{
    return is_name(w->text) ? 0
                            : refuse(w,
                                     "Kubernetes name (at most 253 lower-case letters, digits, '-' and '.', with a letter or "
                                     "digit at both ends)",
                                     err);
}

static int finish_label(const fir__whole *w, fir_error *err)
{
    return is_label_value(w->text) ? 0
                                   : refuse(w,
                                            "Kubernetes label value (at most 63 letters, digits, '-', '_' and '.', with a letter "
                                            "or digit at both ends)",
                                            err);
}

const fir__sink fir__sink_k8s_name = {.name = {"Kubernetes name", 15}, .refuses = true, .text = write_as_is, .finish = finish_name};
const fir__sink fir__sink_k8s_label = {
    .name = {"Kubernetes label", 16}, .refuses = true, .text = write_as_is, .finish = finish_label};
