#include "sqlite.h"

#include "baseline.h"

void sqlite_check(sqlite3 *database, int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) fail("SQLite: %s", sqlite3_errmsg(database));
}

void sqlite_run(sqlite3 *database, const char *sql) {
    sqlite_check(database, sqlite3_exec(database, sql, NULL, NULL, NULL));
}

sqlite3_stmt *sqlite_prepare(sqlite3 *database, const char *sql) {
    sqlite3_stmt *statement;
    sqlite_check(database, sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

void sqlite_step(sqlite3 *database, sqlite3_stmt *statement) {
    sqlite_check(database, sqlite3_step(statement));
    sqlite_check(database, sqlite3_reset(statement));
}
