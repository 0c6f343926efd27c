/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/codes.h"

const fir__yaml_code_def fir__yaml_codes[] = {
#define FIR__YAML_ROW(name, code, severity, title) {code, severity, title},
    FIR__YAML_CODES(FIR__YAML_ROW)
#undef FIR__YAML_ROW
};
