/* SPDX-License-Identifier: Apache-2.0 */
/* fir_playbook_to_json: the canonical form, with the tests and where things stand. */
#include "json/writer.h"
#include "playbook/load.h"

enum { MOST_BYTES = 1 << 30 };

static void write_test(fir__json_writer *w, const fir_playbook *p, const fir__test *t)
{
    fir__json_open(w, '{');
    fir__json_key_str(w, FIR__S("dir"), t->dir);
    fir__json_key_str(w, FIR__S("file"), p->files[t->at.file]);
    fir__json_key(w, FIR__S("item"));
    fir__json_data(w->b, t->item);
    fir__json_done(w);
    fir__json_key_i64(w, FIR__S("line"), t->at.line);
    fir__json_key_str(w, FIR__S("name"), t->name);
    fir__json_close(w, '}');
}

static void key_files(fir__json_writer *w, const fir_playbook *p)
{
    fir__json_key(w, FIR__S("files"));
    fir__json_open(w, '[');
    for (size_t i = 0; i < p->n_files; i++) {
        fir__json_item(w);
        fir__json_string(w->b, p->files[i]);
        fir__json_done(w);
    }
    fir__json_close(w, ']');
}

int fir_playbook_to_json(const fir_playbook *p, fir_buf *out, fir_error *err)
{
    if (out != NULL) {
        *out = (fir_buf){NULL, 0, NULL};
    }
    if (p == NULL || out == NULL) {
        return fir__fail(err, FIR_EINVAL, "the playbook or out is NULL");
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &p->allocator, MOST_BYTES);
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key(&w, FIR__S("digest"));
    fir__sbuf_str(&b, FIR__S("\"sha256:"));
    fir__sbuf_hex(&b, p->digest, sizeof p->digest);
    fir__sbuf_char(&b, '"');
    fir__json_done(&w);
    key_files(&w, p);
    fir__playbook_write_source(&w, p);
    fir__json_key(&w, FIR__S("tests"));
    fir__json_open(&w, '[');
    for (uint32_t i = 0; i < p->n_tests; i++) {
        fir__json_item(&w);
        write_test(&w, p, &p->tests[i]);
    }
    fir__json_close(&w, ']');
    fir__json_close(&w, '}');
    int status = fir__sbuf_take(&b, out);
    fir__sbuf_free(&b);
    if (status == FIR_ENOMEM) {
        return fir__no_memory(err);
    }
    return status == 0 ? 0 : fir__fail(err, status, "the playbook is longer than %d bytes of JSON", MOST_BYTES);
}
