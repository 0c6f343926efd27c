/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of this module: how an event is filled, and the readers of the forms in which alerts travel. */
#ifndef FIR__EVENT_PARTS_H
#define FIR__EVENT_PARTS_H

#include "base/error.h"
#include "event/event.h"

/* --- Filling an event (event.c). What is set must live as long as the event's content: copy it first, or give static text. --- */

/* Empties e: no alert, info zeroed (form included), its memory kept for the next. */
void fir__event_reset(fir_event *e);

/* n bytes of the event's memory, which live until the next reset. NULL: out of memory. */
void *fir__event_room(fir_event *e, size_t n);

/* A copy of s in the event's memory. NULL: out of memory (never for an empty text). */
char *fir__event_copy(fir_event *e, fir_str s);

/* Sets a text property (all but tags): priority becomes its title-case name and info.priority, time is read to info.time_ns, an
 * empty source stays absent. */
void fir__event_set(fir_event *e, fir__property p, fir_str text);

/* Sets tags to `count` strings. */
void fir__event_set_tags(fir_event *e, const fir__value *items, uint32_t count);

/* Appends an entry of output_fields. FIR_ELIMIT (max_fields), FIR_ENOMEM. Duplicates are found by fir__event_finish. */
int fir__event_add_field(fir_event *e, fir_str name, fir__value value, fir_error *err);

/* The last step of every reader: refuses duplicate fields, fills in the rest of info, marks e as holding an alert. */
int fir__event_finish(fir_event *e, fir_error *err);

/* --- The readers. Each resets e first; on failure e may be half filled: fir_event_parse and fir_reader_next reset it. --- */

/* One bare JSON alert with nothing but blanks around it (alert.c). text is copied into the event.
 * FIR_ENOTFOUND: a valid JSON object that is no alert, perhaps an envelope; err says what is missing.
 * FIR_EPARSE, FIR_ELIMIT, FIR_ENOMEM. */
int fir__event_read_json(fir_event *e, fir_str text, fir_error *err);

/* One alert of Falco's plain text form (text.c), without the newline at its end; others inside belong to it. line is copied into
 * the event. FIR_EPARSE, FIR_ELIMIT, FIR_ENOMEM. */
int fir__event_read_text(fir_event *e, fir_str line, fir_error *err);

/* Does it begin as an alert of the plain text form does: a time, a level? */
bool fir__text_begins(fir_str line);

/* What an envelope holds: each payload is an alert's text, JSON or plain. */
typedef struct fir__envelope {
    int32_t kind; /* FIR_ENVELOPE_* */
    uint32_t count;
    fir_str *payloads; /* in the arena; ptr NULL: this part of the envelope holds no text */
} fir__envelope;

/* Opens one level of envelope: a JSON object or array (envelope.c). FIR_ENOTFOUND: it is none that is known; err says what it
 * looks like. FIR_EPARSE, FIR_ELIMIT, FIR_ENOMEM. */
int fir__envelope_open(fir_str text, fir__envelope *out, fir__arena *arena, fir_error *err);

/* Reads the i-th payload and notes the envelope in e->info. A payload that is an envelope again is refused: FIR_EPARSE. */
int fir__envelope_read(const fir__envelope *v, uint32_t i, fir_event *e, fir_error *err);

#endif
