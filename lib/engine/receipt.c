/* SPDX-License-Identifier: Apache-2.0 */
/* What a submitter is told of each alert. */
#include "engine/batch.h"
#include "json/writer.h"

static void put_property(fir__json_writer *w, const fir_event *e, fir__property p)
{
    if (e->properties[p] != NULL) {
        fir__json_key_text(w, fir__property_name(p), fir__value_text(e->properties[p]));
    }
}

/* What the gate says of rules that do not simply go on. */
static void put_verdicts(fir__json_writer *w, const fir_plan *pl, const fir__verdict *v)
{
    bool any = false;
    for (uint32_t i = 0; v != NULL && i < v->n_rules; i++) {
        if (v->rules[i].status == FIR__GATE_PROCEED) {
            continue;
        }
        if (!any) {
            fir__json_key(w, FIR__S("rules"));
            fir__json_open(w, '[');
            any = true;
        }
        fir__json_item(w);
        fir__json_open(w, '{');
        fir__json_key_str(w, FIR__S("rule"), pl->rules[i].def->name);
        fir__json_key_str(w, FIR__S("status"), fir__gate_status_name(v->rules[i].status));
        fir__json_close(w, '}');
    }
    if (any) {
        fir__json_close(w, ']');
    }
}

void fir__receipt_put(fir__batch *b, uint64_t line, const fir_plan *pl, const fir__verdict *v, fir_str status, int code,
                      const fir_error *why)
{
    const fir_event *e = b->intake->event;
    if (!b->wants_receipts) {
        return;
    }
    fir__json_writer w = {&b->receipts, false};
    fir__json_open(&w, '{');
    if (code != 0) {
        fir__json_key(&w, FIR__S("error"));
        fir__json_open(&w, '{');
        fir__json_key_str(&w, FIR__S("code"), fir__cstr(fir_code_name(code)));
        fir__json_key_str(&w, FIR__S("message"), fir__cstr(why->message));
        fir__json_close(&w, '}');
    }
    if (e->parsed) {
        fir__json_key(&w, FIR__S("event"));
        fir__json_open(&w, '{');
        if (pl != NULL) {
            fir__json_key_str(&w, FIR__S("id"), fir__str(pl->event_id, sizeof pl->event_id));
        }
        put_property(&w, e, FIR__PROP_PRIORITY);
        put_property(&w, e, FIR__PROP_RULE);
        put_property(&w, e, FIR__PROP_SOURCE);
        put_property(&w, e, FIR__PROP_TIME);
        fir__json_close(&w, '}');
    }
    fir__json_key_i64(&w, FIR__S("line"), (int64_t)line);
    put_verdicts(&w, pl, v);
    fir__json_key_str(&w, FIR__S("status"), status);
    fir__json_close(&w, '}');
    fir__sbuf_char(&b->receipts, '\n');
}
