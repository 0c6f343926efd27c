/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of local:exec and local:kill. */
#include "catalog/types.h"

static const fir_str inputs[] = {FIR__TEXT("alert"), FIR__TEXT("none")};
static const fir_str signals[] = {FIR__TEXT("kill"), FIR__TEXT("stop")};

const fir__param_def fir__local_exec_params[FIR__LOCAL_EXEC_PARAMS] = {
    {
        .name = FIR__TEXT("argv"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_REQUIRED | FIR__P_FIRST_PLAIN,
        .sink = FIR_SINK_ARGV,
        .description = FIR__TEXT("The program, by the absolute path that the configuration allows, and its arguments. The path "
                                 "holds no template; an argument is one argument whatever it holds."),
    },
    {
        .name = FIR__TEXT("undo_argv"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_FIRST_PLAIN,
        .sink = FIR_SINK_ARGV,
        .description = FIR__TEXT("The program and arguments that undo it."),
    },
    {
        .name = FIR__TEXT("environment"),
        .type = FIR__P_MAP,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("Its environment: PATH=/usr/bin:/bin and these. Nothing of this process."),
    },
    {
        .name = FIR__TEXT("stdin"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = inputs,
        .n_choices = sizeof inputs / sizeof *inputs,
        .default_text = FIR__TEXT("none"),
        .description = FIR__TEXT("What it reads: nothing, or the alert as JSON."),
    },
    {
        .name = FIR__TEXT("timeout"),
        .type = FIR__P_DURATION,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("30s"),
        .least = 1000000,
        .most = INT64_C(600000000000),
        .description = FIR__TEXT("How long it may run; then it and what it started get SIGTERM, and two seconds later SIGKILL."),
    },
};

const fir__param_def fir__local_kill_params[FIR__LOCAL_KILL_PARAMS] = {
    {
        .name = FIR__TEXT("pid"),
        .type = FIR__P_STRING,
        .flags = FIR__P_IS_TARGET,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{proc.pid}}"),
        .description = FIR__TEXT("The process."),
    },
    {
        .name = FIR__TEXT("signal"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = signals,
        .n_choices = sizeof signals / sizeof *signals,
        .default_text = FIR__TEXT("kill"),
        .description = FIR__TEXT("kill ends it; stop halts it, and can be undone."),
    },
    {
        .name = FIR__TEXT("started"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{proc.pid.ts}}"),
        .description =
            FIR__TEXT("When the process began, in nanoseconds since the epoch. Another process by that number is left alone."),
    },
    {
        .name = FIR__TEXT("container"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{container.id}}"),
        .description = FIR__TEXT("The container that the process must be in, or host."),
    },
    {
        .name = FIR__TEXT("before"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{time}}"),
        .description = FIR__TEXT("It must have begun before this, RFC 3339."),
    },
};
