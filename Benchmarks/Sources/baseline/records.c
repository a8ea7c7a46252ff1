#include "baseline.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// The file: "DBR1", the count (uint32), and for each record the partition (int32), the time (int64), the lengths of
// key, value (-1: null) and headers (int32 each), then their bytes; all little endian.
static const size_t fixed_part = 24;

static int32_t read32(const char *at) {
    int32_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

static struct bytes take(const char **at, int32_t count) {
    if (count < 0) return (struct bytes){NULL, 0};
    struct bytes result = {*at, (size_t)count};
    *at += count;
    return result;
}

struct records load_records(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) fail("cannot open %s", path);
    const char *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (at == MAP_FAILED) fail("cannot map %s", path);
    close(file);
    const char *end = at + status.st_size;
    if (status.st_size < 8 || memcmp(at, "DBR1", 4) != 0) fail("%s is no file of records", path);
    struct records records = {NULL, (size_t)read32(at + 4)};
    at += 8;
    records.items = malloc(records.count * sizeof *records.items);
    if (records.items == NULL) fail("out of memory");
    for (size_t index = 0; index < records.count; index++) {
        if ((size_t)(end - at) < fixed_part) fail("%s is cut off", path);
        struct record *record = &records.items[index];
        record->partition = read32(at);
        memcpy(&record->time, at + 4, sizeof record->time);
        int32_t key = read32(at + 12), value = read32(at + 16), headers = read32(at + 20);
        at += fixed_part;
        record->key = take(&at, key);
        record->value = take(&at, value);
        record->headers = take(&at, headers);
        if (at > end) fail("%s is cut off", path);
    }
    return records;
}

bool next_header(struct bytes *rest, struct header *header) {
    if (rest->count < 6) return false;
    uint16_t name;
    memcpy(&name, rest->start, sizeof name);
    int32_t value = read32(rest->start + 2 + name);
    header->name = (struct bytes){rest->start + 2, name};
    header->value = value < 0 ? (struct bytes){NULL, 0} : (struct bytes){rest->start + 6 + name, (size_t)value};
    size_t length = 6 + (size_t)name + (value < 0 ? 0 : (size_t)value);
    rest->start += length;
    rest->count -= length;
    return true;
}
