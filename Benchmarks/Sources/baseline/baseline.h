// Plain C programs that Daybook is measured against: what the libraries below it do with the same records when nothing
// else is in the way.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A NULL start is a null, which is not the same as empty.
struct bytes {
    const char *start;
    size_t count;
};

struct record {
    int32_t partition;
    // Log time, microseconds since 1970.
    int64_t time;
    struct bytes key;
    struct bytes value;
    // Packed: for each header the name's length (uint16), the name, the value's length (int32, -1 for null), the value.
    struct bytes headers;
};

struct records {
    struct record *items;
    size_t count;
};

struct header {
    struct bytes name;
    struct bytes value;
};

// records.c: the file the harness wrote, mapped into memory and touched, so that no round pays for reading it.
struct records load_records(const char *path);
// Takes the next header off a packed block; false at its end.
bool next_header(struct bytes *rest, struct header *header);

// options.c: `name=value` arguments.
const char *option(int count, char **arguments, const char *name);
long option_number(int count, char **arguments, const char *name);
long option_number_or(int count, char **arguments, const char *name, long otherwise);
// Ends the program with a message.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// rounds.c: for each line on standard input one round; prints how much it did, how long it took, and what CPU time and
// memory it cost.
struct instant {
    double wall, cpu;
};
struct round {
    // A round that has something to do before or after what is measured calls start_timing and stop_timing.
    struct instant start, end;
    size_t operations;
    // What the result occupies, where that is asked for.
    int64_t bytes;
};
void start_timing(struct round *round);
void stop_timing(struct round *round);
void serve_rounds(void (*run)(void *state, struct round *round), void *state);

int kafka_produce(int count, char **arguments);
int kafka_consume(int count, char **arguments);
int sqlite_append(int count, char **arguments);
int sqlite_project(int count, char **arguments);
int sqlite_restore(int count, char **arguments);
// smtp.c: a mail server that takes mails and forgets them, until standard input ends; and what sends ready-made ones.
int smtp_sink(int count, char **arguments);
int smtp_send(int count, char **arguments);
