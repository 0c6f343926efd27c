/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of smtp:email and syslog:message. */
#include "catalog/rows.h"

static const fir_str securities[] = {FIR__TEXT("none"), FIR__TEXT("starttls"), FIR__TEXT("tls")};
static const fir_str protocols[] = {FIR__TEXT("tcp"), FIR__TEXT("tls"), FIR__TEXT("udp")};
static const fir_str formats[] = {FIR__TEXT("rfc3164"), FIR__TEXT("rfc5424")};
static const fir_str framings[] = {FIR__TEXT("newline"), FIR__TEXT("octet_counting")};
static const fir_str facilities[] = {
    FIR__TEXT("kern"),   FIR__TEXT("user"),   FIR__TEXT("mail"),   FIR__TEXT("daemon"), FIR__TEXT("auth"),     FIR__TEXT("syslog"),
    FIR__TEXT("lpr"),    FIR__TEXT("news"),   FIR__TEXT("uucp"),   FIR__TEXT("cron"),   FIR__TEXT("authpriv"), FIR__TEXT("ftp"),
    FIR__TEXT("ntp"),    FIR__TEXT("audit"),  FIR__TEXT("alert"),  FIR__TEXT("clock"),  FIR__TEXT("local0"),   FIR__TEXT("local1"),
    FIR__TEXT("local2"), FIR__TEXT("local3"), FIR__TEXT("local4"), FIR__TEXT("local5"), FIR__TEXT("local6"),   FIR__TEXT("local7")};

/* Rows that several of the types have. */
#define INSECURE                                                                                                                   \
    {                                                                                                                              \
        .name = FIR__TEXT("insecure"), .type = FIR__P_BOOLEAN, .flags = FIR__P_NO_TEMPLATE, .default_text = FIR__TEXT("false"),    \
        .description = FIR__TEXT("Allows a connection without TLS to another host than this one."),                                \
    }

const fir__param_def fir__smtp_email_params[FIR__SMTP_EMAIL_PARAMS] = {
    {
        .name = FIR__TEXT("server"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .aliases = FIR__TEXT("host_port hostport"),
        .description = FIR__TEXT("The mail server, host:port. Without a port: 587, or 465 for tls."),
    },
    {
        .name = FIR__TEXT("security"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = securities,
        .n_choices = sizeof securities / sizeof *securities,
        .default_text = FIR__TEXT("starttls"),
        .description = FIR__TEXT("starttls: the server must offer it, and nothing is told before; tls: from the first byte; none: "
                                 "to this host, or where insecure says so."),
    },
    {
        .name = FIR__TEXT("user"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_IS_SECRET,
        .description = FIR__TEXT("Who logs in. With password."),
    },
    {
        .name = FIR__TEXT("password"),
        .type = FIR__P_SECRET,
        .flags = FIR__P_IS_SECRET,
        .description = FIR__TEXT("The password of user."),
    },
    {
        .name = FIR__TEXT("from"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The sender: a@example.org, or Name <a@example.org>."),
    },
    {
        .name = FIR__TEXT("to"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The recipients. No template may stand in them: an alert must not choose who reads it."),
    },
    {
        .name = FIR__TEXT("cc"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("Who gets a copy, in the open."),
    },
    {
        .name = FIR__TEXT("bcc"),
        .type = FIR__P_STRINGS,
        .flags = FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("Who gets one without being named in it."),
    },
    {
        .name = FIR__TEXT("subject"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_HEADER,
        .default_text = FIR__TEXT("Falco {{priority}}: {{rule}}"),
        .description = FIR__TEXT("The subject of the mail."),
    },
    {
        .name = FIR__TEXT("text"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{output}}\n\nRule:     {{rule}}\nPriority: {{priority}}\nTime:     {{time}}\nHost:     "
                                  "{{hostname}}\nSource:   {{source}}\nTags:     {{tags | join(\", \")}}\n"),
        .description = FIR__TEXT("The text of the mail."),
    },
    {
        .name = FIR__TEXT("html"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_HTML,
        .description = FIR__TEXT("The same as HTML, for readers that show it."),
    },
    FIR__PARAM_TIMEOUT,
    INSECURE,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
    FIR__PARAM_CLIENT_CERTIFICATE,
    FIR__PARAM_CLIENT_KEY,
};

const fir__param_def fir__syslog_message_params[FIR__SYSLOG_MESSAGE_PARAMS] = {
    {
        .name = FIR__TEXT("server"),
        .type = FIR__P_STRING,
        .flags = FIR__P_REQUIRED | FIR__P_NO_TEMPLATE,
        .description = FIR__TEXT("The syslog server, host:port. Without a port: 6514 for tls, 514 for udp and tcp."),
    },
    {
        .name = FIR__TEXT("protocol"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = protocols,
        .n_choices = sizeof protocols / sizeof *protocols,
        .default_text = FIR__TEXT("tls"),
        .description = FIR__TEXT("How messages travel. tcp and udp: to this host, or where insecure says so."),
    },
    {
        .name = FIR__TEXT("format"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = formats,
        .n_choices = sizeof formats / sizeof *formats,
        .default_text = FIR__TEXT("rfc5424"),
        .description = FIR__TEXT("The form of a message."),
    },
    {
        .name = FIR__TEXT("framing"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = framings,
        .n_choices = sizeof framings / sizeof *framings,
        .default_text = FIR__TEXT("octet_counting"),
        .description = FIR__TEXT("tcp and tls: how a message ends. Octet counting (RFC 6587, RFC 5425), or a newline."),
    },
    {
        .name = FIR__TEXT("facility"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .choices = facilities,
        .n_choices = sizeof facilities / sizeof *facilities,
        .default_text = FIR__TEXT("user"),
        .description = FIR__TEXT("The facility of the message."),
    },
    {
        .name = FIR__TEXT("app_name"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("falco"),
        .description = FIR__TEXT("The name of the program that speaks."),
    },
    {
        .name = FIR__TEXT("priority"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{priority}}"),
        .description = FIR__TEXT("The severity, by the name of a Falco priority."),
    },
    {
        .name = FIR__TEXT("hostname"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{hostname}}"),
        .description = FIR__TEXT("The host that the message is about."),
    },
    {
        .name = FIR__TEXT("time"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{time}}"),
        .description = FIR__TEXT("The time of the message, RFC 3339."),
    },
    {
        .name = FIR__TEXT("msgid"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{source}}"),
        .description = FIR__TEXT("The kind of message."),
    },
    {
        .name = FIR__TEXT("rule"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{rule}}"),
        .description = FIR__TEXT("rfc5424: what the structured data has as rule."),
    },
    {
        .name = FIR__TEXT("structured_data"),
        .type = FIR__P_MAP,
        .sink = FIR_SINK_TEXT,
        .description =
            FIR__TEXT("rfc5424: names and values of the structured data; rule, priority, source and action_id when not given."),
    },
    {
        .name = FIR__TEXT("structured_data_id"),
        .type = FIR__P_STRING,
        .flags = FIR__P_NO_TEMPLATE,
        .default_text = FIR__TEXT("falco@32473"),
        .description = FIR__TEXT("rfc5424: its id, name@enterprise number."),
    },
    {
        .name = FIR__TEXT("message"),
        .type = FIR__P_STRING,
        .sink = FIR_SINK_TEXT,
        .default_text = FIR__TEXT("{{output}}"),
        .description = FIR__TEXT("The text of the message."),
    },
    {
        .name = FIR__TEXT("max_bytes"),
        .type = FIR__P_INTEGER,
        .flags = FIR__P_NO_TEMPLATE,
        .least = 480,
        .most = 65000,
        .description =
            FIR__TEXT("How long a whole message may be; the rest is cut. 2048 for udp, 8192 for tcp and tls when not given."),
    },
    FIR__PARAM_TIMEOUT,
    INSECURE,
    FIR__PARAM_INTERNAL,
    FIR__PARAM_CA_FILE,
    FIR__PARAM_CLIENT_CERTIFICATE,
    FIR__PARAM_CLIENT_KEY,
};
