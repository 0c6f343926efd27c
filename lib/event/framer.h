/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where alerts begin and end in a stream, in whatever pieces it comes. It looks at brackets, strings and line ends and at
 * nothing else: what stands in a frame is for the readers of alerts.
 *
 * The first byte of a frame decides what it is: '{' a JSON object up to its closing brace, over any number of lines; '[' an array,
 * whose elements become frames; anything else a line of text. Blanks, empty lines, byte order marks between frames, and commas
 * between the elements of an array, are passed over. A line feed ends a line.
 *
 * What is broken costs itself: an object ends without its brace at a line feed inside a string, at a bracket of the wrong kind, or
 * where a line that begins like an alert stands where JSON has no room for one. It is refused up to the end of that line (of
 * the line before, in the last case) and so is, without another word, what looks like its rest: lines that are indented more
 * than it was, or begin with a quote, a closing bracket, a comma or a colon. */
#ifndef FIR__EVENT_FRAMER_H
#define FIR__EVENT_FRAMER_H

#include "base/error.h"

/* The bytes that are at hand: from stream offset `base` on. Those before the framer's `at` may be gone. */
typedef struct fir__window {
    const char *ptr;
    uint64_t base;
    size_t len;
    bool last; /* nothing follows */
} fir__window;

typedef struct fir__frame {
    uint64_t begin, end; /* stream offsets */
    uint64_t line;       /* on which it begins, from 1 */
    uint64_t column;     /* in bytes, from 1 */
    bool text;           /* a line of text */
    bool element;        /* of an array */
    const char *problem; /* why it was refused */
} fir__frame;

/* Where the scan of an object stands. */
typedef struct fir__frame_scan {
    uint64_t arrays; /* one bit a level, the outermost lowest: is it an array? Levels from 64 on are not told apart */
    uint32_t depth;
    char last; /* the last byte outside of strings that is no blank; a string counts as its quote */
    bool in_string, escape;
    bool fresh;                 /* nothing but blanks on this line so far */
    uint64_t indent;            /* the blanks that this line begins with */
    uint64_t line, line_at;     /* the line of the scan, and where it begins */
    uint64_t again, again_line; /* the first line that may be the next alert, if this one turns out broken; 0: none */
} fir__frame_scan;

typedef struct fir__framer {
    uint64_t max_bytes;
    uint8_t state;
    bool in_array;
    bool fresh;             /* nothing but blanks on this line before `at` */
    bool remains;           /* what was refused may have a rest */
    uint64_t at;            /* what lies before is done with: the bytes from here on are needed */
    uint64_t line, line_at; /* the line of `at`, and where it begins */
    uint64_t indent;        /* the blanks that the line of `at` begins with */
    uint64_t scanned;       /* what lies before was looked at */
    uint64_t floor;         /* no second look at what lies before */
    uint64_t newline;       /* there is no line feed from `at` up to here */
    bool newline_found;     /* and here is one */
    uint64_t tried;         /* fir__framer_line has guessed about the line that ends here */
    fir__frame frame;       /* the one being scanned */
    fir__frame_scan scan;
} fir__framer;

void fir__framer_init(fir__framer *f, uint64_t max_bytes);

/* The next frame, which is then done with. 0: a whole frame; FIR_EPARSE or FIR_ELIMIT: one that is refused, with its problem;
 * FIR_EAGAIN: more bytes are needed; FIR_ENOTFOUND: the end. */
int fir__framer_next(fir__framer *f, const fir__window *w, fir__frame *out);

/* A guess that saves the scan: the next frame is an object that is one whole line. True: the caller reads *out as JSON, and
 * when that is a valid object says so by fir__framer_take; else it calls fir__framer_next. */
bool fir__framer_line(fir__framer *f, const fir__window *w, fir__frame *out);
void fir__framer_take(fir__framer *f, const fir__frame *frame);

#endif
