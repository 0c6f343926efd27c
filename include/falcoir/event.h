/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file event.h
 * Falco's alert: read from any of the forms in which it travels, looked into, written back.
 *
 * An event is reused: parse the next alert into it and no memory is allocated once its buffers have grown to the size
 * of the alerts. After a successful parse it is read-only and may be shared until it is parsed again or freed.
 */
#ifndef FALCOIR_EVENT_H
#define FALCOIR_EVENT_H

#include <falcoir/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fir_event fir_event;
typedef struct fir_reader fir_reader;

/** Types of a fir_value. */
enum {
    FIR_VALUE_NULL = 0,
    FIR_VALUE_BOOL = 1,   /**< i is 0 or 1 */
    FIR_VALUE_INT = 2,    /**< i */
    FIR_VALUE_UINT = 3,   /**< u, above INT64_MAX */
    FIR_VALUE_DOUBLE = 4, /**< d; s is the number as the alert wrote it */
    FIR_VALUE_STRING = 5, /**< s */
    FIR_VALUE_LIST = 6,   /**< count elements: ask again with their index */
    FIR_VALUE_OBJECT = 7  /**< s is its JSON text (Falco sends none; forwarders may) */
};

/** Asks for the value itself and not for an element of a list. */
#define FIR_WHOLE UINT32_MAX

/** A value of an alert. Numbers have their source text in s as well. s is borrowed from the event. */
typedef struct fir_value {
    int32_t type;
    uint32_t count; /**< elements of a list, else 1 */
    int64_t i;
    uint64_t u;
    double d;
    fir_str s;
} fir_value;

/** How an alert was written. */
enum {
    FIR_FORM_JSON = 1,           /**< Falco's JSON */
    FIR_FORM_TEXT = 2,           /**< Falco's plain text line, raw: anyone who names a file can forge one */
    FIR_FORM_ESCAPED = 3,        /**< Falco's plain text line, escaped as newer versions do; or raw and made to look so */
    FIR_FORM_JSON_AFTER_TEXT = 4 /**< Falco's JSON, behind plain text in one stream: it may stand in a file's name there */
};

/** What an alert was wrapped in. */
enum {
    FIR_ENVELOPE_NONE = 0,
    FIR_ENVELOPE_EVENT = 1, /**< {"event": …} of Splunk and falcosidekick-ui */
    FIR_ENVELOPE_SNS = 2,
    FIR_ENVELOPE_SQS = 3,
    FIR_ENVELOPE_LAMBDA_SNS = 4, /**< Records[].Sns.Message */
    FIR_ENVELOPE_PUBSUB = 5,     /**< message.data, base64 */
    FIR_ENVELOPE_CLOUDEVENT = 6, /**< structured CloudEvents, data or data_base64 */
    FIR_ENVELOPE_KINESIS = 7,    /**< Records[].kinesis.data, base64 */
    FIR_ENVELOPE_ARRAY = 8,      /**< an array of alerts */
    FIR_ENVELOPE_EVENTBRIDGE = 9 /**< {"detail": …} of EventBridge */
};

/** What the reader had to put right. */
enum {
    FIR_EVENT_REPLACED_UTF8 = 1u << 0, /**< invalid UTF-8 became U+FFFD */
    FIR_EVENT_HAS_NUL = 1u << 1,       /**< a string holds U+0000; it is kept */
    FIR_EVENT_NO_TIME = 1u << 2,       /**< no time, or only a time of day: time is 0 */
    FIR_EVENT_NO_FIELDS = 1u << 3,     /**< no output_fields */
    FIR_EVENT_INTERNAL = 1u << 4       /**< Falco's own: source is "internal" */
};

/** About one parsed alert. */
typedef struct fir_event_info {
    int32_t form;     /**< FIR_FORM_* */
    int32_t envelope; /**< FIR_ENVELOPE_* */
    uint32_t flags;   /**< FIR_EVENT_* */
    int32_t priority; /**< Falco's number, 0 emergency … 7 debug; -1 unknown */
    int64_t time_ns;  /**< since the epoch, UTC; 0 with FIR_EVENT_NO_TIME */
    uint32_t fields;  /**< entries of output_fields */
    uint32_t reserved[5];
} fir_event_info;

/** Options of an event. 0 in a number means the default. */
typedef struct fir_event_options {
    size_t size; /**< sizeof(fir_event_options) */
    const fir_allocator *allocator;
    uint64_t max_bytes;  /**< of one alert as it came; default 256 KiB */
    uint32_t max_depth;  /**< of nesting; default and most 64 */
    uint32_t max_fields; /**< default 1024 */
    uint32_t flags;      /**< none yet: 0 */
    uint32_t reserved;
} fir_event_options;

/**
 * Makes an event to parse alerts into.
 * Ownership: *out is the caller's, fir_event_free. Threads: any. Errors: FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_event_new(const fir_event_options *o, fir_event **out, fir_error *err);

/**
 * Reads exactly one alert: Falco's JSON or text of any version, falcosidekick's and Talon's forms, one level of envelope.
 * The bytes are copied once and not needed afterwards. info may be NULL.
 * On failure the event is empty and can be parsed into again.
 * Threads: one at a time; FIR_EBUSY tells of a second.
 * Errors: FIR_EPARSE with the place (a duplicate key too; an envelope with several alerts wants a fir_reader),
 *         FIR_ELIMIT, FIR_ENOMEM, FIR_EBUSY. Since 0.1.
 */
FIR_API int fir_event_parse(fir_event *e, const void *p, size_t n, fir_event_info *info, fir_error *err);

/**
 * Looks a value up by name: an entry of output_fields, or a property (rule, priority, source, hostname, tags, output,
 * message, time, uuid; "alert.rule" … name the property where a field has the same name).
 * index: FIR_WHOLE, or the element of a list.
 * Ownership: out->s is borrowed from the event until the next parse or free. Threads: any, after the parse.
 * Errors: FIR_ENOTFOUND, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_event_get(const fir_event *e, const char *name, size_t n, uint32_t index, fir_value *out);

/**
 * The i-th entry of output_fields, in the order of the alert; FIR_ENOTFOUND ends.
 * Ownership and threads as fir_event_get. Since 0.1.
 */
FIR_API int fir_event_field_at(const fir_event *e, size_t i, fir_str *name, fir_value *out);

/**
 * The alert's identity: SHA-256 over source, rule, time, hostname and the canonical output_fields (docs/plan.md).
 * Computed at each call. out32: 32 bytes. Threads: any, after the parse.
 * Errors: FIR_ESTATE (nothing parsed), FIR_ENOMEM, FIR_EINTERNAL. Since 0.1.
 */
FIR_API int fir_event_id(const fir_event *e, uint8_t *out32, fir_error *err);

/**
 * The alert as canonical JSON: keys sorted bytewise at all levels, no blanks, numbers as they came.
 * Ownership: fir_buf_dispose(out). Threads: any, after the parse. Errors: FIR_ESTATE, FIR_ENOMEM. Since 0.1.
 */
FIR_API int fir_event_to_json(const fir_event *e, fir_buf *out, fir_error *err);

/** Threads: one. Since 0.1. */
FIR_API void fir_event_free(fir_event *e);

/** Options of a reader. 0 in a number means the default. */
typedef struct fir_reader_options {
    size_t size; /**< sizeof(fir_reader_options) */
    const fir_allocator *allocator;
    uint64_t max_bytes; /**< of one alert or envelope; default 1 MiB. A longer one is FIR_ELIMIT, and reading goes on behind it */
    uint32_t flags;     /**< none yet: 0 */
    uint32_t reserved;
} fir_reader_options;

/**
 * Makes a reader of streams: NDJSON, concatenated or pretty-printed JSON, an array, plain text lines, envelopes with
 * several alerts; told apart by the first byte of each. A broken alert costs itself and nothing else: reading goes on at the next
 * line, or, when the broken one had more lines, at the next that is not indented more than its first and begins like an alert.
 * A line of plain text is an alert or is refused; what follows a raw newline inside of an alert is never joined to it. JSON behind
 * a plain text alert has the form FIR_FORM_JSON_AFTER_TEXT.
 * Ownership: *out is the caller's, fir_reader_free. Threads: any. Errors: FIR_ENOMEM, FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_reader_new(const fir_reader_options *o, fir_reader **out, fir_error *err);

/**
 * Gives the reader the next bytes, cut anywhere; they are copied. last: nothing will follow. Read all alerts before the next feed:
 * then the reader holds about the largest feed and max_bytes at most.
 * Threads: one at a time. Errors: FIR_ENOMEM (nothing was taken), FIR_ESTATE (after last), FIR_ELIMIT (more than 1 GiB is not read
 * yet), FIR_EINVAL, FIR_EBUSY. Since 0.1.
 */
FIR_API int fir_reader_feed(fir_reader *r, const void *p, size_t n, int32_t last, fir_error *err);

/**
 * Parses the next alert into e; *line is the line on which it began (from 1), also of one that is refused. line, info may be NULL.
 * Places in err count in the stream.
 * Threads: one at a time, for r and e. Errors: FIR_EAGAIN: feed more; FIR_EPARSE, FIR_ELIMIT: this one is skipped, go on;
 * FIR_ENOTFOUND: the end; FIR_ENOMEM: call again, nothing is lost; FIR_EINVAL, FIR_EBUSY. Since 0.1.
 */
FIR_API int fir_reader_next(fir_reader *r, fir_event *e, uint64_t *line, fir_event_info *info, fir_error *err);

/**
 * The bytes of the stream from which the last alert of fir_reader_next (read or refused) came, without the newline at their end;
 * empty before there is one. Borrowed from the reader until the next feed or next. Alerts of one envelope share its bytes.
 * Threads: one at a time. Errors: FIR_EINVAL. Since 0.1.
 */
FIR_API int fir_reader_text(const fir_reader *r, fir_str *out);

/** Threads: one. Since 0.1. */
FIR_API void fir_reader_free(fir_reader *r);

#ifdef __cplusplus
}
#endif
#endif
