/* SPDX-License-Identifier: Apache-2.0 */
/* The gcp types through an engine with a scripted transport: what is sent, byte for byte, and what the answers come to. */
#include <check.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/call.h"
#include "action/env.h"
#include "action/gcp/types.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "support/cloud.h"
#include "support/failing.h"
#include "support/suite.h"

static cloud t;

#define FLAVOR .header = "Metadata-Flavor", .value = "Google"
#define NOW INT64_C(1784020001) /* the fake clock's */

/* {"alg":"RS256"}.{"exp":…}.c2ln */
static const char *identity_token(int64_t exp)
{
    static char text[2][300];
    static int turn;
    char claims[60];
    fir__sbuf b;
    turn = !turn;
    int n = snprintf(claims, sizeof claims, "{\"exp\":%lld}", (long long)exp);
    fir__sbuf_init(&b, &fir__default_allocator, 400);
    fir__base64_encode(&b, (fir_str){claims, (size_t)n});
    while (b.ptr[b.len - 1] == '=') {
        b.len--;
    }
    (void)snprintf(text[turn], sizeof text[turn], "eyJhbGciOiJSUzI1NiJ9.%.*s.c2ln", (int)b.len, b.ptr);
    fir__sbuf_free(&b);
    return text[turn];
}

static void check_call(size_t i, const char *token)
{
    char head[800];
    (void)snprintf(head, sizeof head, "Content-Type: application/json\nIdempotency-Key: %s\nAuthorization: Bearer %s\n",
                   cloud_action_id(&t), token);
    cloud_head(&t, i, head);
}

/* ---- functions, by the metadata server ---- */

START_TEST(function_by_metadata)
{
    char *token = strdup(identity_token(NOW + 3600));
    const fake_answer script[] = {{.body = token, FLAVOR}, {.body = "{\"isolated\":true}"}, {.body = "{}"}};
    cloud_init(&t);
    cloud_run(&t, CLOUD_RULE("gcp:function", 1, "url: 'https://europe-west1-p.cloudfunctions.net/isolate?x=1'"), script, 3);
    ck_assert_str_eq(world_outcomes(&t.w), "a:succeeded:1");
    ck_assert_uint_eq(t.w.fake.n, 2);
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->method, "GET");
    ck_assert_str_eq(q->url, "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"
                             "?audience=https%3A%2F%2Feurope-west1-p.cloudfunctions.net%2Fisolate&format=full");
    cloud_head(&t, 0, "Metadata-Flavor: Google\n");
    ck_assert_uint_eq(q->flags, FIR_HTTP_METADATA);
    ck_assert_str_eq(q->body, "");
    q = cloud_request(&t, 1);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://europe-west1-p.cloudfunctions.net/isolate?x=1");
    ck_assert_str_eq(q->body, CLOUD_ALERT);
    ck_assert_uint_eq(q->flags, 0);
    check_call(1, token);
    char *json = world_json(&t.w);
    ck_assert_ptr_null(strstr(json, token));
    free(json);
    /* the token is kept for the next alert */
    world_submit(&t.w, "{\"output\":\"x\",\"output_fields\":{\"proc.name\":\"sh\"},\"priority\":\"Warning\",\"rule\":\"Other\","
                       "\"time\":\"2026-07-14T09:21:34Z\"}");
    world_drain(&t.w);
    ck_assert_uint_eq(t.w.fake.n, 3);
    ck_assert_str_eq(cloud_request(&t, 2)->url, "https://europe-west1-p.cloudfunctions.net/isolate?x=1");
    world_close(&t.w);
    cloud_fini(&t);
    free(token);
}
END_TEST

START_TEST(tokens_end)
{
    static const int64_t lives[] = {59, 61, -5};
    static const size_t requests[] = {4, 3, 4}; /* of two alerts */
    for (size_t i = 0; i < 3; i++) {
        char *token = strdup(identity_token(NOW + lives[i]));
        const fake_answer script[] = {{.body = token, FLAVOR}, {.body = "{}"}, {.body = token, FLAVOR}, {.body = "{}"}};
        const fake_answer kept[] = {{.body = token, FLAVOR}, {.body = "{}"}, {.body = "{}"}};
        cloud_init(&t);
        cloud_run(&t, CLOUD_RULE("gcp:cloudrun", 1, "url: 'https://s-x.a.run.app/falco', body: '{\"r\": \"{{rule}}\"}'"),
                  requests[i] == 4 ? script : kept, requests[i]);
        ck_assert_str_eq(cloud_request(&t, 0)->url,
                         "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"
                         "?audience=https%3A%2F%2Fs-x.a.run.app&format=full");
        ck_assert_str_eq(cloud_request(&t, 1)->body, "{\"r\": \"Terminal shell in container\"}");
        world_submit(&t.w, "{\"output\":\"x\",\"output_fields\":{\"proc.name\":\"sh\"},\"priority\":\"Warning\",\"rule\":\"Other\","
                           "\"time\":\"2026-07-14T09:21:34Z\"}");
        world_drain(&t.w);
        ck_assert_str_eq(world_outcomes(&t.w), "a:succeeded:1 a:succeeded:1");
        ck_assert_uint_eq(t.w.fake.n, requests[i]);
        world_close(&t.w);
        cloud_fini(&t);
        free(token);
    }
}
END_TEST

START_TEST(one_fresh_token)
{
    char *old = strdup(identity_token(NOW + 3600)), *new = strdup(identity_token(NOW + 3700));
    const fake_answer script[] = {{.body = old, FLAVOR}, {.status = 401, .body = ""}, {.body = new, FLAVOR}, {.body = "{}"}};
    const fake_answer twice[] = {
        {.body = old, FLAVOR}, {.status = 401, .body = ""}, {.body = new, FLAVOR}, {.status = 401, .body = "<html>no</html>"}};
    cloud_init(&t);
    cloud_run(&t, CLOUD_RULE("gcp:cloudrun", 3, "url: 'https://s-x.a.run.app'"), script, 4);
    ck_assert_str_eq(world_outcomes(&t.w), "a:succeeded:1");
    ck_assert_uint_eq(t.w.fake.n, 4);
    check_call(1, old);
    check_call(3, new);
    world_close(&t.w);
    cloud_run(&t, CLOUD_RULE("gcp:cloudrun", 3, "url: 'https://s-x.a.run.app'"), twice, 4);
    ck_assert_str_eq(world_outcomes(&t.w), "a:failed:1");
    ck_assert_str_eq(world_error(&t.w, 0), "Cloud Run answered 401");
    ck_assert_uint_eq(t.w.fake.n, 4);
    world_close(&t.w);
    cloud_fini(&t);
    free(old);
    free(new);
}
END_TEST

START_TEST(names_of_functions)
{
    static const struct {
        const char *parameters, *config, *url, *error;
    } rows[] = {
        {"name: projects/p-1/locations/us-central1/functions/f_1", "", "https://us-central1-p-1.cloudfunctions.net/f_1", NULL},
        {"gcp_function_name: f, gcp_function_location: us-east1", "gcp: {project_id: conf}\n",
         "https://us-east1-conf.cloudfunctions.net/f", NULL},
        {"name: f, region: us-east1, projectid: own", "gcp: {project_id: conf}\n", "https://us-east1-own.cloudfunctions.net/f",
         NULL},
        {"name: f, location: us-east1", "", NULL,
         "Cloud Function: no project is known; give the action `project_id`, or the configuration gcp.project_id"},
        {"name: f, project_id: p", "", NULL,
         "Cloud Function: give `url`, or `function_name` and `location`, or the name projects/…/locations/…/functions/…"},
        {"name: f, project_id: 'p/evil.example#', location: us-east1", "", NULL, "Cloud Function: the project's id is none"},
        {"name: 'projects/p/locations/l.evil.example#/functions/f'", "", NULL,
         "Cloud Function: give `url`, or `function_name` and `location`, or the name projects/…/locations/…/functions/…"},
        {"url: 'ftp://x'", "", NULL, "Cloud Function: the url must begin with https://"},
    };
    char *token = strdup(identity_token(NOW + 3600));
    const fake_answer script[] = {{.body = token, FLAVOR}, {.body = "{}"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[600];
        (void)snprintf(yaml, sizeof yaml, "%scloudfunctions_output: {%s}\n", rows[i].config, rows[i].parameters);
        cloud_init(&t);
        cloud_run(&t, yaml, script, 2);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error != NULL ? rows[i].error : "");
        ck_assert_uint_eq(t.w.fake.n, rows[i].error != NULL ? 0 : 2);
        if (rows[i].url != NULL) {
            ck_assert_str_eq(cloud_request(&t, 1)->url, rows[i].url);
        }
        world_close(&t.w);
        cloud_fini(&t);
    }
    free(token);
}
END_TEST

/* ---- the metadata server's answers ---- */

START_TEST(metadata_refusals)
{
    static const struct {
        fake_answer answer;
        const char *error;
        int attempts;
    } rows[] = {
        {{.body = "a.b.c"}, "Cloud Run: what answers at the metadata server's address is not Google's: no Metadata-Flavor", 1},
        {{.body = "a.b.c", .header = "Metadata-Flavor", .value = "Other"},
         "Cloud Run: what answers at the metadata server's address is not Google's: no Metadata-Flavor",
         1},
        {{.status = 404, .body = "", FLAVOR},
         "Cloud Run: the metadata server knows no such service account; does this machine have one?",
         1},
        {{.status = 503, .body = "later", FLAVOR}, "the metadata server answered 503", 2},
        {{.body = "a token\r\nX: y", FLAVOR}, "Cloud Run: what came in place of a token is none", 2},
        {{.body = "", FLAVOR}, "Cloud Run: what came in place of a token is none", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[40];
        cloud_init(&t);
        cloud_run(&t, CLOUD_RULE("gcp:cloudrun", 2, "url: 'https://s-x.a.run.app'"), &rows[i].answer, 1);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error);
        (void)snprintf(want, sizeof want, "a:failed:%d", rows[i].attempts);
        ck_assert_str_eq(world_outcomes(&t.w), want);
        world_close(&t.w);
        cloud_fini(&t);
    }
}
END_TEST

START_TEST(metadata_by_other_ways)
{
    char *token = strdup(identity_token(NOW + 3600));
    const fake_answer script[] = {{.body = token, FLAVOR}, {.body = "{}"}};
    cloud_init(&t);
    cloud_set("GCE_METADATA_HOST", "127.0.0.1:8080");
    cloud_run(
        &t, "gcp: {service_account: 'a@p.iam.gserviceaccount.com'}\ncloudrun_output: {url: 'https://s.run.app', audience: 'x y'}\n",
        script, 2);
    ck_assert_str_eq(world_outcomes(&t.w), "cloudrun:succeeded:1");
    ck_assert_str_eq(cloud_request(&t, 0)->url,
                     "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/a@p.iam.gserviceaccount.com/identity"
                     "?audience=x%20y&format=full");
    world_close(&t.w);
    cloud_run(&t, "gcp: {metadata_host: '127.0.0.1/@evil.example'}\ncloudrun_output: {url: 'https://s.run.app'}\n", script, 2);
    ck_assert_str_eq(world_error(&t.w, 0), "Cloud Run: metadata_host must be a host and perhaps a port");
    world_close(&t.w);
    cloud_run(&t, "gcp: {service_account: '../../x'}\ncloudrun_output: {url: 'https://s.run.app'}\n", script, 2);
    ck_assert_str_eq(world_error(&t.w, 0), "Cloud Run: service_account must be the address of a service account");
    world_close(&t.w);
    /* without leave the environment is not asked */
    const fir_engine_options o = {.size = sizeof o};
    world_open(&t.w, "cloudrun_output: {url: 'https://s.run.app'}\n", &o);
    t.w.fake.script = script;
    t.w.fake.n_script = 2;
    world_submit(&t.w, world_alert);
    world_drain(&t.w);
    ck_assert_int_eq(strncmp(cloud_request(&t, 0)->url, "http://metadata.google.internal/", 32), 0);
    world_close(&t.w);
    cloud_fini(&t);
    free(token);
}
END_TEST

/* ---- a key in a file ---- */

static char *slurp(const char *command)
{
    static char text[8192];
    FILE *p = popen(command, "r");
    ck_assert_ptr_nonnull(p);
    size_t n = fread(text, 1, sizeof text - 1, p);
    text[n] = '\0';
    return pclose(p) == 0 ? text : NULL;
}

/* A service account's key file; false: there is no openssl here. */
static bool make_key_file(const char *options, const char *more)
{
    char command[300];
    (void)snprintf(command, sizeof command, "openssl genpkey %s 2>/dev/null > '%s/key.pem' && cat '%s/key.pem'", options, t.folder,
                   t.folder);
    const char *pem = slurp(command);
    if (pem == NULL) {
        return false;
    }
    json_t *j =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "service_account", "client_email", "falcoir@p.iam.gserviceaccount.com",
                  "private_key", pem, "private_key_id", "k-1", "project_id", "from-file");
    json_t *extra = json_loads(more, 0, NULL);
    ck_assert_int_eq(json_object_update(j, extra), 0);
    char *text = json_dumps(j, 0);
    (void)cloud_file(&t, "sa.json", text);
    free(text);
    json_decref(j);
    json_decref(extra);
    cloud_set("GOOGLE_APPLICATION_CREDENTIALS", t.path);
    return true;
}

static const char rsa[] = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";

/* A part of a token, decoded. */
static void decode(const char *from, size_t n, char *to, size_t room, size_t *len)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, room - 1);
    ck_assert(fir__base64_decode(&b, (fir_str){from, n}) && b.status == 0);
    memcpy(to, b.ptr, b.len);
    to[b.len] = '\0';
    *len = b.len;
    fir__sbuf_free(&b);
}

static void write_bytes(const char *name, const char *p, size_t n)
{
    char path[100];
    (void)snprintf(path, sizeof path, "%s/%s", t.folder, name);
    FILE *f = fopen(path, "w");
    ck_assert(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0);
}

/* The assertion in a form: its parts, and that openssl takes its signature. */
static void check_assertion(const char *body, const char *header, const char *claims)
{
    static const char start[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    char part[2000], command[400];
    size_t n;
    ck_assert_int_eq(strncmp(body, start, sizeof start - 1), 0);
    const char *jwt = body + sizeof start - 1, *first = strchr(jwt, '.'), *second = strrchr(jwt, '.');
    ck_assert(first != NULL && second > first && strpbrk(jwt, "=&+/ \n") == NULL);
    decode(jwt, (size_t)(first - jwt), part, sizeof part, &n);
    ck_assert_str_eq(part, header);
    decode(first + 1, (size_t)(second - first - 1), part, sizeof part, &n);
    ck_assert_str_eq(part, claims);
    decode(second + 1, strlen(second + 1), part, sizeof part, &n);
    ck_assert_uint_eq(n, 256);
    write_bytes("sig", part, n);
    write_bytes("data", jwt, (size_t)(second - jwt));
    (void)snprintf(
        command, sizeof command,
        "cd '%s' && openssl pkey -in key.pem -pubout -out pub.pem && openssl dgst -sha256 -verify pub.pem -signature sig data",
        t.folder);
    const char *said = slurp(command);
    ck_assert(said != NULL && strcmp(said, "Verified OK\n") == 0);
}

START_TEST(function_by_key_file)
{
    char answer[400], *token = strdup(identity_token(NOW + 3600));
    (void)snprintf(answer, sizeof answer, "{\"id_token\":\"%s\"}", token);
    const fake_answer script[] = {{.body = answer}, {.body = "{}"}};
    cloud_init(&t);
    if (!make_key_file(rsa, "{}")) {
        exit(77);
    }
    cloud_run(&t, "cloudrun_output: {url: 'https://s-x.a.run.app/falco'}\n", script, 2);
    ck_assert_str_eq(world_outcomes(&t.w), "cloudrun:succeeded:1");
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://oauth2.googleapis.com/token");
    ck_assert_uint_eq(q->flags, 0);
    cloud_head(&t, 0, "Content-Type: application/x-www-form-urlencoded\n");
    check_assertion(q->body, "{\"alg\":\"RS256\",\"kid\":\"k-1\",\"typ\":\"JWT\"}",
                    "{\"aud\":\"https://oauth2.googleapis.com/token\",\"exp\":1784023601,\"iat\":1784020001,"
                    "\"iss\":\"falcoir@p.iam.gserviceaccount.com\",\"target_audience\":\"https://s-x.a.run.app\"}");
    check_call(1, token);
    world_close(&t.w);
    cloud_fini(&t);
    free(token);
}
END_TEST

START_TEST(key_files)
{
    static const struct {
        const char *key, *more, *config, *url, *error;
    } rows[] = {
        {rsa, "{\"token_uri\":\"https://token.example/t\"}", "", "https://token.example/t", ""},
        {rsa, "{\"token_uri\":\"https://token.example/t\"}", "gcp: {token_endpoint: 'http://127.0.0.1:1/t', internal: true}\n",
         "http://127.0.0.1:1/t", ""},
        {rsa, "{\"token_uri\":\"http://token.example/t\"}", "", NULL,
         "Cloud Run: the token_uri of the credentials file is not https"},
        {rsa, "{\"type\":\"external_account\"}", "", NULL,
         "Cloud Run: the credentials file is no key of a service account (JSON with type service_account)"},
        {rsa, "{\"client_email\":\"\"}", "", NULL,
         "Cloud Run: the credentials file holds no client_email, or no private_key that can sign"},
        {rsa, "{\"private_key\":\"x\"}", "", NULL,
         "Cloud Run: the credentials file holds no client_email, or no private_key that can sign"},
        {"-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "{}", "", NULL,
         "Cloud Run: the credentials file holds no client_email, or no private_key that can sign"},
        {"-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "{}", "", NULL,
         "Cloud Run: the credentials file holds no client_email, or no private_key that can sign"},
        {"-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass pass:x", "{}", "", NULL,
         "Cloud Run: the credentials file holds no client_email, or no private_key that can sign"},
    };
    char answer[400];
    (void)snprintf(answer, sizeof answer, "{\"id_token\":\"%s\"}", identity_token(NOW + 3600));
    const fake_answer script[] = {{.body = answer}, {.body = "{}"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[300];
        (void)snprintf(yaml, sizeof yaml, "%scloudrun_output: {url: 'https://s-x.a.run.app'}\n", rows[i].config);
        cloud_init(&t);
        if (!make_key_file(rows[i].key, rows[i].more)) {
            exit(77);
        }
        cloud_run(&t, yaml, script, 2);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error);
        ck_assert_uint_eq(t.w.fake.n, rows[i].url != NULL ? 2 : 0);
        if (rows[i].url != NULL) {
            ck_assert_str_eq(cloud_request(&t, 0)->url, rows[i].url);
        }
        world_close(&t.w);
        cloud_fini(&t);
    }
}
END_TEST

START_TEST(token_endpoint_refusals)
{
    static const struct {
        fake_answer answer;
        const char *error;
    } rows[] = {
        {{.status = 400, .body = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT\\u001b[31m Signature.\"}"},
         "Google's token endpoint answered 400 invalid_grant: Invalid JWT [31m Signature."},
        {{.status = 302, .body = ""},
         "Google's token endpoint answered 302: redirects are not followed; use the address that it leads to"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cloud_init(&t);
        if (!make_key_file(rsa, "{}")) {
            exit(77);
        }
        cloud_run(&t, "cloudrun_output: {url: 'https://s-x.a.run.app'}\n", &rows[i].answer, 1);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error);
        ck_assert_str_eq(world_outcomes(&t.w), "cloudrun:failed:1");
        world_close(&t.w);
        cloud_fini(&t);
    }
    cloud_init(&t);
    cloud_set("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/sa.json");
    cloud_run(&t, "cloudrun_output: {url: 'https://s-x.a.run.app'}\n", NULL, 0);
    ck_assert_str_eq(world_error(&t.w, 0), "Cloud Run: secret {file: /nowhere/sa.json}: No such file or directory");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

/* ---- Pub/Sub ---- */

static const fake_answer access_token = {.body = "{\"access_token\":\"ya29.token\",\"expires_in\":3599,\"token_type\":\"Bearer\"}",
                                         FLAVOR};

static void check_message(const char *body, const char *attributes, const char *data, const char *order)
{
    char want[4096];
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 4096);
    fir__base64_encode(&b, (fir_str){data, strlen(data)});
    (void)snprintf(want, sizeof want, "{\"messages\":[{\"attributes\":{%s},\"data\":\"%.*s\"%s}]}", attributes, (int)b.len, b.ptr,
                   order);
    fir__sbuf_free(&b);
    ck_assert_str_eq(body, want);
}

START_TEST(pubsub)
{
    const fake_answer script[] = {access_token, {.body = "{\"messageIds\":[\"1\"]}"}};
    char attributes[400];
    cloud_init(&t);
    cloud_run(&t, "pubsub_output: {projectid: p-1, topic: alerts}\n", script, 2);
    ck_assert_str_eq(world_outcomes(&t.w), "pubsub:succeeded:1");
    ck_assert_str_eq(cloud_request(&t, 0)->url,
                     "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
                     "?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fpubsub");
    ck_assert_uint_eq(cloud_request(&t, 0)->flags, FIR_HTTP_METADATA);
    const fake_request *q = cloud_request(&t, 1);
    ck_assert_str_eq(q->url, "https://pubsub.googleapis.com/v1/projects/p-1/topics/alerts:publish");
    cloud_head(&t, 1, "Content-Type: application/json\nAuthorization: Bearer ya29.token\n");
    (void)snprintf(attributes, sizeof attributes,
                   "\"falcoir_action_id\":\"%s\",\"hostname\":\"node-1\",\"priority\":\"Warning\",\"rule\":\"Terminal shell in "
                   "container\",\"source\":\"syscall\"",
                   cloud_action_id(&t));
    check_message(q->body, attributes, CLOUD_ALERT, "");
    world_close(&t.w);
    cloud_run(&t,
              "pubsub_output: {topic: projects/other/topics/a.b, message: 'm {{rule}}', ordering_key: '{{hostname}}', "
              "attributes: {team: 'x{{k8s.ns.name}}', rule: 'mine \"', falcoir_action_id: z}}\n",
              script, 2);
    ck_assert_str_eq(cloud_request(&t, 1)->url, "https://pubsub.googleapis.com/v1/projects/other/topics/a.b:publish");
    check_message(
        cloud_request(&t, 1)->body,
        "\"hostname\":\"node-1\",\"priority\":\"Warning\",\"source\":\"syscall\",\"falcoir_action_id\":\"z\",\"rule\":\"mine "
        "\\\"\",\"team\":\"xprod-web\"",
        "m Terminal shell in container", ",\"orderingKey\":\"node-1\"");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(pubsub_elsewhere)
{
    const fake_answer emulator = {.body = "{\"messageIds\":[\"1\"]}"}, script[] = {access_token, emulator};
    cloud_init(&t);
    cloud_set("PUBSUB_EMULATOR_HOST", "pubsub:8085");
    cloud_set("GOOGLE_CLOUD_PROJECT", "env-p");
    cloud_run(&t, "pubsub_output: {topic: alerts}\n", &emulator, 1);
    ck_assert_str_eq(world_outcomes(&t.w), "pubsub:succeeded:1");
    ck_assert_uint_eq(t.w.fake.n, 1);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "http://pubsub:8085/v1/projects/env-p/topics/alerts:publish");
    cloud_head(&t, 0, "Content-Type: application/json\n");
    ck_assert_uint_eq(cloud_request(&t, 0)->flags, FIR_HTTP_INSECURE | FIR_HTTP_INTERNAL);
    world_close(&t.w);
    cloud_run(&t, "gcp: {pubsub_endpoint: 'https://pubsub.private/', internal: true}\npubsub_output: {topic: alerts}\n", script, 2);
    ck_assert_str_eq(cloud_request(&t, 1)->url, "https://pubsub.private/v1/projects/env-p/topics/alerts:publish");
    ck_assert_uint_eq(cloud_request(&t, 1)->flags, FIR_HTTP_INTERNAL);
    cloud_head(&t, 1, "Content-Type: application/json\nAuthorization: Bearer ya29.token\n");
    world_close(&t.w);
    cloud_run(&t, "gcp: {pubsub_endpoint: 'https://u@pubsub.private/v1'}\npubsub_output: {topic: alerts}\n", script, 2);
    ck_assert_str_eq(world_error(&t.w, 0),
                     "Pub/Sub: pubsub_endpoint must be https:// (or http://), a host, and perhaps a port; no more");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(pubsub_refusals)
{
    static const struct {
        const char *parameters;
        fake_answer answer;
        const char *error;
        size_t requests;
    } rows[] = {
        {"",
         {.status = 403,
          .body = "{\"error\":{\"code\":403,\"message\":\"User not authorized.\",\"status\":\"PERMISSION_DENIED\"}}"},
         "Pub/Sub answered 403 PERMISSION_DENIED: User not authorized.",
         2},
        {"", {.body = "{\"messageIds\":[]}"}, "Pub/Sub answered 200 without a message's id", 2},
        {"", {.body = "[]"}, "Pub/Sub: what Pub/Sub answered is no JSON object", 2},
        {", attributes: {googx: y}",
         {.status = 200},
         "Pub/Sub: an attribute's name is empty, longer than 256 bytes or begins with goog, or its value is no text",
         0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const fake_answer script[] = {access_token, rows[i].answer};
        char yaml[300];
        (void)snprintf(yaml, sizeof yaml, "pubsub_output: {topic: alerts, project_id: p%s}\n", rows[i].parameters);
        cloud_init(&t);
        cloud_run(&t, yaml, script, 2);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error);
        ck_assert_uint_eq(t.w.fake.n, rows[i].requests);
        world_close(&t.w);
        cloud_fini(&t);
    }
    cloud_init(&t);
    cloud_run(&t, "pubsub_output: {topic: 'a/../../x', project_id: p}\n", NULL, 0);
    ck_assert_str_eq(world_error(&t.w, 0), "Pub/Sub: the topic is neither a name nor projects/…/topics/…");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

/* ---- without memory ---- */

static int64_t frozen(void *self)
{
    (void)self;
    return NOW * 1000000000;
}

typedef struct sweep {
    int (*advance)(void *self, fir_call *c);
    fir__data config, params;
    const char *first; /* the token endpoint's answer */
} sweep;

static int attempt(const sweep *x, const fir__action_env *env, const fir_allocator *a)
{
    fir_call *c = malloc(sizeof *c);
    fir_http_result answer = {.size = sizeof answer, .status = 200};
    fir__call_init(c, a);
    c->event = fir__cstr(world_alert);
    c->action_id = FIR__S("0123");
    c->params = x->params;
    int rc = x->advance((void *)(uintptr_t)env, c);
    for (int i = 0; rc == FIR_CALL_REQUEST; i++) {
        ck_assert_int_lt(i, 2);
        answer.body = fir__cstr(i == 0 ? x->first : "{\"messageIds\":[\"1\"]}");
        c->response = &answer;
        rc = x->advance((void *)(uintptr_t)env, c);
    }
    fir__call_free(c);
    free(c);
    return rc;
}

static int attempt_alone(void *ctx, const fir_allocator *a)
{
    const sweep *x = ctx;
    fir__secrets *secrets = NULL;
    fir__tokens *tokens = NULL;
    fir_clock clock = {.size = sizeof clock, .mono_ns = frozen, .wall_ns = frozen};
    int rc = fir__secrets_new(a, false, &secrets, NULL);
    rc = rc != 0 ? rc : fir__tokens_new(a, &tokens);
    const fir__action_env env = {a, &clock, secrets, &x->config, false, tokens};
    rc = rc != 0 ? rc : attempt(x, &env, a);
    fir__tokens_free(tokens);
    fir__secrets_free(secrets);
    return rc;
}

START_TEST(every_allocation_may_fail)
{
    char answer[400];
    cloud_init(&t);
    if (!make_key_file(rsa, "{}")) {
        exit(77);
    }
    (void)snprintf(answer, sizeof answer, "{\"id_token\":\"%s\"}", identity_token(NOW + 3600));
    fir__entry setting = {.key = FIR__S("credentials_file"), .value = fir__data_text(fir__cstr(t.path))};
    fir__entry gcp = {.key = FIR__S("gcp"), .value = {.type = FIR__DATA_MAP, .count = 1, .entries = &setting}};
    fir__entry topic = {.key = FIR__S("topic"), .value = fir__data_text(FIR__S("alerts"))};
    fir__entry url = {.key = FIR__S("url"), .value = fir__data_text(FIR__S("https://s.run.app/x"))};
    sweep x = {fir__gcp_pubsub_advance,
               {.type = FIR__DATA_MAP, .count = 1, .entries = &gcp},
               {.type = FIR__DATA_MAP, .count = 1, .entries = &topic},
               access_token.body};
    ck_assert_int_gt(fir_test_sweep("pubsub", attempt_alone, &x), 20);
    x.advance = fir__gcp_cloudrun_advance;
    x.params.entries = &url;
    x.first = answer;
    ck_assert_int_gt(fir_test_sweep("cloudrun", attempt_alone, &x), 20);
    cloud_fini(&t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("gcp");
    TCase *c = tcase_create("gcp");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, function_by_metadata);
    tcase_add_test(c, tokens_end);
    tcase_add_test(c, one_fresh_token);
    tcase_add_test(c, names_of_functions);
    tcase_add_test(c, metadata_refusals);
    tcase_add_test(c, metadata_by_other_ways);
    tcase_add_test(c, function_by_key_file);
    tcase_add_test(c, key_files);
    tcase_add_test(c, token_endpoint_refusals);
    tcase_add_test(c, pubsub);
    tcase_add_test(c, pubsub_elsewhere);
    tcase_add_test(c, pubsub_refusals);
    tcase_add_test(c, every_allocation_may_fail);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
