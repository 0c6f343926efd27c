/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests a second an engine brings to a web server, and how many mere libcurl does that sends the same bodies over as
 * many kept-alive connections. One process, in turns; the best turn of each counts, so that many short turns find the moments in
 * which a busy machine let them be.
 *
 * usage: dispatch URL [REQUESTS [TURNS [SIDE WIDTH]]]   (dispatch.py starts the server; SIDE: libcurl or engine, alone, for a
 * profiler) */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <falcoir/falcoir.h>

enum { MOST = 64, BATCH = 100, QUEUED = 1000, BODY = 600 };

static const char *url;
static char body[BODY + 1];
static long requests = 500; /* of a turn */

typedef struct cost {
    double wall, cpu; /* seconds; cpu: of this process, so without the server's */
} cost;

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static cost now(void)
{
    struct timespec t;
    struct rusage u;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    (void)getrusage(RUSAGE_SELF, &u);
    return (cost){(double)t.tv_sec + (double)t.tv_nsec / 1e9, seconds(u.ru_utime) + seconds(u.ru_stime)};
}

static cost since(cost start)
{
    cost end = now();
    return (cost){end.wall - start.wall, end.cpu - start.cpu};
}

static void must(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "dispatch: %s\n", what);
        exit(1);
    }
}

/* ---- mere libcurl ---- */

static size_t drop(char *p, size_t size, size_t count, void *user)
{
    (void)p;
    (void)user;
    return size * count;
}

static CURL *make_post(struct curl_slist *headers)
{
    CURL *e = curl_easy_init();
    must(e != NULL && curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK, "libcurl does not start");
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)BODY);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, drop);
    (void)curl_easy_setopt(e, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    return e;
}

static void must_succeed(CURL *e, CURLcode rc)
{
    long status = 0;
    (void)curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
    must(rc == CURLE_OK && status / 100 == 2, "a request of mere libcurl failed");
}

static void loop(struct curl_slist *headers)
{
    CURL *e = make_post(headers);
    for (long i = 0; i < requests; i++) {
        must_succeed(e, curl_easy_perform(e));
    }
    curl_easy_cleanup(e);
}

static void loop_multi(struct curl_slist *headers, long width)
{
    CURLM *m = curl_multi_init();
    CURL *all[MOST];
    long begun = 0, ended = 0;
    for (; begun < width; begun++) {
        all[begun] = make_post(headers);
        (void)curl_multi_add_handle(m, all[begun]);
    }
    while (ended < requests) {
        int running, left;
        const CURLMsg *msg;
        must(curl_multi_perform(m, &running) == CURLM_OK, "curl_multi_perform failed");
        long before = ended;
        while ((msg = curl_multi_info_read(m, &left)) != NULL) {
            CURL *e = msg->easy_handle;
            must_succeed(e, msg->data.result);
            (void)curl_multi_remove_handle(m, e);
            ended++;
            if (begun < requests) {
                begun++;
                (void)curl_multi_add_handle(m, e);
            }
        }
        if (ended == before) {
            (void)curl_multi_poll(m, NULL, 0, 1000, NULL);
        }
    }
    for (long i = 0; i < width; i++) {
        curl_easy_cleanup(all[i]);
    }
    (void)curl_multi_cleanup(m);
}

static cost mere(long width)
{
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), "Accept:");
    cost start = now();
    if (width == 1) {
        loop(headers);
    } else {
        loop_multi(headers, width);
    }
    cost c = since(start);
    curl_slist_free_all(headers);
    return c;
}

/* ---- an engine ---- */

static fir_playbook *make_playbook(void)
{
    char text[2048];
    fir_error err = {0};
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    int n = snprintf(text, sizeof text,
                     "- rule: R\n  condition: proc.name = sh\n  actions:\n    - action: a\n      use: http:webhook\n"
                     "      parameters: {url: '%s', body: '%s'}\n",
                     url, body);
    must(n > 0 && (size_t)n < sizeof text && fir_compiler_new(NULL, NULL, &k, &err) == 0 &&
             fir_compiler_add(k, "bench", text, (size_t)n, &err) == 0 && fir_compiler_build(k, &p, &err) == 0,
         err.message);
    fir_compiler_free(k);
    return p;
}

static size_t make_alerts(char *p, size_t size, long from)
{
    size_t n = 0;
    for (long i = from; i < from + BATCH; i++) {
        n += (size_t)snprintf(p + n, size - n,
                              "{\"hostname\":\"n\",\"output\":\"A shell was started (command=sh -c id)\",\"output_fields\":"
                              "{\"container.id\":\"3f2a9c81d0e4\",\"k8s.ns.name\":\"prod\",\"proc.name\":\"sh\",\"proc.pid\":%ld},"
                              "\"priority\":\"Warning\",\"rule\":\"R\",\"source\":\"syscall\","
                              "\"time\":\"2026-07-14T09:21:33.%09ldZ\"}\n",
                              i, i);
    }
    return n;
}

static long count_succeeded(fir_engine *g)
{
    long n = 0;
    for (uint64_t after = 0, next = 0;; after = next) {
        fir_buf json;
        must(fir_engine_outcomes_json(g, after, 0, &next, &json, NULL) == 0, "no outcomes");
        for (const char *p = json.ptr; (p = strstr(p, "\"status\":\"succeeded\"")) != NULL; p++) {
            n++;
        }
        fir_buf_dispose(&json);
        if (next == after) {
            return n;
        }
    }
}

static cost sum(cost a, cost b)
{
    return (cost){a.wall + b.wall, a.cpu + b.cpu};
}

static cost better(cost a, cost b)
{
    return (cost){a.wall < b.wall ? a.wall : b.wall, a.cpu < b.cpu ? a.cpu : b.cpu};
}

typedef struct work {
    cost taking;  /* alerts read, planned and accepted */
    cost sending; /* what was accepted, until its outcomes are told */
} work;

static work ours(const fir_playbook *p, long width)
{
    static char alerts[BATCH * 400];
    fir_engine_options o = {.size = sizeof o, .max_in_flight = (uint32_t)width, .flags = FIR_ENGINE_AS_OF_ALERTS};
    fir_engine *g = NULL;
    fir_error err = {0};
    work w = {{0, 0}, {0, 0}};
    must(fir_engine_new(&o, NULL, p, &g, &err) == 0, err.message);
    for (long i = 0; i < requests; i += BATCH) {
        size_t n = make_alerts(alerts, sizeof alerts, i);
        cost start = now();
        must(fir_engine_submit(g, alerts, n, NULL, &err) == 0, err.message);
        w.taking = sum(w.taking, since(start));
        if ((i + BATCH) % QUEUED != 0 && i + BATCH < requests) {
            continue;
        }
        int rc = 0;
        start = now();
        while (rc == 0) {
            rc = fir_engine_poll(g, 1000000, &err); /* that nothing is left is told behind the wait */
        }
        must(rc == FIR_EAGAIN, err.message);
        w.sending = sum(w.sending, since(start));
    }
    must(count_succeeded(g) == requests, "an action of the engine's failed");
    fir_engine_free(g);
    return w;
}

static void compare(const fir_playbook *p, long width, int turns)
{
    cost curl = {1e9, 1e9}, whole = curl, sending = curl;
    for (int i = 0; i < turns; i++) {
        curl = better(curl, mere(width));
        work w = ours(p, width);
        sending = better(sending, w.sending);
        whole = better(whole, sum(w.taking, w.sending));
    }
    double n = (double)requests / 1e6;
    (void)printf("%ld %.1f %.1f %.1f %.1f %.1f %.1f\n", width, curl.wall / n, sending.wall / n, whole.wall / n, curl.cpu / n,
                 sending.cpu / n, whole.cpu / n);
    (void)fflush(stdout);
}

static void run_alone(const fir_playbook *p, const char *side, long width, int turns)
{
    bool curl = strcmp(side, "libcurl") == 0;
    must((curl || strcmp(side, "engine") == 0) && width >= 1 && width <= MOST, "SIDE is libcurl or engine, WIDTH 1 to 64");
    for (int i = 0; i < turns; i++) {
        if (curl) {
            (void)mere(width);
        } else {
            (void)ours(p, width);
        }
    }
}

int main(int argc, char **argv)
{
    must(argc > 1, "usage: dispatch URL [REQUESTS [TURNS [SIDE WIDTH]]]");
    url = argv[1];
    requests = argc > 2 ? atol(argv[2]) / BATCH * BATCH : requests;
    int turns = argc > 3 ? atoi(argv[3]) : 40;
    must(requests >= MOST && turns > 0, "too few requests or turns");
    memset(body, 'x', BODY);
    memcpy(body, "{\"text\":\"", 9);
    memcpy(body + BODY - 2, "\"}", 2);
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl does not start");
    fir_playbook *p = make_playbook();
    if (argc > 5) {
        run_alone(p, argv[4], atol(argv[5]), turns);
    } else {
        compare(p, 1, turns);
        compare(p, 8, turns);
    }
    fir_playbook_unref(p);
    return 0;
}
