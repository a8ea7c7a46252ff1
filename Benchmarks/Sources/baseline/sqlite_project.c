// Raw SQLite as the index: the records folded into a table in memory, with an index for each way Daybook can be asked.
#include "baseline.h"
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

// The same indexes as Daybook keeps: what a query can filter by, within one value in order of creation, as pages come;
// and the place in the log, by which events leave the index when their records leave the log.
static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;"
    "CREATE TABLE event ("
    " number INTEGER PRIMARY KEY, id BLOB NOT NULL, topic TEXT NOT NULL, status TEXT NOT NULL, project TEXT, user TEXT,"
    " sender TEXT, depends_on BLOB, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, progress REAL NOT NULL,"
    " retries INTEGER NOT NULL, description TEXT, summary TEXT, partition INTEGER NOT NULL, offset INTEGER NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX event_id ON event (id);"
    "CREATE INDEX event_topic ON event (topic, created_at);"
    "CREATE INDEX event_status ON event (status, created_at);"
    "CREATE INDEX event_project ON event (project, created_at);"
    "CREATE INDEX event_user ON event (user, created_at);"
    "CREATE INDEX event_sender ON event (sender, created_at);"
    "CREATE INDEX event_depends_on ON event (depends_on, created_at) WHERE depends_on IS NOT NULL;"
    "CREATE INDEX event_created_at ON event (created_at);"
    "CREATE UNIQUE INDEX event_place ON event (partition, offset);";

enum field {
    event_id, op, topic, sender, time_of_creation, status, progress, retries, project_name, user, depends_on,
    description, summary, field_count
};

static const char *const names[field_count] = {
    "ce_eventid", "ce_op", "ce_type", "ce_source", "ce_time", "ce_status", "ce_progress", "ce_retries", "ce_project",
    "ce_user", "ce_dependson", "ce_description", "ce_summary",
};

struct projector {
    sqlite3 *database;
    sqlite3_stmt *insert, *change;
    struct records records;
};

static void find_fields(struct bytes headers, struct bytes fields[field_count]) {
    memset(fields, 0, sizeof(struct bytes) * field_count);
    struct header header;
    while (next_header(&headers, &header)) {
        for (int field = 0; field < field_count; field++) {
            if (strlen(names[field]) == header.name.count
                && memcmp(names[field], header.name.start, header.name.count) == 0) {
                fields[field] = header.value;
                break;
            }
        }
    }
}

static void bind_text(sqlite3_stmt *statement, int index, struct bytes text) {
    if (text.start == NULL) {
        sqlite3_bind_null(statement, index);
    } else {
        sqlite3_bind_text(statement, index, text.start, (int)text.count, SQLITE_STATIC);
    }
}

static int digit(char character) { return character <= '9' ? character - '0' : character - 'a' + 10; }

static void bind_id(sqlite3_stmt *statement, int index, struct bytes hex) {
    if (hex.count != 32) {
        sqlite3_bind_null(statement, index);
        return;
    }
    char id[16];
    for (int at = 0; at < 16; at++) id[at] = (char)(digit(hex.start[2 * at]) << 4 | digit(hex.start[2 * at + 1]));
    sqlite3_bind_blob(statement, index, id, sizeof id, SQLITE_TRANSIENT);
}

static int64_t two(const char *at) { return (at[0] - '0') * 10 + at[1] - '0'; }

// 2026-11-21T03:00:44.291548+00:00, as Daybook writes it.
static int64_t microseconds(struct bytes text) {
    if (text.count < 26) return 0;
    const char *at = text.start;
    int64_t year = two(at) * 100 + two(at + 2), month = two(at + 5), day = two(at + 8);
    // Days since 1970 by the era-based formula.
    year -= month <= 2;
    int64_t year_of_era = year % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t days = year / 400 * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
    int64_t seconds = days * 86400 + two(at + 11) * 3600 + two(at + 14) * 60 + two(at + 17);
    return seconds * 1000000 + two(at + 20) * 10000 + two(at + 22) * 100 + two(at + 24);
}

static double number(struct bytes text) {
    char digits[32] = {0};
    memcpy(digits, text.start, text.count < sizeof digits ? text.count : sizeof digits - 1);
    return text.start == NULL ? 0 : strtod(digits, NULL);
}

static void insert(struct projector *projector, const struct bytes fields[field_count], const struct record *record,
                   int64_t offset) {
    sqlite3_stmt *statement = projector->insert;
    bind_id(statement, 1, fields[event_id]);
    bind_text(statement, 2, fields[topic]);
    bind_text(statement, 3, fields[status]);
    bind_text(statement, 4, fields[project_name]);
    bind_text(statement, 5, fields[user]);
    bind_text(statement, 6, fields[sender]);
    bind_id(statement, 7, fields[depends_on]);
    struct bytes created = fields[time_of_creation];
    sqlite3_bind_int64(statement, 8, created.start == NULL ? record->time : microseconds(created));
    sqlite3_bind_int64(statement, 9, record->time);
    sqlite3_bind_double(statement, 10, number(fields[progress]));
    sqlite3_bind_int64(statement, 11, (int64_t)number(fields[retries]));
    bind_text(statement, 12, fields[description]);
    bind_text(statement, 13, fields[summary]);
    sqlite3_bind_int64(statement, 14, record->partition);
    sqlite3_bind_int64(statement, 15, offset);
    sqlite_step(projector->database, statement);
}

static void change(struct projector *projector, const struct bytes fields[field_count], const struct record *record) {
    sqlite3_stmt *statement = projector->change;
    bind_text(statement, 1, fields[status]);
    sqlite3_bind_double(statement, 2, number(fields[progress]));
    sqlite3_bind_int64(statement, 3, record->time);
    bind_id(statement, 4, fields[event_id]);
    sqlite_step(projector->database, statement);
}

static sqlite3 *open_in_memory(void) {
    sqlite3 *database;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite_check(database, sqlite3_open_v2(":memory:", &database, flags, NULL));
    return database;
}

static void close_projection(struct projector *projector) {
    sqlite3_finalize(projector->insert);
    sqlite3_finalize(projector->change);
    sqlite_check(projector->database, sqlite3_close(projector->database));
    *projector = (struct projector){.records = projector->records};
}

static void open_projection(struct projector *projector) {
    projector->database = open_in_memory();
    sqlite_run(projector->database, schema);
    projector->insert = sqlite_prepare(
        projector->database,
        "INSERT INTO event (id, topic, status, project, user, sender, depends_on, created_at, updated_at, progress,"
        " retries, description, summary, partition, offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    projector->change = sqlite_prepare(
        projector->database, "UPDATE event SET status = ?, progress = ?, updated_at = ? WHERE id = ?");
}

static void project(struct projector *projector) {
    int64_t next_offset[256] = {0};
    for (size_t at = 0; at < projector->records.count; at++) {
        const struct record *record = &projector->records.items[at];
        if (at % 1000 == 0) sqlite_run(projector->database, at == 0 ? "BEGIN" : "COMMIT; BEGIN");
        struct bytes fields[field_count];
        find_fields(record->headers, fields);
        int64_t offset = next_offset[record->partition & 0xff]++;
        if (fields[op].count == 7 && memcmp(fields[op].start, "created", 7) == 0) {
            insert(projector, fields, record, offset);
        } else {
            change(projector, fields, record);
        }
    }
    sqlite_run(projector->database, "COMMIT");
}

static int64_t pragma(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement = sqlite_prepare(database, sql);
    sqlite_check(database, sqlite3_step(statement));
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static void project_round(void *state, struct round *round) {
    struct projector *projector = state;
    open_projection(projector);
    start_timing(round);
    project(projector);
    round->operations = projector->records.count;
    stop_timing(round);
    round->bytes = pragma(projector->database, "PRAGMA page_count") * pragma(projector->database, "PRAGMA page_size");
    close_projection(projector);
}

int sqlite_project(int count, char **arguments) {
    struct projector projector = {.records = load_records(option(count, arguments, "records"))};
    serve_rounds(project_round, &projector);
    return 0;
}

// MARK: - Restore

// Takes the whole table with its indexes back into memory from its file, page by page: SQLite's own way to do it.
static void restore_round(void *state, struct round *round) {
    const char *path = state;
    sqlite3 *file, *memory = open_in_memory();
    start_timing(round);
    if (sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) fail("cannot open %s", path);
    sqlite3_backup *backup = sqlite3_backup_init(memory, "main", file, "main");
    if (backup == NULL || sqlite3_backup_step(backup, -1) != SQLITE_DONE) fail("%s cannot be read", path);
    sqlite3_backup_finish(backup);
    round->operations = (size_t)pragma(memory, "SELECT max(number) FROM event");
    stop_timing(round);
    sqlite3_close(file);
    sqlite3_close(memory);
}

int sqlite_restore(int count, char **arguments) {
    struct projector projector = {.records = load_records(option(count, arguments, "records"))};
    const char *path = option(count, arguments, "database");
    open_projection(&projector);
    project(&projector);
    sqlite3_stmt *save = sqlite_prepare(projector.database, "VACUUM INTO ?");
    sqlite3_bind_text(save, 1, path, -1, SQLITE_STATIC);
    sqlite_step(projector.database, save);
    sqlite3_finalize(save);
    close_projection(&projector);
    serve_rounds(restore_round, (void *)path);
    return 0;
}
