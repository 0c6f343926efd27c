/* SPDX-License-Identifier: Apache-2.0 */
#include "support/smtp.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct smtp {
    pthread_t thread;
    pthread_mutex_t lock;
    int fd, port;
    smtp_script script;
    size_t taken;
    char last[4096];
};

/* One connection. */
typedef struct talk {
    smtp *owner;
    smtp_script script;
    int fd;
    unsigned recipients;
    char mail[4096]; /* envelope and text */
    size_t n;
} talk;

static void keep(talk *t, const char *line)
{
    size_t n = strlen(line), room = sizeof t->mail - 1 - t->n;
    memcpy(t->mail + t->n, line, n < room ? n : room);
    t->n += n < room ? n : room;
    t->mail[t->n] = '\0';
}

/* False: the connection is over. */
static bool say(const talk *t, const char *text, const char *usual)
{
    text = text != NULL ? text : usual;
    return text[0] != '\0' && send(t->fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* Up to a message's end; then it counts as taken. */
static bool take_message(talk *t, FILE *in)
{
    char line[2000];
    while (fgets(line, sizeof line, in) != NULL) {
        if (strcmp(line, ".\r\n") == 0) {
            pthread_mutex_lock(&t->owner->lock);
            t->owner->taken++;
            memcpy(t->owner->last, t->mail, sizeof t->mail);
            pthread_mutex_unlock(&t->owner->lock);
            return say(t, t->script.end, "250 2.0.0 taken\r\n");
        }
        keep(t, line);
    }
    return false;
}

static bool answer(talk *t, FILE *in, const char *line)
{
    if (strncmp(line, "EHLO", 4) == 0 || strncmp(line, "HELO", 4) == 0) {
        return say(t, t->script.ehlo, "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n");
    }
    if (strncmp(line, "AUTH", 4) == 0) {
        char secret[2000];
        if (strcmp(line, "AUTH PLAIN\r\n") == 0 && (!say(t, NULL, "334 \r\n") || fgets(secret, sizeof secret, in) == NULL)) {
            return false;
        }
        return say(t, t->script.auth, "235 2.7.0 welcome\r\n");
    }
    if (strncmp(line, "MAIL", 4) == 0) {
        keep(t, line);
        return say(t, t->script.mail, "250 2.1.0 fine\r\n");
    }
    if (strncmp(line, "RCPT", 4) == 0) {
        keep(t, line);
        return say(t, t->script.rcpt[t->recipients++ % 2], "250 2.1.5 fine\r\n");
    }
    if (strncmp(line, "DATA", 4) == 0) {
        const char *said = t->script.data != NULL ? t->script.data : "354 go on\r\n";
        return say(t, said, "") && (strncmp(said, "354", 3) != 0 || take_message(t, in));
    }
    if (strncmp(line, "QUIT", 4) == 0 && t->script.quit != NULL && strcmp(t->script.quit, "-") == 0) {
        return true;
    }
    if (strncmp(line, "QUIT", 4) == 0) {
        (void)say(t, t->script.quit, "221 2.0.0 bye\r\n");
        return false;
    }
    return say(t, NULL, "500 5.5.1 what\r\n");
}

static void *serve(void *user)
{
    smtp *s = user;
    int fd;
    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        char line[2000];
        talk t = {.owner = s, .fd = fd};
        pthread_mutex_lock(&s->lock);
        t.script = s->script;
        pthread_mutex_unlock(&s->lock);
        FILE *in = fdopen(fd, "r");
        bool on = say(&t, t.script.greeting, "220 mail.example ESMTP\r\n");
        while (on && fgets(line, sizeof line, in) != NULL) {
            on = answer(&t, in, line);
        }
        (void)fclose(in);
    }
    return NULL;
}

smtp *smtp_start(void)
{
    smtp *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->fd, (struct sockaddr *)&a, n) != 0 || listen(s->fd, 16) != 0 ||
        getsockname(s->fd, (struct sockaddr *)&a, &n) != 0 || pthread_mutex_init(&s->lock, NULL) != 0 ||
        pthread_create(&s->thread, NULL, serve, s) != 0) {
        perror("a mail server");
        exit(EXIT_FAILURE);
    }
    s->port = ntohs(a.sin_port);
    return s;
}

void smtp_say(smtp *s, const smtp_script *script)
{
    pthread_mutex_lock(&s->lock);
    s->script = *script;
    pthread_mutex_unlock(&s->lock);
}

int smtp_port(const smtp *s)
{
    return s->port;
}

size_t smtp_taken(smtp *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->taken;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void smtp_last(smtp *s, char out[4096])
{
    pthread_mutex_lock(&s->lock);
    memcpy(out, s->last, sizeof s->last);
    pthread_mutex_unlock(&s->lock);
}

void smtp_stop(smtp *s)
{
    (void)shutdown(s->fd, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->fd);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
