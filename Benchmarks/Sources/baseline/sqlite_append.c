// Raw SQLite: appending records durably, one row each.
#include "baseline.h"

#include "sqlite.h"

struct appender {
    sqlite3 *database;
    sqlite3_stmt *begin, *insert, *commit;
    struct records records;
    size_t batch;
    int64_t next_offset[256];
};

static void bind_blob(sqlite3_stmt *statement, int index, struct bytes bytes) {
    if (bytes.start == NULL) {
        sqlite3_bind_null(statement, index);
    } else {
        sqlite3_bind_blob64(statement, index, bytes.start, bytes.count, SQLITE_STATIC);
    }
}

static void append_all(void *state, struct round *round) {
    struct appender *appender = state;
    for (size_t from = 0; from < appender->records.count; from += appender->batch) {
        size_t left = appender->records.count - from;
        size_t end = from + (appender->batch < left ? appender->batch : left);
        sqlite_step(appender->database, appender->begin);
        for (size_t at = from; at < end; at++) {
            const struct record *record = &appender->records.items[at];
            // Partition and offset in one integer: the key that SQLite appends fastest, and a partition is read by.
            int64_t offset = appender->next_offset[record->partition & 0xff]++;
            sqlite3_bind_int64(appender->insert, 1, (int64_t)record->partition << 44 | offset);
            sqlite3_bind_int64(appender->insert, 2, record->time);
            bind_blob(appender->insert, 3, record->key);
            bind_blob(appender->insert, 4, record->value);
            bind_blob(appender->insert, 5, record->headers);
            sqlite_step(appender->database, appender->insert);
        }
        sqlite_step(appender->database, appender->commit);
    }
    round->operations = appender->records.count;
}

int sqlite_append(int count, char **arguments) {
    struct appender appender = {
        .records = load_records(option(count, arguments, "records")),
        .batch = (size_t)option_number(count, arguments, "batch"),
    };
    const char *path = option(count, arguments, "database");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &appender.database, flags, NULL) != SQLITE_OK) fail("cannot open %s", path);
    sqlite_run(appender.database,
               "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
               "CREATE TABLE record (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, key BLOB, value BLOB,"
               " headers BLOB NOT NULL) STRICT");
    appender.begin = sqlite_prepare(appender.database, "BEGIN IMMEDIATE");
    appender.insert = sqlite_prepare(appender.database, "INSERT INTO record VALUES (?, ?, ?, ?, ?)");
    appender.commit = sqlite_prepare(appender.database, "COMMIT");
    serve_rounds(append_all, &appender);
    sqlite3_finalize(appender.begin);
    sqlite3_finalize(appender.insert);
    sqlite3_finalize(appender.commit);
    return sqlite3_close(appender.database);
}
