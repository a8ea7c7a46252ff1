#include "baseline.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int count, char **arguments);
    const char *usage;
} programs[] = {
    {"kafka-produce", kafka_produce, "records=FILE topic=NAME [window=COUNT] [librdkafka.property=value ...]"},
    {"kafka-consume", kafka_consume, "records=COUNT topic=NAME partitions=COUNT [librdkafka.property=value ...]"},
    {"sqlite-append", sqlite_append, "records=FILE database=FILE batch=COUNT"},
    {"sqlite-project", sqlite_project, "records=FILE"},
    {"sqlite-restore", sqlite_restore, "records=FILE database=FILE"},
    {"smtp-sink", smtp_sink, "(prints its port)"},
    {"smtp-send", smtp_send, "port=PORT mails=COUNT connections=COUNT"},
};

int main(int count, char **arguments) {
    for (size_t at = 0; count > 1 && at < sizeof programs / sizeof *programs; at++) {
        if (strcmp(arguments[1], programs[at].name) == 0) return programs[at].run(count - 2, arguments + 2);
    }
    fputs("One round for each line on standard input. Programs:\n", stderr);
    for (size_t at = 0; at < sizeof programs / sizeof *programs; at++) {
        fprintf(stderr, "  %s %s\n", programs[at].name, programs[at].usage);
    }
    return 64;
}
