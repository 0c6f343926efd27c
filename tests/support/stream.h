/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a whole stream and writing down what came, one line an alert or refusal. */
#ifndef FIR_TEST_STREAM_H
#define FIR_TEST_STREAM_H

#include <falcoir/event.h>
#include <stddef.h>

/* How a stream is fed. */
typedef struct fir_test_split {
    size_t piece;  /* bytes a feed; 0: all in one */
    unsigned seed; /* not 0: pieces of 1 to `piece` bytes, by chance */
    int eager;     /* feed all before the first read */
} fir_test_split;

/* Lines of `LINE CODE FORM.ENVELOPE JSON` or `LINE CODE MESSAGE`; the code is a number. max_bytes 0: the
 * default. Exits on a result that makes no sense. free(). */
char *fir_test_stream(const void *p, size_t n, size_t max_bytes, fir_test_split split);

/* The same, with the source text of each instead of what was read. */
char *fir_test_stream_texts(const void *p, size_t n, size_t max_bytes, fir_test_split split);
/* The source text, and behind it what was read. */
char *fir_test_stream_both(const void *p, size_t n, size_t max_bytes, fir_test_split split);

#endif
