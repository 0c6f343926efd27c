/* SPDX-License-Identifier: Apache-2.0 */
#include "action/aws/ini.h"

static fir_str take_line(fir_str *file)
{
    size_t n = fir__str_find(*file, FIR__S("\n"));
    fir_str line = fir__str_to(*file, n);
    *file = n == SIZE_MAX ? FIR__S("") : fir__str_from(*file, n + 1);
    return line;
}

/* "[profile dev]" → is it the profile asked for? */
static bool names_profile(fir_str line, fir__ini_kind kind, fir_str profile)
{
    size_t end = fir__str_find(line, FIR__S("]"));
    fir_str name = fir__str_trim(fir__str_from(fir__str_to(line, end), 1));
    if (kind == FIR__INI_CONFIG) {
        bool long_form = fir__str_starts(name, FIR__S("profile ")) || fir__str_starts(name, FIR__S("profile\t"));
        if (!long_form && !fir__str_eq(name, FIR__S("default"))) {
            return false; /* [sso-session …], [services …] */
        }
        name = long_form ? fir__str_trim(fir__str_from(name, sizeof "profile" - 1)) : name;
    }
    return end != SIZE_MAX && fir__str_eq(name, profile);
}

/* Goes through the file; *value gets that of the key, when there is one. True: the profile is there. */
static bool scan(fir_str file, fir__ini_kind kind, fir_str profile, fir_str key, fir_str *value)
{
    bool inside = false, found = false;
    while (file.len != 0) {
        fir_str line = take_line(&file), text = fir__str_trim(line);
        if (text.len == 0 || text.ptr[0] == '#' || text.ptr[0] == ';') {
            continue;
        }
        if (text.ptr[0] == '[') {
            inside = names_profile(text, kind, profile);
            found = found || inside;
            continue;
        }
        size_t equals = fir__str_find(text, FIR__S("="));
        bool indented = line.ptr[0] == ' ' || line.ptr[0] == '\t';
        if (inside && !indented && equals != SIZE_MAX && fir__str_eq_nocase(fir__str_trim(fir__str_to(text, equals)), key)) {
            *value = fir__str_trim(fir__str_from(text, equals + 1));
        }
    }
    return found;
}

bool fir__ini_has(fir_str file, fir__ini_kind kind, fir_str profile)
{
    fir_str none;
    return scan(file, kind, profile, FIR__S(""), &none);
}

fir_str fir__ini_get(fir_str file, fir__ini_kind kind, fir_str profile, fir_str key)
{
    fir_str value = {NULL, 0};
    (void)scan(file, kind, profile, key, &value);
    return value;
}
