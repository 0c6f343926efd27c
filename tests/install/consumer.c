/* SPDX-License-Identifier: Apache-2.0 */
/* A program outside the tree, built against an installation: C, and C++ by the same text. */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <string.h>

static const char alert[] =
    "{\"hostname\":\"node-1\",\"output\":\"09:21:33.104938271: Warning shell\",\"output_fields\":{\"proc.name\":\"bash\"},"
    "\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\",\"tags\":[],"
    "\"time\":\"2026-07-14T09:21:33.104938271Z\"}";

int main(void)
{
    const char *text = "proc.name in (bash, sh) and priority >= Warning";
    fir_condition *c = NULL;
    fir_evaluator *x = NULL;
    fir_event *e = NULL;
    int32_t verdict = FIR_FALSE;
    fir_error err;
    int ok = fir_check_version(FIR_VERSION_NUM) == 0 && fir_condition_compile(text, strlen(text), NULL, &c, &err) == 0 &&
             fir_evaluator_new(NULL, &x, &err) == 0 && fir_event_new(NULL, &e, &err) == 0 &&
             fir_event_parse(e, alert, sizeof alert - 1, NULL, &err) == 0 && fir_condition_eval(c, x, e, &verdict, &err) == 0;
    fir_event_free(e);
    fir_evaluator_free(x);
    fir_condition_free(c);
    printf("%s %s\n", fir_version_string(), ok && verdict == FIR_TRUE ? "works" : "does not work");
    return ok && verdict == FIR_TRUE ? 0 : 1;
}
