/* SPDX-License-Identifier: Apache-2.0 */
/* Finding where keys come from; getting them is credentials.c. */
#ifndef FIR__ACTION_AWS_CHAIN_H
#define FIR__ACTION_AWS_CHAIN_H

#include "action/aws/aws.h"

/* Fills a->chain from configuration, environment and shared files. 0, or the call has failed. */
int fir__aws_chain_find(fir__aws *a);

/* A file that holds a secret, read now. 0, or the call has failed. */
int fir__aws_secret_file(fir__aws *a, fir_str path, fir_str *out);

#endif
