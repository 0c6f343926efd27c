/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an answer is good: by status, and by what the service says in the body, because some answer 200 to what they refuse. */
#include <stdarg.h>
#include <stdio.h>

#include "action/http.h"
#include "action/preset/preset.h"
#include "base/utf8.h"
#include "json/document.h"

enum { MAX_SHOWN = 120 };

int fir__preset_fail(fir__preset *p, int code, const char *format, ...)
{
    va_list args;
    bool passing = code == FIR_ENOMEM || code == FIR_EIO;
    va_start(args, format);
    int rc = fir__call_vfail(p->c, code, !passing, format, args);
    va_end(args);
    return rc;
}

static const fir__data *child(const fir__data *d, fir_str name)
{
    uint64_t i;
    if (d->type == FIR__DATA_MAP) {
        return fir__data_get(d, name);
    }
    return d->type == FIR__DATA_LIST && fir__str_u64(name, &i) && i < d->count ? &d->items[i] : NULL;
}

const fir__data *fir__preset_at(const fir__data *d, fir_str path)
{
    while (d != NULL && path.len != 0) {
        size_t dot = fir__str_find(path, FIR__S("."));
        d = child(d, fir__str_to(path, dot));
        path = dot == SIZE_MAX ? (fir_str){NULL, 0} : fir__str_from(path, dot + 1);
    }
    return d;
}

const fir__data *fir__preset_answer(fir__preset *p, const fir_http_result *r)
{
    fir__data *d = NULL;
    fir_error ignored = {0};
    return r->body.len != 0 && fir__json_document(r->body, &p->c->arena, &d, &ignored) == 0 ? d : NULL;
}

static fir_str show_scalar(const fir__data *d, char number[24])
{
    if (d->type == FIR__DATA_INT) {
        int n = snprintf(number, 24, "%lld", (long long)d->i);
        return fir__str(number, (size_t)n);
    }
    return d->type == FIR__DATA_TEXT ? d->s : d->type != FIR__DATA_BOOL ? FIR__S("") : d->b ? FIR__S("true") : FIR__S("false");
}

/* What the service says: the first of the places that the preset names, else the beginning of the body. Controls become dots. */
static void say(const fir__data *request, const fir__data *answer, fir_str body, char out[MAX_SHOWN + 1])
{
    char number[24];
    const fir__data *places = fir__data_get(request, FIR__S("error"));
    fir_str s = body;
    for (uint32_t i = 0; places != NULL && places->type == FIR__DATA_LIST && i < places->count; i++) {
        const fir__data *d = fir__preset_at(answer, places->items[i].s);
        if (d != NULL && show_scalar(d, number).len != 0) {
            s = show_scalar(d, number);
            break;
        }
    }
    s = fir__str_trim(s);
    s = fir__str_to(s, fir__utf8_floor(s, s.len < MAX_SHOWN ? s.len : MAX_SHOWN));
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        out[i] = c < 0x20 || c == 0x7f ? '.' : s.ptr[i];
    }
    out[s.len] = '\0';
}

static bool is_nothing(const fir__data *d)
{
    char number[24];
    fir_str s = d != NULL ? show_scalar(d, number) : FIR__S("");
    return d == NULL || d->type == FIR__DATA_NULL ||
           (d->type != FIR__DATA_MAP && (s.len == 0 || fir__str_eq(s, FIR__S("0")) || fir__str_eq(s, FIR__S("false"))));
}

/* success.body: the whole text. success.json: places and their values. success.none: places where nothing may be. */
static bool body_is_good(const fir__data *rule, const fir__data *answer, fir_str body)
{
    const fir__data *text = fir__data_get(rule, FIR__S("body")), *json = fir__data_get(rule, FIR__S("json")),
                    *none = fir__data_get(rule, FIR__S("none"));
    if (text != NULL && !fir__str_eq(fir__str_trim(body), text->s)) {
        return false;
    }
    for (uint32_t i = 0; json != NULL && i < json->count; i++) {
        char number[24], other[24];
        const fir__data *d = fir__preset_at(answer, json->entries[i].key);
        if (d == NULL || !fir__str_eq(show_scalar(d, number), show_scalar(&json->entries[i].value, other))) {
            return false;
        }
    }
    for (uint32_t i = 0; none != NULL && i < none->count; i++) {
        if (!is_nothing(fir__preset_at(answer, none->items[i].s))) {
            return false;
        }
    }
    return true;
}

int fir__preset_judge(fir__preset *p, const fir__data *request, const fir_http_result *r)
{
    static const fir__data usual = {.type = FIR__DATA_TEXT, .s = {"200-299", 7}};
    const fir__data *rule = fir__data_get(request, FIR__S("success")), *status = fir__data_get(rule, FIR__S("status"));
    const fir__data *answer = fir__preset_answer(p, r);
    bool good = fir__status_matches(status != NULL ? status : &usual, r->status);
    if (good && body_is_good(rule, answer, r->body)) {
        return 0;
    }
    char said[MAX_SHOWN + 1];
    say(request, answer, r->body, said);
    return fir__call_answered(p->c, r->status, good || !fir__status_passes(r->status), said);
}
