/* SPDX-License-Identifier: Apache-2.0 */
/* `falcoir approvals, approve, reject, pause, resume, feedback, undo`: an operator's word to the engine of a data directory. */
#include "operate.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "history.h"
#include "show.h"

#define SECOND INT64_C(1000000000)

/* Who asks: --who, or this user's name on this machine. */
static const char *who_asks(const arguments *a, char *buffer, size_t size)
{
    struct passwd entry, *found = NULL;
    char text[1024];
    const char *who = value_of(a, "who");
    if (who != NULL) {
        return who;
    }
    if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found != NULL) {
        (void)snprintf(buffer, size, "%s", found->pw_name);
    } else {
        (void)snprintf(buffer, size, "uid %lu", (unsigned long)getuid());
    }
    return buffer;
}

/* The whole id, from the journal. What that does not know no engine of it does, unless a part of it cannot be read. A token behind
 * an approval's id stays there. */
static int complete(const arguments *a, const char *verb, const char *id, char *out, size_t size)
{
    fir_journal *j;
    history h;
    bool several = false, approval = strcmp(verb, "approve") == 0 || strcmp(verb, "reject") == 0;
    const char *token = approval ? strchr(id, '.') : NULL;
    char beginning[FIR_STORE_MAX_ID + 1];
    (void)snprintf(out, size, "%s", id);
    (void)snprintf(beginning, sizeof beginning, "%.*s", (int)(token != NULL ? token - id : FIR_STORE_MAX_ID), id);
    int code = journal_of(a, &j);
    if (code != 0) {
        return code;
    }
    code = history_read(a, j, &h);
    const char *whole = code == 0 ? whole_id(approval ? h.approvals : h.actions, beginning, &several) : NULL;
    if (whole != NULL) {
        (void)snprintf(out, size, "%s%s", whole, token != NULL ? token : "");
    } else if (code == 0 && several) {
        code = usage_error(a, "several ids begin with '%s'", beginning);
    } else if (code == 0 && strlen(beginning) < SHORTEST_ID) {
        code = usage_error(a, "wants at least the first %d characters of an id", (int)SHORTEST_ID);
    } else if (code == 0 && h.unread == 0) {
        (void)impossible(a, "the journal knows no %s '%s'", approval ? "approval" : "action", beginning);
        code = EXIT_NO;
    }
    history_free(&h);
    fir_journal_free(j);
    return code;
}

static bool read_wait(const arguments *a, int64_t *ns)
{
    const char *text = value_of(a, "wait");
    char *end;
    *ns = 10 * SECOND;
    if (text == NULL) {
        return true;
    }
    errno = 0;
    long seconds = strtol(text, &end, 10);
    *ns = seconds * SECOND;
    return errno == 0 && end != text && (*end == '\0' || strcmp(end, "s") == 0) && seconds >= 0 && seconds <= 86400;
}

static void answer(const arguments *a, const char *status, const char *text)
{
    if (given(a, "json")) {
        json_t *o = json_pack("{s:s, s:s}", "message", text, "status", status);
        put_json_line(o);
        json_decref(o);
    } else {
        say("%s", text);
    }
}

int operate(const arguments *a, const char *verb, const char *id, bool yes)
{
    char whole[FIR_STORE_MAX_ID + 1], user[256], text[FIR_STORE_MAX_ID + 64];
    fir_command c = {.size = sizeof c, .verb = verb, .why = value_of(a, "why"), .yes = yes};
    fir_error e;
    int64_t wait_ns;
    if (value_of(a, "data") == NULL) {
        return usage_error(a, "wants --data DIR, the data directory");
    }
    if (!read_wait(a, &wait_ns)) {
        return usage_error(a, "--wait wants seconds");
    }
    if (id != NULL) {
        int code =
            strlen(id) > FIR_STORE_MAX_ID ? usage_error(a, "'%.20s…' is no id", id) : complete(a, verb, id, whole, sizeof whole);
        if (code != 0) {
            return code;
        }
        c.id = whole;
    }
    c.who = who_asks(a, user, sizeof user);
    int rc = fir_command_send(value_of(a, "data"), &c, wait_ns, &e);
    if (rc == 0) {
        (void)snprintf(text, sizeof text, "%s%s%s: done", verb, id != NULL ? " " : "", id != NULL ? whole : "");
        answer(a, "done", text);
        return EXIT_FINE;
    }
    if (rc == FIR_EAGAIN) { /* it is on its way */
        answer(a, "left", e.message);
        return EXIT_FINE;
    }
    int code = impossible(a, "%s", e.message);
    return rc == FIR_EINVAL ? EXIT_USAGE : rc == FIR_ENOTFOUND || rc == FIR_ESTATE || rc == FIR_EDENIED ? EXIT_NO : code;
}

static int with_id(const arguments *a, const char *verb)
{
    return a->n_operands == 1 ? operate(a, verb, a->operands[0], false) : usage_error(a, "wants one id");
}

static int without_id(const arguments *a, const char *verb)
{
    return a->n_operands == 0 ? operate(a, verb, NULL, false) : usage_error(a, "takes no operand");
}

int run_approve(const arguments *a)
{
    return with_id(a, "approve");
}

int run_reject(const arguments *a)
{
    return with_id(a, "reject");
}

int run_undo(const arguments *a)
{
    return with_id(a, "undo");
}

int run_pause(const arguments *a)
{
    return without_id(a, "pause");
}

int run_resume(const arguments *a)
{
    return without_id(a, "resume");
}

int run_feedback(const arguments *a)
{
    const char *what = a->n_operands == 2 ? a->operands[1] : "";
    bool yes = strcmp(what, "tp") == 0 || strcmp(what, "true-positive") == 0;
    if (!yes && strcmp(what, "fp") != 0 && strcmp(what, "false-positive") != 0) {
        return usage_error(a, "wants an id, and tp (the alert was right) or fp (a false alarm)");
    }
    return operate(a, "feedback", a->operands[0], yes);
}

/* ---- approvals ---- */

static void show_approval(const json_t *o)
{
    char asked[32] = "";
    const json_t *action;
    size_t i;
    int64_t ns;
    if (number_of(o, "asked", &ns)) {
        time_text(ns, asked);
    }
    say("%s  %s  %s  %s, expires %s", text_of(o, "approval"), text_of(o, "status"), text_of(o, "rule"), asked,
        text_of(o, "expires"));
    json_array_foreach(json_object_get(o, "actions"), i, action)
    {
        say("    %s  %.12s  %s", text_of(action, "use"), text_of(action, "action_id"), text_of(action, "target"));
    }
}

int run_approvals(const arguments *a)
{
    fir_journal *j;
    history h;
    const char *id;
    json_t *o;
    if (a->n_operands != 0) {
        return usage_error(a, "takes no operand");
    }
    int code = journal_of(a, &j);
    if (code != 0) {
        return code;
    }
    code = history_read(a, j, &h);
    json_object_foreach(h.approvals, id, o)
    {
        if (code == 0 && (given(a, "all") || strcmp(text_of(o, "status"), "pending") == 0)) {
            given(a, "json") ? put_json_line(o) : show_approval(o);
        }
    }
    history_free(&h);
    fir_journal_free(j);
    return code;
}
