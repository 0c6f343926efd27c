/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, networks, ports. */
#include "expr/match.h"

#include <arpa/inet.h>

bool fir__addr_parse(fir_str s, fir__addr *out)
{
    char text[INET6_ADDRSTRLEN];
    memset(out, 0, sizeof *out);
    if (s.len >= sizeof text || s.len == 0 || memchr(s.ptr, '\0', s.len) != NULL) {
        return false;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    out->family = memchr(text, ':', s.len) != NULL ? 6 : 4;
    out->bits = out->family == 6 ? 128 : 32;
    return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, text, out->bytes) == 1;
}

bool fir__addr_eq(const fir__addr *a, const fir__addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool fir__addr_in(const fir__addr *a, const fir__addr *network)
{
    size_t whole = network->bits / 8u;
    unsigned rest = network->bits % 8u;
    if (a->family != network->family || memcmp(a->bytes, network->bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || (unsigned)(a->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

/* What /etc/services gives nearly everywhere: the verdict must not depend on the machine. */
static const struct {
    const char *name;
    uint16_t port;
} services[] = {
    {"amqp", 5672},
    {"bgp", 179},
    {"bootpc", 68},
    {"bootps", 67},
    {"cfengine", 5308},
    {"chargen", 19},
    {"daytime", 13},
    {"discard", 9},
    {"distcc", 3632},
    {"domain", 53},
    {"domain-s", 853},
    {"echo", 7},
    {"epmd", 4369},
    {"finger", 79},
    {"ftp", 21},
    {"ftp-data", 20},
    {"ftps", 990},
    {"git", 9418},
    {"gopher", 70},
    {"http", 80},
    {"http-alt", 8080},
    {"https", 443},
    {"imap", 143},
    {"imap2", 143},
    {"imaps", 993},
    {"ipp", 631},
    {"ircd", 6667},
    {"ircs-u", 6697},
    {"iscsi-target", 3260},
    {"isakmp", 500},
    {"kerberos", 88},
    {"ldap", 389},
    {"ldaps", 636},
    {"microsoft-ds", 445},
    {"mqtt", 1883},
    {"ms-sql-s", 1433},
    {"ms-wbt-server", 3389},
    {"mysql", 3306},
    {"netbios-dgm", 138},
    {"netbios-ns", 137},
    {"netbios-ssn", 139},
    {"nfs", 2049},
    {"nntp", 119},
    {"ntp", 123},
    {"openvpn", 1194},
    {"pop3", 110},
    {"pop3s", 995},
    {"postgresql", 5432},
    {"printer", 515},
    {"radius", 1812},
    {"redis", 6379},
    {"rsync", 873},
    {"rtsp", 554},
    {"sip", 5060},
    {"sip-tls", 5061},
    {"smtp", 25},
    {"snmp", 161},
    {"snmp-trap", 162},
    {"socks", 1080},
    {"ssh", 22},
    {"submission", 587},
    {"submissions", 465},
    {"sunrpc", 111},
    {"svn", 3690},
    {"syslog", 514},
    {"syslog-tls", 6514},
    {"telnet", 23},
    {"telnets", 992},
    {"tftp", 69},
    {"time", 37},
    {"vnc", 5900},
    {"whois", 43},
    {"x11", 6000},
    {"xmpp-client", 5222},
    {"xmpp-server", 5269},
    {"zabbix-agent", 10050},
    {"zabbix-trapper", 10051},
};

bool fir__port_find(fir_str name, uint16_t *port)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (fir__str_eq(name, fir__cstr(services[i].name))) {
            *port = services[i].port;
            return true;
        }
    }
    return false;
}
