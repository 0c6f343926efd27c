/* SPDX-License-Identifier: Apache-2.0 */
#include "field/field.h"

#include "field/table.h"

static const fir_str type_names[FIR__F_COUNT] = {
    [FIR__F_CHARBUF] = {"CHARBUF", 7},
    [FIR__F_FSPATH] = {"FSPATH", 6},
    [FIR__F_BYTEBUF] = {"BYTEBUF", 7},
    [FIR__F_BOOL] = {"BOOL", 4},
    [FIR__F_INT8] = {"INT8", 4},
    [FIR__F_INT16] = {"INT16", 5},
    [FIR__F_INT32] = {"INT32", 5},
    [FIR__F_INT64] = {"INT64", 5},
    [FIR__F_UINT8] = {"UINT8", 5},
    [FIR__F_UINT16] = {"UINT16", 6},
    [FIR__F_UINT32] = {"UINT32", 6},
    [FIR__F_UINT64] = {"UINT64", 6},
    [FIR__F_DOUBLE] = {"DOUBLE", 6},
    [FIR__F_PORT] = {"PORT", 4},
    [FIR__F_RELTIME] = {"RELTIME", 7},
    [FIR__F_ABSTIME] = {"ABSTIME", 7},
    [FIR__F_IPADDR] = {"IPADDR", 6},
    [FIR__F_IPNET] = {"IPNET", 5},
    [FIR__F_PID] = {"PID", 3},
    [FIR__F_FD] = {"FD", 2},
    [FIR__F_ERRNO] = {"ERRNO", 5},
    [FIR__F_FLAGS8] = {"FLAGS8", 6},
    [FIR__F_FLAGS16] = {"FLAGS16", 7},
    [FIR__F_FLAGS32] = {"FLAGS32", 7},
    [FIR__F_ENUMFLAGS8] = {"ENUMFLAGS8", 10},
    [FIR__F_ENUMFLAGS16] = {"ENUMFLAGS16", 11},
    [FIR__F_ENUMFLAGS32] = {"ENUMFLAGS32", 11},
    [FIR__F_MODE] = {"MODE", 4},
    [FIR__F_UID] = {"UID", 3},
    [FIR__F_GID] = {"GID", 3},
    [FIR__F_L4PROTO] = {"L4PROTO", 7},
    [FIR__F_SIGTYPE] = {"SIGTYPE", 7},
    [FIR__F_DYNAMIC] = {"DYNAMIC", 7},
    [FIR__F_PRIORITY] = {"PRIORITY", 8},
};

fir_str fir__ftype_name(fir__ftype t)
{
    return type_names[t];
}

fir__ftype fir__ftype_find(fir_str name)
{
    int t = 0;
    while (t < FIR__F_COUNT && !fir__str_eq(name, type_names[t])) {
        t++;
    }
    return (fir__ftype)t;
}

/* The element of a table sorted by names that stand first in it, or NULL. */
static const void *find(const void *table, size_t count, size_t size, fir_str name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = (const char *)table + middle * size;
        int order = fir__str_cmp(name, *(const fir_str *)(const void *)at);
        if (order == 0) {
            return at;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const fir__field *fir__field_find(fir_str name)
{
    return find(fir__field_table, FIR__FIELDS, sizeof fir__field_table[0], name);
}

/* Fields whose argument is written behind a dot. */
static const fir_str prefixes[] = {{"evt.arg", 7}, {"evt.rawarg", 10}, {"thread.cgroup", 13}};

/* The field before the dotted argument; *arg is what is behind it. */
static const fir__field *find_prefix(fir_str name, fir_str *arg)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t n = prefixes[i].len;
        if (fir__str_starts(name, prefixes[i]) && name.len > n + 1 && name.ptr[n] == '.') {
            *arg = fir__str_from(name, n + 1);
            return fir__field_find(prefixes[i]);
        }
    }
    return NULL;
}

/* Raw parameters have their own types. */
static fir__ftype raw_type(fir_str arg)
{
    const fir__raw_arg *known = find(fir__raw_arg_table, FIR__RAW_ARGS, sizeof fir__raw_arg_table[0], arg);
    return known != NULL ? known->type : FIR__F_DYNAMIC;
}

fir__field_ref fir__field_resolve(fir_str name, fir_str arg, bool has_arg)
{
    fir__field_ref ref = {.field = fir__field_find(name), .name = name, .arg = arg, .has_arg = has_arg, .type = FIR__F_CHARBUF};
    fir_str dotted = {NULL, 0};
    if (ref.field == NULL) {
        ref.field = find_prefix(name, &dotted);
    }
    if (ref.field != NULL) {
        ref.type = ref.field->type;
        ref.is_list = ref.field->is_list;
    }
    if (dotted.len != 0 && ref.type == FIR__F_DYNAMIC) {
        ref.type = (uint8_t)raw_type(dotted);
    }
    return ref;
}

static fir_str name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return fir__field_table[i].name;
}

fir_str fir__field_suggest(fir_str name)
{
    return fir__str_suggest(name, FIR__FIELDS, name_at, NULL);
}

size_t fir__field_count(void)
{
    return FIR__FIELDS;
}

const fir__field *fir__field_at(size_t i)
{
    return i < FIR__FIELDS ? &fir__field_table[i] : NULL;
}
