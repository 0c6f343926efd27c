/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the aws types. */
#ifndef FIR__ACTION_AWS_TYPES_H
#define FIR__ACTION_AWS_TYPES_H

#include <falcoir/sys/action.h>

int fir__aws_sns_advance(void *self, fir_call *c);
int fir__aws_sqs_advance(void *self, fir_call *c);
int fir__aws_eventbridge_advance(void *self, fir_call *c);
int fir__aws_kinesis_advance(void *self, fir_call *c);
int fir__aws_lambda_advance(void *self, fir_call *c);
int fir__aws_s3_advance(void *self, fir_call *c);

int fir__aws_security_group_prepare(void *self, fir_call *c);
int fir__aws_security_group_advance(void *self, fir_call *c);
int fir__aws_security_group_verify(void *self, fir_call *c);
int fir__aws_security_group_undo(void *self, fir_call *c);

#endif
