/* SPDX-License-Identifier: Apache-2.0 */
/* Action types as tables: what a playbook may say about each, and what the engine must know before it acts. No I/O. */
#ifndef FIR__CATALOG_CATALOG_H
#define FIR__CATALOG_CATALOG_H

#include <falcoir/playbook.h>
#include <falcoir/template.h>

#include "base/arena.h"
#include "base/data.h"
#include "base/sbuf.h"

typedef enum fir__ptype {
    FIR__P_STRING,
    FIR__P_INTEGER,
    FIR__P_BOOLEAN,
    FIR__P_DURATION,
    FIR__P_STRINGS, /* list of strings */
    FIR__P_MAP,     /* of strings to strings */
    FIR__P_RANGES,  /* list of status codes and ranges "200-299" */
    FIR__P_SECRET,  /* a string that is secret: {env: NAME}, {file: PATH} or a literal */
    FIR__P_OBJECT,  /* a map with parameters of its own: `fields` */
    FIR__P_ANY      /* any data; its texts are templates */
} fir__ptype;

enum { /* flags of a parameter */
       FIR__P_REQUIRED = 1u << 0,
       FIR__P_IS_SECRET = 1u << 1,   /* a literal draws a warning, and only a reference stands in the plan */
       FIR__P_IS_TARGET = 1u << 2,   /* names what is acted on: a missing value is an error */
       FIR__P_NO_TEMPLATE = 1u << 3, /* the text is taken as it stands */
       FIR__P_ALLOW_DASH = 1u << 4,
       FIR__P_SECRET_HEADERS = 1u << 5, /* a map of headers: values of the secret ones are secrets */
       FIR__P_ABSOLUTE = 1u << 6,       /* a path, which begins with '/' */
       FIR__P_FIRST_PLAIN = 1u << 7     /* of strings: the first is an absolute path and no template */
};

typedef struct fir__param_def {
    fir_str name;
    uint8_t type; /* fir__ptype */
    uint8_t flags;
    uint8_t sink; /* FIR_SINK_* of its templates */
    uint8_t n_choices;
    const fir_str *choices; /* of a string: the only values */
    fir_str aliases;        /* other spellings, separated by blanks: "custom_body" */
    fir_str default_text;   /* as a playbook would write it; of a list its elements, separated by blanks; empty: none */
    fir_str sink_from;      /* another parameter, a string whose choice says how values are escaped (fir__sink_find); empty: none */
    int64_t least, most;    /* of an integer or duration; both 0: any */
    fir_str description;
    const struct fir__param_def *fields; /* of an object */
    uint32_t n_fields;
} fir__param_def;

typedef enum fir__effect {
    FIR__EFFECT_IDEMPOTENT,
    FIR__EFFECT_KEYED,
    FIR__EFFECT_VERIFIABLE,
    FIR__EFFECT_UNSAFE,
    FIR__EFFECT_READ
} fir__effect;

typedef struct fir__action_def {
    fir_str name; /* "http:webhook" */
    fir_str description;
    fir_str output_name; /* "webhook": webhook_output is a block of this type; empty: none */
    const fir__param_def *params;
    uint32_t n_params;
    uint8_t effect; /* fir__effect; of a step: fir__step_effect */
    fir_str fifo;   /* a parameter that names a topic or queue: one that ends in .fifo knows a repeat (keyed); empty: none */
    bool destructive;
    bool works;            /* false: its name is known, its schema is to come; a playbook that uses it loads with a warning */
    bool host;             /* added by fir_catalog_add */
    bool notifies;         /* tells people or machines, changes nothing: acts while paused or undecided */
    bool stops_by_default; /* Talon's `continue` of this type is false when not given: terminate, delete, tcpdump, sysdig */
    bool artefact;         /* gives an artefact that `output:` can take */
    bool takes_artefact;   /* may stand as `output: target:` */
    bool talon;            /* an actionner, output target or notifier of Falco Talon's */
    fir_str talon_syntax;  /* parameters whose text Talon expands (FIR_SYNTAX_TALON), separated by blanks */
    fir_str undo;          /* how it is undone, for the reference; empty: it is not */
} fir__action_def;

const fir__action_def *fir__catalog_find(const fir_catalog *c, fir_str type);
const fir__action_def *fir__catalog_find_output(const fir_catalog *c, fir_str output_name);
fir_str fir__catalog_suggest(const fir_catalog *c, fir_str type);
size_t fir__catalog_count(const fir_catalog *c);
const fir__action_def *fir__catalog_at(const fir_catalog *c, size_t i); /* in order of name */

/* A parameter by name or alias, or NULL. */
const fir__param_def *fir__action_param(const fir__action_def *a, fir_str name);
fir_str fir__action_param_suggest(const fir__action_def *a, fir_str name);

/* Whether a name stands in a text of names separated by blanks: aliases, talon_syntax. */
bool fir__names_have(fir_str names, fir_str name);

/* The built-in catalogue, shared and constant: for who gives none. */
const fir_catalog *fir__catalog_builtin(void);

/* One more reference; marks it used, so that fir_catalog_add refuses from now on. */
const fir_catalog *fir__catalog_use(const fir_catalog *c);

/* fir_catalog_new with an allocator. */
int fir__catalog_new(const fir_allocator *a, fir_catalog **out, fir_error *err);

/* Whether a text is a value of a parameter's type (choices and bounds too): of a string, integer, boolean, duration or one
 * element of a list of strings or ranges; of other types only the type is looked at. */
bool fir__param_accepts(const fir__param_def *p, fir_str text);

/* Effect's name: "idempotent" … */
fir_str fir__effect_name(fir__effect e);
fir_str fir__ptype_name(fir__ptype t);

/* A sink's name ("json", "url" … ; "none" is another name of "raw"), as schemas and `escape` write it. */
fir_str fir__sink_name(int32_t sink);
bool fir__sink_find(fir_str name, uint8_t *sink);

#endif
