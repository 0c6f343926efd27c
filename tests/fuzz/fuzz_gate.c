/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a journal that somebody else may have written: one a line, its kind, a blank, its JSON. What is refused changes
 * nothing, and the state hangs on the records alone. */
#include <stdlib.h>

#include "gate/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static fir__gate *new_gate(uint64_t seed)
{
    fir__arena arena;
    fir__guards guards;
    fir__gate *g;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    check(fir__guards_read(NULL, &arena, &guards) == 0);
    check(fir__gate_new(&fir__default_allocator, &guards, seed, &g) == 0);
    fir__arena_free(&arena);
    return g;
}

static fir__sbuf dump(const fir__gate *g)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 64 << 20);
    fir__gate_dump(g, &b);
    check(b.status == 0);
    return b;
}

static void check_bounds(const fir__gate *g)
{
    fir__gate_counts c = fir__gate_count(g);
    check(c.alerts <= FIR__GATE_MOST_ALERTS && c.keys <= FIR__GATE_MOST_KEYS && c.times <= FIR__GATE_MOST_TIMES);
    for (size_t i = 0; i < c.approvals; i++) {
        const fir__ask *a = fir__gate_ask_at(g, i);
        check(a != NULL && fir__gate_ask(g, fir__str(a->id, sizeof a->id)) == a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir__gate *a = new_gate(1), *b = new_gate(2);
    fir__sbuf before = dump(a);
    fir_str rest = fir__str((const char *)p, n);
    while (rest.len != 0) {
        size_t end = fir__str_find(rest, FIR__S("\n"));
        fir_str line = fir__str_to(rest, end);
        size_t blank = fir__str_find(line, FIR__S(" "));
        fir_str kind = fir__str_to(line, blank), json = fir__str_from(line, blank == SIZE_MAX ? line.len : blank + 1);
        fir_error err = {0};
        int rc = fir__gate_fold(a, kind, json, &err);
        check(fir__gate_fold(b, kind, json, NULL) == rc);
        check(rc == 0 || ((rc == FIR_EPARSE || rc == FIR_ELIMIT) && err.code == rc && err.message[0] != '\0'));
        fir__sbuf after = dump(a);
        check(rc == 0 || fir__str_eq(fir__sbuf_view(&before), fir__sbuf_view(&after)));
        if (line.len % 7 == 3) {
            fir__gate_retract(a, json);
            fir__gate_retract(b, json);
            fir__sbuf_free(&after);
            after = dump(a);
        }
        fir__sbuf_free(&before);
        before = after;
        rest = fir__str_from(rest, end == SIZE_MAX ? rest.len : end + 1);
    }
    fir__sbuf two = dump(b);
    check(fir__str_eq(fir__sbuf_view(&before), fir__sbuf_view(&two)));
    check_bounds(a);
    fir__sbuf_free(&before);
    fir__sbuf_free(&two);
    fir__gate_free(a);
    fir__gate_free(b);
    return 0;
}
