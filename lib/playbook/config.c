/* SPDX-License-Identifier: Apache-2.0 */
/* A file whose root is a mapping: settings, and blocks that send alerts. */
#include "playbook/load.h"

static const fir__key_def listen_keys[] = {
    {.name = {"address", 7}, .want = FIR__WANT_TEXT},
    {.name = {"port", 4}, .want = FIR__WANT_COUNT},
    {.name = {"tls", 3}, .want = FIR__WANT_MAP},
    {.name = {"auth", 4}, .want = FIR__WANT_MAP},
};
static const fir__shape listen_shape = {"configuration's `listen`", listen_keys, 4};

static const fir__key_def kubernetes_keys[] = {
    {.name = {"kubeconfig", 10}, .want = FIR__WANT_TEXT},
    {.name = {"context", 7}, .want = FIR__WANT_TEXT},
};
static const fir__shape kubernetes_shape = {"configuration's `kubernetes`", kubernetes_keys, 2};

static const fir__key_def aws_keys[] = {
    {.name = {"region", 6}, .want = FIR__WANT_TEXT},         {.name = {"profile", 7}, .want = FIR__WANT_TEXT},
    {.name = {"config_file", 11}, .want = FIR__WANT_TEXT},   {.name = {"credentials_file", 16}, .want = FIR__WANT_TEXT},
    {.name = {"role_arn", 8}, .want = FIR__WANT_TEXT},       {.name = {"external_id", 11}, .want = FIR__WANT_TEXT},
    {.name = {"session_name", 12}, .want = FIR__WANT_TEXT},  {.name = {"endpoint_url", 12}, .want = FIR__WANT_TEXT},
    {.name = {"ca_file", 7}, .want = FIR__WANT_TEXT},        {.name = {"internal", 8}, .want = FIR__WANT_BOOL},
    {.name = {"insecure_http", 13}, .want = FIR__WANT_BOOL}, {.name = {"metadata_disabled", 17}, .want = FIR__WANT_BOOL},
};
static const fir__shape aws_shape = {"configuration's `aws`", aws_keys, sizeof aws_keys / sizeof *aws_keys};

static const fir__key_def gcp_keys[] = {
    {.name = {"credentials_file", 16}, .want = FIR__WANT_TEXT},
    {.name = {"project_id", 10}, .want = FIR__WANT_TEXT},
    {.name = {"service_account", 15}, .want = FIR__WANT_TEXT},
    {.name = {"metadata_host", 13}, .want = FIR__WANT_TEXT},
    {.name = {"token_endpoint", 14}, .want = FIR__WANT_TEXT},
    {.name = {"pubsub_endpoint", 15}, .want = FIR__WANT_TEXT},
    {.name = {"pubsub_emulator_host", 20}, .want = FIR__WANT_TEXT},
    {.name = {"ca_file", 7}, .want = FIR__WANT_TEXT},
    {.name = {"internal", 8}, .want = FIR__WANT_BOOL},
};
static const fir__shape gcp_shape = {"configuration's `gcp`", gcp_keys, sizeof gcp_keys / sizeof *gcp_keys};

static const fir__key_def azure_keys[] = {
    {.name = {"tenant_id", 9}, .want = FIR__WANT_TEXT},
    {.name = {"client_id", 9}, .want = FIR__WANT_TEXT},
    {.name = {"client_secret_file", 18}, .want = FIR__WANT_TEXT},
    {.name = {"federated_token_file", 20}, .want = FIR__WANT_TEXT},
    {.name = {"authority_host", 14}, .want = FIR__WANT_TEXT},
    {.name = {"metadata_endpoint", 17}, .want = FIR__WANT_TEXT},
    {.name = {"eventhub_endpoint", 17}, .want = FIR__WANT_TEXT},
    {.name = {"ca_file", 7}, .want = FIR__WANT_TEXT},
    {.name = {"internal", 8}, .want = FIR__WANT_BOOL},
};
static const fir__shape azure_shape = {"configuration's `azure`", azure_keys, sizeof azure_keys / sizeof *azure_keys};

static const fir__key_def local_keys[] = {
    {.name = {"allow_programs", 14}, .want = FIR__WANT_TEXTS},
};
static const fir__shape local_shape = {"configuration's `local`", local_keys, 1};

static const fir__key_def protect_keys[] = {
    {.name = {"namespaces", 10}, .want = FIR__WANT_TEXTS},
    {.name = {"nodes", 5}, .want = FIR__WANT_TEXTS},
    {.name = {"annotations", 11}, .want = FIR__WANT_TEXTS},
    {.name = {"node_labels", 11}, .want = FIR__WANT_TEXTS},
};
static const fir__shape protect_shape = {"configuration's `guards.protect`", protect_keys, 4};

static const fir__key_def limit_keys[] = {
    {.name = {"count", 5}, .want = FIR__WANT_COUNT},
    {.name = {"within", 6}, .want = FIR__WANT_DURATION},
    {.name = {"percent", 7}, .want = FIR__WANT_COUNT},
};
static const fir__shape limit_shape = {"configuration's limit", limit_keys, 2};
static const fir__shape owner_shape = {"configuration's limit of an owner", limit_keys, 3};

static const fir__key_def each_keys[] = {
    {.name = {"count", 5}, .want = FIR__WANT_COUNT, .required = true},
    {.name = {"within", 6}, .want = FIR__WANT_DURATION, .required = true},
};
static const fir__shape each_shape = {"configuration's limit of all", each_keys, 2};

static const fir__key_def limits_keys[] = {
    {.name = {"target", 6}, .want = FIR__WANT_SWITCH, .shape = &limit_shape},
    {.name = {"owner", 5}, .want = FIR__WANT_SWITCH, .shape = &owner_shape},
    {.name = {"namespace", 9}, .want = FIR__WANT_SWITCH, .shape = &limit_shape},
    {.name = {"all", 3}, .want = FIR__WANT_MAPS, .shape = &each_shape},
};
static const fir__shape limits_shape = {"configuration's `guards.limits`", limits_keys, 4};

static const fir__key_def ask_keys[] = {
    {.name = {"timeout", 7}, .want = FIR__WANT_DURATION},
    {.name = {"approvers", 9}, .want = FIR__WANT_TEXTS},
};
static const fir__shape ask_shape = {"configuration's `guards.approval`", ask_keys, 2};

static const fir__key_def guards_keys[] = {
    {.name = {"max_age", 7}, .want = FIR__WANT_AGE},
    {.name = {"max_skew", 8}, .want = FIR__WANT_DURATION},
    {.name = {"protect", 7}, .want = FIR__WANT_SHAPE, .shape = &protect_shape},
    {.name = {"limits", 6}, .want = FIR__WANT_SHAPE, .shape = &limits_shape},
    {.name = {"approval", 8}, .want = FIR__WANT_SHAPE, .shape = &ask_shape},
};
static const fir__shape guards_shape = {"configuration's `guards`", guards_keys, 5};

enum { PLAYBOOKS };
static const fir__key_def keys[] = {
    [PLAYBOOKS] = {.name = {"playbooks", 9}, .want = FIR__WANT_TEXTS},
    {.name = {"outputs", 7}, .want = FIR__WANT_MAPS, .merge = FIR__MERGE_APPEND},
    {.name = {"data_dir", 8}, .want = FIR__WANT_TEXT},
    {.name = {"durability", 10}, .want = FIR__WANT_CHOICE, .choices = "synced written"},
    {.name = {"dry_run", 7}, .want = FIR__WANT_BOOL},
    {.name = {"listen", 6}, .want = FIR__WANT_SHAPE, .shape = &listen_shape, .idle = true},
    {.name = {"guards", 6}, .want = FIR__WANT_SHAPE, .shape = &guards_shape},
    {.name = {"kubernetes", 10}, .want = FIR__WANT_SHAPE, .shape = &kubernetes_shape, .idle = true},
    {.name = {"aws", 3}, .want = FIR__WANT_SHAPE, .shape = &aws_shape},
    {.name = {"local", 5}, .want = FIR__WANT_SHAPE, .shape = &local_shape},
    {.name = {"gcp", 3}, .want = FIR__WANT_SHAPE, .shape = &gcp_shape},
    {.name = {"azure", 5}, .want = FIR__WANT_SHAPE, .shape = &azure_shape},
    {.name = {"metrics", 7}, .want = FIR__WANT_MAP, .idle = true},
    {.name = {"nats", 4}, .want = FIR__WANT_MAP, .idle = true},
    {.name = {"admission_controller", 20}, .want = FIR__WANT_SHAPE, .shape = &fir__admission_shape},
};
static const fir__shape shape = {"configuration", keys, sizeof keys / sizeof *keys};

const fir__data *fir__setting(const fir__load *l, fir_str name)
{
    uint32_t i = fir__index_find(&l->setting_names, name);
    return i == FIR__NO_INDEX ? NULL : &l->settings[i].value;
}

static fir_str block_at(const void *ctx, size_t i)
{
    return fir__catalog_at(ctx, i)->output_name;
}

/* "slack_output": whether some type sends by that name. */
static bool check_block(fir__load *l, const fir__entry *e)
{
    const fir_catalog *c = l->playbook->catalog;
    fir_str name = fir__output_name(e->key);
    fir__where at = {e->value.file, e->line, e->column};
    if (fir__catalog_find_output(c, name) == NULL) {
        char buffer[FIR__HINT];
        fir_str hint = fir__hint_near(fir__str_suggest(name, fir__catalog_count(c), block_at, c), buffer);
        fir__report(l, FIR__PB_BLOCK_TYPE, at, hint, "no action type sends alerts by the name `%.*s`", FIR__SHOW(name));
        return false;
    }
    if (e->value.type != FIR__DATA_MAP) {
        fir__report(l, FIR__PB_WRONG_TYPE, at, (fir_str){NULL, 0}, "`%.*s` wants a mapping, not %s", FIR__SHOW(e->key),
                    fir__data_kind(&e->value));
        return false;
    }
    return true;
}

static void put(fir__load *l, const fir__entry *e)
{
    if (!fir__load_grow(l, &l->settings, &l->cap_settings, l->n_settings + 1, sizeof *l->settings)) {
        return;
    }
    if (!fir__index_add(&l->setting_names, e->key, (uint32_t)l->n_settings)) {
        fir__load_fail(l, FIR_ENOMEM);
        return;
    }
    l->settings[l->n_settings++] = *e;
}

/* A setting that another file gave before: lists grow, all else is an error, for neither file may be meant. */
static void put_again(fir__load *l, const fir__key_def *key, uint32_t at, const fir__entry *e)
{
    const fir__data *before = &l->settings[at].value;
    if (key == NULL || key->merge != FIR__MERGE_APPEND) {
        fir__report(l, FIR__PB_GIVEN_TWICE, (fir__where){e->value.file, e->line, e->column},
                    FIR__S("take it out of one of the files"), "`%.*s` is given by two files, first in %.*s, line %u",
                    FIR__SHOW(e->key), FIR__SHOW(l->diags->files[before->file]), l->settings[at].line);
        return;
    }
    const fir__shape one = {"configuration", key, 1};
    const fir__data *merged = before, *over = &e->value;
    fir__merge_values(l, &one, &merged, &over);
    if (l->status == 0) {
        l->settings[at].value = *merged;
    }
}

static void load_setting(fir__load *l, const fir__entry *e)
{
    bool ok = true;
    const fir__key_def *key = NULL;
    if (fir__str_ends(e->key, FIR__S("_output"))) {
        ok = check_block(l, e);
    } else {
        uint32_t k = fir__shape_entry(l, &shape, e, &ok);
        key = k != FIR__NO_INDEX ? &keys[k] : NULL;
    }
    if (!ok || e->value.type == FIR__DATA_NULL) {
        return;
    }
    if (key == &keys[PLAYBOOKS]) {
        l->named = &e->value;
        return;
    }
    uint32_t before = fir__index_find(&l->setting_names, e->key);
    if (before == FIR__NO_INDEX) {
        put(l, e);
    } else {
        put_again(l, key, before, e);
    }
}

void fir__load_mapping(fir__load *l, const fir__data *root)
{
    l->configured = true;
    for (uint32_t i = 0; i < root->count && l->status == 0; i++) {
        load_setting(l, &root->entries[i]);
    }
}
