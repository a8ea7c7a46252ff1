#include "baseline.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

// A connection's lines.
struct lines {
    int socket;
    size_t start, end;
    char buffer[16384];
};

// The next line without its end, NUL-terminated; NULL when the connection ends. A line that is longer than the buffer is
// cut.
static char *next_line(struct lines *lines) {
    for (;;) {
        char *first = lines->buffer + lines->start;
        char *newline = memchr(first, '\n', lines->end - lines->start);
        if (newline != NULL) {
            lines->start = (size_t)(newline - lines->buffer) + 1;
            if (newline > first && newline[-1] == '\r') newline--;
            *newline = 0;
            return first;
        }
        if (lines->end - lines->start == sizeof lines->buffer - 1) lines->start = lines->end;
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
        ssize_t count = read(lines->socket, lines->buffer + lines->end, sizeof lines->buffer - 1 - lines->end);
        if (count <= 0) return NULL;
        lines->end += (size_t)count;
    }
}

static bool say(int socket, const char *text, size_t length) {
    while (length > 0) {
        ssize_t count = send(socket, text, length, MSG_NOSIGNAL);
        if (count <= 0) return false;
        text += count;
        length -= (size_t)count;
    }
    return true;
}

static bool answer(int socket, const char *text) { return say(socket, text, strlen(text)); }

static void no_delay(int socket) {
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Serves one connection as RFC 5321 has it, as far as that is needed to take mails and forget them.
static void *take_mails(void *argument) {
    struct lines *lines = argument;
    bool goes_on = answer(lines->socket, "220 sink\r\n");
    while (goes_on) {
        char *line = next_line(lines);
        if (line == NULL) break;
        if (strncasecmp(line, "DATA", 4) == 0) {
            goes_on = answer(lines->socket, "354 go on\r\n");
            while (goes_on && (line = next_line(lines)) != NULL && strcmp(line, ".") != 0) {}
            goes_on = goes_on && line != NULL && answer(lines->socket, "250 taken\r\n");
        } else if (strncasecmp(line, "QUIT", 4) == 0) {
            answer(lines->socket, "221 bye\r\n");
            goes_on = false;
        } else {
            goes_on = answer(lines->socket, "250 sink\r\n");
        }
    }
    close(lines->socket);
    free(lines);
    return NULL;
}

static void *take_connections(void *argument) {
    int listener = *(int *)argument;
    for (;;) {
        struct lines *lines = calloc(1, sizeof *lines);
        if (lines == NULL || (lines->socket = accept(listener, NULL, NULL)) < 0) fail("no further connection");
        no_delay(lines->socket);
        pthread_t thread;
        if (pthread_create(&thread, NULL, take_mails, lines) != 0) fail("no further thread");
        pthread_detach(thread);
    }
}

int smtp_sink(int count, char **arguments) {
    (void)count;
    (void)arguments;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        fail("the mail server cannot listen");
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    pthread_t thread;
    if (pthread_create(&thread, NULL, take_connections, &listener) != 0) fail("no thread");
    while (getchar() != EOF) {}
    exit(0);
}

// What each connection of a sender does.
struct sender {
    long port, mails;
};

static const char mail[] =
    "From: daybook@bench.example\r\nTo: operator@bench.example\r\nSubject: a mail\r\n\r\n%s\r\n.\r\n";

static void command(struct lines *lines, const char *text) {
    if (text != NULL && !answer(lines->socket, text)) fail("the mail server is gone");
    const char *line = next_line(lines);
    if (line == NULL || (*line != '2' && *line != '3')) fail("the mail server answered '%s'", line ? line : "");
}

static void *send_mails(void *argument) {
    const struct sender *sender = argument;
    struct lines *lines = calloc(1, sizeof *lines);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)sender->port)};
    if (lines == NULL || (lines->socket = socket(AF_INET, SOCK_STREAM, 0)) < 0 ||
        connect(lines->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("the mail server cannot be reached");
    }
    no_delay(lines->socket);
    command(lines, NULL);
    command(lines, "EHLO bench\r\n");
    // As long as a mail with text and HTML is.
    char body[2500], text[sizeof body + sizeof mail];
    for (size_t at = 0; at < sizeof body - 1; at++) body[at] = at % 72 == 71 ? '\n' : 'x';
    body[sizeof body - 1] = 0;
    snprintf(text, sizeof text, mail, body);
    for (long at = 0; at < sender->mails; at++) {
        command(lines, "MAIL FROM:<daybook@bench.example>\r\n");
        command(lines, "RCPT TO:<operator@bench.example>\r\n");
        command(lines, "DATA\r\n");
        command(lines, text);
    }
    command(lines, "QUIT\r\n");
    close(lines->socket);
    free(lines);
    return NULL;
}

struct sending {
    struct sender sender;
    long connections;
};

static void send_round(void *state, struct round *round) {
    struct sending *sending = state;
    pthread_t *threads = calloc((size_t)sending->connections, sizeof *threads);
    if (threads == NULL) fail("no memory");
    for (long at = 0; at < sending->connections; at++) {
        if (pthread_create(&threads[at], NULL, send_mails, &sending->sender) != 0) fail("no further thread");
    }
    for (long at = 0; at < sending->connections; at++) pthread_join(threads[at], NULL);
    free(threads);
    round->operations = (size_t)(sending->sender.mails * sending->connections);
}

int smtp_send(int count, char **arguments) {
    long connections = option_number(count, arguments, "connections");
    struct sending sending = {
        .sender = {.port = option_number(count, arguments, "port"),
                   .mails = option_number(count, arguments, "mails") / connections},
        .connections = connections,
    };
    serve_rounds(send_round, &sending);
    return 0;
}
