#include "baseline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *option(int count, char **arguments, const char *name) {
    size_t length = strlen(name);
    for (int at = 0; at < count; at++) {
        bool matches = strncmp(arguments[at], name, length) == 0 && arguments[at][length] == '=';
        if (matches) return arguments[at] + length + 1;
    }
    fail("%s=… is missing", name);
}

long option_number(int count, char **arguments, const char *name) {
    const char *text = option(count, arguments, name);
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end != 0 || number < 1) fail("%s=%s is no number above 0", name, text);
    return number;
}

long option_number_or(int count, char **arguments, const char *name, long otherwise) {
    size_t length = strlen(name);
    for (int at = 0; at < count; at++) {
        bool matches = strncmp(arguments[at], name, length) == 0 && arguments[at][length] == '=';
        if (matches) return option_number(count, arguments, name);
    }
    return otherwise;
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("baseline: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}
