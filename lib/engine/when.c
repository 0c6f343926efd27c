/* SPDX-License-Identifier: Apache-2.0 */
/* What later steps read of earlier ones: in parameters, and in `when`. */
#include "engine/private.h"

enum { MAX_WHEN_MEMORY = 4 * 1024 * 1024 };

static const fir__plan_steps *steps_of(const fir__plan_rule *rule, size_t phase)
{
    const fir__plan_steps *all[] = {&rule->steps, &rule->on_failure, &rule->notify};
    return all[phase];
}

bool fir__run_value(const void *ctx, fir_str step, fir_str get, fir_str *value)
{
    const fir__run *r = ctx;
    for (size_t p = 0; p < FIR__PHASE_OVER; p++) {
        const fir__plan_steps *steps = steps_of(r->rule, p);
        for (uint32_t i = 0; i < steps->count; i++) {
            const fir__step_result *result = &r->results[p][i];
            if (!fir__str_eq(steps->items[i].def->id, step) || result->status == FIR__STEP_PENDING) {
                continue;
            }
            bool status = fir__str_eq(get, FIR__S("status"));
            *value = status ? fir__status_name(result->status) : fir__str(result->output.ptr, result->output.len);
            return status || result->output.len != 0;
        }
    }
    return false;
}

/* A slot's name is steps.<id>.<get>; ids hold no dot. */
static bool value_of_slot(const fir__run *r, fir_str name, fir__value *out)
{
    static const fir_str prefix = {"steps.", 6};
    fir_str rest = fir__str_starts(name, prefix) ? fir__str_from(name, prefix.len) : (fir_str){NULL, 0}, value;
    size_t dot = fir__str_find(rest, FIR__S("."));
    if (dot == SIZE_MAX || !fir__run_value(r, fir__str_to(rest, dot), fir__str_from(rest, dot + 1), &value)) {
        return false;
    }
    *out = fir__value_string(value);
    return true;
}

static int run_program(fir_engine *g, const fir__run *r, const fir__program *p, const fir__slots *slots, fir__arena *arena,
                       fir_error *err)
{
    const fir__value **values = fir__arena_array(arena, slots->count, sizeof(fir__value *));
    fir__value *memory = fir__arena_array(arena, slots->count, sizeof *memory);
    if (values == NULL || memory == NULL) {
        return fir__no_memory(err);
    }
    for (uint32_t i = 0; i < slots->count; i++) {
        values[i] = value_of_slot(r, slots->items[i].name, &memory[i]) ? &memory[i] : NULL;
    }
    const fir__frame frame = {values, slots->count};
    int verdict = fir__program_run(p, &frame, g->scratch);
    return verdict < 0 ? fir__fail(err, verdict, "`when` could not be judged") : verdict;
}

int fir__when(fir_engine *g, const fir__run *r, fir_str when, fir_error *err)
{
    const fir__parse_options po = {.properties = true, .steps = true};
    fir__arena arena;
    fir__slots slots;
    fir__ast *ast;
    fir__program *program = NULL;
    fir__arena_init(&arena, &g->allocator, MAX_WHEN_MEMORY);
    fir__slots_init(&slots, &arena);
    const fir__compile_options co = {.slots = &slots, .allocator = &g->allocator};
    int rc = fir__expr_parse(when, &po, &arena, &ast, err);
    rc = rc != 0 ? rc : fir__expr_compile(ast, &co, &arena, &program, NULL, err);
    rc = rc != 0 ? rc : run_program(g, r, program, &slots, &arena, err);
    fir__program_free(program);
    fir__slots_free(&slots);
    fir__arena_free(&arena);
    return rc;
}
