/* SPDX-License-Identifier: Apache-2.0 */
/* lib/secret: where secrets come from, what is refused, and that nothing is left behind. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret/secret.h"
#include "secret/wipe.h"
#include "support/suite.h"

static char dir[] = "/tmp/fir-secret-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static const char *file_with(const char *name, const char *text, size_t n, mode_t mode)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, n, f), n);
    fclose(f);
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

static fir__secrets *secrets(bool environment)
{
    fir__secrets *s;
    ck_assert_int_eq(fir__secrets_new(&fir__default_allocator, environment, &s, NULL), 0);
    return s;
}

/* The code; the text is compared when it is 0. */
static int read_one(bool environment, fir__secret_source from, const char *name, const char *literal, const char *want,
                    fir_error *err)
{
    fir__secrets *s = secrets(environment);
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
    fir__sbuf_put(&b, "Bearer ", 7);
    int rc = fir__secret_read(s, from, fir__cstr(name), fir__cstr(literal), &b, err);
    if (rc == 0) {
        fir__sbuf_char(&b, '\0');
        ck_assert_str_eq(b.ptr + 7, want);
    }
    fir__sbuf_free(&b);
    fir__secrets_free(s);
    return rc;
}

START_TEST(environment_only_when_allowed)
{
    fir_error err = {0};
    ck_assert_int_eq(setenv("FIR_TEST_SECRET", "hunter2", 1), 0);
    ck_assert_int_eq(setenv("FIR_TEST_SECRET_LONGER", "no", 1), 0);
    ck_assert_int_eq(read_one(true, FIR__FROM_ENV, "FIR_TEST_SECRET", NULL, "hunter2", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_ENV, "FIR_TEST_SECRET", NULL, "", &err), FIR_EDENIED);
    ck_assert_ptr_nonnull(strstr(err.message, "FIR_ENGINE_ENV"));
    ck_assert_int_eq(read_one(true, FIR__FROM_ENV, "FIR_TEST_SECRE", NULL, "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(read_one(true, FIR__FROM_ENV, "", NULL, "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(read_one(true, FIR__FROM_ENV, "FIR_TEST_SECRET=hun", NULL, "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(setenv("FIR_TEST_EMPTY", "", 1), 0);
    ck_assert_int_eq(read_one(true, FIR__FROM_ENV, "FIR_TEST_EMPTY", NULL, "", &err), FIR_ENOTFOUND);
}
END_TEST

START_TEST(environment_is_read_once)
{
    ck_assert_int_eq(setenv("FIR_TEST_SECRET", "before", 1), 0);
    fir__secrets *s = secrets(true);
    ck_assert_int_eq(setenv("FIR_TEST_SECRET", "after", 1), 0);
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 100);
    ck_assert_int_eq(fir__secret_read(s, FIR__FROM_ENV, FIR__S("FIR_TEST_SECRET"), FIR__S(""), &b, NULL), 0);
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("before")));
    fir__sbuf_free(&b);
    fir__secrets_free(s);
}
END_TEST

START_TEST(files)
{
    fir_error err = {0};
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("plain", "s3cret", 6, 0600), NULL, "s3cret", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("nl", "s3cret\n", 7, 0440), NULL, "s3cret", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("crlf", "a b\r\n", 5, 0644), NULL, "a b", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("two", "a\n\n", 3, 0600), NULL, "a\n", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("empty", "\n", 1, 0600), NULL, "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("world", "s3cret", 6, 0602), NULL, "", &err), FIR_EDENIED);
    ck_assert_ptr_nonnull(strstr(err.message, "chmod o-w"));
    ck_assert_ptr_null(strstr(err.message, "s3cret"));
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("nul", "a\0b", 3, 0600), NULL, "", &err), FIR_EDENIED);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, path_of("none"), NULL, "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, dir, NULL, "", &err), FIR_EDENIED);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, "", NULL, "", &err), FIR_EINVAL);
    const char *fifo = path_of("fifo");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, fifo, NULL, "", &err), FIR_EDENIED);
}
END_TEST

START_TEST(file_size_is_bounded)
{
    fir_error err = {0};
    char *big = malloc(FIR__SECRET_MAX + 2);
    memset(big, 'k', FIR__SECRET_MAX + 1);
    big[FIR__SECRET_MAX] = '\n';
    const char *path = file_with("most", big, FIR__SECRET_MAX + 1, 0600);
    big[FIR__SECRET_MAX] = '\0';
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, path, NULL, big, &err), 0);
    big[FIR__SECRET_MAX] = 'k';
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, file_with("over", big, FIR__SECRET_MAX + 1, 0600), NULL, "", &err),
                     FIR_ELIMIT);
    free(big);
    ck_assert_int_eq(read_one(false, FIR__FROM_FILE, "/dev/zero", NULL, "", &err), FIR_EDENIED);
}
END_TEST

START_TEST(literals)
{
    fir_error err = {0};
    ck_assert_int_eq(read_one(false, FIR__FROM_CONFIG, "/slack_output/url", "https://x/T0K", "https://x/T0K", &err), 0);
    ck_assert_int_eq(read_one(false, FIR__FROM_CONFIG, "/slack_output/url", "", "", &err), FIR_ENOTFOUND);
    ck_assert_int_eq(read_one(false, FIR__SECRET_SOURCES, "x", "y", "", &err), FIR_EINVAL);
}
END_TEST

/* An allocator that keeps what it gets back, so that a test can look into it. */
static struct {
    unsigned char *p;
    size_t n;
} kept[64];
static size_t n_kept;

static void *keep_alloc(void *self, size_t n)
{
    (void)self;
    unsigned char *p = malloc(n + sizeof(size_t) * 2);
    memcpy(p, &n, sizeof n);
    return p + sizeof(size_t) * 2;
}

static void keep_release(void *self, void *p)
{
    (void)self;
    if (p != NULL && n_kept < 64) {
        kept[n_kept].p = (unsigned char *)p - sizeof(size_t) * 2;
        memcpy(&kept[n_kept++].n, (unsigned char *)p - sizeof(size_t) * 2, sizeof(size_t));
    }
}

static void *keep_resize(void *self, void *p, size_t n)
{
    ck_assert_ptr_null(p); /* the wiping allocator never resizes a block in place */
    return keep_alloc(self, n);
}

START_TEST(released_memory_holds_no_secret)
{
    fir_allocator keep = {sizeof keep, NULL, keep_alloc, keep_resize, keep_release}, wiping;
    fir__wipe_allocator(&keep, &wiping);
    ck_assert_int_eq(setenv("FIR_TEST_SECRET", "CANARY-0123456789", 1), 0);
    const char *path = file_with("canary", "CANARY-0123456789\n", 18, 0600);
    fir__secrets *s;
    ck_assert_int_eq(fir__secrets_new(&keep, true, &s, NULL), 0);
    fir__sbuf b;
    fir__sbuf_init(&b, &wiping, 1 << 16);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(fir__secret_read(s, FIR__FROM_ENV, FIR__S("FIR_TEST_SECRET"), FIR__S(""), &b, NULL), 0);
    }
    ck_assert_int_eq(fir__secret_read(s, FIR__FROM_FILE, fir__cstr(path), FIR__S(""), &b, NULL), 0);
    fir__sbuf_free(&b);
    fir__secrets_free(s);
    ck_assert_uint_ge(n_kept, 5);
    for (size_t i = 0; i < n_kept; i++) {
        ck_assert_ptr_null(memmem(kept[i].p, kept[i].n + sizeof(size_t) * 2, "CANARY", 6));
        free(kept[i].p);
    }
}
END_TEST

int main(void)
{
    if (mkdtemp(dir) == NULL) {
        return 99;
    }
    TCase *t = tcase_create("secret");
    tcase_add_test(t, environment_only_when_allowed);
    tcase_add_test(t, environment_is_read_once);
    tcase_add_test(t, files);
    tcase_add_test(t, file_size_is_bounded);
    tcase_add_test(t, literals);
    tcase_add_test(t, released_memory_holds_no_secret);
    Suite *s = suite_create("secret");
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? code : EXIT_FAILURE;
}
