/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir send`: posts alerts to a responder as they are, to try things out. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "input.h"
#include "load.h"
#include "show.h"

#ifdef FALCOIR_SENDS
#include <curl/curl.h>

#define SECOND INT64_C(1000000000)

enum {
    MOST_ANSWER = 16 * 1024, /* of an answer is kept */
    SHOWN_ANSWER = 200,      /* of it to a person */
    CONNECT_MS = 5000,
    TIMEOUT_MS = 10000
};

typedef struct sender {
    const arguments *a;
    CURL *curl;
    struct curl_slist *headers, *json, *plain; /* of one's own; with each content type behind them */
    bool own_type;
    int64_t interval_ns, due_ns; /* 0: at once */
    char answer[MOST_ANSWER];
    size_t answer_len;
    uint64_t sent, refused;
    char error[CURL_ERROR_SIZE];
} sender;

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

/* "10", "10/s", "600/m": alerts in a second or a minute, as the time between two. */
static bool read_rate(const char *s, int64_t *interval_ns)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {{"", SECOND}, {"/s", SECOND}, {"/m", 60 * SECOND}, {"/h", 3600 * SECOND}};
    char *end;
    double n = strtod(s, &end);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (s[0] >= '0' && s[0] <= '9' && strcmp(end, units[i].unit) == 0 && n >= 0.001 && n <= 1e6) {
            *interval_ns = (int64_t)((double)units[i].ns / n);
            return true;
        }
    }
    return false;
}

/* Waits for the turn of the next alert. Who fell far behind does not make up for it in one burst. */
static void wait_turn(sender *s)
{
    int64_t now = now_ns();
    if (s->interval_ns == 0) {
        return;
    }
    if (s->due_ns == 0 || now - s->due_ns > SECOND) {
        s->due_ns = now;
    }
    const struct timespec until = {(time_t)(s->due_ns / SECOND), (long)(s->due_ns % SECOND)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
    s->due_ns += s->interval_ns;
}

/* ---- headers ---- */

static bool has_name(const char *header, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(header, name, n) == 0 && header[n] == ':';
}

static bool add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    *list = longer != NULL ? longer : *list;
    return longer != NULL;
}

/* One header; what is wrong with it is said without its value. */
static int add_header(sender *s, const char *text)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || text[strcspn(text, "\r\n")] != '\0') {
        return usage_error(s->a, "--header wants NAME: VALUE, or @FILE with such lines");
    }
    s->own_type = s->own_type || has_name(text, "Content-Type");
    return add(&s->headers, text) ? 0 : impossible(s->a, "out of memory");
}

/* The lines of a file, so that a token need not stand on the command line. */
static int add_headers_of(sender *s, const char *path)
{
    size_t n = 0;
    int code = 0;
    char *text = read_whole(path, &n);
    if (text == NULL) {
        return impossible(s->a, "%s: %s", path, strerror(errno));
    }
    for (char *line = text, *next; code == 0 && line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        line[strcspn(line, "\r")] = '\0';
        code = *line != '\0' ? add_header(s, line) : 0;
    }
    explicit_bzero(text, n);
    free(text);
    return code;
}

static int take_headers(sender *s)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < s->a->n_options; i++) {
        const char *value = s->a->options[i].value;
        if (strcmp(s->a->options[i].spec->name, "header") == 0) {
            code = value[0] == '@' ? add_headers_of(s, value + 1) : add_header(s, value);
        }
    }
    bool ok = add(&s->headers, "Expect:"); /* an answer of 100 is not waited for */
    for (const struct curl_slist *l = s->headers; ok && l != NULL; l = l->next) {
        ok = add(&s->json, l->data) && add(&s->plain, l->data);
    }
    ok = ok && (s->own_type || (add(&s->json, "Content-Type: application/json") && add(&s->plain, "Content-Type: text/plain")));
    return code != 0 || ok ? code : impossible(s->a, "out of memory");
}

/* ---- one alert ---- */

static size_t take_answer(char *p, size_t size, size_t count, void *user)
{
    sender *s = user;
    size_t n = size * count, room = sizeof s->answer - s->answer_len;
    memcpy(s->answer + s->answer_len, p, n < room ? n : room);
    s->answer_len += n < room ? n : room;
    return n;
}

static void show_answer(const sender *s, const input *in, long status)
{
    fir_value rule = {0};
    if (given(s->a, "json")) {
        json_t *answer = json_stringn(s->answer, s->answer_len); /* NULL: it is no UTF-8 */
        json_t *o = json_pack("{s:o*, s:I, s:i}", "answer", answer, "line", (json_int_t)input_line(in), "status", (int)status);
        put_json_line(o);
        json_decref(o);
        return;
    }
    (void)fir_event_get(input_event(in), "rule", 4, FIR_WHOLE, &rule);
    printf("%ld  ", status);
    (void)put_safe(stdout, rule.s.ptr, rule.s.len);
    if (status < 200 || status > 299) {
        fputs("  ", stdout);
        (void)put_safe(stdout, s->answer, s->answer_len < SHOWN_ANSWER ? s->answer_len : SHOWN_ANSWER);
    }
    putchar('\n');
}

static int post(sender *s, const input *in)
{
    fir_str text = input_text(in);
    bool json = text.len != 0 && (text.ptr[0] == '{' || text.ptr[0] == '[');
    long status = 0;
    s->answer_len = 0;
    s->error[0] = '\0';
    (void)curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, json ? s->json : s->plain);
    (void)curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, text.ptr);
    (void)curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)text.len);
    CURLcode rc = curl_easy_perform(s->curl);
    (void)curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK) {
        return impossible(s->a, "line %" PRIu64 ": %s", input_line(in), s->error[0] != '\0' ? s->error : curl_easy_strerror(rc));
    }
    s->sent++;
    s->refused += status < 200 || status > 299;
    show_answer(s, in, status);
    return 0;
}

static bool set_text(CURL *curl, CURLoption option, const char *value)
{
    return value == NULL || curl_easy_setopt(curl, option, value) == CURLE_OK;
}

static int set_up(sender *s)
{
    const char *rate = value_of(s->a, "rate"), *url = s->a->operands[0];
    if (rate != NULL && !read_rate(rate, &s->interval_ns)) {
        return usage_error(s->a, "--rate wants alerts a second as 10, or 600/m, not '%s'", rate);
    }
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0) {
        return usage_error(s->a, "the URL must begin with http:// or https://");
    }
    s->curl = curl_easy_init();
    if (s->curl == NULL) {
        return impossible(s->a, "out of memory");
    }
    bool ok = set_text(s->curl, CURLOPT_URL, url) && set_text(s->curl, CURLOPT_CAINFO, value_of(s->a, "ca-file")) &&
              set_text(s->curl, CURLOPT_SSLCERT, value_of(s->a, "client-cert")) &&
              set_text(s->curl, CURLOPT_SSLKEY, value_of(s->a, "client-key")) &&
              set_text(s->curl, CURLOPT_USERAGENT, "falcoir/" FIR_VERSION_STRING) &&
              set_text(s->curl, CURLOPT_PROXY, "") && /* the environment names none */
              set_text(s->curl, CURLOPT_PROTOCOLS_STR, "http,https") && curl_easy_setopt(s->curl, CURLOPT_POST, 1L) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, s->error) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
              curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s) == CURLE_OK;
    return ok ? take_headers(s) : impossible(s->a, "libcurl refuses an option");
}

static int send_all(sender *s, input *in)
{
    int code = 0;
    while (code == 0 && input_next(in)) {
        if (!input_text_again(in)) { /* an envelope goes once, however many alerts it holds */
            wait_turn(s);
            code = post(s, in);
        }
    }
    return code != 0 ? code : s->refused != 0 ? EXIT_NO : EXIT_FINE;
}

int run_send(const arguments *a)
{
    sender s = {.a = a};
    input *in = NULL;
    if (a->n_operands < 1 || a->n_operands > 2) {
        return usage_error(a, "wants a URL, and at most one file of alerts");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return impossible(a, "libcurl cannot be used");
    }
    int code = set_up(&s);
    code = code != 0 ? code : input_open(a, 1, &in);
    if (code == 0) {
        code = send_all(&s, in);
        code = input_close(in, code);
        fprintf(stderr, "%s: %" PRIu64 " sent, %" PRIu64 " refused\n", a->program, s.sent, s.refused);
    }
    curl_slist_free_all(s.headers);
    curl_slist_free_all(s.json);
    curl_slist_free_all(s.plain);
    curl_easy_cleanup(s.curl);
    return code;
}

#else

int run_send(const arguments *a)
{
    return impossible(a, "this falcoir was built without HTTP");
}

#endif
