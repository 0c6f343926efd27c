/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one alert of 1.7 KB, as Falco writes it: into an event, and by jansson and yyjson for comparison. */
#include <falcoir/falcoir.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_YYJSON
#include <yyjson.h>
#endif

#include "bench/bench.h"
#include "support/vectors.h"

static char *text;
static size_t len;
static fir_event *event, *held; /* held: parsed once, for what is asked of an event */

static void must(int good)
{
    if (!good) {
        fprintf(stderr, "the alert was not read\n");
        abort();
    }
}

static void parse(void)
{
    must(fir_event_parse(event, text, len, NULL, NULL) == 0);
}

static void identify(void)
{
    uint8_t id[32];
    must(fir_event_id(held, id, NULL) == 0);
}

static void write_out(void)
{
    fir_buf b;
    must(fir_event_to_json(held, &b, NULL) == 0);
    fir_buf_dispose(&b);
}

static void parse_jansson(void)
{
    json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    must(v != NULL);
    json_decref(v);
}

#ifdef HAVE_YYJSON
static void parse_yyjson(void)
{
    yyjson_doc *d = yyjson_read(text, len, 0);
    must(d != NULL);
    yyjson_doc_free(d);
}
#endif

static const bench_case cases[] = {
    {"read_alert", parse, 11000, "jansson", 25, 800, 0}, {"event_id", identify, 0, NULL, 0, 2000, 0},
    {"event_to_json", write_out, 0, "jansson", 0, 0, 0}, {"jansson", parse_jansson, 0, NULL, 0, 0, 0},
#ifdef HAVE_YYJSON
    {"yyjson", parse_yyjson, 0, "jansson", 0, 0, 0},
#endif
};

int main(int argc, char **argv)
{
    text = fir_test_read_file(FIR_TEST_DIR "/bench/data/alert.json", &len);
    must(text != NULL && len > 0);
    len -= text[len - 1] == '\n';
    must(fir_event_new(NULL, &event, NULL) == 0 && fir_event_new(NULL, &held, NULL) == 0);
    must(fir_event_parse(held, text, len, NULL, NULL) == 0);
    int code = bench_main(argc, argv, cases, (int)(sizeof cases / sizeof cases[0]));
    fir_event_free(event);
    fir_event_free(held);
    free(text);
    return code;
}
