/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of local:file. */
#include "catalog/types.h"

const fir__param_def fir__local_file_params[FIR__LOCAL_FILE_PARAMS] = {
    {
        .name = FIR__TEXT("path"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE | FIR__P_ABSOLUTE,
        .aliases = FIR__TEXT("destination"),
        .description = FIR__TEXT("The file, from / on. It holds no template: an alert must not choose where something is written."),
    },
    {
        .name = FIR__TEXT("line"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{event.json}}"),
        .description = FIR__TEXT("What is appended, followed by a newline; the whole alert when not given."),
    },
};
