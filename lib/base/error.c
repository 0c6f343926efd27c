/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

_Static_assert(sizeof(fir_error) == 512, "fir_error is 512 bytes for ever");

/* Cuts a message that was too long at a character's start. */
static void cut_to_fit(char *message, size_t size, int wanted)
{
    if (wanted >= 0 && (size_t)wanted >= size) {
        message[fir__utf8_floor(fir__str(message, size - 1), size - 1)] = '\0';
    }
}

/* What a message quotes may be no UTF-8: each broken byte shows as '?'. */
static void make_utf8(char *message)
{
    size_t n = strlen(message);
    for (size_t i = 0; i < n;) {
        i += fir__utf8_valid(fir__str(message + i, n - i));
        if (i < n) {
            message[i++] = '?';
        }
    }
}

__attribute__((format(printf, 4, 0))) static void fill(fir_error *err, int32_t code, fir__place at, const char *format,
                                                       va_list args)
{
    memset(err, 0, sizeof *err);
    err->code = code;
    err->line = at.line;
    err->column = at.column;
    err->offset = at.offset;
    size_t plain = strcspn(format, "%");
    if (plain < sizeof err->message && format[plain] == '\0') { /* "call again" comes with each piece of a stream */
        memcpy(err->message, format, plain + 1);
        return;
    }
    int n = vsnprintf(err->message, sizeof err->message, format, args);
    cut_to_fit(err->message, sizeof err->message, n);
    make_utf8(err->message);
}

int fir__fail(fir_error *err, int32_t code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, (fir__place){0, 0, 0}, format, args);
        va_end(args);
    }
    return code;
}

int fir__fail_at(fir_error *err, int32_t code, fir__place at, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, code, at, format, args);
        va_end(args);
    }
    return code;
}

fir__place fir__place_of(fir_str text, size_t offset)
{
    fir__place at = {offset, 1, 1};
    size_t end = offset < text.len ? offset : text.len;
    for (size_t i = 0; i < end; i++) {
        if (text.ptr[i] == '\n' || text.ptr[i] == '\r') {
            at.line++;
            at.column = 1;
        } else {
            at.column++;
        }
    }
    return at;
}

void fir__error_origin(fir_error *err, fir_str origin)
{
    if (err == NULL || origin.len == 0) {
        return;
    }
    size_t room = sizeof err->origin - 1;
    if (origin.len > room) {
        origin = fir__str_from(origin, origin.len - room);
        while (origin.len != 0 && ((unsigned char)origin.ptr[0] & 0xC0) == 0x80) { /* not in the middle of a character */
            origin = fir__str_from(origin, 1);
        }
    }
    memcpy(err->origin, origin.ptr, origin.len);
    err->origin[origin.len] = '\0';
}

int fir__check_options(const void *options, size_t size, size_t least, size_t known, fir_error *err)
{
    if (size < least) {
        return fir__fail(err, FIR_EINVAL, "the options' size is %zu, at least %zu is needed; set it to sizeof the struct", size,
                         least);
    }
    const unsigned char *p = options;
    for (size_t i = known; i < size; i++) {
        if (p[i] != 0) {
            return fir__fail(err, FIR_EINVAL, "an option is set that this version does not know (byte %zu of the options)", i);
        }
    }
    return 0;
}

static const struct {
    int32_t code;
    const char *name;
} codes[] = {
    {FIR_OK, "FIR_OK"},
    {FIR_ENOMEM, "FIR_ENOMEM"},
    {FIR_EINVAL, "FIR_EINVAL"},
    {FIR_ELIMIT, "FIR_ELIMIT"},
    {FIR_EPARSE, "FIR_EPARSE"},
    {FIR_ECOMPILE, "FIR_ECOMPILE"},
    {FIR_ETYPE, "FIR_ETYPE"},
    {FIR_ENOTFOUND, "FIR_ENOTFOUND"},
    {FIR_EAGAIN, "FIR_EAGAIN"},
    {FIR_EBUSY, "FIR_EBUSY"},
    {FIR_ESTATE, "FIR_ESTATE"},
    {FIR_ETIMEOUT, "FIR_ETIMEOUT"},
    {FIR_ECANCELLED, "FIR_ECANCELLED"},
    {FIR_ECALLBACK, "FIR_ECALLBACK"},
    {FIR_EDENIED, "FIR_EDENIED"},
    {FIR_EACTION, "FIR_EACTION"},
    {FIR_ETRANSPORT, "FIR_ETRANSPORT"},
    {FIR_EIO, "FIR_EIO"},
    {FIR_EUNSUPPORTED, "FIR_EUNSUPPORTED"},
    {FIR_EVERSION, "FIR_EVERSION"},
    {FIR_EINTERNAL, "FIR_EINTERNAL"},
};

const char *fir_code_name(int32_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code == code) {
            return codes[i].name;
        }
    }
    return "FIR_UNKNOWN";
}

const char *fir_version_string(void)
{
    return FIR_VERSION_STRING;
}

int fir_check_version(uint32_t built_against)
{
    uint32_t major = built_against >> 16, minor = (built_against >> 8) & 0xff;
    bool fits = major == FIR_VERSION_MAJOR && (major != 0 ? minor <= FIR_VERSION_MINOR : minor == FIR_VERSION_MINOR);
    return fits ? 0 : FIR_EVERSION;
}
