/* SPDX-License-Identifier: Apache-2.0 */
/* aws:s3: one object is put. Its key follows from the alert and the action, so that a repeat writes the same object again. */
#include <stdio.h>

#include "action/aws/alert.h"
#include "action/aws/sigv4.h"
#include "action/aws/types.h"
#include "base/digest.h"
#include "base/time.h"

enum { MAX_KEY = 1024, MAX_PATH_TEXT = 4 * MAX_KEY };

/* As it becomes part of a host's name. */
static bool is_bucket(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool inner = i != 0 && i != s.len - 1;
        char c = s.ptr[i];
        if (!fir__is_digit(c) && !(c >= 'a' && c <= 'z') && !(inner && (c == '-' || c == '.'))) {
            return false;
        }
    }
    return s.len >= 3 && s.len <= 63 && fir__str_find(s, FIR__S("..")) == SIZE_MAX;
}

/* "falco/2026-07-14/ACTION.json" */
static int default_key(fir__aws *a, fir_str *out)
{
    int64_t at = fir__aws_alert_time(a);
    fir__calendar t = fir__time_calendar(at);
    fir_str id = a->c->action_id;
    *out = at == 0 ? fir__aws_text(a, "undated/%.*s.json", (int)id.len, id.ptr)
                   : fir__aws_text(a, "%04d-%02u-%02u/%.*s.json", (int)t.year, t.month, t.day, (int)id.len, id.ptr);
    return out->ptr == NULL ? fir__aws_no_room(a) : 0;
}

static int settle_key(fir__aws *a, fir_str *out)
{
    fir_str prefix = fir__aws_parameter(a, "prefix"), key = fir__aws_parameter(a, "key");
    int rc = key.len == 0 ? default_key(a, &key) : 0;
    if (rc != 0) {
        return rc;
    }
    while (prefix.len != 0 && prefix.ptr[prefix.len - 1] == '/') {
        prefix.len--;
    }
    *out = prefix.len == 0 ? key
                           : fir__aws_text(a, "%.*s/%.*s", (int)prefix.len, prefix.ptr, (int)key.len, key.len != 0 ? key.ptr : "");
    if (out->ptr == NULL) {
        return fir__aws_no_room(a);
    }
    if (out->len > MAX_KEY || memchr(out->ptr, '\0', out->len) != NULL) {
        return fir__aws_no(a, FIR_EINVAL, true, "S3: the key is longer than %d bytes, or holds a NUL", MAX_KEY);
    }
    return 0;
}

/* A segment of dots would be taken for a way upwards by whoever reads the URL. */
static bool has_dots(fir_str key)
{
    for (size_t i = 0; i <= key.len;) {
        fir_str rest = fir__str_from(key, i), segment = fir__str_to(rest, fir__str_find(rest, FIR__S("/")));
        if (fir__str_eq(segment, FIR__S(".")) || fir__str_eq(segment, FIR__S(".."))) {
            return true;
        }
        i += segment.len + 1;
    }
    return false;
}

/* The bucket is a part of the host, but where its name or an address of somebody else's does not allow it. */
static int settle_place(fir__aws *a, fir_str bucket, fir_str key)
{
    fir__sbuf path;
    bool in_path = fir__aws_is_overridden(a, "s3") || fir__str_find(bucket, FIR__S(".")) != SIZE_MAX;
    fir__sbuf_init(&path, &a->c->wiping, MAX_PATH_TEXT);
    fir__sbuf_char(&path, '/');
    if (in_path) {
        fir__sbuf_str(&path, bucket);
        fir__sbuf_char(&path, '/');
    } else {
        a->request.host = fir__aws_text(a, "%.*s.", (int)bucket.len, bucket.ptr);
    }
    fir__aws_encode(&path, key, true);
    if (!in_path && a->request.host.ptr == NULL) {
        fir__sbuf_free(&path);
        return fir__aws_no_room(a);
    }
    return fir__aws_keep(a, &path, &a->request.path);
}

static void add(fir__aws *a, fir_str name, fir_str value)
{
    if (value.len != 0) {
        a->request.more[a->request.n_more++] = (fir_http_header){name, value};
    }
}

/* Buckets with a lock want a checksum; the others check it all the same. */
static int put_checksum(fir__aws *a)
{
    uint8_t digest[FIR__SHA256];
    fir_str text = {NULL, 0};
    fir__sbuf b;
    fir__sbuf_init(&b, &a->c->wiping, 100);
    int rc = fir__sha256(a->request.body, digest);
    if (rc != 0) {
        return fir__aws_no(a, rc, rc != FIR_ENOMEM, "S3: the checksum cannot be computed");
    }
    fir__base64_encode(&b, fir__str((const char *)digest, sizeof digest));
    rc = fir__aws_keep(a, &b, &text);
    add(a, FIR__S("X-Amz-Checksum-Sha256"), text);
    return rc;
}

static int put(fir__aws *a)
{
    fir_str bucket = fir__aws_parameter(a, "bucket"), body = fir__aws_parameter(a, "body"), key = {NULL, 0};
    fir_str type = fir__aws_parameter(a, "content_type"), kms = fir__aws_parameter(a, "kms_key_id");
    if (!is_bucket(bucket)) {
        return fir__aws_no(a, FIR_EINVAL, true, "S3: the bucket's name is no name of a bucket");
    }
    int rc = fir__aws_settle_region(a, FIR__S(""));
    rc = rc != 0 ? rc : settle_key(a, &key);
    if (rc == 0 && has_dots(key)) {
        rc = fir__aws_no(a, FIR_EDENIED, true, "S3: the key has a segment that is . or ..");
    }
    rc = rc != 0 ? rc : settle_place(a, bucket, key);
    if (rc != 0) {
        return rc;
    }
    a->request.method = FIR__S("PUT");
    a->request.body = body.len != 0 ? body : a->c->event;
    a->request.content_type = type.len != 0 ? type : FIR__S("application/json");
    add(a, FIR__S("X-Amz-Acl"), fir__aws_parameter(a, "acl"));
    add(a, FIR__S("X-Amz-Storage-Class"), fir__aws_parameter(a, "storage_class"));
    add(a, FIR__S("X-Amz-Server-Side-Encryption"), kms.len != 0 ? FIR__S("aws:kms") : FIR__S(""));
    add(a, FIR__S("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"), kms);
    return (rc = put_checksum(a)) != 0 ? rc : FIR_CALL_REQUEST;
}

static int s3(fir__aws *a, const fir_http_result *r)
{
    if (r == NULL) {
        return put(a);
    }
    return r->status == 200 ? FIR_CALL_DONE : fir__aws_fail(a, r, "S3");
}

int fir__aws_s3_advance(void *self, fir_call *c)
{
    fir__aws *a = fir__aws_of(self, c, "s3");
    return a != NULL ? fir__aws_run(a, s3) : FIR_ENOMEM;
}
