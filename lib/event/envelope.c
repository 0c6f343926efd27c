/* SPDX-License-Identifier: Apache-2.0 */
/* What alerts are wrapped in on their way: the answers of queues and topics, the requests of log collectors, arrays. One level is
 * opened. */
#include "base/digest.h"
#include "event/memory.h"
#include "json/reader.h"

/* The members that tell an envelope. */
enum {
    EVENT,
    TYPE,
    MESSAGE,
    SUBSCRIBE_URL,
    RECORDS,
    MESSAGES,
    PUBSUB,
    SPECVERSION,
    DATA,
    DATA_BASE64,
    DETAIL,
    SAMPLE,
    AWSLOGS,
    TOP
};
static const fir_str top_names[TOP] = {
    {"event", 5},        {"Type", 4}, {"Message", 7},      {"SubscribeURL", 12}, {"Records", 7}, {"Messages", 8}, {"message", 7},
    {"specversion", 11}, {"data", 4}, {"data_base64", 11}, {"detail", 6},        {"sample", 6},  {"awslogs", 7},
};

typedef struct opener {
    fir__json_reader r;
    fir_str source;
    fir__arena *arena;
    fir__envelope *out;
    fir_error *err;
} opener;

static int fail_json(opener *o)
{
    return fir__json_error(&o->r, o->source, o->err);
}

static int no_room(opener *o)
{
    int code = fir__arena_error(o->arena);
    return code == FIR_ENOMEM ? fir__no_memory(o->err) : fir__fail(o->err, code, "the envelope needs too much memory");
}

/* Goes back to a value that was skipped before; skipping left it as it was. */
static void go_to(opener *o, fir_str raw)
{
    o->r.at = o->r.begin + (raw.ptr - o->r.begin);
}

static char first_of(fir_str raw)
{
    return raw.len != 0 ? raw.ptr[0] : '\0';
}

/* The texts of an object's members, by `names`; ptr NULL: absent. A known name twice is refused: which one counts is anyone's
 * guess. An object is read only once, since keys are unescaped in place. */
static int read_members(opener *o, fir_str object, const fir_str *names, size_t count, fir_str *raw)
{
    memset(raw, 0, count * sizeof *raw);
    go_to(o, object);
    if (!fir__json_enter(&o->r)) {
        return fail_json(o);
    }
    bool more = fir__json_peek(&o->r) != '}';
    if (!more) {
        fir__json_leave(&o->r);
    }
    while (more) {
        fir_str key = {NULL, 0}, value = {NULL, 0};
        if (!fir__json_read_key(&o->r, &key)) {
            return fail_json(o);
        }
        size_t i = 0;
        while (i < count && !fir__str_eq(key, names[i])) {
            i++;
        }
        if (i < count && raw[i].ptr != NULL) {
            return fir__fail(o->err, FIR_EPARSE, "the key \"%s\" stands twice in the envelope", names[i].ptr);
        }
        if (!fir__json_skip(&o->r, &value) || !fir__json_next(&o->r, '}', &more)) {
            return fail_json(o);
        }
        if (i < count) {
            raw[i] = value;
        }
    }
    return 0;
}

static int make_payloads(opener *o, int32_t kind, uint32_t count)
{
    o->out->kind = kind;
    o->out->count = count;
    o->out->payloads = fir__arena_array(o->arena, count, sizeof *o->out->payloads);
    return o->out->payloads != NULL ? 0 : no_room(o);
}

/* A payload that is an object, or text in a string. Of anything else nothing is taken. */
static int take_plain(opener *o, fir_str raw, fir_str *out)
{
    if (first_of(raw) == '{') {
        *out = raw;
    } else if (first_of(raw) == '"') {
        go_to(o, raw);
        return fir__json_read_string(&o->r, out) ? 0 : fail_json(o);
    }
    return 0;
}

/* A payload in base64. What is none is no payload. */
static int take_base64(opener *o, fir_str raw, fir_str *out)
{
    fir_str text;
    if (first_of(raw) != '"') {
        return 0;
    }
    go_to(o, raw);
    if (!fir__json_read_string(&o->r, &text)) {
        return fail_json(o);
    }
    fir__sbuf b;
    fir__sbuf_init(&b, &o->arena->allocator, text.len);
    bool good = fir__base64_decode(&b, text);
    fir_str copy = {NULL, 0};
    if (good) {
        copy = fir__arena_str(o->arena, fir__sbuf_view(&b));
    }
    int status = b.status;
    fir__sbuf_free(&b);
    if (status == FIR_ENOMEM) {
        return fir__no_memory(o->err);
    }
    if (good && copy.ptr == NULL) {
        return no_room(o);
    }
    *out = copy;
    return 0;
}

typedef int taker(opener *o, fir_str raw, fir_str *out);

static int open_single(opener *o, int32_t kind, taker *take, fir_str raw)
{
    int code = make_payloads(o, kind, 1);
    return code != 0 ? code : take(o, raw, &o->out->payloads[0]);
}

/* Envelopes with a list of records: where the payload stands in each. */
typedef struct record_kind {
    int32_t kind;
    fir_str member, inner; /* inner: a member of the member's object */
    taker *take;
} record_kind;

static const record_kind record_kinds[] = {
    {FIR_ENVELOPE_SQS, {"body", 4}, {NULL, 0}, take_plain},
    {FIR_ENVELOPE_SQS, {"Body", 4}, {NULL, 0}, take_plain},
    {FIR_ENVELOPE_LAMBDA_SNS, {"Sns", 3}, {"Message", 7}, take_plain},
    {FIR_ENVELOPE_KINESIS, {"kinesis", 7}, {"data", 4}, take_base64},
};
enum { RECORD_KINDS = sizeof record_kinds / sizeof *record_kinds };

static int open_record(opener *o, fir_str record, fir_str *out)
{
    fir_str names[RECORD_KINDS], raw[RECORD_KINDS];
    for (size_t i = 0; i < RECORD_KINDS; i++) {
        names[i] = record_kinds[i].member;
    }
    int code = read_members(o, record, names, RECORD_KINDS, raw);
    const record_kind *k = record_kinds;
    while (code == 0 && k < record_kinds + RECORD_KINDS && raw[k - record_kinds].ptr == NULL) {
        k++;
    }
    if (code != 0 || k == record_kinds + RECORD_KINDS) {
        return code;
    }
    fir_str value = raw[k - record_kinds];
    if (k->inner.ptr != NULL) {
        code = first_of(value) == '{' ? read_members(o, value, &k->inner, 1, &value) : 0;
    }
    if (o->out->kind == FIR_ENVELOPE_ARRAY) {
        o->out->kind = k->kind; /* the first record's */
    }
    return code != 0 || o->out->kind != k->kind ? code : k->take(o, value, out);
}

/* A step through an array: its next element. At the end raw->ptr is NULL. */
static int next_element(opener *o, bool *more, fir_str *raw)
{
    *raw = (fir_str){NULL, 0};
    if (!*more) {
        return 0;
    }
    return fir__json_skip(&o->r, raw) && fir__json_next(&o->r, ']', more) ? 0 : fail_json(o);
}

static int enter_array(opener *o, fir_str array, bool *more)
{
    go_to(o, array);
    if (!fir__json_enter(&o->r)) {
        return fail_json(o);
    }
    *more = fir__json_peek(&o->r) != ']';
    if (!*more) {
        fir__json_leave(&o->r);
    }
    return 0;
}

/* The elements of an array as payloads. */
static int open_array(opener *o, fir_str array)
{
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++) { /* count, then keep */
        bool more = false;
        fir_str raw = {NULL, 0};
        int code = enter_array(o, array, &more);
        code = code == 0 && pass == 1 ? make_payloads(o, FIR_ENVELOPE_ARRAY, count) : code;
        count = 0;
        while (code == 0 && more) {
            code = next_element(o, &more, &raw);
            if (code == 0 && pass == 1 && first_of(raw) == '{') {
                o->out->payloads[count] = raw;
            }
            count++;
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* FIR_ENOTFOUND: the first record is of no kind that holds alerts. */
static int open_records(opener *o, fir_str array)
{
    int code = first_of(array) == '[' ? open_array(o, array) : FIR_ENOTFOUND;
    for (uint32_t i = 0; code == 0 && i < o->out->count; i++) {
        fir_str record = o->out->payloads[i], text = {NULL, 0};
        code = record.ptr != NULL ? open_record(o, record, &text) : 0;
        o->out->payloads[i] = text;
    }
    return code == 0 && o->out->kind == FIR_ENVELOPE_ARRAY ? FIR_ENOTFOUND : code;
}

static int open_pubsub(opener *o, fir_str message)
{
    static const fir_str name = {"data", 4};
    fir_str data;
    int code = first_of(message) == '{' ? read_members(o, message, &name, 1, &data) : FIR_ENOTFOUND;
    return code != 0 ? code : data.ptr == NULL ? FIR_ENOTFOUND : open_single(o, FIR_ENVELOPE_PUBSUB, take_base64, data);
}

/* JSON that people send by mistake, told by a member. */
static const struct {
    uint8_t member;
    const char *what;
} strangers[] = {
    {SAMPLE, "a line of Falco's metrics file, no alert"},
    {AWSLOGS, "data of CloudWatch Logs, which is compressed: send it unpacked"},
    {SUBSCRIBE_URL, "an SNS subscription that wants to be confirmed, no alert"},
    {RECORDS, "records that hold no alerts"},
};

static int refuse_stranger(opener *o, const fir_str *raw)
{
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        if (raw[strangers[i].member].ptr != NULL) {
            return fir__fail(o->err, FIR_ENOTFOUND, "%s", strangers[i].what);
        }
    }
    return fir__fail(o->err, FIR_ENOTFOUND,
                     "a JSON object that is neither a Falco alert (it has no \"rule\") nor a known envelope");
}

static bool is_text(fir_str raw, fir_str wanted)
{
    return raw.len == wanted.len + 2 && raw.ptr[0] == '"' && memcmp(raw.ptr + 1, wanted.ptr, wanted.len) == 0;
}

static bool holds_text(fir_str raw)
{
    return first_of(raw) == '{' || first_of(raw) == '"';
}

static int open_known(opener *o, const fir_str *raw)
{
    if (holds_text(raw[EVENT])) {
        return open_single(o, FIR_ENVELOPE_EVENT, take_plain, raw[EVENT]);
    }
    if (first_of(raw[SPECVERSION]) == '"' && (holds_text(raw[DATA]) || first_of(raw[DATA_BASE64]) == '"')) {
        if (raw[DATA].ptr != NULL && raw[DATA_BASE64].ptr != NULL) {
            return fir__fail(o->err, FIR_EPARSE, "a CloudEvent with both data and data_base64");
        }
        bool plain = raw[DATA].ptr != NULL;
        return open_single(o, FIR_ENVELOPE_CLOUDEVENT, plain ? take_plain : take_base64, raw[plain ? DATA : DATA_BASE64]);
    }
    if (is_text(raw[TYPE], FIR__S("Notification")) && first_of(raw[MESSAGE]) == '"') {
        return open_single(o, FIR_ENVELOPE_SNS, take_plain, raw[MESSAGE]);
    }
    if (raw[RECORDS].ptr != NULL) {
        return open_records(o, raw[RECORDS]);
    }
    if (raw[MESSAGES].ptr != NULL) {
        return open_records(o, raw[MESSAGES]);
    }
    if (raw[PUBSUB].ptr != NULL) {
        return open_pubsub(o, raw[PUBSUB]);
    }
    if (first_of(raw[DETAIL]) == '{') {
        return open_single(o, FIR_ENVELOPE_EVENTBRIDGE, take_plain, raw[DETAIL]);
    }
    return FIR_ENOTFOUND;
}

/* The whole text as one value, so that its syntax is known to be right before anything is taken from it. */
static int check_syntax(opener *o, fir_str *whole)
{
    (void)fir__json_peek(&o->r);
    return fir__json_skip(&o->r, whole) && fir__json_finish(&o->r) ? 0 : fail_json(o);
}

int fir__envelope_open(fir_str text, fir__envelope *out, fir__arena *arena, fir_error *err)
{
    *out = (fir__envelope){0};
    opener o = {.source = text, .arena = arena, .out = out, .err = err};
    char *buffer = fir__arena_alloc(arena, text.len + FIR__JSON_PADDING); /* read in place */
    if (buffer == NULL) {
        return no_room(&o);
    }
    memcpy(buffer, text.ptr, text.len);
    memset(buffer + text.len, 0, FIR__JSON_PADDING);
    fir__json_start(&o.r, buffer, text.len, FIR__JSON_MOST_DEPTH, arena);
    fir_str whole, raw[TOP];
    int code = check_syntax(&o, &whole);
    if (code == 0 && first_of(whole) == '[') {
        return open_array(&o, whole);
    }
    if (code == 0 && first_of(whole) != '{') {
        return fir__fail(err, FIR_ENOTFOUND, "JSON that is no object, no alert");
    }
    code = code != 0 ? code : read_members(&o, whole, top_names, TOP, raw);
    if (code != 0) {
        return code;
    }
    code = open_known(&o, raw);
    return code == FIR_ENOTFOUND ? refuse_stranger(&o, raw) : code;
}

static bool is_json(fir_str payload)
{
    return fir__str_starts(fir__str_trim(payload), FIR__S("{")) || fir__str_starts(fir__str_trim(payload), FIR__S("["));
}

/* A JSON payload that is no alert: says what it is. */
static int refuse_payload(fir_event *e, fir_str payload, fir_error *err)
{
    fir__arena arena;
    fir__envelope inner;
    fir__arena_init(&arena, &e->allocator, 0);
    int code = fir__envelope_open(payload, &inner, &arena, err);
    fir__arena_free(&arena);
    if (code == 0) {
        return fir__fail(err, FIR_EPARSE,
                         "an envelope inside of an envelope: one is opened (from SNS to SQS, turn on raw message delivery)");
    }
    if (code == FIR_ENOTFOUND && err != NULL) {
        err->code = FIR_EPARSE;
    }
    return code == FIR_ENOTFOUND ? FIR_EPARSE : code;
}

int fir__envelope_read(const fir__envelope *v, uint32_t i, fir_event *e, fir_error *err)
{
    fir_str payload = v->payloads[i];
    fir__event_reset(e);
    if (payload.ptr == NULL) {
        return fir__fail(err, FIR_EPARSE, "part %u of the envelope holds no alert's text", (unsigned)i + 1);
    }
    int code = is_json(payload) ? FIR_ENOTFOUND : fir__event_read_text(e, payload, err);
    if (code == FIR_ENOTFOUND && fir__str_starts(fir__str_trim(payload), FIR__S("{"))) {
        code = fir__event_read_json(e, payload, err);
    }
    if (code == FIR_ENOTFOUND) {
        code = refuse_payload(e, payload, err);
    }
    if (code == 0) {
        e->info.envelope = v->kind;
    }
    return code;
}
