/* SPDX-License-Identifier: Apache-2.0 */
/* The azure types through an engine with a scripted transport: what is sent, byte for byte, and what the answers come to. The
 * signatures were computed by another program (Python's hmac). */
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cloud.h"
#include "support/suite.h"

static cloud t;

static void check_call(size_t i, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void check_call(size_t i, const char *format, ...)
{
    char head[1024], rest[800];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(rest, sizeof rest, format, args);
    va_end(args);
    (void)snprintf(head, sizeof head, "Content-Type: application/json\nIdempotency-Key: %s\n%s", cloud_action_id(&t), rest);
    cloud_head(&t, i, head);
}

static const fake_answer token = {.body =
                                      "{\"access_token\":\"eyJ.a.b\",\"client_id\":\"\",\"expires_in\":\"86399\","
                                      "\"expires_on\":\"1784106400\",\"ext_expires_in\":\"86399\",\"not_before\":\"1784019000\","
                                      "\"resource\":\"x\",\"token_type\":\"Bearer\"}"};

/* ---- functions ---- */

START_TEST(function_by_key)
{
    cloud_init(&t);
    cloud_set("FUNCTION_KEY", "k3y==");
    cloud_run(&t, "azure_function_output: {url: 'https://app.azurewebsites.net/api/isolate', function_key: {env: FUNCTION_KEY}}\n",
              NULL, 0);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:succeeded:1");
    ck_assert_uint_eq(t.w.fake.n, 1);
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->method, "POST");
    ck_assert_str_eq(q->url, "https://app.azurewebsites.net/api/isolate");
    ck_assert_str_eq(q->body, CLOUD_ALERT);
    ck_assert_uint_eq(q->flags, 0);
    check_call(0, "x-functions-key: k3y==\n");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

static const char protected_function[] =
    "azure_function_output: {url: 'https://app.azurewebsites.net/api/f', resource: 'api://b1', internal: true}\n";

START_TEST(function_by_machine)
{
    const fake_answer script[] = {token, {.status = 204, .body = ""}, {.status = 204, .body = ""}};
    cloud_init(&t);
    cloud_run(&t, protected_function, script, 3);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:succeeded:1");
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->method, "GET");
    ck_assert_str_eq(q->url,
                     "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2Fb1");
    ck_assert_uint_eq(q->flags, FIR_HTTP_METADATA);
    cloud_head(&t, 0, "Metadata: true\n");
    ck_assert_uint_eq(cloud_request(&t, 1)->flags, FIR_HTTP_INTERNAL);
    check_call(1, "Authorization: Bearer eyJ.a.b\n");
    world_submit(&t.w, "{\"output\":\"x\",\"output_fields\":{\"proc.name\":\"sh\"},\"priority\":\"Warning\",\"rule\":\"Other\","
                       "\"time\":\"2026-07-14T09:21:34Z\"}");
    world_drain(&t.w);
    ck_assert_uint_eq(t.w.fake.n, 3);
    ck_assert_str_eq(cloud_request(&t, 2)->url, "https://app.azurewebsites.net/api/f");
    world_close(&t.w);
    cloud_run(&t,
              "azure: {client_id: 11-22, metadata_endpoint: 'http://127.0.0.1:40342'}\nazure_function_output: {url: "
              "'https://app.azurewebsites.net/api/f', resource: r}\n",
              script, 3);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "http://127.0.0.1:40342/metadata/identity/oauth2/"
                                                "token?api-version=2018-02-01&resource=r&client_id=11-22");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(function_by_app_service)
{
    const fake_answer script[] = {{.body = "{\"access_token\":\"t.o.k\",\"expires_on\":\"1784020200\",\"token_type\":\"Bearer\"}"},
                                  {.body = "ok"}};
    cloud_init(&t);
    cloud_set("IDENTITY_ENDPOINT", "http://127.0.0.1:41741/MSI/token/");
    cloud_set("IDENTITY_HEADER", "header-secret");
    cloud_run(&t, protected_function, script, 2);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:succeeded:1");
    ck_assert_str_eq(cloud_request(&t, 0)->url, "http://127.0.0.1:41741/MSI/token/?api-version=2019-08-01&resource=api%3A%2F%2Fb1");
    ck_assert_uint_eq(cloud_request(&t, 0)->flags, FIR_HTTP_METADATA);
    cloud_head(&t, 0, "X-IDENTITY-HEADER: header-secret\n");
    check_call(1, "Authorization: Bearer t.o.k\n");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(function_by_workload)
{
    const fake_answer script[] = {token, {.body = "ok"}};
    cloud_init(&t);
    cloud_set("AZURE_TENANT_ID", "t-1");
    cloud_set("AZURE_CLIENT_ID", "c-1");
    cloud_set("AZURE_FEDERATED_TOKEN_FILE", cloud_file(&t, "token", "fed.era.ted\n"));
    cloud_run(&t, protected_function, script, 2);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:succeeded:1");
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->url, "https://login.microsoftonline.com/t-1/oauth2/v2.0/token");
    ck_assert_str_eq(
        q->body, "grant_type=client_credentials&client_id=c-1&scope=api%3A%2F%2Fb1%2F.default&client_assertion_type=urn%3Aietf%3A"
                 "params%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=fed.era.ted");
    ck_assert_uint_eq(q->flags, 0);
    cloud_head(&t, 0, "Content-Type: application/x-www-form-urlencoded\n");
    world_close(&t.w);
    /* a secret comes before it; the configuration before the environment */
    cloud_set("AZURE_CLIENT_SECRET", "s3cret value&");
    cloud_run(&t,
              "azure: {authority_host: 'https://login.microsoftonline.us/', tenant_id: t-2}\nazure_function_output: {url: "
              "'https://app.azurewebsites.net/api/f', resource: 'https://r/'}\n",
              script, 2);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "https://login.microsoftonline.us/t-2/oauth2/v2.0/token");
    ck_assert_str_eq(
        cloud_request(&t, 0)->body,
        "grant_type=client_credentials&client_id=c-1&scope=https%3A%2F%2Fr%2F.default&client_secret=s3cret%20value%26");
    world_close(&t.w);
    cloud_run(&t, "azure: {tenant_id: '../x'}\nazure_function_output: {url: 'https://app.azurewebsites.net/api/f', resource: r}\n",
              script, 2);
    ck_assert_str_eq(world_error(&t.w, 0), "Azure function: tenant_id or client_id is none");
    ck_assert_uint_eq(t.w.fake.n, 0);
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(one_fresh_token)
{
    const fake_answer other = {.body = "{\"access_token\":\"eyJ.new\",\"expires_in\":3600,\"token_type\":\"Bearer\"}"};
    const fake_answer script[] = {token, {.status = 401, .body = ""}, other, {.body = "ok"}};
    cloud_init(&t);
    cloud_run(&t, protected_function, script, 4);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:succeeded:1");
    check_call(1, "Authorization: Bearer eyJ.a.b\n");
    check_call(3, "Authorization: Bearer eyJ.new\n");
    world_close(&t.w);
    /* a key that is refused has no fresh one */
    const fake_answer no = {.status = 401, .body = ""};
    cloud_run(&t, "azure_function_output: {url: 'https://app.azurewebsites.net/api/f', function_key: abcdefgh}\n", &no, 1);
    ck_assert_str_eq(world_outcomes(&t.w), "azure_function:failed:1");
    ck_assert_str_eq(world_error(&t.w, 0), "Azure function answered 401");
    ck_assert_uint_eq(t.w.fake.n, 1);
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

START_TEST(tokens_that_are_none)
{
    static const struct {
        fake_answer answer;
        const char *error;
    } rows[] = {
        {{.status = 400, .body = "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}"},
         "the identity endpoint answered 400 invalid_request: Identity not found"},
        {{.body = "{\"access_token\":\"x\",\"token_type\":\"MAC\"}"},
         "Azure function: what the identity endpoint answered holds no bearer token"},
        {{.body = "{\"access_token\":7}"}, "Azure function: what the identity endpoint answered holds no bearer token"},
        {{.body = "{\"access_token\":\"a b\"}"}, "Azure function: what came in place of a token is none"},
        {{.body = "nothing"}, "Azure function: what the identity endpoint answered is no JSON object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cloud_init(&t);
        cloud_run(&t, protected_function, &rows[i].answer, 1);
        ck_assert_str_eq(world_error(&t.w, 0), rows[i].error);
        world_close(&t.w);
        cloud_fini(&t);
    }
}
END_TEST

/* ---- Event Grid ---- */

START_TEST(eventgrid)
{
    char want[2000];
    cloud_init(&t);
    cloud_run(&t, "eventgrid_output: {endpoint: 'https://falco.westeurope-1.eventgrid.azure.net', access_key: a2V5a2V5}\n", NULL,
              0);
    ck_assert_str_eq(world_outcomes(&t.w), "eventgrid:succeeded:1");
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->url, "https://falco.westeurope-1.eventgrid.azure.net/api/events?api-version=2018-01-01");
    cloud_head(&t, 0, "Content-Type: application/json\naeg-sas-key: a2V5a2V5\n");
    (void)snprintf(
        want, sizeof want,
        "[{\"data\":%s,\"dataVersion\":\"1\",\"eventTime\":\"2026-07-14T09:21:33.123456789Z\",\"eventType\":\"falco.alert\","
        "\"id\":\"%s\",\"subject\":\"Terminal shell in container\"}]",
        CLOUD_ALERT, cloud_action_id(&t));
    ck_assert_str_eq(q->body, want);
    world_close(&t.w);
    cloud_run(
        &t,
        "eventgrid_output: {url: 'https://x.eventgrid.azure.net/api/events?api-version=1', key: a2V5a2V5, schema: cloudevents, "
        "event_type: t, subject: 's {{rule}}', sas: true}\n",
        NULL, 0);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "https://x.eventgrid.azure.net/api/events?api-version=2018-01-01");
    cloud_head(&t, 0,
               "Content-Type: application/cloudevents-batch+json; charset=utf-8\n"
               "aeg-sas-token: "
               "r=https%3A%2F%2Fx.eventgrid.azure.net%2Fapi%2Fevents%3FapiVersion%3D2018-01-01&e=2026-07-14%2010%3A06%3A41&s="
               "IOStCiYZ%2BBURQJ6pZbehxgUSM7zgu%2BBZPjouwzYQgwk%3D\n");
    (void)snprintf(
        want, sizeof want,
        "[{\"data\":%s,\"datacontenttype\":\"application/json\",\"id\":\"%s\",\"source\":\"falco\",\"specversion\":\"1.0\","
        "\"subject\":\"s Terminal shell in container\",\"time\":\"2026-07-14T09:21:33.123456789Z\",\"type\":\"t\"}]",
        CLOUD_ALERT, cloud_action_id(&t));
    ck_assert_str_eq(cloud_request(&t, 0)->body, want);
    world_close(&t.w);
    cloud_run(&t, "eventgrid_output: {endpoint: 'https://x.eventgrid.azure.net', key: '!!!!!!', sas: true}\n", NULL, 0);
    ck_assert_str_eq(world_error(&t.w, 0), "Event Grid: the key is no base64");
    world_close(&t.w);
    const fake_answer script[] = {token, {.status = 400, .body = "{\"error\":{\"code\":\"BadRequest\",\"message\":\"no\"}}"}};
    cloud_run(&t, "eventgrid_output: {endpoint: 'https://x.eventgrid.azure.net'}\n", script, 2);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&"
                                                "resource=https%3A%2F%2Feventgrid.azure.net");
    ck_assert_str_eq(world_error(&t.w, 0), "Event Grid answered 400 BadRequest: no");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

/* ---- Event Hubs ---- */

START_TEST(eventhub)
{
    const fake_answer created = {.status = 201, .body = ""};
    char want[2000];
    cloud_init(&t);
    cloud_run(&t, "eventhub_output: {namespace: falco, name: alerts, key_name: send, key: 'k+y/=='}\n", &created, 1);
    ck_assert_str_eq(world_outcomes(&t.w), "eventhub:succeeded:1");
    const fake_request *q = cloud_request(&t, 0);
    ck_assert_str_eq(q->url, "https://falco.servicebus.windows.net/alerts/messages?timeout=60&api-version=2014-01");
    cloud_head(&t, 0,
               "Content-Type: application/vnd.microsoft.servicebus.json\n"
               "Authorization: SharedAccessSignature "
               "sr=https%3A%2F%2Ffalco.servicebus.windows.net%2Falerts&sig=WiQglMnNatoQw7xlplV4veeda9ST%2B1MOLLTIXJykpM8%3D&se="
               "1784023601&skn=send\n");
    static const char start[] = "[{\"Body\":\"{\\\"hostname\\\":\\\"node-1\\\",";
    ck_assert_int_eq(strncmp(q->body, start, sizeof start - 1), 0);
    world_close(&t.w);
    const fake_answer script[] = {token, created};
    cloud_run(
        &t,
        "azure: {eventhub_endpoint: 'http://127.0.0.1:5'}\neventhub_output: {namespace: falco.servicebus.chinacloudapi.cn, name: "
        "alerts, message: '\"m\" Terminal'}\n",
        script, 2);
    ck_assert_str_eq(cloud_request(&t, 0)->url, "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&"
                                                "resource=https%3A%2F%2Feventhubs.azure.net%2F");
    ck_assert_str_eq(cloud_request(&t, 1)->url, "http://127.0.0.1:5/alerts/messages?timeout=60&api-version=2014-01");
    cloud_head(&t, 1, "Content-Type: application/vnd.microsoft.servicebus.json\nAuthorization: Bearer eyJ.a.b\n");
    (void)snprintf(want, sizeof want,
                   "[{\"Body\":\"\\\"m\\\" Terminal\",\"UserProperties\":{\"falcoir_action_id\":\"%s\",\"hostname\":\"node-1\","
                   "\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\"}}]",
                   cloud_action_id(&t));
    ck_assert_str_eq(cloud_request(&t, 1)->body, want);
    world_close(&t.w);
    cloud_run(&t, "eventhub_output: {namespace: 'evil.example/', name: alerts, key: abcdef}\n", NULL, 0);
    ck_assert_str_eq(world_error(&t.w, 0), "Event Hubs: the namespace or the hub is none");
    world_close(&t.w);
    cloud_fini(&t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("azure");
    TCase *c = tcase_create("azure");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, function_by_key);
    tcase_add_test(c, function_by_machine);
    tcase_add_test(c, function_by_app_service);
    tcase_add_test(c, function_by_workload);
    tcase_add_test(c, one_fresh_token);
    tcase_add_test(c, tokens_that_are_none);
    tcase_add_test(c, eventgrid);
    tcase_add_test(c, eventhub);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
