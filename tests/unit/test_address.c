/* SPDX-License-Identifier: Apache-2.0 */
/* lib/transport: which addresses and hosts a request may reach, and what a request may look like. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "support/suite.h"
#include "transport/address.h"
#include "transport/request.h"

static fir__network network(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        return fir__address_network((struct sockaddr *)&in, sizeof in);
    }
    ck_assert_msg(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1, "%s", text);
    return fir__address_network((struct sockaddr *)&in6, sizeof in6);
}

static const struct {
    const char *text;
    fir__network want;
} addresses[] = {
    {"8.8.8.8", FIR__NET_PUBLIC},
    {"1.1.1.1", FIR__NET_PUBLIC},
    {"126.255.255.255", FIR__NET_PUBLIC},
    {"128.0.0.1", FIR__NET_PUBLIC},
    {"9.255.255.255", FIR__NET_PUBLIC},
    {"11.0.0.0", FIR__NET_PUBLIC},
    {"172.15.255.255", FIR__NET_PUBLIC},
    {"172.32.0.0", FIR__NET_PUBLIC},
    {"192.167.255.255", FIR__NET_PUBLIC},
    {"192.169.0.0", FIR__NET_PUBLIC},
    {"100.63.255.255", FIR__NET_PUBLIC},
    {"100.128.0.0", FIR__NET_PUBLIC},
    {"169.253.255.255", FIR__NET_PUBLIC},
    {"169.255.0.0", FIR__NET_PUBLIC},
    {"223.255.255.255", FIR__NET_PUBLIC},
    {"127.0.0.1", FIR__NET_LOOPBACK},
    {"127.255.255.255", FIR__NET_LOOPBACK},
    {"10.0.0.0", FIR__NET_PRIVATE},
    {"10.255.255.255", FIR__NET_PRIVATE},
    {"172.16.0.0", FIR__NET_PRIVATE},
    {"172.31.255.255", FIR__NET_PRIVATE},
    {"192.168.0.1", FIR__NET_PRIVATE},
    {"100.64.0.1", FIR__NET_PRIVATE},
    {"100.127.255.255", FIR__NET_PRIVATE},
    {"198.18.0.1", FIR__NET_PRIVATE},
    {"169.254.169.254", FIR__NET_METADATA},
    {"169.254.0.0", FIR__NET_METADATA},
    {"168.63.129.16", FIR__NET_METADATA},
    {"100.100.100.200", FIR__NET_METADATA},
    {"192.0.0.192", FIR__NET_METADATA},
    {"0.0.0.0", FIR__NET_RESERVED},
    {"0.1.2.3", FIR__NET_RESERVED},
    {"192.0.2.1", FIR__NET_RESERVED},
    {"198.51.100.7", FIR__NET_RESERVED},
    {"203.0.113.9", FIR__NET_RESERVED},
    {"224.0.0.1", FIR__NET_RESERVED},
    {"240.0.0.1", FIR__NET_RESERVED},
    {"255.255.255.255", FIR__NET_RESERVED},
    {"2600::1", FIR__NET_PUBLIC},
    {"2a00:1450:4001:80f::200e", FIR__NET_PUBLIC},
    {"2001:4860:4860::8888", FIR__NET_PUBLIC},
    {"::1", FIR__NET_LOOPBACK},
    {"fc00::1", FIR__NET_PRIVATE},
    {"fdff::1", FIR__NET_PRIVATE},
    {"fec0::1", FIR__NET_PRIVATE},
    {"fe80::1", FIR__NET_METADATA},
    {"febf::1", FIR__NET_METADATA},
    {"fd00:ec2::254", FIR__NET_METADATA},
    {"fd20:ce::254", FIR__NET_METADATA},
    {"::", FIR__NET_RESERVED},
    {"ff02::1", FIR__NET_RESERVED},
    {"2001:db8::1", FIR__NET_RESERVED},
    {"3fff::1", FIR__NET_RESERVED},
    {"2001:2::1", FIR__NET_RESERVED},
    {"100::1", FIR__NET_RESERVED},
    {"4000::1", FIR__NET_RESERVED},
    /* IPv4 inside */
    {"::ffff:127.0.0.1", FIR__NET_LOOPBACK},
    {"::ffff:169.254.169.254", FIR__NET_METADATA},
    {"::ffff:10.1.2.3", FIR__NET_PRIVATE},
    {"::ffff:8.8.8.8", FIR__NET_PUBLIC},
    {"::127.0.0.1", FIR__NET_LOOPBACK},
    {"::10.0.0.1", FIR__NET_PRIVATE},
    {"::2", FIR__NET_RESERVED},
    {"::ffff:0:127.0.0.1", FIR__NET_LOOPBACK},
    {"64:ff9b::7f00:1", FIR__NET_LOOPBACK},
    {"64:ff9b::a9fe:a9fe", FIR__NET_METADATA},
    {"64:ff9b::808:808", FIR__NET_PUBLIC},
    {"64:ff9b:1::808:808", FIR__NET_RESERVED},
    {"2002:7f00:1::", FIR__NET_LOOPBACK},
    {"2002:a9fe:a9fe::1", FIR__NET_METADATA},
    {"2002:a00:1::1", FIR__NET_PRIVATE},
    {"2002:808:808::1", FIR__NET_PUBLIC},
    {"2001:0:808:808::80ff:fffe", FIR__NET_LOOPBACK},
    {"2001:0:808:808::5601:5601", FIR__NET_METADATA},
    {"2600::5efe:127.0.0.1", FIR__NET_LOOPBACK},
    {"2600::200:5efe:10.0.0.1", FIR__NET_PRIVATE},
    {"2600::5efe:8.8.8.8", FIR__NET_PUBLIC},
};

START_TEST(networks)
{
    ck_assert_msg(network(addresses[_i].text) == addresses[_i].want, "%s is %s", addresses[_i].text,
                  fir__network_name(network(addresses[_i].text)));
}
END_TEST

START_TEST(other_families_are_reserved)
{
    struct sockaddr sa = {.sa_family = AF_UNIX};
    ck_assert_int_eq(fir__address_network(&sa, sizeof sa), FIR__NET_RESERVED);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(0x08080808)}};
    ck_assert_int_eq(fir__address_network((struct sockaddr *)&in, 4), FIR__NET_RESERVED);
}
END_TEST

static const struct {
    const char *text, *parsed; /* parsed NULL: as text */
    fir__host want;
} hosts[] = {
    {"example.com", NULL, FIR__HOST_NAME},
    {"localhost", NULL, FIR__HOST_LOOPBACK},
    {"LocalHost", NULL, FIR__HOST_LOOPBACK},
    {"localhost.", NULL, FIR__HOST_NAME},
    {"x.localhost", NULL, FIR__HOST_NAME},
    {"localhost.example.com", NULL, FIR__HOST_NAME},
    {"127.0.0.1", NULL, FIR__HOST_LOOPBACK},
    {"127.9.8.7", NULL, FIR__HOST_LOOPBACK},
    {"8.8.8.8", NULL, FIR__HOST_ADDRESS},
    {"10.0.0.1", NULL, FIR__HOST_ADDRESS},
    {"[::1]", NULL, FIR__HOST_LOOPBACK},
    {"[2600::1]", NULL, FIR__HOST_ADDRESS},
    {"[::ffff:127.0.0.1]", NULL, FIR__HOST_ADDRESS},
    {"[::127.0.0.1]", NULL, FIR__HOST_ADDRESS},
    {"1.2.3.4.example", NULL, FIR__HOST_NAME},
    {"0xample.com", NULL, FIR__HOST_NAME},
    /* spellings that hide an address */
    {"2130706433", NULL, FIR__HOST_ODD},
    {"2130706433", "127.0.0.1", FIR__HOST_ODD},
    {"0x7f000001", "127.0.0.1", FIR__HOST_ODD},
    {"0x7f000001", NULL, FIR__HOST_ODD},
    {"017700000001", "127.0.0.1", FIR__HOST_ODD},
    {"0177.0.0.1", "127.0.0.1", FIR__HOST_ODD},
    {"0177.0.0.1", NULL, FIR__HOST_ODD},
    {"127.1", "127.0.0.1", FIR__HOST_ODD},
    {"127.1", NULL, FIR__HOST_ODD},
    {"127.0.0.1.", NULL, FIR__HOST_ODD},
    {"127.0.0.01", NULL, FIR__HOST_ODD},
    {"127.0.0.0x1", NULL, FIR__HOST_ODD},
    {"0", NULL, FIR__HOST_ODD},
    {"%31%32%37.0.0.1", "127.0.0.1", FIR__HOST_ODD},
    {"[0:0:0:0:0:0:0:1]", NULL, FIR__HOST_ODD},
    {"[::ffff:7f00:1]", NULL, FIR__HOST_ODD},
    {"[fe80::1%25eth0]", "[fe80::1]", FIR__HOST_ODD},
    {"[::1", NULL, FIR__HOST_NAME}, /* no parser takes it; and a name is not loopback */
};

START_TEST(host_spellings)
{
    fir_str text = fir__cstr(hosts[_i].text);
    fir_str parsed = hosts[_i].parsed != NULL ? fir__cstr(hosts[_i].parsed) : text;
    ck_assert_msg(fir__host_kind(text, parsed) == hosts[_i].want, "%s", hosts[_i].text);
}
END_TEST

START_TEST(who_may_reach_what)
{
    static const struct {
        fir__network net;
        fir__host host;
        uint32_t flags;
        bool tls, want;
    } c[] = {
        {FIR__NET_PUBLIC, FIR__HOST_NAME, 0, true, true},
        {FIR__NET_PUBLIC, FIR__HOST_NAME, 0, false, false},
        {FIR__NET_PUBLIC, FIR__HOST_NAME, FIR_HTTP_INSECURE, false, true},
        {FIR__NET_PUBLIC, FIR__HOST_NAME, FIR_HTTP_INTERNAL, false, false},
        {FIR__NET_PUBLIC, FIR__HOST_NAME, FIR_HTTP_METADATA, false, false},
        {FIR__NET_PUBLIC, FIR__HOST_LOOPBACK, 7, true, false},
        {FIR__NET_LOOPBACK, FIR__HOST_LOOPBACK, 0, false, true},
        {FIR__NET_LOOPBACK, FIR__HOST_NAME, 0, true, false},
        {FIR__NET_LOOPBACK, FIR__HOST_ADDRESS, 0, true, false},
        {FIR__NET_LOOPBACK, FIR__HOST_NAME, FIR_HTTP_INSECURE, true, false},
        {FIR__NET_LOOPBACK, FIR__HOST_NAME, FIR_HTTP_INTERNAL, true, true},
        {FIR__NET_PRIVATE, FIR__HOST_ADDRESS, 0, true, false},
        {FIR__NET_PRIVATE, FIR__HOST_ADDRESS, FIR_HTTP_INTERNAL, true, true},
        {FIR__NET_PRIVATE, FIR__HOST_ADDRESS, FIR_HTTP_INTERNAL, false, false},
        {FIR__NET_PRIVATE, FIR__HOST_ADDRESS, FIR_HTTP_INTERNAL | FIR_HTTP_INSECURE, false, true},
        {FIR__NET_METADATA, FIR__HOST_ADDRESS, FIR_HTTP_INTERNAL | FIR_HTTP_INSECURE, true, false},
        {FIR__NET_METADATA, FIR__HOST_ADDRESS, FIR_HTTP_METADATA, false, true},
        {FIR__NET_RESERVED, FIR__HOST_NAME, 7, true, false},
        {FIR__NET_PUBLIC, FIR__HOST_ODD, 7, true, false},
    };
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        ck_assert_msg(fir__address_allowed(c[i].net, c[i].host, c[i].flags, c[i].tls) == c[i].want, "row %zu", i);
    }
}
END_TEST

static int check(const char *method, const char *url, const char *name, const char *value, size_t n)
{
    fir_http_header h = {fir__cstr(name), fir__str(value, n)};
    fir_http_request rq = {.size = sizeof rq, .method = fir__cstr(method), .url = fir__cstr(url), .headers = &h, .n_headers = 1};
    return fir__request_check(&rq, NULL);
}

START_TEST(urls)
{
    static const struct {
        const char *url;
        int want;
    } c[] = {
        {"https://example.com", 0},
        {"https://example.com/a/b?c=d#e", 0},
        {"https://user:pw@example.com:8443/", 0},
        {"https://example.com/..a/b..", 0},
        {"https://example.com/a%2eb", 0},
        {"https://example.com/?a=/../b", 0},
        {"https://example.com/a/../b", FIR_EDENIED},
        {"https://example.com/a/..", FIR_EDENIED},
        {"https://example.com/./b", FIR_EDENIED},
        {"https://example.com/a/%2e%2E/b", FIR_EDENIED},
        {"https://example.com/a/.%2e", FIR_EDENIED},
        {"https://example.com/a/..?x", FIR_EDENIED},
        {"https://example.com/a b", FIR_EDENIED},
        {"https://example.com/a\tb", FIR_EDENIED},
        {"https://example.com/a\r\nX: y", FIR_EDENIED},
        {"https://example.com/\xc3\xa9", FIR_EDENIED},
        {"https://ex\xc3\xa4mple.com/", FIR_EDENIED},
        {"https://example.com\\@evil", FIR_EDENIED},
        {"https://example.com/%", FIR_EDENIED},
        {"https://example.com/%zz", FIR_EDENIED},
        {"https://example.com/%4", FIR_EDENIED},
        {"ftp://example.com/", FIR_EDENIED},
        {"file:///etc/passwd", FIR_EDENIED},
        {"gopher://x/", FIR_EDENIED},
        {"HTTPS://example.com/", FIR_EDENIED},
        {"//example.com/", FIR_EDENIED},
        {"example.com", FIR_EDENIED},
        {"https:///path", FIR_EDENIED},
        {"https://", FIR_EDENIED},
        {"", FIR_EDENIED},
    };
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        ck_assert_msg(check("POST", c[i].url, "X-A", "b", 1) == c[i].want, "%s", c[i].url);
    }
    char *big = malloc(FIR__REQUEST_MAX_URL + 2);
    memset(big, 'a', FIR__REQUEST_MAX_URL + 1);
    memcpy(big, "https://h/", 10);
    big[FIR__REQUEST_MAX_URL] = '\0';
    ck_assert_int_eq(check("POST", big, "X-A", "b", 1), 0);
    big[FIR__REQUEST_MAX_URL] = 'a';
    big[FIR__REQUEST_MAX_URL + 1] = '\0';
    ck_assert_int_eq(check("POST", big, "X-A", "b", 1), FIR_ELIMIT);
    free(big);
}
END_TEST

START_TEST(url_hosts)
{
    static const char *const c[][2] = {
        {"https://example.com", "example.com"},
        {"https://example.com:8443/x", "example.com"},
        {"https://a:b@h/x", "h"},
        {"https://a@b@h?x@y", "h"},
        {"https://[::1]:80/", "[::1]"},
        {"https://h#@evil/", "h"},
        {"https://evil.com:80@localhost/", "localhost"},
    };
    for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
        ck_assert_msg(fir__str_eq(fir__url_host_text(fir__cstr(c[i][0])), fir__cstr(c[i][1])), "%s", c[i][0]);
    }
}
END_TEST

START_TEST(methods_and_headers)
{
    const char *u = "https://h/";
    ck_assert_int_eq(check("POST", u, "X-Token", "a\tb \xff", 5), 0);
    ck_assert_int_eq(check("PURGE", u, "X", "", 0), 0);
    static const char *const methods[] = {
        "", "GET /", "POST\r\n", "connect", "TRACE", "G\x01", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        ck_assert_msg(check(methods[i], u, "X", "y", 1) == FIR_EDENIED, "%s", methods[i]);
    }
    static const char *const names[] = {"",
                                        "a b",
                                        "a:",
                                        "a\r\nb",
                                        "\xc3\xa9",
                                        "host",
                                        "content-length",
                                        "Host",
                                        "Expect",
                                        "Connection",
                                        "transfer-encoding",
                                        "proxy-connection",
                                        "te"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_msg(check("POST", u, names[i], "y", 1) == FIR_EDENIED, "%s", names[i]);
    }
    ck_assert_int_eq(check("POST", u, "Proxy-Authorization", "y", 1), 0);
    static const char *const values[] = {"a\r\nb: c", "a\nb", "a\rb", "a\x01", "a\x7f", "a\x1b[31m"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ck_assert_msg(check("POST", u, "X", values[i], strlen(values[i])) == FIR_EDENIED, "value %zu", i);
    }
    ck_assert_int_eq(check("POST", u, "X", "a\0b", 3), FIR_EDENIED);
}
END_TEST

START_TEST(bounds_of_a_request)
{
    fir_http_header many[FIR__REQUEST_MAX_HEADERS + 1];
    for (size_t i = 0; i <= FIR__REQUEST_MAX_HEADERS; i++) {
        many[i] = (fir_http_header){FIR__S("X"), FIR__S("y")};
    }
    fir_http_request rq = {.size = sizeof rq,
                           .method = FIR__S("POST"),
                           .url = FIR__S("https://h/"),
                           .headers = many,
                           .n_headers = FIR__REQUEST_MAX_HEADERS};
    ck_assert_int_eq(fir__request_check(&rq, NULL), 0);
    rq.n_headers++;
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_ELIMIT);
    char *big = calloc(1, FIR__REQUEST_MAX_HEAD);
    memset(big, 'a', FIR__REQUEST_MAX_HEAD);
    many[0].value = fir__str(big, FIR__REQUEST_MAX_HEAD);
    rq.n_headers = 1;
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_ELIMIT);
    many[0].value.len--;
    ck_assert_int_eq(fir__request_check(&rq, NULL), 0);
    rq.n_headers = 0;
    free(big);
    rq.flags = 8;
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_EINVAL);
    rq.flags = 0;
    rq.size = 8;
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_EINVAL);
    rq.size = sizeof rq;
    rq.ca_file = fir__str("a\0b", 3);
    ck_assert_int_eq(fir__request_check(&rq, NULL), FIR_EINVAL);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("address");
    tcase_add_loop_test(t, networks, 0, (int)(sizeof addresses / sizeof addresses[0]));
    tcase_add_test(t, other_families_are_reserved);
    tcase_add_loop_test(t, host_spellings, 0, (int)(sizeof hosts / sizeof hosts[0]));
    tcase_add_test(t, who_may_reach_what);
    tcase_add_test(t, urls);
    tcase_add_test(t, url_hosts);
    tcase_add_test(t, methods_and_headers);
    tcase_add_test(t, bounds_of_a_request);
    Suite *s = suite_create("address");
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
