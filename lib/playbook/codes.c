/* SPDX-License-Identifier: Apache-2.0 */
#include "playbook/codes.h"

const fir__playbook_code_def fir__playbook_codes[] = {
#define FIR__PLAYBOOK_ROW(name, code, severity, title) {code, severity, title},
    FIR__PLAYBOOK_CODES(FIR__PLAYBOOK_ROW)
#undef FIR__PLAYBOOK_ROW
};
