/* SPDX-License-Identifier: Apache-2.0 */
/* The peer of tests/support/life.h. */
#ifndef FIR_TEST_LIFE_PEER_H
#define FIR_TEST_LIFE_PEER_H

#include "support/life.h"

/* Starts its process; what it sees stands in the book. */
void life_peer_start(life_book *b);

#endif
