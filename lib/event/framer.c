/* SPDX-License-Identifier: Apache-2.0 */
/* Linear: a byte is looked at once, and once more when a broken object may have swallowed the alert behind it (`again`). What is
 * decided hangs on the bytes alone, never on the pieces in which they came. */
#include "event/framer.h"

#include "json/scan.h"

enum { BETWEEN, OBJECT, OVER, TEXT, JUNK, SKIP, REMAINS };

enum { GO_ON = 1 }; /* a step's answer: call the step of the new state */

void fir__framer_init(fir__framer *f, uint64_t max_bytes)
{
    memset(f, 0, sizeof *f);
    f->max_bytes = max_bytes;
    f->line = 1;
    f->fresh = true;
}

static uint64_t end_of(const fir__window *w)
{
    return w->base + w->len;
}

static const char *bytes_at(const fir__window *w, uint64_t offset)
{
    return w->ptr + (offset - w->base);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Nothing of what the window holds is left, and no frame is open. */
static int ran_out(fir__framer *f, const fir__window *w)
{
    if (!w->last) {
        return FIR_EAGAIN;
    }
    f->state = BETWEEN;
    return GO_ON;
}

/* What lies before `at` is done with; it begins a line. */
static void begin_line_at(fir__framer *f, uint64_t at, uint64_t line)
{
    f->at = f->line_at = at;
    f->line = line;
    f->indent = 0;
    f->fresh = true;
}

/* The end of a line that ends before `end`, without a carriage return. */
static uint64_t without_cr(const fir__window *w, uint64_t begin, uint64_t end)
{
    return end > begin && *bytes_at(w, end - 1) == '\r' ? end - 1 : end;
}

/* Between frames. */

static void begin_frame(fir__framer *f, uint8_t state, const char *problem)
{
    f->frame = (fir__frame){f->at, f->at, f->line, f->at - f->line_at + 1, state != OBJECT, f->in_array, problem};
    f->state = state;
    f->scanned = f->at;
    f->fresh = false;
}

static void begin_object(fir__framer *f)
{
    begin_frame(f, OBJECT, NULL);
    f->scan = (fir__frame_scan){.indent = f->indent, .line = f->line, .line_at = f->line_at};
}

/* Passes over what may stand between frames. 0: a frame begins at `at`. */
static int pass_between(fir__framer *f, const fir__window *w)
{
    static const char mark[3] = {'\xEF', '\xBB', '\xBF'};
    for (uint64_t end = end_of(w); f->at < end; f->at++) {
        const char *p = bytes_at(w, f->at);
        if (*p == '\n') {
            begin_line_at(f, f->at, f->line + 1);
            f->line_at++;
        } else if (is_blank(*p)) {
            f->indent += f->fresh;
        } else if (*p == mark[0]) {
            size_t n = (size_t)lesser(end - f->at, sizeof mark);
            if (memcmp(p, mark, n) != 0 || (n < sizeof mark && w->last)) {
                return 0;
            }
            if (n < sizeof mark) {
                return FIR_EAGAIN;
            }
            f->at += sizeof mark - 1;
        } else if (f->in_array ? *p == ',' || *p == ']' : *p == '[') {
            f->in_array = *p != ']';
            f->fresh = false;
        } else {
            return 0;
        }
    }
    return w->last ? FIR_ENOTFOUND : FIR_EAGAIN;
}

static int step_between(fir__framer *f, const fir__window *w, fir__frame *out)
{
    int code = pass_between(f, w);
    if (code == FIR_ENOTFOUND && f->in_array) {
        begin_frame(f, BETWEEN, "the input ends before its array does");
        f->in_array = false;
        *out = f->frame;
        return FIR_EPARSE;
    }
    if (code != 0) {
        return code;
    }
    if (*bytes_at(w, f->at) == '{') {
        begin_object(f);
    } else if (f->in_array) { /* elements follow no longer: what comes behind it is anyone's guess */
        begin_frame(f, JUNK, "an element of an array that is no object");
        f->in_array = false;
        f->remains = false;
    } else {
        begin_frame(f, TEXT, NULL);
    }
    return GO_ON;
}

/* Lines. */

/* Looks for the line feed from `scanned` on, not from `stop` on. */
static bool find_newline(fir__framer *f, const fir__window *w, uint64_t stop)
{
    stop = lesser(stop, end_of(w));
    if (f->scanned >= stop) {
        return false;
    }
    const char *from = bytes_at(w, f->scanned);
    const char *p = memchr(from, '\n', (size_t)(stop - f->scanned));
    f->scanned = p != NULL ? f->scanned + (uint64_t)(p - from) : stop;
    return p != NULL;
}

/* A frame that ends with its line, a whole one or a refused one. */
static int step_line(fir__framer *f, const fir__window *w, fir__frame *out)
{
    uint64_t stop = f->frame.begin + f->max_bytes + 1;
    bool found = find_newline(f, w, stop);
    bool too_long = !found && f->scanned == stop;
    if (!found && !too_long && !w->last) {
        return FIR_EAGAIN;
    }
    int code = f->state == JUNK ? FIR_EPARSE : too_long ? FIR_ELIMIT : 0;
    f->frame.end = too_long ? stop - 1 : without_cr(w, f->frame.begin, f->scanned);
    *out = f->frame;
    f->remains = f->remains && f->state == JUNK;
    f->at = f->scanned;
    f->state = SKIP; /* over the line feed, if nothing else */
    return code;
}

static int step_skip(fir__framer *f, const fir__window *w, fir__frame *out)
{
    (void)out;
    bool found = find_newline(f, w, UINT64_MAX);
    f->at = f->scanned;
    if (!found) {
        return ran_out(f, w);
    }
    begin_line_at(f, f->at + 1, f->line + 1);
    f->scanned = f->at;
    f->state = f->remains ? REMAINS : BETWEEN;
    return GO_ON;
}

/* At the begin of a line behind a refused object: is it the object's rest? */
static int step_remains(fir__framer *f, const fir__window *w, fir__frame *out)
{
    (void)out;
    for (; f->at < end_of(w); f->at++) {
        char c = *bytes_at(w, f->at);
        if (c == '\n') {
            begin_line_at(f, f->at, f->line + 1);
            f->line_at++;
        } else if (is_blank(c)) {
            f->indent++;
        } else {
            bool deeper = f->indent > f->scan.indent;
            bool closes_array = c == ']' && f->in_array && !deeper;
            bool rest = deeper || (memchr("\"}],:", c, 5) != NULL && !closes_array);
            f->scanned = f->at;
            f->state = rest ? SKIP : BETWEEN;
            return GO_ON;
        }
    }
    return ran_out(f, w);
}

/* Objects. */

typedef enum verdict { MORE, WHOLE, BROKEN_HERE, BROKEN_BEFORE } verdict;

/* Jumps to the byte that ends a string or breaks it. */
static verdict scan_string(fir__frame_scan *s, const char **at, const char *end)
{
    const char *p = *at;
    while (p < end && s->in_string) {
        if (!s->escape) {
            p += fir__scan_bounded(p, (size_t)(end - p));
            while (p < end && (unsigned char)*p >= 0x80) {
                p++;
            }
            if (p == end) {
                break;
            }
        }
        if (*p == '\n') {
            *at = p;
            return BROKEN_HERE;
        }
        s->in_string = s->escape || *p != '"';
        s->escape = !s->escape && *p == '\\';
        p++;
    }
    *at = p;
    return MORE;
}

static bool in_array_of(const fir__frame_scan *s)
{
    return s->depth <= 64 && (s->arrays >> (s->depth - 1) & 1) != 0;
}

/* The first byte of a line inside of an object. Pretty-printed JSON indents: a line that does not, and begins like an alert, is
 * the next alert, unless a value is wanted there. */
static verdict begin_line(fir__framer *f, char c)
{
    fir__frame_scan *s = &f->scan;
    s->fresh = false;
    if (s->indent > f->indent || (c != '{' && c != '[' && !fir__is_digit(c))) {
        return MORE;
    }
    if (s->last != ':' && s->last != '[' && (s->last != ',' || !in_array_of(s))) {
        return BROKEN_BEFORE;
    }
    if (c == '{' && s->again == 0) {
        s->again = s->line_at;
        s->again_line = s->line;
    }
    return MORE;
}

static verdict scan_bracket(fir__frame_scan *s, char c)
{
    bool array = c == '[' || c == ']';
    if (c == '{' || c == '[') {
        if (s->depth < 64) {
            s->arrays = (s->arrays & ~(UINT64_C(1) << s->depth)) | (uint64_t)array << s->depth;
        }
        s->depth++;
        return MORE;
    }
    if (s->depth <= 64 && in_array_of(s) != array) {
        return BROKEN_HERE;
    }
    return --s->depth == 0 ? WHOLE : MORE;
}

/* From `scanned` up to `stop`; `scanned` is then behind the closing brace, or at the byte that broke it. */
static verdict scan_object(fir__framer *f, const fir__window *w, uint64_t stop)
{
    fir__frame_scan *s = &f->scan;
    const char *from = bytes_at(w, f->scanned), *p = from;
    const char *end = from + (lesser(stop, end_of(w)) - f->scanned);
    verdict v = MORE;
    while (p < end && v == MORE) {
        if (s->in_string) {
            v = scan_string(s, &p, end);
            continue;
        }
        char c = *p;
        if (c == '\n') {
            s->line++;
            s->line_at = f->scanned + (uint64_t)(p - from) + 1;
            s->fresh = true;
            s->indent = 0;
        } else if (is_blank(c)) {
            s->indent += s->fresh;
        } else {
            v = s->fresh ? begin_line(f, c) : MORE;
            s->in_string = c == '"';
            if (v == MORE && (c == '{' || c == '[' || c == '}' || c == ']')) {
                v = scan_bracket(s, c);
            }
            s->last = c;
        }
        p += v == MORE || v == WHOLE;
    }
    f->scanned += (uint64_t)(p - from);
    return v;
}

/* The object is done with: the place behind it. */
static void leave_object(fir__framer *f)
{
    f->at = f->scanned;
    f->line = f->scan.line;
    f->line_at = f->scan.line_at;
    f->indent = f->scan.indent;
    f->fresh = false;
    f->state = BETWEEN;
}

/* The frame is refused up to the line that begins at `next`, where reading goes on. */
static int refuse_before(fir__framer *f, const fir__window *w, uint64_t next, uint64_t line, fir__frame *out)
{
    f->frame.end = without_cr(w, f->frame.begin, next - 1);
    *out = f->frame;
    begin_line_at(f, next, line);
    f->state = BETWEEN;
    return FIR_EPARSE;
}

static int refuse_object(fir__framer *f, const fir__window *w, verdict v, const char *problem, fir__frame *out)
{
    fir__frame_scan *s = &f->scan;
    f->frame.problem = problem;
    if (s->again != 0 && s->again >= f->floor) {
        f->floor = f->scanned;
        return refuse_before(f, w, s->again, s->again_line, out);
    }
    if (v == BROKEN_BEFORE) {
        return refuse_before(f, w, s->line_at, s->line, out);
    }
    uint64_t indent = f->indent;
    leave_object(f);
    f->at = f->frame.begin;
    s->indent = indent; /* the rest is told by the indentation of the frame's own line */
    f->state = JUNK;
    f->remains = true;
    return GO_ON;
}

static int step_object(fir__framer *f, const fir__window *w, fir__frame *out)
{
    uint64_t stop = f->frame.begin + f->max_bytes;
    verdict v = scan_object(f, w, stop);
    if (v == WHOLE) {
        f->frame.end = f->scanned;
        *out = f->frame;
        leave_object(f);
        return 0;
    }
    if (v != MORE) {
        return refuse_object(f, w, v,
                             v == BROKEN_BEFORE  ? "the next alert begins before this one has ended"
                             : f->scan.in_string ? "a line ends inside of a string"
                                                 : "a closing bracket of the wrong kind",
                             out);
    }
    if (f->scanned == stop) {
        f->frame.end = stop;
        *out = f->frame;
        f->at = stop;
        f->state = OVER;
        return FIR_ELIMIT;
    }
    return w->last ? refuse_object(f, w, BROKEN_HERE, "the input ends before this alert does", out) : FIR_EAGAIN;
}

/* An object that is too long, up to its end, without keeping it. */
static int step_over(fir__framer *f, const fir__window *w, fir__frame *out)
{
    (void)out;
    verdict v = scan_object(f, w, UINT64_MAX);
    uint64_t indent = f->indent;
    f->at = f->scanned;
    if (v == MORE) {
        return ran_out(f, w);
    }
    leave_object(f);
    if (v == BROKEN_BEFORE) {
        f->fresh = true;
    } else if (v == BROKEN_HERE) {
        f->scan.indent = indent;
        f->state = SKIP;
        f->remains = true;
    }
    return GO_ON;
}

int fir__framer_next(fir__framer *f, const fir__window *w, fir__frame *out)
{
    static int (*const steps[])(fir__framer *, const fir__window *, fir__frame *) = {
        step_between, step_object, step_over, step_line, step_line, step_skip, step_remains,
    };
    int code;
    do {
        code = steps[f->state](f, w, out);
    } while (code == GO_ON);
    return code;
}

/* The whole line. */

static bool find_line_end(fir__framer *f, const fir__window *w)
{
    if (f->newline < f->at) {
        f->newline = f->at;
        f->newline_found = false;
    }
    uint64_t end = end_of(w);
    if (!f->newline_found && f->newline < end) {
        const char *from = bytes_at(w, f->newline);
        const char *p = memchr(from, '\n', (size_t)(end - f->newline));
        f->newline_found = p != NULL;
        f->newline = p != NULL ? f->newline + (uint64_t)(p - from) : end;
    }
    return f->newline_found || w->last;
}

bool fir__framer_line(fir__framer *f, const fir__window *w, fir__frame *out)
{
    if (f->state == SKIP && !f->remains) {
        fir__frame none;
        (void)step_skip(f, w, &none);
    }
    if (f->state != BETWEEN || pass_between(f, w) != 0 || *bytes_at(w, f->at) != '{' || !find_line_end(f, w)) {
        return false;
    }
    if (f->newline == f->tried) {
        return false;
    }
    f->tried = f->newline;
    uint64_t end = f->newline;
    while (end > f->at && is_blank(*bytes_at(w, end - 1))) {
        end--;
    }
    if (f->in_array && end > f->at && *bytes_at(w, end - 1) == ',') {
        end--;
    }
    if (end - f->at > f->max_bytes || *bytes_at(w, end - 1) != '}') {
        return false;
    }
    *out = (fir__frame){f->at, end, f->line, f->at - f->line_at + 1, false, f->in_array, NULL};
    return true;
}

void fir__framer_take(fir__framer *f, const fir__frame *frame)
{
    f->at = frame->end;
    f->fresh = false;
}
