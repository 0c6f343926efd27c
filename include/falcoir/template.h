/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file template.h
 * One template, alone: compiled once, rendered per alert. Its sink decides how values are escaped (docs/templates.md).
 */
#ifndef FALCOIR_TEMPLATE_H
#define FALCOIR_TEMPLATE_H

#include <falcoir/base.h>
#include <falcoir/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_template fir_template;

/** How a template is written. */
enum {
    FIR_SYNTAX_FALCOIR = 0, /**< {{field}}, and the part of Go templates that falcosidekick's users write */
    FIR_SYNTAX_FALCO = 1,   /**< Falco's output format: %proc.name */
    FIR_SYNTAX_TALON = 2    /**< Talon's variables: ${PROC_NAME}; the alert's fields only, never the environment */
};

/** Where a rendered value goes. The numbers never change. */
enum {
    FIR_SINK_TEXT = 0,      /**< text, log line: controls, ANSI and bidi characters made visible */
    FIR_SINK_JSON = 1,      /**< a JSON text: escaped inside a string, a JSON value outside */
    FIR_SINK_URL = 2,       /**< path segment or query value by position; scheme, host and port hold no template */
    FIR_SINK_HEADER = 3,    /**< a header value: controls made visible */
    FIR_SINK_FORM = 4,      /**< application/x-www-form-urlencoded */
    FIR_SINK_ARGV = 5,      /**< one argument of a program */
    FIR_SINK_K8S_NAME = 6,  /**< a Kubernetes object name */
    FIR_SINK_K8S_LABEL = 7, /**< a Kubernetes label value */
    FIR_SINK_SLACK = 8,     /**< Slack mrkdwn */
    FIR_SINK_HTML = 9,
    FIR_SINK_MARKDOWN = 10,
    FIR_SINK_RAW = 11 /**< bytes as they are */
};

/** Options of a template. */
typedef struct fir_template_options {
    size_t size; /**< sizeof(fir_template_options) */
    const fir_allocator *allocator;
    int32_t syntax;      /**< FIR_SYNTAX_*, default falcoir */
    int32_t sink;        /**< FIR_SINK_*, default text */
    uint32_t max_output; /**< bytes of one rendering; default 1 MiB */
    uint32_t flags;      /**< none yet: 0 */
} fir_template_options;

/**
 * Compiles a template. The text is not needed afterwards.
 * Ownership: *out is the caller's, fir_template_free. Threads: any.
 * Errors: FIR_ECOMPILE with the place, FIR_ELIMIT, FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_template_compile(const char *text, size_t n, const fir_template_options *o, fir_template **out, fir_error *err);

/**
 * Renders for an alert. Output of an expansion is never looked at again.
 * Ownership: fir_buf_dispose(out). Threads: t and e may be shared.
 * Errors: FIR_ETYPE (a value the sink refuses, or a missing one that is required), FIR_ELIMIT, FIR_ENOMEM, FIR_ESTATE. Since 0.1.
 */
FIR_API int fir_template_render(const fir_template *t, const fir_event *e, fir_buf *out, fir_error *err);

/** Threads: one; nobody may be using t. Since 0.1. */
FIR_API void fir_template_free(fir_template *t);

#ifdef __cplusplus
}
#endif
#endif
