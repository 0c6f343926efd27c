/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file store.h
 * The journal of an engine as a vtable. An engine writes down what it accepted, decided and did as records, and after a restart
 * its state is what the records say. SQLite in a data directory and memory are the built-in ones (docs/journal.md).
 *
 * A record that was appended is never changed. It is live until it is trimmed: live records are what a restart reads. A store
 * that keeps an audit keeps trimmed records too, until they are forgotten.
 */
#ifndef FALCOIR_SYS_STORE_H
#define FALCOIR_SYS_STORE_H

#include <falcoir/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Limits of one record and one append; beyond them append says FIR_ELIMIT. */
enum {
    FIR_STORE_MAX_KIND = 64,         /**< bytes of kind */
    FIR_STORE_MAX_ID = 128,          /**< bytes of event_id, and of action_id */
    FIR_STORE_MAX_RECORD = 16777216, /**< bytes of json and blob together */
    FIR_STORE_MAX_APPEND = 100000    /**< records of one append */
};

/** Flags of append. */
enum {
    FIR_STORE_SYNC = 1u << 0,   /**< on the disk when append returns, whatever the store's durability */
    FIR_STORE_RESERVE = 1u << 1 /**< may use the reserve when the disk is full: for ends of actions and for undos, which make
                                   nothing new */
};

/** One record. In an append all texts are borrowed until it returns. */
typedef struct fir_record {
    size_t size;       /**< sizeof(fir_record) */
    uint64_t seq;      /**< the store's: from 1, one more each record, never used again; ignored by append */
    int64_t wall_ns;   /**< since the epoch, UTC; the engine's clock, so it may go back */
    fir_str kind;      /**< what it is: "alert", "intent", …; not empty */
    fir_str event_id;  /**< of which alert; may be empty */
    fir_str action_id; /**< of which action; may be empty */
    fir_str json;      /**< canonical JSON, an object; without secrets */
    fir_str blob;      /**< the alert as canonical JSON, for kind "alert"; else empty */
} fir_record;

/**
 * A store. append may be called by any thread at any time. Of read, trim, forget and checkpoint one runs at a time; they and
 * append may run at once. Functions return 0 or a negative code. All but append, read and close may be NULL. Since 0.1.
 */
typedef struct fir_store {
    size_t size; /**< sizeof(fir_store) */
    void *self;
    /**
     * Appends n records (r->size bytes from one to the next) in one commit: after a crash all of them are there or none. They
     * get successive numbers, the first one *first_seq (may be NULL). Commits are seen by read in the order in which they returned
     * their numbers.
     * Errors. Nothing was kept: FIR_EINVAL (a record without kind or JSON, an unknown flag), FIR_ELIMIT (a record is too large,
     * or the disk is full: try again later; the text says which), FIR_EBUSY (somebody holds the file), FIR_ENOMEM.
     * Perhaps kept, and the store takes no more until it is opened again: FIR_EIO (a write or an fsync failed, or the file is
     * damaged).
     */
    int (*append)(void *self, const fir_record *r, size_t n, uint32_t flags, uint64_t *first_seq, fir_error *err);
    /**
     * The first live record behind after_seq (0: from the first). Borrowed until the next read, or close. FIR_ENOTFOUND: no
     * more. Other errors: FIR_EIO (also: a record that cannot be one), FIR_ENOMEM.
     */
    int (*read)(void *self, uint64_t after_seq, fir_record *out, fir_error *err);
    /**
     * The records with seq < before_seq are finished, but for those in keep (ascending): read does not give them again. Not
     * synced: after a power failure some may be live again, which an engine must stand. Errors: FIR_ELIMIT, FIR_EIO, FIR_ENOMEM.
     */
    int (*trim)(void *self, uint64_t before_seq, const uint64_t *keep, size_t n_keep, fir_error *err);
    /**
     * Gives the room of trimmed records back that are older than before_ns, from the oldest on, up to the first that is live
     * or younger. Errors as trim.
     */
    int (*forget)(void *self, int64_t before_ns, fir_error *err);
    /** A good moment for housekeeping: nothing is to do. Errors as trim; a failure loses nothing. */
    int (*checkpoint)(void *self, fir_error *err);
    /** Ends it; no other call runs. What append acknowledged stays. */
    void (*close)(void *self);
} fir_store;

#ifdef __cplusplus
}
#endif
#endif
