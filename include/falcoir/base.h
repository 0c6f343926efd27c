/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file base.h
 * What every other header of libfalcoir uses: result codes, strings, buffers, errors, the allocator.
 *
 * Conventions, once for all functions:
 *  - A function that can fail returns 0 (FIR_OK) or a negative code; its last parameter is a fir_error that may be NULL.
 *    The error is written on failure and left alone on success. Output pointers are NULL after a failure.
 *  - Inputs are pointer and length; (NULL, 0) is the empty input. Nothing needs a NUL at the end.
 *  - A fir_str is borrowed: the comment of the function that gives it names its owner. A fir_buf is owned: fir_buf_dispose.
 *  - const objects may be shared by any number of threads; the others belong to one thread at a time.
 *  - Objects hold counted references to what they need, so they may be freed in any order; free(NULL) does nothing.
 *  - No global state, no initialisation call, no output, no signal handler.
 */
#ifndef FALCOIR_BASE_H
#define FALCOIR_BASE_H

#include <stddef.h>
#include <stdint.h>

#include <falcoir/version.h>

#if defined(__GNUC__)
#define FIR_API __attribute__((visibility("default")))
#else
#define FIR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Result codes, named by what the caller can do. The numbers never change. */
enum {
    FIR_OK = 0,
    FIR_ENOMEM = -1,        /**< memory ran out; nothing was lost, try again */
    FIR_EINVAL = -2,        /**< the call is wrong: a NULL, an unknown flag, an option out of range */
    FIR_ELIMIT = -3,        /**< a limit was hit; the message names it and its value */
    FIR_EPARSE = -4,        /**< the input is not what it should be; line, column and offset say where */
    FIR_ECOMPILE = -5,      /**< a condition, template or playbook does not compile; see the message or the diagnostics */
    FIR_ETYPE = -6,         /**< a value has the wrong type */
    FIR_ENOTFOUND = -7,     /**< there is no such thing; also ends an iteration */
    FIR_EAGAIN = -8,        /**< not now: feed more, or call again */
    FIR_EBUSY = -9,         /**< another thread is using this object */
    FIR_ESTATE = -10,       /**< the object is not in a state for this call */
    FIR_ETIMEOUT = -11,     /**< a deadline passed */
    FIR_ECANCELLED = -12,   /**< it was cancelled */
    FIR_ECALLBACK = -13,    /**< never produced by the library: a callback's own error */
    FIR_EDENIED = -14,      /**< a guard or the configuration forbids it */
    FIR_EACTION = -15,      /**< an action failed */
    FIR_ETRANSPORT = -16,   /**< the network or TLS failed */
    FIR_EIO = -17,          /**< a file or the store failed */
    FIR_EUNSUPPORTED = -18, /**< this build or this version cannot do it */
    FIR_EVERSION = -19,     /**< header and library do not fit together */
    FIR_EINTERNAL = -20     /**< a bug in libfalcoir; please report it */
};

/** A borrowed piece of text: not NUL-terminated, may hold NULs. ptr may be NULL when len is 0. */
typedef struct fir_str {
    const char *ptr;
    size_t len;
} fir_str;

/** An owned piece of bytes, with a NUL after the end that len does not count. Start with {0}, end with fir_buf_dispose. */
typedef struct fir_buf {
    char *ptr;
    size_t len;
    void *owner; /**< private */
} fir_buf;

/** What went wrong and where. 512 bytes, for ever; owned by the caller. All texts are NUL-terminated UTF-8. */
typedef struct fir_error {
    int32_t code;    /**< the code that the call returned */
    uint32_t line;   /**< from 1; 0: no place to name */
    uint32_t column; /**< from 1, in bytes; 0: no place to name */
    uint32_t reserved;
    uint64_t offset;   /**< in bytes from 0 */
    char origin[96];   /**< which input: a file name, as the caller gave it; a long one keeps its end */
    char message[392]; /**< one sentence; a long one keeps its start */
} fir_error;

/**
 * Where an object's memory comes from. Given in an options struct; NULL means malloc and free.
 * The three functions must be callable from every thread that uses the object, and return NULL (not abort) when they cannot.
 * Memory inside libyaml and libcurl is outside of it.
 */
typedef struct fir_allocator {
    size_t size; /**< sizeof(fir_allocator) */
    void *self;
    void *(*alloc)(void *self, size_t n);
    void *(*resize)(void *self, void *p, size_t n); /**< p may be NULL; n is never 0 */
    void (*release)(void *self, void *p);           /**< p may be NULL */
} fir_allocator;

/** The library's version, for example "0.1.0". Static. Threads: any. Since 0.1. */
FIR_API const char *fir_version_string(void);

/**
 * Whether this library can serve a program that was built against the header version given (FIR_VERSION_NUM).
 * A binding calls it once at load. Errors: FIR_EVERSION. Threads: any. Since 0.1.
 */
FIR_API int fir_check_version(uint32_t built_against);

/** The name of a code, for example "FIR_ELIMIT"; "FIR_UNKNOWN" for any other number. Static. Threads: any. Since 0.1. */
FIR_API const char *fir_code_name(int32_t code);

/** Gives the memory of b back and makes it empty. b may be NULL or empty. Threads: one at a time. Since 0.1. */
FIR_API void fir_buf_dispose(fir_buf *b);

#ifdef __cplusplus
}
#endif
#endif
