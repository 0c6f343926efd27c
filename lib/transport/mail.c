/* SPDX-License-Identifier: Apache-2.0 */
/* A mail by SMTP. libcurl speaks with the server; this file hands it the message, listens to the replies, and judges from them
 * whether the mail was taken: what was refused may be sent again, what may have been taken may not. */
#include <stdio.h>

#include "base/time.h"
#include "transport/transfer.h"

static size_t give(char *to, size_t size, size_t count, void *user)
{
    fir__transfer *t = user;
    fir__mail *m = &t->mail;
    size_t n = size * count < m->left.len ? size * count : m->left.len;
    if (n != 0) {
        memcpy(to, m->left.ptr, n);
        m->left = fir__str_from(m->left, n);
    }
    m->given = m->given || n == 0;
    return n;
}

static void take_reply(fir__transfer *t, uint16_t code, fir_str line)
{
    fir__mail *m = &t->mail;
    if (code == 221) { /* to the QUIT behind all that counts */
        return;
    }
    size_t n = line.len < sizeof m->last.text - 1 ? line.len : sizeof m->last.text - 1;
    m->last.code = code;
    for (size_t i = 0; i < n; i++) {
        char c = line.ptr[i];
        m->last.text[i] = (char)(c < 0x20 || c > 0x7e ? '?' : c);
    }
    m->last.text[n] = '\0';
    if (code == 354 && !m->data) {
        m->data = true;
    } else if (!m->data) {
        m->recent[m->n_replies++ % m->n_to] = m->last;
    }
}

/* Each line that the server says. Behind the handshake the first one comes before anything secret is told. */
static size_t take_line(char *p, size_t size, size_t count, void *user)
{
    fir__transfer *t = user;
    size_t n = size * count;
    fir_str line = fir__str_trim(fir__str(p, n));
    uint64_t code;
    t->head_bytes += n;
    if (t->head_bytes > FIR__REQUEST_MAX_HEAD) {
        fir__transfer_stop(t, FIR_ELIMIT, "the server says too much", "");
        return 0;
    }
    struct curl_certinfo *chain = NULL;
    if (t->tls && !t->certificate_checked && curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &chain) == CURLE_OK && chain != NULL &&
        chain->num_of_certs > 0) {
        if (!fir__certificate_fits(t)) {
            fir__transfer_stop(t, FIR_EDENIED, "the certificate does not name the host among its subject alternative names", "");
            return 0;
        }
        t->certificate_checked = true;
    }
    if (line.len >= 3 && (line.len == 3 || line.ptr[3] == ' ') && fir__str_u64(fir__str_to(line, 3), &code) && code >= 200) {
        take_reply(t, (uint16_t)code, line);
    }
    return n;
}

/* Sets an option; the first failure stays in *rc. */
#define SET(option, value) (rc = rc != CURLE_OK ? rc : curl_easy_setopt(e, (option), (value)))

static CURLcode set_envelope(fir__transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    struct curl_slist *list = NULL, **end = &list;
    fir_str from = fir__arena_str(&t->arena, rq->mail_from);
    fir_str *to = fir__arena_array(&t->arena, rq->n_mail_to, sizeof *to);
    t->mail.recent = fir__arena_array(&t->arena, rq->n_mail_to, sizeof *t->mail.recent);
    if (from.ptr == NULL || to == NULL || t->mail.recent == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < rq->n_mail_to; i++) {
        struct curl_slist *l = fir__arena_zalloc(&t->arena, sizeof *l);
        to[i] = fir__arena_str(&t->arena, rq->mail_to[i]);
        if (l == NULL || to[i].ptr == NULL) {
            return CURLE_OUT_OF_MEMORY;
        }
        l->data = (char *)(uintptr_t)to[i].ptr; /* libcurl only reads the list */
        *end = l;
        end = &l->next;
    }
    t->mail.to = to;
    t->mail.n_to = rq->n_mail_to;
    SET(CURLOPT_MAIL_FROM, from.ptr);
    SET(CURLOPT_MAIL_RCPT, list);
#if LIBCURL_VERSION_NUM >= 0x080200
    SET(CURLOPT_MAIL_RCPT_ALLOWFAILS, 1L);
#else
    SET(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
#endif
    return rc;
}

static CURLcode set_credentials(fir__transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    if (rq->user.len == 0) {
        return rc;
    }
    fir_str user = fir__arena_str(&t->arena, rq->user), password = fir__arena_str(&t->arena, rq->password);
    if (user.ptr == NULL || password.ptr == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_USERNAME, user.ptr);
    SET(CURLOPT_PASSWORD, password.ptr);
    return rc;
}

CURLcode fir__mail_options(fir__transfer *t, const fir_http_request *rq)
{
    CURL *e = t->easy;
    CURLcode rc = CURLE_OK;
    t->mail.left = fir__arena_str(&t->arena, rq->body);
    if (t->mail.left.ptr == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_PROTOCOLS_STR, fir__str_starts(rq->url, FIR__S("smtps:")) ? "smtps" : "smtp");
    SET(CURLOPT_USE_SSL, (long)(t->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, give);
    SET(CURLOPT_READDATA, t);
    SET(CURLOPT_HEADERFUNCTION, take_line);
    SET(CURLOPT_FRESH_CONNECT, 1L); /* a connection has somebody's name behind it */
    SET(CURLOPT_FORBID_REUSE, 1L);
    /* libcurl waits for the reply to its QUIT, and for two minutes if nobody says how long: all other requests would wait too. */
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(rq->timeout_ns / FIR__SECOND + (rq->timeout_ns % FIR__SECOND != 0)));
    rc = rc != CURLE_OK ? rc : set_envelope(t, rq);
    return rc != CURLE_OK ? rc : set_credentials(t, rq);
}

/* Makes a header of the result of each recipient that was refused. */
static void tell_refused(fir__transfer *t)
{
    fir__mail *m = &t->mail;
    for (size_t i = 0; m->data && m->n_replies >= m->n_to && i < m->n_to; i++) {
        const fir__reply *r = &m->recent[(m->n_replies + i) % m->n_to];
        if (r->code >= 400) {
            t->headers[t->n_headers++] = (fir_http_header){m->to[i], fir__cstr(r->text)};
        }
    }
    t->result.headers = t->headers;
    t->result.n_headers = t->n_headers;
}

/* These say something about the connection; behind the others stands the server's last reply. */
static bool is_about_connection(CURLcode rc)
{
    return rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_OUT_OF_MEMORY || rc == CURLE_PEER_FAILED_VERIFICATION ||
           rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST;
}

/* Should a version of libcurl not show us every reply, it still knows the last one's code. */
static void take_last_code(fir__transfer *t)
{
    fir__reply *last = &t->mail.last;
    long code = 0;
    if (curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK && code >= 200 && code <= 599 && code != last->code) {
        last->code = (uint16_t)code;
        (void)snprintf(last->text, sizeof last->text, "%ld", code);
    }
}

void fir__mail_result(fir__transfer *t, CURLcode rc)
{
    fir__mail *m = &t->mail;
    take_last_code(t);
    bool no = m->last.code >= 400 && m->last.code <= 599; /* any other number says nothing of the mail */
    bool refused = rc != CURLE_OK && t->own_code == 0 && !is_about_connection(rc) && no;
    t->result.sent = m->given && !refused;
    if (rc == CURLE_OK) {
        t->result.status = m->last.code;
        tell_refused(t);
    } else if (refused && m->last.code < 500) {
        fir__result_message(&t->result, FIR_ETRANSPORT, m->last.text);
    } else if (rc == CURLE_USE_SSL_FAILED && t->own_code == 0) {
        fir__result_message(&t->result, FIR_EDENIED, "the mail server offers no STARTTLS");
    } else if (refused) {
        t->result.status = m->last.code;
        t->result.body = fir__cstr(m->last.text);
    } else {
        fir__transfer_failed(t, rc);
    }
}
