/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the azure types. */
#ifndef FIR__ACTION_AZURE_TYPES_H
#define FIR__ACTION_AZURE_TYPES_H

#include <falcoir/sys/action.h>

int fir__azure_eventgrid_advance(void *self, fir_call *c);
int fir__azure_eventhub_advance(void *self, fir_call *c);
int fir__azure_function_advance(void *self, fir_call *c);

#endif
