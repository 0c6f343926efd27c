/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain: each record's hash covers the record and the hash before it, so that no record can be changed, taken out or
 * moved without all later hashes being wrong.
 *
 *   hash(n) = SHA-256(hash(n - 1) as 64 hex digits, then the entry of n)
 *
 * An entry is the record as canonical JSON; of an alert's bytes it holds the SHA-256. The hash before the first is all zero. */
#ifndef FIR__STORE_AUDIT_H
#define FIR__STORE_AUDIT_H

#include <falcoir/sys/store.h>

#include "base/digest.h"

/* Most bytes of an entry: the record's JSON, and all else. */
#define FIR__AUDIT_MAX_ENTRY ((size_t)FIR_STORE_MAX_RECORD + 8192)

/* Appends the entry of a record. 0, FIR_ENOMEM, FIR_EINTERNAL; b's own status is the caller's to look at. */
int fir__audit_entry(fir__sbuf *b, fir__hasher *h, const fir_record *r);

/* The hash of a record behind `previous`. scratch is overwritten; it must hold FIR__AUDIT_MAX_ENTRY. */
int fir__audit_hash(fir__sbuf *scratch, fir__hasher *h, const uint8_t previous[FIR__SHA256], const fir_record *r,
                    uint8_t out[FIR__SHA256]);

/* Appends one line of an export, with its newline: {"hash":"…","alert":"…","entry":{…}}. What stands behind `"entry":` up to the
 * last brace is byte for byte what was hashed. The alert is left out where there is none, and base64 where it is no UTF-8. */
int fir__audit_export(fir__sbuf *b, fir__hasher *h, const fir_record *r, const uint8_t hash[FIR__SHA256]);

#endif
