/* SPDX-License-Identifier: Apache-2.0 */
/* The transformers of an output format: which arguments they take, and their run by field/transform.h. */
#include "template/internal.h"

#include "field/transform.h"

enum { /* types that the transformers of one argument stand over, lists of them too */
       OVER_TEXT = 1u << 0,
       OVER_PATH = 1u << 1,
       OVER_BYTES = 1u << 2,
       OVER_LISTS = 1u << 3, /* of anything */
       BINARY = 1u << 4      /* join, getopt: a scalar and a list */
};

typedef bool unary_fn(fir__arena *r, const fir__value *v, const fir__value **out);

static const struct call {
    fir_str name;
    unsigned over;
    unary_fn *unary;
} calls[] = {{{"tolower", 7}, OVER_TEXT | OVER_PATH, fir__transform_lower},
             {{"toupper", 7}, OVER_TEXT | OVER_PATH, fir__transform_upper},
             {{"b64", 3}, OVER_TEXT | OVER_BYTES, fir__transform_b64},
             {{"basename", 8}, OVER_TEXT | OVER_PATH, fir__transform_basename},
             {{"len", 3}, OVER_TEXT | OVER_PATH | OVER_BYTES | OVER_LISTS, NULL},
             {{"join", 4}, BINARY, NULL},
             {{"concat", 6}, 0, NULL},
             {{"getopt", 6}, BINARY, NULL}};

enum { LEN = 4, JOIN = 5, CONCAT = 6, GETOPT = 7 };

size_t fir__falco_call_find(fir_str name)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (fir__str_eq(calls[i].name, name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool is_text(const fir__term *term)
{
    return !term->is_list && term->type == FIR__F_CHARBUF;
}

static bool check_unary(fir__term *call)
{
    const fir__term *arg = &call->children[0];
    unsigned over = calls[call->call].over;
    bool fits = (arg->type == FIR__F_CHARBUF && (over & OVER_TEXT) != 0) ||
                (arg->type == FIR__F_FSPATH && (over & OVER_PATH) != 0) ||
                (arg->type == FIR__F_BYTEBUF && (over & OVER_BYTES) != 0) || (arg->is_list && (over & OVER_LISTS) != 0);
    if (call->call == LEN) {
        call->type = FIR__F_UINT64;
    } else {
        call->type = arg->type;
        call->is_list = arg->is_list;
    }
    return fits;
}

bool fir__falco_call_check(fir__term *call)
{
    const fir__term *args = call->children;
    if (call->call == CONCAT) {
        for (uint32_t i = 0; i < call->n; i++) {
            if (!is_text(&args[i])) {
                return false;
            }
        }
        return call->n >= 2;
    }
    if (call->call == JOIN) {
        return call->n == 2 && is_text(&args[0]) && args[1].is_list;
    }
    if (call->call == GETOPT) {
        call->is_list = call->option == '\0';
        return call->n == 2 && args[0].is_list && args[0].type == FIR__F_CHARBUF && is_text(&args[1]);
    }
    return call->n == 1 && check_unary(call);
}

/* A lone value of a list field is a list of one, as everywhere. */
static bool run_getopt(fir__eval *e, const fir__term *call, const fir__value *const *args, const fir__value **out)
{
    *out = NULL;
    if (args[1] == NULL) {
        return true;
    }
    fir_str options = fir__value_text(args[1]);
    return call->option == '\0' ? fir__transform_getopt(&e->scratch, args[0], options, out)
                                : fir__transform_getopt_one(&e->scratch, args[0], options, call->option, out);
}

static bool run(fir__eval *e, const fir__term *call, const fir__value *const *args, const fir__value **out)
{
    switch (call->call) {
    case LEN:
        return fir__transform_len(&e->scratch, args[0], call->children[0].is_list, out);
    case JOIN:
        return fir__transform_join(&e->scratch, args[0], args[1], out);
    case CONCAT:
        return fir__transform_concat(&e->scratch, args, call->n, out);
    case GETOPT:
        return run_getopt(e, call, args, out);
    default:
        return calls[call->call].unary(&e->scratch, args[0], out);
    }
}

int fir__falco_call_run(fir__eval *e, const fir__term *call, const fir__value **out)
{
    const fir__value **args = fir__arena_alloc(&e->scratch, call->n * sizeof(void *));
    if (args == NULL) {
        return fir__eval_failed(e);
    }
    for (uint32_t i = 0; i < call->n; i++) {
        int rc = fir__eval_term(e, &call->children[i], &args[i]);
        if (rc != 0) {
            return rc;
        }
        bool empty = args[i] != NULL && args[i]->type == FIR__LIST && args[i]->len == 0;
        if (empty && call->children[i].kind != FIR__TERM_LIST) { /* an empty list of the alert is absent, () is not */
            args[i] = NULL;
        }
    }
    return run(e, call, args, out) ? 0 : fir__eval_failed(e);
}
