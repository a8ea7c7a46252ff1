// A SQLite VFS for tests of what a power cut leaves behind.
//
// Files whose path contains POWERCUT_MARKER are written to as usual, and besides it is remembered what of them was synced: what a
// disk without power would keep. All other files are left alone.
#pragma once

#include <stdint.h>

#define POWERCUT_MARKER "powercut-disk"

// Makes the VFS the default one of this process. Call it once, before any database is opened. Returns a SQLite code.
int powercut_install(void);

// Calls back at the so-manieth write, sync, truncation, creation or deletion of files in a directory, counted from now, just
// before it is done, on the thread that does it. No file of the directory changes before the callback returns.
void powercut_arm(const char *directory, uint64_t operations, void (*callback)(void *context), void *context);

// Writes the directory's files as a power cut now would leave them into another directory, which must exist. Only to be called
// in the callback.
//
// With seed 0 everything that was not synced is lost. With any other seed the disk had begun with it: of each unsynced write a
// random choice of its sectors is kept, in random sizes of sector, and of unsynced creations and deletions of files a random choice.
// Returns 0, or an errno.
int powercut_snapshot(const char *directory, const char *target, uint64_t seed);

enum powercut_fault {
    POWERCUT_NO_FAULT,
    // No file of the directory can grow: as on a full disk, or over a quota.
    POWERCUT_FULL,
    POWERCUT_QUOTA,
    // The disk does not answer a sync.
    POWERCUT_SYNC_FAILS,
};

// Has the disk behind a directory fail from now on, until it is told not to. One directory at a time.
void powercut_fail(const char *directory, enum powercut_fault fault);

// Forgets the directory's files. Their databases must be closed, or not be written to any more.
void powercut_forget(const char *directory);
