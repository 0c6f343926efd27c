/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine says to its host while it works: one JSON object a line. A line that cannot be made is not said. */
#include <stdarg.h>
#include <stdio.h>

#include "engine/private.h"
#include "json/writer.h"

enum { MAX_LINE = 64 * 1024 };

static fir_str level_name(int32_t level)
{
    static const fir_str names[] = {{"error", 5}, {"error", 5}, {"warning", 7}, {"info", 4}, {"debug", 5}};
    return names[level >= FIR_LOG_ERROR && level <= FIR_LOG_DEBUG ? level : 0];
}

static void say(fir_engine *g, int32_t level, fir_str message, fir_str outcome)
{
    fir__sbuf b;
    fir__sbuf time;
    fir__sbuf_init(&b, &g->allocator, MAX_LINE);
    fir__sbuf_init(&time, &g->allocator, 64);
    fir__time_format(&time, g->clock.wall_ns(g->clock.self));
    fir__json_writer w = {&b, false};
    fir__json_open(&w, '{');
    fir__json_key_str(&w, FIR__S("level"), level_name(level));
    fir__json_key_str(&w, FIR__S("message"), message);
    if (outcome.len != 0) {
        fir__json_key(&w, FIR__S("outcome"));
        fir__sbuf_str(&b, outcome);
        fir__json_done(&w);
    }
    fir__json_key_str(&w, FIR__S("time"), fir__sbuf_view(&time));
    fir__json_close(&w, '}');
    fir__sbuf_char(&b, '\0');
    if (b.status == 0) {
        pthread_mutex_lock(&g->log_lock); /* so that the host's function need not be ready for two threads at once */
        fir__inside_begin(&g->logging);
        (void)g->log(g->log_user, level, b.ptr, b.len - 1);
        fir__inside_end(&g->logging);
        pthread_mutex_unlock(&g->log_lock);
    }
    fir__sbuf_free(&time);
    fir__sbuf_free(&b);
}

void fir__log(fir_engine *g, int32_t level, const char *format, ...)
{
    char text[512];
    if (g->log == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(g, level, fir__cstr(text), (fir_str){NULL, 0});
}

void fir__log_outcome(fir_engine *g, int32_t level, fir_str outcome)
{
    if (g->log != NULL) {
        say(g, level, FIR__S("outcome"), outcome);
    }
}
