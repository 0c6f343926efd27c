/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file falcoir.h
 * libfalcoir: answers Falco alerts. This header includes the others; each can be included alone too.
 */
#ifndef FALCOIR_FALCOIR_H
#define FALCOIR_FALCOIR_H

#include <falcoir/base.h>
#include <falcoir/condition.h>
#include <falcoir/engine.h>
#include <falcoir/event.h>
#include <falcoir/journal.h>
#include <falcoir/plan.h>
#include <falcoir/playbook.h>
#include <falcoir/template.h>

#endif
