import GRDB

/// The database's schema, as numbered steps that are only ever added to: what was released is never changed.
enum Migrations {
    /// "Dybk": tells a log from any other SQLite database.
    static let applicationID: Int32 = 0x4479_626b

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("001 streams and batches") { database in
            try database.execute(
                sql: """
                    CREATE TABLE log (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    INSERT INTO log VALUES ('identity', lower(hex(randomblob(16)))), ('health', '');
                    CREATE TABLE stream (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        partitions INTEGER NOT NULL,
                        compact INTEGER NOT NULL,
                        -- microseconds; null keeps for ever
                        retention INTEGER
                    ) STRICT;
                    CREATE TABLE partition (
                        id INTEGER PRIMARY KEY,
                        stream INTEGER NOT NULL REFERENCES stream (id),
                        number INTEGER NOT NULL,
                        low INTEGER NOT NULL DEFAULT 0,
                        -- The log time that no later record may be below: kept for when all batches are gone.
                        time_floor INTEGER NOT NULL DEFAULT 0,
                        -- Compaction has seen every record below this offset.
                        compacted INTEGER NOT NULL DEFAULT 0,
                        UNIQUE (stream, number)
                    ) STRICT;
                    CREATE TABLE batch (
                        -- partition and first offset in one number; see BatchKey
                        id INTEGER PRIMARY KEY,
                        last INTEGER NOT NULL,
                        count INTEGER NOT NULL,
                        first_time INTEGER NOT NULL,
                        last_time INTEGER NOT NULL,
                        checksum INTEGER NOT NULL,
                        records BLOB NOT NULL
                    ) STRICT;
                    CREATE TABLE group_position (
                        "group" TEXT NOT NULL,
                        partition INTEGER NOT NULL,
                        next INTEGER NOT NULL,
                        PRIMARY KEY ("group", partition)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE writer (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("002 a table for each partition") { database in
            try database.execute(
                sql: """
                    -- Whether each partition has a table of its own, "batch_" and its id, or they share batch.
                    ALTER TABLE stream ADD COLUMN own_tables INTEGER NOT NULL DEFAULT 0;
                    """)
        }
        return migrator
    }
}
