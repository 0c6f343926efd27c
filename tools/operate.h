/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for the engine that owns a data directory. */
#ifndef FALCOIR_TOOLS_OPERATE_H
#define FALCOIR_TOOLS_OPERATE_H

#include "command.h"

/* Sends a command about an id (NULL: about none) with --who, --why and --wait, and says what came of it. An id may be given by
 * its beginning. */
int operate(const arguments *a, const char *verb, const char *id, bool yes);

#endif
