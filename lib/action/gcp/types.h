/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the gcp types. */
#ifndef FIR__ACTION_GCP_TYPES_H
#define FIR__ACTION_GCP_TYPES_H

#include <falcoir/sys/action.h>

int fir__gcp_function_advance(void *self, fir_call *c);
int fir__gcp_cloudrun_advance(void *self, fir_call *c);
int fir__gcp_pubsub_advance(void *self, fir_call *c);

#endif
