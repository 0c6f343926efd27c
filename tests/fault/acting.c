/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/acting.h"

#define AWS_KEYS "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI"
#define ROLE(action)                                                                                                               \
    "<" action "Response><" action "Result><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>role-secret"               \
    "</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>2026-07-14T12:06:41Z</Expiration></"                     \
    "Credentials></" action "Result></" action "Response>"
#define PUBLISHED "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>"
#define EXPIRED "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>old</Message></Error></ErrorResponse>"
#define KEYS_AS_JSON                                                                                                               \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"secret-1\",\"Token\":\"token-1\",\"Expiration\":"       \
    "\"2026-07-14T15:00:00Z\"}"
#define TOPIC "topic_arn: 'arn:aws:sns:eu-west-1:1:t'"

#define XML(action, content) "<" action "Response>" content "</" action "Response>"
#define RULES(content) XML("DescribeSecurityGroupRules", "<securityGroupRuleSet>" content "</securityGroupRuleSet>")
#define RULE(id, rest)                                                                                                             \
    "<item><securityGroupRuleId>" id "</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress>" rest "</item>"
#define EGRESS                                                                                                                     \
    RULE("sgr-1", "<ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>")                                                     \
    RULE("sgr-2", "<ipProtocol>udp</ipProtocol><fromPort>0</fromPort><toPort>53</toPort><description>a &amp; b</description>"      \
                  "<referencedGroupInfo><groupId>sg-9</groupId><userId>7</userId></referencedGroupInfo>")
#define INTERFACE(groups)                                                                                                          \
    XML("DescribeNetworkInterfaces", "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><groupSet>" groups  \
                                     "</groupSet><privateIpAddressesSet><item><privateIpAddress>10.0.0.7</privateIpAddress>"       \
                                     "</item></privateIpAddressesSet></item></networkInterfaceSet>")
#define GROUP(id) "<item><groupId>" id "</groupId></item>"
#define RETURNED(action) XML(action, "<return>true</return>")

#define FLAVOR .header = "Metadata-Flavor", .value = "Google"
/* {"alg":"RS256"}.{"exp":1784106401}.c2ln */
#define IDENTITY "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3ODQxMDY0MDF9.c2ln"
#define AZURE_TOKEN                                                                                                                \
    "{\"access_token\":\"eyJ.a.b\",\"expires_in\":\"86399\",\"expires_on\":\"1784106400\",\"resource\":\"x\",\"token_type\":"      \
    "\"Bearer\"}"

#define PRESET(type, values, answers)                                                                                              \
    {                                                                                                                              \
        .use = type, .parameters = values, .routes = {{"", {.body = answers}}}, PRESET_DONE                                        \
    }
#define PRESET_DONE .outcomes = "a:succeeded"
#define UNDONE .outcomes = "a:succeeded a:undone", .undo = true

const acting acting_cases[] = {
    {.use = "http:webhook",
     .parameters = "url: 'https://h.example/{{proc.name}}', body: '{{event.json}}', headers: {X-A: '{{proc.cmdline}}'}, "
                   "sign: {secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}, undo_url: 'https://h.example/undo', "
                   "ca_file: '@@/file', client_certificate: '@@/file', client_key: '@@/file'",
     .routes = {{"", {.body = "{\"a\":[1,{\"b\":\"c\"}]}"}}},
     UNDONE},
    {.parameters =
         "- rule: R\n  condition: proc.name = sh\n  actions:\n    - {action: A, id: a, use: 'http:webhook', retry: "
         "{attempts: 3}, parameters: {url: 'https://h.example/a'}}\n    - {action: B, when: steps.a.status = succeeded, "
         "use: 'http:webhook', retry: {attempts: 3}, parameters: {url: 'https://h.example/v', body: '{{steps.a.output}}', "
         "headers: {Authorization: {file: '@@/file'}}}}\n",
     .routes = {{"/v", {.status = 404, .body = "no", .header = "Retry-After", .value = "1"}}, {"", {.body = "{\"k\":\"v\"}"}}},
     .outcomes = "a:succeeded b:failed"},
    {.use = "admission:block",
     .parameters = "url: 'https://h.example/', image: 'r:1', service_account: x, headers: {A: b}",
     .routes = {{"", {.status = 204}}},
     UNDONE},
    {.use = "local:file", .parameters = "path: '@@/out', line: '{{rule}}'", .outcomes = "a:succeeded"},
    {.use = "smtp:email",
     .parameters = "server: mail.example.org, from: 'Falco <falco@example.org>', to: ['a@example.org, \"B. C\" <b@example.org>'], "
                   "cc: [c@example.org], bcc: [d@example.org], html: '<b>{{rule}}</b>', user: u, password: {file: '@@/file'}",
     .routes = {{"", {.status = 250}}},
     PRESET_DONE},
    {.use = "smtp:email",
     .parameters = "server: 'mail.example.org:25', security: none, insecure: true, from: f@example.org, to: [a@example.org]",
     .routes = {{"", {.status = 550, .body = "5.1.1 who?"}}},
     .outcomes = "a:failed"},
    {.use = "syslog:message",
     .parameters = "server: logs.example.org, protocol: tls, structured_data: {a: '{{rule}}', b: 'c\"]'}",
     .routes = {{"", {.status = 250}}},
     PRESET_DONE},
    {.use = "syslog:message", .parameters = "server: logs.example.org, protocol: udp, format: rfc3164", PRESET_DONE},

    /* aws */
    {.use = "aws:sns", .parameters = TOPIC, .environment = {AWS_KEYS}, .routes = {{"", {.body = PUBLISHED}}}, PRESET_DONE},
    {.use = "aws:sns", /* by the instance's metadata */
     .parameters = TOPIC ", raw_json: false, subject: 'a {{rule}}'",
     .routes = {{"/latest/api/token", {.body = "session"}},
                {"security-credentials/role", {.body = KEYS_AS_JSON}},
                {"security-credentials", {.body = "role\n"}},
                {"", {.body = PUBLISHED}}},
     PRESET_DONE},
    {.use = "aws:sns", /* by two roles of the shared files */
     .parameters = TOPIC,
     .config = "aws: {profile: outer, config_file: '@@/config', credentials_file: '@@/credentials'}\n",
     .routes = {{"Action=AssumeRole", {.body = ROLE("AssumeRole")}}, {"", {.body = PUBLISHED}}},
     PRESET_DONE},
    {.use = "aws:sns", /* by a pod's token */
     .parameters = TOPIC,
     .environment = {"AWS_ROLE_ARN=arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE=@@/file"},
     .routes = {{"AssumeRoleWithWebIdentity", {.body = ROLE("AssumeRoleWithWebIdentity")}}, {"", {.body = PUBLISHED}}},
     PRESET_DONE},
    {.use = "aws:sns", /* by a container's, and then they are expired */
     .parameters = TOPIC,
     .environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=@@/file"},
     .routes = {{"169.254.170.23", {.body = KEYS_AS_JSON}}, {"", {.status = 403, .body = EXPIRED}}},
     .outcomes = "a:failed"},
    {.use = "aws:sqs",
     .parameters = "queue_url: 'https://sqs.eu-west-1.amazonaws.com/1/q.fifo', message: \"a\\u0001{{rule}}\"",
     .environment = {AWS_KEYS, "AWS_SESSION_TOKEN=token"},
     .routes = {{"", {.body = "{\"MessageId\":\"m-1\",\"MD5OfMessageBody\":\"x\"}"}}},
     PRESET_DONE},
    {.use = "aws:eventbridge",
     .parameters = "bus: falco, region: eu-central-1, resources: ['arn:aws:ec2:x']",
     .environment = {AWS_KEYS},
     .routes = {{"", {.body = "{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"e-1\"}]}"}}},
     PRESET_DONE},
    {.use = "aws:kinesis",
     .parameters = "stream: alerts, region: eu-west-1, partition_key: '{{hostname}}'",
     .environment = {AWS_KEYS},
     .routes = {{"", {.body = "{\"SequenceNumber\":\"49\",\"ShardId\":\"s\"}"}}},
     PRESET_DONE},
    {.use = "aws:lambda",
     .parameters = "name: 'f:live', region: eu-west-1, qualifier: '$LATEST', payload: '{\"n\": \"{{proc.name}}\"}'",
     .environment = {AWS_KEYS},
     .routes = {{"", {.body = "{\"ok\":true}"}}},
     PRESET_DONE},
    {.use = "aws:lambda",
     .parameters = "name: f, region: eu-west-1",
     .environment = {AWS_KEYS},
     .routes = {{"",
                 {.header = "x-amz-function-error",
                  .value = "Unhandled",
                  .body = "{\"errorMessage\":\"no such pod\",\"errorType\":\"ValueError\"}"}}},
     .outcomes = "a:failed"},
    {.use = "aws:s3",
     .parameters = "bucket: evidence, region: eu-west-1, prefix: 'falco/', key: 'a b/{{k8s.pod.name}}'",
     .environment = {AWS_KEYS},
     .routes = {{"", {.body = ""}}},
     PRESET_DONE},
    {.use = "aws:security_group",
     .parameters = "mode: revoke_egress, group_id: sg-1, region: eu-west-1",
     .environment = {AWS_KEYS},
     .undoing = {{"DescribeSecurityGroupRules", {.body = RULES("")}}},
     .routes = {{"NextToken=n", {.body = RULES(EGRESS)}},
                {"DescribeSecurityGroupRules",
                 {.body = XML("DescribeSecurityGroupRules",
                              "<nextToken>n</nextToken><securityGroupRuleSet>" EGRESS "</securityGroupRuleSet>")}},
                {"RevokeSecurityGroupEgress", {.body = RETURNED("RevokeSecurityGroupEgress")}},
                {"", {.body = RETURNED("AuthorizeSecurityGroupEgress")}}},
     UNDONE},
    {.use = "aws:security_group",
     .parameters = "mode: replace_groups, private_ip: 10.0.0.7, vpc_id: vpc-1, groups: [sg-q], region: eu-west-1",
     .environment = {AWS_KEYS},
     .undoing = {{"DescribeNetworkInterfaces", {.body = INTERFACE(GROUP("sg-q"))}}},
     .routes = {{"DescribeNetworkInterfaces", {.body = INTERFACE(GROUP("sg-a") GROUP("sg-b"))}},
                {"", {.body = RETURNED("ModifyNetworkInterfaceAttribute")}}},
     UNDONE},

    /* gcp */
    {.use = "gcp:function",
     .parameters = "name: projects/p-1/locations/us-central1/functions/f_1",
     .routes = {{"metadata.google", {.body = IDENTITY, FLAVOR}}, {"", {.body = "{\"isolated\":true}"}}},
     PRESET_DONE},
    {.use = "gcp:function",
     .parameters = "function_name: f, location: us-east1, body: '{\"r\": \"{{rule}}\"}'",
     .config = "gcp: {project_id: conf}\n",
     .routes = {{"metadata.google", {.body = IDENTITY, FLAVOR}}, {"", {.status = 401}}},
     .outcomes = "a:failed"},
    {.use = "gcp:cloudrun",
     .parameters = "url: 'https://s-x.a.run.app/falco'",
     .environment = {"GOOGLE_APPLICATION_CREDENTIALS=@@/sa.json"},
     .routes = {{"oauth2.googleapis.com", {.body = "{\"id_token\":\"" IDENTITY "\"}"}}, {"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "gcp:pubsub",
     .parameters = "topic: alerts, message: 'm {{rule}}', ordering_key: '{{hostname}}', attributes: {team: 'x{{k8s.ns.name}}'}",
     .config = "gcp: {project_id: conf}\n",
     .routes = {{"metadata.google",
                 {.body = "{\"access_token\":\"ya29.t\",\"expires_in\":3599,\"token_type\":\"Bearer\"}", FLAVOR}},
                {"", {.body = "{\"messageIds\":[\"1\"]}"}}},
     PRESET_DONE},
    {.use = "gcp:pubsub",
     .parameters = "topic: alerts",
     .environment = {"PUBSUB_EMULATOR_HOST=pubsub:8085", "GOOGLE_CLOUD_PROJECT=p"},
     .routes = {{"", {.status = 403, .body = "{\"error\":{\"message\":\"no\",\"status\":\"PERMISSION_DENIED\"}}"}}},
     .outcomes = "a:failed"},

    /* azure */
    {.use = "azure:function",
     .parameters = "url: 'https://app.azurewebsites.net/api/f', function_key: {env: FUNCTION_KEY}",
     .environment = {"FUNCTION_KEY=k3y=="},
     .routes = {{"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "azure:function",
     .parameters = "url: 'https://app.azurewebsites.net/api/f', resource: 'api://b1'",
     .config = "azure: {client_id: 11-22}\n",
     .routes = {{"169.254.169.254", {.body = AZURE_TOKEN}}, {"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "azure:function",
     .parameters = "url: 'https://app.azurewebsites.net/api/f', resource: 'api://b1'",
     .environment = {"AZURE_TENANT_ID=t-1", "AZURE_CLIENT_ID=c-1", "AZURE_FEDERATED_TOKEN_FILE=@@/file"},
     .routes = {{"login.microsoftonline", {.body = AZURE_TOKEN}}, {"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "azure:function",
     .parameters = "url: 'https://app.azurewebsites.net/api/f', resource: 'api://b1'",
     .environment = {"IDENTITY_ENDPOINT=http://127.0.0.1:41741/MSI/token/", "IDENTITY_HEADER=header-secret"},
     .routes = {{"41741", {.body = AZURE_TOKEN}}, {"", {.status = 401}}},
     .outcomes = "a:failed"},
    {.use = "azure:eventgrid",
     .parameters = "endpoint: 'https://x.eventgrid.azure.net', key: a2V5a2V5, sas: true, schema: cloudevents, subject: '{{rule}}'",
     .routes = {{"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "azure:eventgrid",
     .parameters = "endpoint: 'https://x.eventgrid.azure.net'",
     .environment = {"AZURE_TENANT_ID=t-1", "AZURE_CLIENT_ID=c-1", "AZURE_CLIENT_SECRET=s3cret value&"},
     .routes = {{"login.microsoftonline", {.body = AZURE_TOKEN}}, {"", {.body = "{}"}}},
     PRESET_DONE},
    {.use = "azure:eventhub",
     .parameters = "namespace: falco, name: alerts, key_name: send, key: 'k+y/=='",
     .routes = {{"", {.status = 201}}},
     PRESET_DONE},

    /* presets */
    PRESET("alertmanager:alert", "url: 'https://alertmanager.test/', token: t0ken-t0ken", "ok"),
    {.use = "datadog:log", .parameters = "api_key: DATADOGSECRET", .routes = {{"", {.status = 202}}}, PRESET_DONE},
    PRESET("discord:message", "url: 'https://discord.com/api/webhooks/1/SECRET'", ""),
    PRESET("elasticsearch:index", "url: 'https://elastic.test:9200', username: elastic, password: ELASTICSECRET",
           "{\"result\":\"created\"}"),
    PRESET("googlechat:message", "url: 'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=K&token=SECRET'", "{}"),
    {.use = "jira:issue",
     .parameters = "url: 'https://x.atlassian.net', username: u, token: t0ken-t0ken, project: SEC, resolve_transition: '31'",
     .routes = {{"/transitions", {.status = 204}},
                {"/search/jql", {.body = "{\"issues\":[]}"}},
                {"", {.status = 201, .body = "{\"id\":\"1\",\"key\":\"SEC-7\"}"}}},
     UNDONE},
    PRESET("loki:push", "url: 'https://loki.test:3100', tenant: t1, username: u1, password: LOKISECRET", ""),
    PRESET("mattermost:message", "url: 'https://mattermost.test/hooks/SECRET'", "ok"),
    {.use = "opsgenie:alert", .parameters = "api_key: OPSGENIESECRET", .routes = {{"", {.status = 202}}}, UNDONE},
    PRESET("otlp:log", "url: 'https://otel.test:4318'", "{}"),
    {.use = "pagerduty:event",
     .parameters = "routing_key: PAGERDUTYROUTINGKEYSECRET0000000",
     .routes = {{"", {.status = 202}}},
     UNDONE},
    {.use = "servicenow:incident",
     .parameters = "url: 'https://x.service-now.com', username: u, password: SNOWSECRET",
     .routes = {{"sysparm_query", {.body = "{\"result\":[]}"}}, {"", {.status = 201, .body = "{\"result\":{\"sys_id\":\"s1\"}}"}}},
     UNDONE},
    PRESET("slack:message", "url: 'https://hooks.slack.com/services/T/B/SECRET', channel: '#alerts'", "ok"),
    PRESET("splunk:event", "url: 'https://splunk.test:8088', token: SPLUNKSECRET", "{\"text\":\"Success\",\"code\":0}"),
    PRESET("teams:message", "url: 'https://example.test/workflows/SECRET'", ""),
    PRESET("telegram:message", "token: '123:TELEGRAMSECRET', chat_id: '-1001'", "{\"ok\":true}"),
    {.use = "thehive:alert",
     .parameters = "url: 'https://thehive.test', api_key: HIVESECRET",
     .routes = {{"", {.status = 201, .body = "{\"_id\":\"~1\"}"}}},
     UNDONE},
    {.use = "slack:message",
     .parameters = "url: 'https://hooks.slack.com/services/T/B/SECRET'",
     .routes = {{"", {.status = 404, .body = "no_service for SECRET"}}},
     .outcomes = "a:failed"},
};

const size_t acting_n_cases = sizeof acting_cases / sizeof acting_cases[0];
