/* SPDX-License-Identifier: Apache-2.0 */
/* What services of AWS may answer: the first byte chooses the function of an action, the second where its keys come from, and the
 * rest are its answers: three digits of a status, a header's value up to a newline, a body up to a byte 0x1e. Whatever they say,
 * the function ends, asks only what may be sent, and records only JSON. */
#include <stdlib.h>
#include <string.h>

#include "action/aws/ini.h"
#include "action/aws/types.h"
#include "action/call.h"
#include "action/env.h"
#include "json/document.h"
#include "transport/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int function(void *self, fir_call *c);

static void demand(bool ok)
{
    if (!ok) {
        abort();
    }
}

static int64_t now(void *self)
{
    (void)self;
    return INT64_C(1784020001) * 1000000000;
}

#define TEXT(k, v)                                                                                                                 \
    {                                                                                                                              \
        .key = {k, sizeof(k) - 1}, .value = {.type = FIR__DATA_TEXT, .s = {v, sizeof(v) - 1} }                                     \
    }

static fir__data quarantine = {.type = FIR__DATA_TEXT, .s = {"sg-q", 4}};
static fir__entry entries[] = {TEXT("topic_arn", "arn:aws:sns:eu-west-1:1:t"),
                               TEXT("queue_url", "https://sqs.eu-west-1.amazonaws.com/1/q"),
                               TEXT("stream", "s"),
                               TEXT("function_name", "f"),
                               TEXT("bucket", "evidence"),
                               TEXT("region", "eu-west-1"),
                               TEXT("group_id", "sg-1"),
                               TEXT("private_ip", "10.0.0.7"),
                               {.key = {"groups", 6}, .value = {.type = FIR__DATA_LIST, .count = 1, .items = &quarantine}},
                               TEXT("mode", "revoke_egress")};
enum { PARAMETERS = sizeof entries / sizeof entries[0] };

static fir__entry role[] = {TEXT("role_arn", "arn:aws:iam::1:role/r")};
static fir__entry settings[] = {{.key = {"aws", 3}, .value = {.type = FIR__DATA_MAP, .count = 1, .entries = role}}};
static const fir__data with_role = {.type = FIR__DATA_MAP, .count = 1, .entries = settings};

/* The next answer; false: there is none left. */
static bool take_answer(fir_str *rest, fir_http_result *r, fir_http_header *h)
{
    if (rest->len < 3) {
        return false;
    }
    uint64_t status;
    r->status = fir__str_u64(fir__str_to(*rest, 3), &status) ? (int32_t)status : 200;
    fir_str s = fir__str_from(*rest, 3);
    size_t line = fir__str_find(s, FIR__S("\n"));
    *h = (fir_http_header){r->status == 200 ? FIR__S("X-Amz-Function-Error") : FIR__S("Date"), fir__str_to(s, line)};
    s = line == SIZE_MAX ? FIR__S("") : fir__str_from(s, line + 1);
    size_t end = fir__str_find(s, FIR__S("\x1e"));
    r->body = fir__str_to(s, end);
    *rest = end == SIZE_MAX ? FIR__S("") : fir__str_from(s, end + 1);
    r->headers = h;
    r->n_headers = h->value.len != 0;
    return true;
}

static void check_request(fir_call *c)
{
    fir_error err = {0};
    if (fir__request_check(&c->request, &err) != 0) {
        demand(err.code == FIR_EDENIED || err.code == FIR_ELIMIT); /* the engine would end it here */
    }
    bool local = fir__str_starts(c->request.url, FIR__S("http://169.254.169.254/"));
    demand((c->request.flags == FIR_HTTP_METADATA) == local);
    demand(local || fir__str_find(c->request.url, FIR__S(".amazonaws.com/")) != SIZE_MAX);
}

/* One function, as the engine calls it. True: it ended well. */
static bool call(function *f, fir__action_env *env, fir_call *c, fir_str *rest, int most)
{
    fir_http_result r = {.size = sizeof r};
    fir_http_header h;
    c->response = NULL;
    for (int i = 0; i < 32; i++) {
        c->has_request = false;
        int rc = f(env, c);
        if (rc < 0) {
            demand(c->failed && c->fail_text[0] != '\0' && c->fail_code == rc);
            return false;
        }
        demand(!c->failed && rc <= most);
        if (rc != FIR_CALL_REQUEST || !c->has_request) {
            return true;
        }
        check_request(c);
        if (!take_answer(rest, &r, &h)) {
            return false;
        }
        c->response = &r;
    }
    return false;
}

static void check_record(const fir_call *c)
{
    fir__arena arena;
    fir__data *d;
    fir__arena_init(&arena, &fir__default_allocator, 16 << 20);
    demand(fir__json_document(fir__sbuf_view(&c->record), &arena, &d, NULL) == 0);
    fir__arena_free(&arena);
}

static void run(uint8_t which, uint8_t origin, fir_str rest)
{
    static function *const plain[] = {fir__aws_sns_advance,     fir__aws_sqs_advance,    fir__aws_eventbridge_advance,
                                      fir__aws_kinesis_advance, fir__aws_lambda_advance, fir__aws_s3_advance};
    static const fir_clock clock = {sizeof clock, NULL, now, now};
    fir__secrets *secrets;
    demand(fir__secrets_new(&fir__default_allocator, (origin & 1) != 0, &secrets, NULL) == 0);
    fir__action_env env = {.allocator = &fir__default_allocator,
                           .clock = &clock,
                           .secrets = secrets,
                           .config = (origin & 2) != 0 ? &with_role : NULL,
                           .environment = (origin & 1) != 0};
    demand(fir__tokens_new(&fir__default_allocator, &env.tokens) == 0);
    fir_call c;
    fir__call_init(&c, &fir__default_allocator);
    c.event = FIR__S("{\"output\":\"o\",\"output_fields\":{\"proc.name\":\"sh\"},\"priority\":\"Warning\",\"rule\":\"R\"}");
    c.action_id = FIR__S("0123456789abcdef");
    entries[PARAMETERS - 1].value.s = (which & 1) != 0 ? FIR__S("revoke_egress") : FIR__S("replace_groups");
    c.params = (fir__data){.type = FIR__DATA_MAP, .count = PARAMETERS, .entries = entries};
    if (which < sizeof plain / sizeof plain[0]) {
        (void)call(plain[which], &env, &c, &rest, FIR_CALL_REQUEST);
    } else if (call(fir__aws_security_group_prepare, &env, &c, &rest, FIR_CALL_REQUEST)) {
        check_record(&c);
        function *const later[] = {fir__aws_security_group_advance, fir__aws_security_group_verify, fir__aws_security_group_undo};
        size_t n = which % 3;
        if (n != 0) { /* as after a restart: the record is all there is */
            c.data = NULL;
            c.params.count = 0;
        }
        (void)call(later[n], &env, &c, &rest, FIR_VERIFY_NOT_DONE);
        check_record(&c);
    }
    fir__call_free(&c);
    fir__tokens_free(env.tokens);
    fir__secrets_free(secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready) {
        ready = true;
        demand(setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1) == 0 && setenv("AWS_SECRET_ACCESS_KEY", "secret", 1) == 0);
        demand(unsetenv("AWS_ENDPOINT_URL") == 0 && unsetenv("AWS_PROFILE") == 0);
    }
    if (size < 2) {
        return 0;
    }
    fir_str rest = fir__str((const char *)data + 2, size - 2);
    if (data[0] == 255) {
        fir_str v = fir__ini_get(rest, data[1] % 2 != 0 ? FIR__INI_CONFIG : FIR__INI_CREDENTIALS, FIR__S("p"), FIR__S("k"));
        demand(v.len == 0 || (v.ptr >= rest.ptr && v.ptr + v.len <= rest.ptr + rest.len));
        demand(v.len == 0 || fir__ini_has(rest, data[1] % 2 != 0 ? FIR__INI_CONFIG : FIR__INI_CREDENTIALS, FIR__S("p")));
        return 0;
    }
    run(data[0] % 12, data[1], rest);
    return 0;
}
