/* SPDX-License-Identifier: Apache-2.0 */
/* What one call brings in, before it is accepted. */
#ifndef FIR__ENGINE_BATCH_H
#define FIR__ENGINE_BATCH_H

#include "engine/private.h"

/* A rule that the gate refused; to be told once the alert is accepted. */
typedef struct fir__refused {
    fir_plan *plan; /* a reference */
    uint32_t rule;
    fir__gate_status status;
    const char *why;
} fir__refused;

/* What the gate said of one alert, as its record; and the alert's own record, when something is to be done. */
typedef struct fir__judged {
    char event[FIR__ID];
    fir_buf gate, alert;
    fir__job *job; /* NULL: nothing is to be done */
} fir__judged;

typedef struct fir__batch {
    fir_engine *g;
    fir__intake *intake;
    const fir_playbook *playbook;
    fir__job *first, **end;
    uint64_t count, bytes;
    fir__arena arena; /* of the verdict in hand */
    fir__sbuf receipts;
    bool wants_receipts;
    fir__judged *records; /* what the gate said, folded in */
    size_t n_records, cap_records;
    fir__refused *notes;
    size_t n_notes, cap_notes;
    uint64_t read, unread;
} fir__batch;

/* ---- judge.c ---- */

/* Judges under one lock with what it takes, so that no other alert comes between. */
int fir__batch_judge(fir__batch *b, const fir_plan *pl, const fir__alert_facts *facts, fir__arena *arena, fir__verdict *v,
                     fir_error *err);
/* What was judged last goes into the batch. Takes the plan over, also on failure. */
int fir__batch_add(fir__batch *b, fir_plan *pl, const fir__alert_facts *facts, const fir__verdict *v, fir_error *err);
/* What was folded in and is not accepted was never there. */
void fir__batch_retract(fir__batch *b);

/* ---- accept.c ---- */

/* Whether the queue has room for the batch as it is, or, of an empty one, for any alert: asked before one is planned, since what is
 * planned for nothing costs most when there is too much to do. FIR_EAGAIN. */
int fir__batch_room(const fir__batch *b, fir_error *err);
/* Accepts the batch, all of it or nothing: in the journal first. */
int fir__batch_accept(fir__batch *b, fir_error *err);

/* ---- receipt.c ---- */

/* One line; pl and v may be NULL, why too where code is 0. */
void fir__receipt_put(fir__batch *b, uint64_t line, const fir_plan *pl, const fir__verdict *v, fir_str status, int code,
                      const fir_error *why);

#endif
