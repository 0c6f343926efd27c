/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keys of AWS come from and what its settings may say: the ways that end in a refusal. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/aws.h"
#include "support/suite.h"

static const fake_answer published = {
    .body = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m-1"
            "</MessageId></PublishResult></PublishResponse>"};

#define TOPIC "sns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n"

#define KEYS_JSON(access, more) "{\"AccessKeyId\":\"" access "\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"" more "}"
#define CONTAINER "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://localhost/x"
#define OWN "AWS_ACCESS_KEY_ID=" KEYS

/* Every way to keys, and where it ends: what is asked first, and what is said when there are none. */
START_TEST(ways_to_keys)
{
    static const struct {
        const char *config; /* of the profile p; NULL: no files */
        const char *environment[2];
        fake_answer script[2];
        const char *url, *error;
    } rows[] = {
        {"role_arn = r\ncredential_source = Environment\n",
         {OWN, "AWS_SECRET_ACCESS_KEY=s"},
         {{.status = 403}},
         "https://sts.eu-west-1.amazonaws.com/",
         "AWS: the role cannot be assumed: STS answered 403"},
        {"role_arn = r\ncredential_source = Environment\n",
         {NULL},
         {{.status = 200}},
         NULL,
         "AWS: an access key id without a secret access key"},
        {"role_arn = r\ncredential_source = Ec2InstanceMetadata\n",
         {NULL},
         {{.status = 403}},
         "http://169.254.169.254/latest/api/token",
         "AWS: no credentials: the instance's metadata service answered 403"},
        {"role_arn = r\ncredential_source = EcsContainer\n",
         {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"},
         {{.status = 404}},
         "http://169.254.170.2/x",
         "AWS: no credentials: the container's credentials endpoint answered 404"},
        {"role_arn = r\ncredential_source = Other\n",
         {NULL},
         {{.status = 200}},
         NULL,
         "AWS: a profile's credential_source is none of Environment, Ec2InstanceMetadata, EcsContainer"},
        {"role_arn = r\nsource_profile = q\n[profile q]\nregion = x\n",
         {NULL},
         {{.status = 200}},
         NULL,
         "AWS: the profile q, from which a role is to be assumed, has no keys"},
        {"sso_start_url = x\n",
         {NULL},
         {{.status = 200}},
         NULL,
         "AWS: the profile gets its keys by single sign-on, which is not supported; see docs/aws.md"},
        {"role_arn = r\nweb_identity_token_file = /nonexistent\n",
         {NULL},
         {{.status = 200}},
         NULL,
         "AWS: secret {file: /nonexistent}: No such file or directory"},
        {"aws_access_key_id = K\n", {NULL}, {{.status = 200}}, NULL, "AWS: an access key id without a secret access key"},
        {"role_arn = r\nsource_profile = p\naws_access_key_id = K\naws_secret_access_key = s\n",
         {NULL},
         {{.status = 403}},
         "https://sts.eu-west-1.amazonaws.com/",
         "AWS: the role cannot be assumed: STS answered 403"},
        {NULL,
         {CONTAINER, "AWS_CONTAINER_AUTHORIZATION_TOKEN=a\nb"},
         {{.status = 200}},
         NULL,
         "AWS: the container's authorization token holds a control character"},
        {NULL,
         {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"},
         {{.status = 403}},
         "http://[fd00:ec2::254]/latest/api/token",
         "AWS: no credentials: the instance's metadata service answered 403"},
        {NULL,
         {"AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1//"},
         {{.status = 403}},
         "http://127.0.0.1:1/latest/api/token",
         "AWS: no credentials: the instance's metadata service answered 403"},
        {NULL,
         {CONTAINER},
         {{.body = KEYS_JSON("A", ",\"Expiration\":\"soon\"")}},
         "http://localhost/x",
         "AWS: the credentials' time of expiration is no time"},
        {NULL,
         {CONTAINER},
         {{.body = KEYS_JSON("A B", "")}},
         "http://localhost/x",
         "AWS: the credentials hold a blank or a control character, or one of them is missing"},
        {NULL,
         {CONTAINER},
         {{.body = "{\"AccessKeyId\":\"A\"}"}},
         "http://localhost/x",
         "AWS: the credentials hold a blank or a control character, or one of them is missing"},
        {NULL,
         {CONTAINER},
         {{.body = "{}"}},
         "http://localhost/x",
         "AWS: no credentials: the container's credentials endpoint says "},
        {NULL,
         {CONTAINER},
         {{.body = KEYS_JSON("A", ",\"Code\":\"a b\"")}},
         "http://localhost/x",
         "AWS: no credentials: the container's credentials endpoint says "},
        {NULL, {CONTAINER}, {{.body = KEYS_JSON("A", "")}, {.status = 403}}, "http://localhost/x", "SNS answered 403"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        clean_environment();
        if (rows[i].config != NULL) {
            char text[400];
            (void)snprintf(text, sizeof text, "[profile p]\n%s", rows[i].config);
            fir_test_set("AWS_CONFIG_FILE", file("ways", text));
            fir_test_set("AWS_PROFILE", "p");
        }
        for (size_t k = 0; k < 2 && rows[i].environment[k] != NULL; k++) {
            char text[200];
            (void)snprintf(text, sizeof text, "%s", rows[i].environment[k]);
            char *value = strchr(text, '=');
            *value = '\0';
            fir_test_set(text, value + 1);
        }
        if (rows[i].config != NULL && strstr(rows[i].config, "Environment") != NULL && rows[i].environment[0] != NULL) {
            ck_assert_int_eq(unsetenv("AWS_PROFILE"), 0); /* keys of the environment come first, so the configuration names it */
        }
        char yaml[400];
        (void)snprintf(yaml, sizeof yaml, "%ssns_output: {topic_arn: 'arn:aws:sns:eu-west-1:1:t'}\n",
                       rows[i].config != NULL ? "aws: {profile: p}\n" : "");
        run(yaml, rows[i].script, rows[i].script[1].status != 0 ? 2 : 1);
        ck_assert_msg(strcmp(world_error(&w, 0), rows[i].error) == 0, "%zu: %s", i, world_error(&w, 0));
        ck_assert_msg((w.fake.n != 0) == (rows[i].url != NULL), "%zu: %zu requests", i, w.fake.n);
        if (rows[i].url != NULL) {
            ck_assert_str_eq(request(0)->url, rows[i].url);
        }
        world_close(&w);
    }
}
END_TEST

START_TEST(settings_that_are_refused)
{
    static const char endpoint[] = "AWS: endpoint_url must be http:// or https://, a host, and perhaps a port; no more";
    static const char long_region[] = "AWS: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is no region";
    static const struct {
        const char *config, *parameters, *home, *error;
    } rows[] = {
        {"endpoint_url: 'https://u@h'", "stream: s, region: eu-west-1", "/", endpoint},
        {"endpoint_url: 'https://h?x'", "stream: s, region: eu-west-1", "/", endpoint},
        {"endpoint_url: 'https://h#x'", "stream: s, region: eu-west-1", "/", endpoint},
        {"endpoint_url: 'ftp://h'", "stream: s, region: eu-west-1", "/", endpoint},
        {"endpoint_url: 'https://'", "stream: s, region: eu-west-1", "/", endpoint},
        {"endpoint_url: '///'", "stream: s, region: eu-west-1", "/", endpoint},
        {"internal: false", "stream: s, region: 'eu{west'", "/", "AWS: \"eu{west\" is no region"},
        {"internal: false", "stream: s, region: EU", "/", "AWS: \"EU\" is no region"},
        {"internal: false", "stream: s, region: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "/",
         long_region},
        {"config_file: '~/none'", "stream: s", "", "AWS: config_file begins with ~, and there is no HOME"},
        {"config_file: '~/none'", "stream: s", "/nonexistent",
         "AWS: no region is known; give the action `region`, the configuration aws.region, or set AWS_REGION"},
        {"config_file: '/'", "stream: s", "/", "AWS: secret {file: /}: not a regular file"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char yaml[500];
        with_keys();
        fir_test_set("HOME", rows[i].home);
        (void)snprintf(yaml, sizeof yaml, "aws: {%s}\nkinesis_output: {%s}\n", rows[i].config, rows[i].parameters);
        run(yaml, NULL, 0);
        ck_assert_msg(strcmp(world_error(&w, 0), rows[i].error) == 0, "%zu: %s", i, world_error(&w, 0));
        ck_assert_uint_eq(w.fake.n, 0);
        world_close(&w);
    }
    with_keys();
    fir_test_set("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    fir_test_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    run(TOPIC, &published, 1);
    ck_assert_str_eq(request(0)->url, "https://sns.eu-west-1.amazonaws.com/");
    world_close(&w);
}
END_TEST

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

int main(void)
{
    Suite *s = suite_create("aws ways");
    TCase *t = tcase_create("all");
    tcase_add_unchecked_fixture(t, make_folder, NULL);
    tcase_add_test(t, ways_to_keys);
    tcase_add_test(t, settings_that_are_refused);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
