#pragma once

#include <sqlite3.h>

// Each ends the program with SQLite's message when something fails.
void sqlite_check(sqlite3 *database, int code);
void sqlite_run(sqlite3 *database, const char *sql);
sqlite3_stmt *sqlite_prepare(sqlite3 *database, const char *sql);
// Runs a statement that gives no rows.
void sqlite_step(sqlite3 *database, sqlite3_stmt *statement);
