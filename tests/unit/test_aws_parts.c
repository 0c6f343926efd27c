/* SPDX-License-Identifier: Apache-2.0 */
/* lib/action/aws: signing, forms, XML and the shared files, each by itself. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/aws/ini.h"
#include "action/aws/sigv4.h"
#include "action/aws/xml.h"
#include "support/suite.h"

/* ---- signing ---- */

static char canonical[4096];

/* The canonical request of a GET, but for its last line. */
static const char *of(const char *path, const char *query, const fir_http_header *h, size_t n, uint32_t flags)
{
    fir__signature s;
    const fir__sigv4 q = {.access_key = FIR__S("AK"),
                          .secret_key = FIR__S("SK"),
                          .region = FIR__S("eu-west-1"),
                          .service = FIR__S("x"),
                          .method = FIR__S("GET"),
                          .path = fir__cstr(path),
                          .query = fir__cstr(query),
                          .headers = h,
                          .n_headers = n,
                          .flags = flags};
    fir__signature_init(&s, &fir__default_allocator);
    ck_assert_int_eq(fir__sigv4_sign(&q, &s), 0);
    ck_assert_uint_lt(s.canonical.len, sizeof canonical);
    memcpy(canonical, s.canonical.ptr, s.canonical.len);
    canonical[s.canonical.len - 64] = '\0';
    fir__signature_free(&s);
    return canonical;
}

#define TAIL "x-amz-date:19700101T000000Z\n\nx-amz-date\n"

START_TEST(paths)
{
    ck_assert_str_eq(
        of("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Ax/invocations", "", NULL, 0, 0),
        "GET\n/2015-03-31/functions/arn%253Aaws%253Alambda%253Aeu-west-1%253A1%253Afunction%253Ax/invocations\n\n" TAIL);
    ck_assert_str_eq(of("/name%3Alive/invocations", "", NULL, 0, 0), "GET\n/name%253Alive/invocations\n\n" TAIL);
    ck_assert_str_eq(of("/a/../b//c/./d/", "", NULL, 0, 0), "GET\n/b/c/d/\n\n" TAIL);
    ck_assert_str_eq(of("/../..", "", NULL, 0, 0), "GET\n/\n\n" TAIL);
    ck_assert_str_eq(of("", "", NULL, 0, 0), "GET\n/\n\n" TAIL);
}
END_TEST

START_TEST(s3_encodes_once)
{
    static const char tail[] =
        "x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nx-amz-date:19700101T000000Z\n\n"
        "x-amz-content-sha256;x-amz-date\n";
    char want[500];
    (void)snprintf(want, sizeof want, "GET\n/a//b/c%%20d%%3D%%25/%%C3%%A9\n\n%s", tail);
    ck_assert_str_eq(of("/a//b/c%20d%3d%25/%C3%A9", "", NULL, 0, FIR__SIGV4_S3), want);
}
END_TEST

START_TEST(queries)
{
    ck_assert_str_eq(of("/", "b=2&a=3&a=1&a%2Db=0&A=x&c", NULL, 0, 0), "GET\n/\nA=x&a=1&a=3&a-b=0&b=2&c=\n" TAIL);
    ck_assert_str_eq(of("/", "k=a%2fb+c:d", NULL, 0, 0), "GET\n/\nk=a%2Fb%2Bc%3Ad\n" TAIL);
    ck_assert_str_eq(of("/", "&&a=b&", NULL, 0, 0), "GET\n/\na=b\n" TAIL);
    fir__signature s;
    char query[2000] = "";
    for (int i = 0; i < 65; i++) {
        strcat(query, "a=b&");
    }
    const fir__sigv4 q = {.query = fir__cstr(query)};
    fir__signature_init(&s, &fir__default_allocator);
    ck_assert_int_eq(fir__sigv4_sign(&q, &s), FIR_ELIMIT);
    fir__signature_free(&s);
}
END_TEST

START_TEST(headers)
{
    const fir_http_header h[] = {{FIR__S("X-Amz-Meta-b"), FIR__S(" two  blanks\tand a tab ")},
                                 {FIR__S("Host"), FIR__S("h.example")},
                                 {FIR__S("User-Agent"), FIR__S("not signed")},
                                 {FIR__S("Expect"), FIR__S("not signed")},
                                 {FIR__S("X-Amz-Meta"), FIR__S("first")},
                                 {FIR__S("Content-Type"), FIR__S("text/plain")},
                                 {FIR__S("x-amz-META"), FIR__S("second")}};
    ck_assert_str_eq(of("/", "", h, sizeof h / sizeof h[0], 0),
                     "GET\n/\n\ncontent-type:text/plain\nhost:h.example\nx-amz-date:19700101T000000Z\nx-amz-meta:first,second\n"
                     "x-amz-meta-b:two blanks and a tab\n\ncontent-type;host;x-amz-date;x-amz-meta;x-amz-meta-b\n");
}
END_TEST

START_TEST(the_token_is_signed)
{
    fir__signature s;
    fir__sigv4 q = {.access_key = FIR__S("AK"),
                    .secret_key = FIR__S("SK"),
                    .token = FIR__S("TOKEN=="),
                    .region = FIR__S("eu-west-1"),
                    .service = FIR__S("sns"),
                    .method = FIR__S("POST"),
                    .path = FIR__S("/"),
                    .body = FIR__S("x"),
                    .time_ns = INT64_C(1784020001) * 1000000000};
    fir__signature_init(&s, &fir__default_allocator);
    ck_assert_int_eq(fir__sigv4_sign(&q, &s), 0);
    ck_assert_str_eq(s.date, "20260714T090641Z");
    fir_str a = fir__sbuf_view(&s.authorization);
    ck_assert(fir__str_starts(a, FIR__S("AWS4-HMAC-SHA256 Credential=AK/20260714/eu-west-1/sns/aws4_request, "
                                        "SignedHeaders=x-amz-date;x-amz-security-token, Signature=")));
    fir__signature_free(&s);
}
END_TEST

START_TEST(forms)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1000);
    fir__aws_form(&b, FIR__S("A"), FIR__S("a b+c*~-_.:/%&=\n\xC3\xA9"));
    fir__aws_form(&b, FIR__S("B"), FIR__S(""));
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("A=a+b%2Bc%2A~-_.%3A%2F%25%26%3D%0A%C3%A9&B=")));
    fir__sbuf_free(&b);
}
END_TEST

/* ---- XML ---- */

static fir__arena arena;

static int read(const char *s, fir__xml **root)
{
    return fir__xml_read(fir__cstr(s), &arena, root, NULL);
}

START_TEST(documents)
{
    fir__xml *x;
    ck_assert_int_eq(
        read("<?xml version=\"1.0\"?>\n<!-- c --><R xmlns='urn:x' a = \"<>\">\n  <S><T> a&amp;b&#x41;&#66;&lt; </T><U/></S>\n"
             "<S><T>2</T></S><N>3</N></R>\n",
             &x),
        0);
    ck_assert(fir__str_eq(x->name, FIR__S("R")));
    ck_assert(fir__str_eq(fir__xml_text(x, FIR__S("S/T")), FIR__S("a&bAB<")));
    ck_assert_uint_eq(fir__xml_text(x, FIR__S("S/U")).len, 0);
    ck_assert_uint_eq(fir__xml_text(x, FIR__S("S")).len, 0);
    ck_assert_uint_eq(fir__xml_text(x, FIR__S("S/X/T")).len, 0);
    const fir__xml *s = fir__xml_child(x, FIR__S("S"));
    s = fir__xml_again(s);
    ck_assert(fir__str_eq(fir__xml_text(s, FIR__S("T")), FIR__S("2")));
    ck_assert_ptr_null(fir__xml_again(s));
    ck_assert_int_eq(read("<a/>", &x), 0);
}
END_TEST

START_TEST(documents_that_are_refused)
{
    static const char *const broken[] = {"",
                                         "x",
                                         "<",
                                         "<a",
                                         "<a>",
                                         "<a></b>",
                                         "<a/><b/>",
                                         "<a/>x",
                                         "</a>",
                                         "<a>x<b/></a>",
                                         "<a><b/>x</a>",
                                         "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
                                         "<a>&x;</a>",
                                         "<a>&amp</a>",
                                         "<a>&#0;</a>",
                                         "<a>&#xD800;</a>",
                                         "<a>&#x110000;</a>",
                                         "<a><![CDATA[x]]></a>",
                                         "<a>x<!-- c -->y</a>",
                                         "<a b></a>",
                                         "<a b=c></a>",
                                         "<a b='c></a>",
                                         "<a><?x?></a>",
                                         "<a>\xff</a>",
                                         "< a/>"};
    fir__xml *x;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        ck_assert_msg(read(broken[i], &x) == FIR_EPARSE, "%s", broken[i]);
        ck_assert_ptr_null(x);
    }
    char deep[33 * 3 + 1] = "";
    for (int i = 0; i < 33; i++) {
        strcat(deep, "<a>");
    }
    ck_assert_int_eq(read(deep, &x), FIR_ELIMIT);
}
END_TEST

/* ---- the shared files ---- */

START_TEST(profiles)
{
    fir_str config =
        FIR__S("# c\n[default]\nregion = eu-west-1\n; x = y\n[profile dev]\r\nregion=us-east-2\r\ns3 =\n  region = no\n"
               "[sso-session dev]\nregion = no\n[profile  spaced ]\nREGION = a=b\n[profile dev]\nrole_arn = r\n");
    ck_assert(fir__str_eq(fir__ini_get(config, FIR__INI_CONFIG, FIR__S("default"), FIR__S("region")), FIR__S("eu-west-1")));
    ck_assert(fir__str_eq(fir__ini_get(config, FIR__INI_CONFIG, FIR__S("dev"), FIR__S("region")), FIR__S("us-east-2")));
    ck_assert(fir__str_eq(fir__ini_get(config, FIR__INI_CONFIG, FIR__S("dev"), FIR__S("role_arn")), FIR__S("r")));
    ck_assert(fir__str_eq(fir__ini_get(config, FIR__INI_CONFIG, FIR__S("spaced"), FIR__S("region")), FIR__S("a=b")));
    ck_assert_uint_eq(fir__ini_get(config, FIR__INI_CONFIG, FIR__S("dev"), FIR__S("x")).len, 0);
    ck_assert(fir__ini_has(config, FIR__INI_CONFIG, FIR__S("dev")));
    ck_assert(!fir__ini_has(config, FIR__INI_CONFIG, FIR__S("sso-session dev")));
    fir_str keys = FIR__S("[dev]\naws_access_key_id = A\n[profile x]\naws_access_key_id = B");
    ck_assert(fir__str_eq(fir__ini_get(keys, FIR__INI_CREDENTIALS, FIR__S("dev"), FIR__S("aws_access_key_id")), FIR__S("A")));
    ck_assert(!fir__ini_has(keys, FIR__INI_CONFIG, FIR__S("dev")));
    ck_assert(!fir__ini_has(keys, FIR__INI_CREDENTIALS, FIR__S("x")));
    ck_assert(!fir__ini_has(FIR__S("[dev"), FIR__INI_CREDENTIALS, FIR__S("dev")));
}
END_TEST

static void open_arena(void)
{
    fir__arena_init(&arena, &fir__default_allocator, 1 << 20);
}

static void close_arena(void)
{
    fir__arena_free(&arena);
}

int main(void)
{
    Suite *s = suite_create("aws_parts");
    TCase *t = tcase_create("all");
    tcase_add_checked_fixture(t, open_arena, close_arena);
    tcase_add_test(t, paths);
    tcase_add_test(t, s3_encodes_once);
    tcase_add_test(t, queries);
    tcase_add_test(t, headers);
    tcase_add_test(t, the_token_is_signed);
    tcase_add_test(t, forms);
    tcase_add_test(t, documents);
    tcase_add_test(t, documents_that_are_refused);
    tcase_add_test(t, profiles);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
