/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of an operator, as small files in the data directory. A socket would want a server; this wants only the right to write
 * there, works when nobody runs, and then takes effect before anything else when somebody does.
 *
 *   DIR/commands/NAME.json    {"id":…,"verb":…,"who":…,"why":…,"yes":BOOL}: written aside, synced, renamed into place; NAME begins
 *                             with the time, so that names sort as they came
 *   DIR/commands/NAME.answer  {"code":N,"message":…}: what the engine said; the sender takes it away, or the engine after a while
 *
 * The engine's part, in its poll and before it goes on with what the journal holds:
 *
 *   fir__command c;
 *   while (fir__commands_next(&engine->commands, now, &c)) {
 *       rc = …do it…;
 *       fir__commands_done(&engine->commands, rc, &err);
 *   }
 *
 * A crash between doing and done brings the command again. So what is done for it is written down with its file (`file` below),
 * and whoever reads the journal says so (fir__commands_taken): then it is answered, and not done twice. */
#ifndef FIR__STORE_COMMANDS_H
#define FIR__STORE_COMMANDS_H

#include "base/arena.h"
#include "base/error.h"

#define FIR__COMMANDS_DIR "commands"
#define FIR__COMMANDS_EVERY INT64_C(200000000) /* nanoseconds between two looks into the directory */

enum {
    FIR__COMMAND_MAX_ID = 128,
    FIR__COMMAND_MAX_WHO = 256,
    FIR__COMMAND_MAX_WHY = 4096,
    FIR__COMMAND_MAX_FILE = 64 * 1024,
    FIR__COMMANDS_AT_ONCE = 256, /* of one look; the rest waits for the next */
    FIR__COMMANDS_KNOWN = 512,   /* the latest that were carried out; more than one look has, so that none is done twice */
    FIR__COMMAND_FILE = 112      /* bytes of what names a file, with its NUL */
};

typedef enum fir__verb {
    FIR__VERB_APPROVE,
    FIR__VERB_REJECT,
    FIR__VERB_UNDO,
    FIR__VERB_REPLAY,
    FIR__VERB_DISCARD,
    FIR__VERB_CANCEL,
    FIR__VERB_FEEDBACK,
    FIR__VERB_PAUSE,
    FIR__VERB_RESUME,
    FIR__VERBS
} fir__verb;
fir_str fir__verb_name(fir__verb v);
bool fir__verb_wants_id(fir__verb v);

typedef struct fir__command {
    fir__verb verb;
    fir_str id, who, why; /* borrowed until done */
    fir_str file; /* which file it was, and no other ever; empty for one with an odd name, which nobody can tell from its copy */
    bool yes;
} fir__command;

typedef struct fir__commands {
    fir_allocator allocator;
    int fd;             /* of the commands' folder; -1: there is none */
    int64_t look_at_ns; /* the next look, by the caller's clock */
    char *names;        /* of this look, sorted, each FIR__COMMAND_NAME long */
    size_t n_names, at;
    char file[FIR__COMMAND_FILE]; /* of the command in hand */
    char *known;                  /* files that were carried out, the latest last, each FIR__COMMAND_FILE long */
    size_t n_known, cap_known;
    fir__arena arena; /* of the command in hand */
} fir__commands;

/* data_dir NULL: there are never any. Makes the folder (0700). FIR_EIO, FIR_ENOMEM. */
int fir__commands_open(fir__commands *c, const fir_allocator *a, const char *data_dir, fir_error *err);

/* The next command, if there is one and it is time to look. What is no command is answered with FIR_EPARSE and passed over. After
 * true comes fir__commands_done. */
bool fir__commands_next(fir__commands *c, int64_t mono_ns, fir__command *out);
/* rc: what came of it; err: its text, for rc ≠ 0. */
void fir__commands_done(fir__commands *c, int rc, const fir_error *err);

/* A record says that this file was carried out. FIR_ENOMEM. */
int fir__commands_taken(fir__commands *c, fir_str file);
/* The i-th file that was carried out and lies there all the same; false behind the last one. *file is empty where it is gone. */
bool fir__commands_left(const fir__commands *c, size_t i, fir_str *file);

void fir__commands_close(fir__commands *c);

#endif
