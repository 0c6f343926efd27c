/* SPDX-License-Identifier: Apache-2.0 */
/* Globs, paths, addresses, ports. */
#include <check.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "expr/match.h"
#include "support/suite.h"

static const struct {
    const char *pattern, *text;
    bool matches, no_case;
} globs[] = {
    {"", "", true, true},
    {"*", "", true, true},
    {"*", "/a/b", true, true},
    {"/*/b", "/x/y/b", true, true},
    {"a?c", "a/c", true, true},
    {"?", "", false, false},
    {"[a-c]x", "bx", true, true},
    {"[!a-c]x", "bx", false, false},
    {"[^a]x", "bx", true, true},
    {"[]a]", "]", true, true},
    {"[", "[", true, true},
    {"[a", "[a", true, true},
    {"a[", "a[", true, true},
    {"\\*", "*", true, true},
    {"\\*", "a", false, false},
    {"a\\", "a", false, false},
    {"[[:digit:]]*", "7up", true, true},
    {"[[:upper:]]", "a", false, false},
    {"ABC", "abc", false, true},
    {"[A]bc", "aBC", false, true},
    {"{a,b}", "a", false, false},
    {"*a*a*a*b", "aaaaaaaaaaaaaaaaaaab", true, true},
    {"*.sh", ".sh", true, true},
};

START_TEST(globs_as_fnmatch)
{
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        fir_str p = fir__cstr(globs[i].pattern), t = fir__cstr(globs[i].text);
        ck_assert_msg(fir__glob(p, t, false) == globs[i].matches, "%s %s", globs[i].pattern, globs[i].text);
        ck_assert_msg(fir__glob(p, t, true) == globs[i].no_case, "%s %s no case", globs[i].pattern, globs[i].text);
        ck_assert_msg((fnmatch(globs[i].pattern, globs[i].text, 0) == 0) == globs[i].matches, "%s %s: fnmatch", globs[i].pattern,
                      globs[i].text);
    }
}
END_TEST

static unsigned next(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static void random_text(unsigned *state, const char *alphabet, char out[12])
{
    size_t n = next(state) % 9, letters = strlen(alphabet);
    for (size_t i = 0; i < n; i++) {
        out[i] = alphabet[next(state) % letters];
    }
    out[n] = '\0';
}

#ifdef __GLIBC__ /* Falco's own; others differ in brackets that do not close */
START_TEST(random_globs_as_fnmatch)
{
    unsigned state = 7;
    size_t matched = 0;
    for (int i = 0; i < 100000; i++) {
        char pattern[12], text[12];
        random_text(&state, "ab*?[]!^-\\A", pattern);
        random_text(&state, "abA-]\\[", text);
        for (int flags = 0; flags <= FNM_CASEFOLD; flags += FNM_CASEFOLD) {
            bool theirs = fnmatch(pattern, text, flags) == 0;
            bool ours = fir__glob(fir__cstr(pattern), fir__cstr(text), flags != 0);
            ck_assert_msg(ours == theirs, "glob %s text %s flags %d: fnmatch %d, ours %d", pattern, text, flags, theirs, ours);
            matched += ours;
        }
    }
    ck_assert_uint_gt(matched, 5000);
}
END_TEST
#endif

START_TEST(stars_are_not_exponential)
{
    static char text[64 << 10];
    memset(text, 'a', sizeof text);
    clock_t start = clock();
    ck_assert(!fir__glob(FIR__S("*a*a*a*a*a*a*a*a*a*a*a*b"), fir__str(text, sizeof text), false));
    ck_assert_int_lt((clock() - start) / (CLOCKS_PER_SEC / 100), 50);
}
END_TEST

static const struct {
    const char *prefix, *path;
    bool under;
} paths[] = {
    {"/etc", "/etc/ssh/x", true},
    {"/etc/", "/etc/ssh/x", true},
    {"etc", "/etc/ssh/x", true},
    {"/etc/ss", "/etc/ssh/x", false},
    {"/", "/x", true},
    {"/", "", true},
    {"", "", true},
    {"/e*", "/etc/ssh/x", true},
    {"/*/ssh", "/etc/ssh/x", true},
    {"/etc/?sh", "/etc/ssh", true},
    {"//etc//ssh", "/etc/ssh", true},
    {"/etc/ssh/x/y", "/etc/ssh/x", false},
    {"/ETC", "/etc", false},
    {"/a*", "/x/ab", false},
    {"/[ab]/c", "/b/c/d", true},
    {"/etc", "//etc", true},
};

START_TEST(paths_by_component)
{
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        ck_assert_msg(fir__path_prefix(fir__cstr(paths[i].prefix), fir__cstr(paths[i].path)) == paths[i].under, "%s %s",
                      paths[i].prefix, paths[i].path);
    }
}
END_TEST

static const struct {
    const char *text;
    int family; /* 0: none */
} addresses[] = {
    {"10.1.2.3", 4},
    {"010.1.2.3", 0},
    {"10.1.2", 0},
    {"10.1.2.3.4", 0},
    {"256.1.1.1", 0},
    {"::1", 6},
    {"2001:DB8::1", 6},
    {"fe80::1%eth0", 0},
    {"::ffff:1.2.3.4", 6},
    {"", 0},
    {"1.2.3.4 ", 0},
    {"10.0.0.0/8", 0},
    {":::", 0},
    {"1:2:3:4:5:6:7:8:9", 0},
    {"1.2.3.4:1111111111111111111111111111111111111111", 0},
};

START_TEST(addresses_are_strict)
{
    fir__addr a;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        bool good = fir__addr_parse(fir__cstr(addresses[i].text), &a);
        ck_assert_msg(good == (addresses[i].family != 0) && (!good || a.family == addresses[i].family), "%s", addresses[i].text);
    }
    ck_assert(!fir__addr_parse(FIR__S("1.2.3.4\0"), &a));
}
END_TEST

static bool in(const char *address, const char *network, uint8_t bits)
{
    fir__addr a, n;
    ck_assert(fir__addr_parse(fir__cstr(address), &a) && fir__addr_parse(fir__cstr(network), &n));
    n.bits = bits;
    return fir__addr_in(&a, &n);
}

START_TEST(networks_by_bits)
{
    ck_assert(in("10.1.2.3", "10.0.0.0", 8));
    ck_assert(!in("11.1.2.3", "10.0.0.0", 8));
    ck_assert(in("172.31.0.1", "172.16.0.0", 12));
    ck_assert(!in("172.32.0.1", "172.16.0.0", 12));
    ck_assert(in("1.2.3.4", "9.9.9.9", 0));
    ck_assert(in("1.2.3.4", "1.2.3.4", 32));
    ck_assert(!in("1.2.3.5", "1.2.3.4", 32));
    ck_assert(in("2001:db8::1", "2001:db8::", 33));
    ck_assert(!in("2001:db8::1", "2001:db8:8000::", 33));
    ck_assert(in("::1", "::1", 128));
    ck_assert(!in("::1", "0.0.0.0", 0));
}
END_TEST

START_TEST(ports_by_name)
{
    uint16_t port;
    ck_assert(fir__port_find(FIR__S("https"), &port) && port == 443);
    ck_assert(fir__port_find(FIR__S("domain"), &port) && port == 53);
    ck_assert(!fir__port_find(FIR__S("HTTP"), &port));
    ck_assert(!fir__port_find(FIR__S(""), &port));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("match");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, globs_as_fnmatch);
#ifdef __GLIBC__
    tcase_add_test(c, random_globs_as_fnmatch);
#endif
    tcase_add_test(c, stars_are_not_exponential);
    tcase_add_test(c, paths_by_component);
    tcase_add_test(c, addresses_are_strict);
    tcase_add_test(c, networks_by_bits);
    tcase_add_test(c, ports_by_name);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
