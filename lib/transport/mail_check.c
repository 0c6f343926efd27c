/* SPDX-License-Identifier: Apache-2.0 */
/* What a mail may look like, before a server hears of it: an address that is more than one, a line that ends elsewhere than the
 * server thinks, would be a second recipient or a second mail. */
#include "transport/request.h"

enum { MAX_LOCAL = 64, MAX_ADDRESS = 254, MAX_CREDENTIAL = 4096 };

static bool is_atom_char(char c)
{
    return fir__is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Words of atom characters with single dots between. */
static bool is_dotted(fir_str s)
{
    bool dot = true;
    for (size_t i = 0; i < s.len; i++) {
        bool is_dot = s.ptr[i] == '.';
        if (is_dot ? dot : !is_atom_char(s.ptr[i])) {
            return false;
        }
        dot = is_dot;
    }
    return !dot;
}

static bool is_domain(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '.') {
            return false;
        }
    }
    return is_dotted(s);
}

bool fir__mail_address(fir_str s)
{
    size_t at = fir__str_find(s, FIR__S("@"));
    return s.len <= MAX_ADDRESS && at <= MAX_LOCAL && is_dotted(fir__str_to(s, at)) && is_domain(fir__str_from(s, at + 1)) &&
           s.ptr[0] != '-';
}

static bool is_credential(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    return s.len <= MAX_CREDENTIAL;
}

/* Every CR has its LF and every LF its CR, or a server that is less strict sees the end of the mail where we see none. */
static bool has_whole_lines(fir_str s)
{
    size_t start = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\n' || s.ptr[i] == '\0' || (s.ptr[i] == '\r' && (i + 1 == s.len || s.ptr[i + 1] != '\n'))) {
            return false;
        }
        if (s.ptr[i] == '\r') {
            if (i - start > FIR__MAIL_MAX_LINE) {
                return false;
            }
            start = i + 2;
            i++;
        }
    }
    return start == s.len && s.len != 0;
}

int fir__mail_check(const fir_http_request *rq, fir__carriage carriage, fir_error *err)
{
    if (carriage != FIR__BY_MAIL) {
        bool any = rq->mail_from.len != 0 || rq->n_mail_to != 0 || rq->user.len != 0 || rq->password.len != 0 ||
                   (rq->flags & FIR_MAIL_PLAIN) != 0;
        return any ? fir__fail(err, FIR_EINVAL, "what belongs to a mail, where the URL is not smtp:// or smtps://") : 0;
    }
    if (rq->n_mail_to == 0 || rq->n_mail_to > FIR__MAIL_MAX_TO) {
        return fir__fail(err, FIR_EINVAL, "a mail needs at least one recipient, and may have at most %d", FIR__MAIL_MAX_TO);
    }
    bool ok = fir__mail_address(rq->mail_from);
    for (size_t i = 0; i < rq->n_mail_to; i++) {
        ok = ok && fir__mail_address(rq->mail_to[i]);
    }
    if (!ok) {
        return fir__fail(err, FIR_EDENIED, "an address of the mail is not of the form name@domain");
    }
    if ((rq->user.len == 0) != (rq->password.len == 0) || !is_credential(rq->user) || !is_credential(rq->password)) {
        return fir__fail(err, FIR_EDENIED, "user and password belong together, and hold no control characters");
    }
    if (!has_whole_lines(rq->body)) {
        return fir__fail(err, FIR_EDENIED, "the lines of a mail end in CR LF, are at most %d bytes long and hold no NUL",
                         FIR__MAIL_MAX_LINE);
    }
    return 0;
}
