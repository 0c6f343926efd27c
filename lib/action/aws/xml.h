/* SPDX-License-Identifier: Apache-2.0 */
/* The XML of AWS's older services, as a tree. Strict: what such an answer never holds (a DTD, CDATA, unknown entities) is refused.
 */
#ifndef FIR__ACTION_AWS_XML_H
#define FIR__ACTION_AWS_XML_H

#include "base/arena.h"
#include "base/error.h"

enum { FIR__XML_MOST_BYTES = 4 * 1024 * 1024, FIR__XML_MOST_DEPTH = 32, FIR__XML_MOST_NODES = 100000 };

typedef struct fir__xml {
    fir_str name, text; /* text: of an element without children, unescaped, without blanks at its ends */
    struct fir__xml *up, *first, *last, *next;
} fir__xml;

/* The root of a document. All lives in the arena. FIR_EPARSE, FIR_ELIMIT, FIR_ENOMEM. */
int fir__xml_read(fir_str doc, fir__arena *arena, fir__xml **root, fir_error *err);

/* The first child of a name; NULL: none. at may be NULL. */
const fir__xml *fir__xml_child(const fir__xml *at, fir_str name);
/* The next sibling of the same name. */
const fir__xml *fir__xml_again(const fir__xml *at);
/* The text of the element at a path below `at`: "Credentials/AccessKeyId". Empty: none. */
fir_str fir__xml_text(const fir__xml *at, fir_str path);

#endif
