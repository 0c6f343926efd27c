/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of the environment that the cloud actions look at: what the machine has must not decide a test. */
#ifndef FIR_TEST_VARIABLES_H
#define FIR_TEST_VARIABLES_H

#include <stdlib.h>

static inline void fir_test_set(const char *name, const char *value)
{
    if (setenv(name, value, 1) != 0) {
        abort();
    }
}

static inline void fir_test_forget_clouds(void)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_CONFIG_FILE",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_EC2_METADATA_DISABLED",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_SNS",
                                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                        "AWS_PROFILE",
                                        "AWS_REGION",
                                        "AWS_ROLE_ARN",
                                        "AWS_ROLE_SESSION_NAME",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AZURE_AUTHORITY_HOST",
                                        "AZURE_CLIENT_ID",
                                        "AZURE_CLIENT_SECRET",
                                        "AZURE_FEDERATED_TOKEN_FILE",
                                        "AZURE_TENANT_ID",
                                        "FUNCTION_KEY",
                                        "GCE_METADATA_HOST",
                                        "GOOGLE_APPLICATION_CREDENTIALS",
                                        "GOOGLE_CLOUD_PROJECT",
                                        "IDENTITY_ENDPOINT",
                                        "IDENTITY_HEADER",
                                        "PUBSUB_EMULATOR_HOST"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (unsetenv(names[i]) != 0) {
            abort();
        }
    }
}

#endif
