/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/types.h"

#define OP(name) (1u << FIR__OP_##name)
#define X(name) (1u << FIR__X_##name)

enum {
    BASIC = OP(EXISTS) | OP(EQ) | OP(NE) | OP(IN) | OP(INTERSECTS),
    ORDER = OP(LT) | OP(LE) | OP(GT) | OP(GE),
    NUMBER_OPS = BASIC | ORDER,
    TEXT_OPS = BASIC | ORDER | OP(CONTAINS) | OP(ICONTAINS) | OP(STARTSWITH) | OP(ENDSWITH) | OP(GLOB) | OP(IGLOB) | OP(REGEX) |
               OP(PMATCH),
    BUFFER_OPS = BASIC | OP(CONTAINS) | OP(BCONTAINS) | OP(STARTSWITH) | OP(BSTARTSWITH) | OP(ENDSWITH),
    LIST_OPS = OP(EXISTS) | OP(IN) | OP(INTERSECTS),
    VALUE_TEXT = TEXT_OPS & ~(OP(EXISTS) | OP(REGEX) | OP(PMATCH)),
    VALUE_NUMBER = NUMBER_OPS & ~OP(EXISTS),
    VALUE_BUFFER = BUFFER_OPS & ~OP(EXISTS),
    VALUE_BASIC = BASIC & ~OP(EXISTS),
    FOLD = X(TOUPPER) | X(TOLOWER),
    LIST_CALLS = X(LEN) | X(JOIN)
};

#define NUMBER(class_, bits_, list_)                                                                                               \
    {                                                                                                                              \
        FIR__C_##class_, bits_, FIR__FAMILY_NUMERIC, NUMBER_OPS, list_, VALUE_NUMBER, 0, LIST_CALLS                                \
    }

static const fir__type_rules rules[FIR__F_COUNT] = {
    [FIR__F_CHARBUF] = {FIR__C_TEXT, 0, FIR__FAMILY_STRING, TEXT_OPS, LIST_OPS, VALUE_TEXT,
                        FOLD | X(B64) | X(BASENAME) | X(LEN) | X(CONCAT), FOLD | X(B64) | X(BASENAME) | LIST_CALLS | X(GETOPT)},
    [FIR__F_FSPATH] = {FIR__C_TEXT, 0, FIR__FAMILY_STRING, TEXT_OPS, OP(EXISTS), VALUE_TEXT, FOLD | X(BASENAME) | X(LEN),
                       FOLD | X(BASENAME) | LIST_CALLS},
    [FIR__F_BYTEBUF] = {FIR__C_TEXT, 0, FIR__FAMILY_BUFFER, BUFFER_OPS, OP(EXISTS), VALUE_BUFFER, X(B64) | X(LEN),
                        X(B64) | LIST_CALLS},
    [FIR__F_BOOL] = {FIR__C_UINT, 1, FIR__FAMILY_NUMERIC, BASIC, LIST_OPS, VALUE_BASIC, 0, LIST_CALLS},
    [FIR__F_INT8] = NUMBER(INT, 8, OP(EXISTS)),
    [FIR__F_INT16] = NUMBER(INT, 16, OP(EXISTS)),
    [FIR__F_INT32] = NUMBER(INT, 32, OP(EXISTS)),
    [FIR__F_INT64] = NUMBER(INT, 64, OP(EXISTS)),
    [FIR__F_UINT8] = NUMBER(UINT, 8, OP(EXISTS)),
    [FIR__F_UINT16] = NUMBER(UINT, 16, OP(EXISTS)),
    [FIR__F_UINT32] = NUMBER(UINT, 32, OP(EXISTS)),
    [FIR__F_UINT64] = NUMBER(UINT, 64, LIST_OPS),
    [FIR__F_DOUBLE] = NUMBER(REAL, 64, OP(EXISTS)),
    [FIR__F_PORT] = NUMBER(UINT, 16, OP(EXISTS)),
    [FIR__F_RELTIME] = NUMBER(UINT, 64, LIST_OPS),
    [FIR__F_ABSTIME] = NUMBER(UINT, 64, LIST_OPS),
    [FIR__F_PID] = NUMBER(INT, 64, OP(EXISTS)),
    [FIR__F_FD] = NUMBER(INT, 64, OP(EXISTS)),
    [FIR__F_ERRNO] = NUMBER(INT, 64, OP(EXISTS)),
    [FIR__F_FLAGS8] = NUMBER(UINT, 8, OP(EXISTS)),
    [FIR__F_FLAGS16] = NUMBER(UINT, 16, OP(EXISTS)),
    [FIR__F_FLAGS32] = NUMBER(UINT, 32, OP(EXISTS)),
    [FIR__F_ENUMFLAGS8] = NUMBER(UINT, 8, OP(EXISTS)),
    [FIR__F_ENUMFLAGS16] = NUMBER(UINT, 16, OP(EXISTS)),
    [FIR__F_ENUMFLAGS32] = NUMBER(UINT, 32, OP(EXISTS)),
    [FIR__F_MODE] = NUMBER(UINT, 32, OP(EXISTS)),
    [FIR__F_IPADDR] = {FIR__C_ADDR, 0, FIR__FAMILY_ADDRESS, BASIC, LIST_OPS, VALUE_BASIC, 0, LIST_CALLS},
    [FIR__F_IPNET] = {FIR__C_ADDR, 0, FIR__FAMILY_ADDRESS, BASIC, LIST_OPS, 0, 0, LIST_CALLS},
    [FIR__F_UID] = {FIR__C_NONE, 0, FIR__FAMILY_NUMERIC, OP(EXISTS), OP(EXISTS), 0, 0, LIST_CALLS},
    [FIR__F_GID] = {FIR__C_NONE, 0, FIR__FAMILY_NUMERIC, OP(EXISTS), OP(EXISTS), 0, 0, LIST_CALLS},
    [FIR__F_L4PROTO] = {FIR__C_NONE, 0, FIR__FAMILY_NUMERIC, OP(EXISTS), OP(EXISTS), 0, 0, LIST_CALLS},
    [FIR__F_SIGTYPE] = {FIR__C_UINT, 8, FIR__FAMILY_NUMERIC, OP(EXISTS), OP(EXISTS), VALUE_BASIC, 0, LIST_CALLS},
    [FIR__F_DYNAMIC] = {FIR__C_TEXT, 0, FIR__FAMILY_STRING, TEXT_OPS, LIST_OPS, 0, 0, LIST_CALLS},
    [FIR__F_PRIORITY] = {FIR__C_UINT, 8, FIR__FAMILY_PRIORITY, NUMBER_OPS, LIST_OPS, 0, 0, LIST_CALLS},
};

const fir__type_rules *fir__type_rules_of(uint8_t type)
{
    return &rules[type];
}

static const struct {
    const char *name, *hint;
} families[] = {
    [FIR__FAMILY_NUMERIC] = {"numeric", "numbers take =, !=, <, <=, >, >=, in, intersects, exists; booleans = and !="},
    [FIR__FAMILY_STRING] = {"string", "bcontains and bstartswith are for byte buffers; use contains or startswith"},
    [FIR__FAMILY_BUFFER] = {"buffer",
                            "byte buffers take =, !=, contains, bcontains, startswith, bstartswith, endswith, in, exists"},
    [FIR__FAMILY_ADDRESS] = {"ip address and network", "addresses take = and in; for a network write fd.snet = 10.0.0.0/8"},
    [FIR__FAMILY_PRIORITY] = {"priority", "priority takes =, !=, <, <=, >, >=, in and a level's name: priority >= Warning"},
};

const char *fir__family_name(uint8_t family)
{
    return families[family].name;
}

const char *fir__family_hint(uint8_t family)
{
    return families[family].hint;
}
