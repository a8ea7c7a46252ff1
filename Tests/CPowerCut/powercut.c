#include "powercut.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A change of a file that was not synced yet: bytes written at an offset, or (bytes == NULL) the file cut to a size.
struct change {
    sqlite3_int64 offset;
    size_t count;
    char *bytes;
};

// A file, however many connections have it open: what a disk surely holds of it, and what came after that.
struct disk_file {
    struct disk_file *next;
    char *path;
    char *durable;
    size_t durable_size;
    struct change *changes;
    size_t change_count, change_capacity;
    // Whether the directory's entry for the file, or its removal, is synced.
    bool created_durably, deleted;
};

// An open file of SQLite's: our part, and behind it the real VFS's.
struct open_file {
    sqlite3_file base;
    struct disk_file *disk;
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs our_vfs;
static sqlite3_io_methods methods;
// Guards everything below. Recursive, because the callback takes snapshots while it is held.
static pthread_mutex_t mutex;
static struct disk_file *files;
static struct {
    char directory[1024];
    uint64_t operations;
    void (*callback)(void *);
    void *context;
} armed;
static struct {
    char directory[1024];
    enum powercut_fault fault;
} failing;
// Set by the hook when SQLite, inside a sync or deletion, opens the directory to sync that too.
static _Thread_local bool directory_was_opened;
static int (*real_open_directory)(const char *, int *);

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((struct open_file *)file + 1); }
static struct disk_file *disk(sqlite3_file *file) { return ((struct open_file *)file)->disk; }

static bool lies_in(const char *path, const char *directory) {
    size_t length = strlen(directory);
    return length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/';
}

// Counts an operation on a file that is about to be done, and calls back when its turn has come. The mutex is held.
static void step(const char *path) {
    if (armed.operations == 0 || !lies_in(path, armed.directory)) return;
    if (--armed.operations == 0) armed.callback(armed.context);
}

static enum powercut_fault fault_of(const char *path) {
    return lies_in(path, failing.directory) ? failing.fault : POWERCUT_NO_FAULT;
}

// What a write gives on a disk that has no room; SQLITE_OK when it needs none.
static int room_for(sqlite3_file *file, sqlite3_int64 end) {
    enum powercut_fault fault = fault_of(disk(file)->path);
    sqlite3_int64 size = 0;
    if (fault != POWERCUT_FULL && fault != POWERCUT_QUOTA) return SQLITE_OK;
    if (real(file)->pMethods->xFileSize(real(file), &size) == SQLITE_OK && end <= size) return SQLITE_OK;
    // As SQLite's own VFS tells them.
    errno = fault == POWERCUT_FULL ? ENOSPC : EDQUOT;
    return fault == POWERCUT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static void *allocate(void *old, size_t size) {
    void *memory = realloc(old, size);
    if (memory == NULL) abort();
    return memory;
}

// MARK: What the disk holds

static void apply(char **bytes, size_t *size, const struct change *change, size_t from, size_t count) {
    size_t start = (size_t)change->offset + from;
    if (change->bytes == NULL) {
        if (*size > start) *size = start;
        return;
    }
    if (start + count > *size) {
        *bytes = allocate(*bytes, start + count);
        if (start > *size) memset(*bytes + *size, 0, start - *size);
        *size = start + count;
    }
    memcpy(*bytes + start, change->bytes + from, count);
}

static void remember(struct disk_file *file, sqlite3_int64 offset, const void *bytes, size_t count) {
    if (file->change_count == file->change_capacity) {
        file->change_capacity = file->change_capacity * 2 + 16;
        file->changes = allocate(file->changes, file->change_capacity * sizeof(struct change));
    }
    struct change *change = &file->changes[file->change_count++];
    *change = (struct change){.offset = offset, .count = count};
    if (bytes == NULL) return;
    change->bytes = allocate(NULL, count + 1);
    memcpy(change->bytes, bytes, count);
}

// Makes the first changes durable.
static void harden(struct disk_file *file, size_t count) {
    for (size_t at = 0; at < count; at++) {
        struct change *change = &file->changes[at];
        apply(&file->durable, &file->durable_size, change, 0, change->count);
        free(change->bytes);
    }
    file->change_count -= count;
    memmove(file->changes, file->changes + count, file->change_count * sizeof(struct change));
}

static void drop(struct disk_file **link) {
    struct disk_file *file = *link;
    *link = file->next;
    for (size_t at = 0; at < file->change_count; at++) free(file->changes[at].bytes);
    free(file->changes);
    free(file->durable);
    free(file->path);
    free(file);
}

static struct disk_file *find(const char *path) {
    for (struct disk_file *file = files; file != NULL; file = file->next) {
        if (!file->deleted && strcmp(file->path, path) == 0) return file;
    }
    return NULL;
}

// What a file held before this VFS saw it counts as durable.
static void load(struct disk_file *file) {
    int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    file->created_durably = true;
    char buffer[65536];
    ssize_t count;
    while ((count = read(descriptor, buffer, sizeof buffer)) > 0) {
        file->durable = allocate(file->durable, file->durable_size + (size_t)count);
        memcpy(file->durable + file->durable_size, buffer, (size_t)count);
        file->durable_size += (size_t)count;
    }
    close(descriptor);
}

static void directory_synced(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    for (struct disk_file **link = &files; *link != NULL;) {
        struct disk_file *file = *link;
        if (strncmp(file->path, path, length) != 0) {
            link = &file->next;
        } else if (file->deleted) {
            drop(link);
        } else {
            file->created_durably = true;
            link = &file->next;
        }
    }
}

static int open_directory(const char *path, int *descriptor) {
    directory_was_opened = true;
    return real_open_directory(path, descriptor);
}

// MARK: The files' methods

static int file_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    pthread_mutex_lock(&mutex);
    step(disk(file)->path);
    int code = room_for(file, offset + count);
    if (code == SQLITE_OK) code = real(file)->pMethods->xWrite(real(file), bytes, count, offset);
    if (code == SQLITE_OK) remember(disk(file), offset, bytes, (size_t)count);
    pthread_mutex_unlock(&mutex);
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    pthread_mutex_lock(&mutex);
    step(disk(file)->path);
    int code = real(file)->pMethods->xTruncate(real(file), size);
    if (code == SQLITE_OK) remember(disk(file), size, NULL, 0);
    pthread_mutex_unlock(&mutex);
    return code;
}

static int file_sync(sqlite3_file *file, int flags) {
    pthread_mutex_lock(&mutex);
    step(disk(file)->path);
    // What is written while the sync is under way is not covered by it.
    size_t covered = disk(file)->change_count;
    pthread_mutex_unlock(&mutex);
    directory_was_opened = false;
    if (fault_of(disk(file)->path) == POWERCUT_SYNC_FAILS) {
        errno = EIO;
        return SQLITE_IOERR_FSYNC;
    }
    int code = real(file)->pMethods->xSync(real(file), flags);
    pthread_mutex_lock(&mutex);
    if (code == SQLITE_OK) {
        harden(disk(file), covered < disk(file)->change_count ? covered : disk(file)->change_count);
        if (directory_was_opened) directory_synced(disk(file)->path);
    }
    pthread_mutex_unlock(&mutex);
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
static int file_lock(sqlite3_file *file, int lock) { return real(file)->pMethods->xLock(real(file), lock); }
static int file_unlock(sqlite3_file *file, int lock) { return real(file)->pMethods->xUnlock(real(file), lock); }
static int file_check_lock(sqlite3_file *file, int *result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
static int file_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
static int file_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int file_characteristics(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
// The shared memory of the write-ahead log is no part of what a disk keeps.
static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}
static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
static void file_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int file_shm_unmap(sqlite3_file *file, int delete) {
    return real(file)->pMethods->xShmUnmap(real(file), delete);
}

static sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// MARK: The VFS's methods

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags) {
    (void)vfs;
    // Room for our part is there in any case; a file that is left alone gets the real VFS's methods and does not use it.
    if (path == NULL || strstr(path, POWERCUT_MARKER) == NULL) {
        return real_vfs->xOpen(real_vfs, path, file, flags, out_flags);
    }
    pthread_mutex_lock(&mutex);
    step(path);
    struct disk_file *found = find(path);
    if (found == NULL) {
        found = allocate(NULL, sizeof *found);
        *found = (struct disk_file){.next = files, .path = strdup(path)};
        load(found);
        files = found;
    }
    int code = real_vfs->xOpen(real_vfs, path, real(file), flags, out_flags);
    if (code == SQLITE_OK) {
        ((struct open_file *)file)->disk = found;
        file->pMethods = &methods;
    } else {
        file->pMethods = NULL;
    }
    pthread_mutex_unlock(&mutex);
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_directory) {
    (void)vfs;
    if (strstr(path, POWERCUT_MARKER) == NULL) return real_vfs->xDelete(real_vfs, path, sync_directory);
    pthread_mutex_lock(&mutex);
    step(path);
    directory_was_opened = false;
    int code = real_vfs->xDelete(real_vfs, path, sync_directory);
    struct disk_file *file = find(path);
    if (code == SQLITE_OK && file != NULL) file->deleted = true;
    if (code == SQLITE_OK && directory_was_opened) directory_synced(path);
    pthread_mutex_unlock(&mutex);
    return code;
}

int powercut_install(void) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mutex, &attributes);
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL || real_vfs->iVersion < 3) return SQLITE_ERROR;
    real_open_directory = (int (*)(const char *, int *))real_vfs->xGetSystemCall(real_vfs, "openDirectory");
    if (real_open_directory == NULL) return SQLITE_ERROR;
    int code = real_vfs->xSetSystemCall(real_vfs, "openDirectory", (sqlite3_syscall_ptr)open_directory);
    if (code != SQLITE_OK) return code;
    our_vfs = *real_vfs;
    our_vfs.zName = "powercut";
    our_vfs.szOsFile = (int)sizeof(struct open_file) + real_vfs->szOsFile;
    our_vfs.xOpen = vfs_open;
    our_vfs.xDelete = vfs_delete;
    return sqlite3_vfs_register(&our_vfs, 1);
}

// MARK: The cut

void powercut_arm(const char *directory, uint64_t operations, void (*callback)(void *), void *context) {
    pthread_mutex_lock(&mutex);
    snprintf(armed.directory, sizeof armed.directory, "%s", directory);
    armed.operations = operations;
    armed.callback = callback;
    armed.context = context;
    pthread_mutex_unlock(&mutex);
}

// xorshift64*: the same cut for the same seed.
static uint64_t random_number(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1DULL;
}

// The file's bytes with a random choice of the sectors that were written but not synced.
static void tear(const struct disk_file *file, char **bytes, size_t *size, uint64_t *random) {
    size_t sector = random_number(random) & 1 ? 512 : 4096;
    // How likely a sector was written: seldom, as often as not, mostly.
    uint64_t odds = 1 + random_number(random) % 7;
    for (size_t at = 0; at < file->change_count; at++) {
        const struct change *change = &file->changes[at];
        if (change->bytes == NULL) {
            if (random_number(random) & 1) apply(bytes, size, change, 0, 0);
            continue;
        }
        for (size_t from = 0; from < change->count;) {
            size_t end = sector - ((size_t)change->offset + from) % sector + from;
            if (end > change->count) end = change->count;
            if (random_number(random) % 8 < odds) apply(bytes, size, change, from, end - from);
            from = end;
        }
    }
}

static int write_file(const char *path, const char *bytes, size_t size) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return errno;
    while (size > 0) {
        ssize_t count = write(descriptor, bytes, size);
        if (count < 0) {
            int error = errno;
            close(descriptor);
            return error;
        }
        bytes += count;
        size -= (size_t)count;
    }
    close(descriptor);
    return 0;
}

int powercut_snapshot(const char *directory, const char *target, uint64_t seed) {
    uint64_t random = seed;
    int error = 0;
    pthread_mutex_lock(&mutex);
    for (struct disk_file *file = files; file != NULL && error == 0; file = file->next) {
        if (!lies_in(file->path, directory)) continue;
        bool exists = file->created_durably;
        if (seed != 0) {
            if (!file->created_durably || file->deleted) exists = random_number(&random) & 1;
        }
        if (!exists) continue;
        size_t size = file->durable_size;
        char *bytes = allocate(NULL, size + 1);
        if (size > 0) memcpy(bytes, file->durable, size);
        if (seed != 0) tear(file, &bytes, &size, &random);
        char path[2048];
        snprintf(path, sizeof path, "%s%s", target, file->path + strlen(directory));
        error = write_file(path, bytes, size);
        free(bytes);
    }
    pthread_mutex_unlock(&mutex);
    return error;
}

void powercut_fail(const char *directory, enum powercut_fault fault) {
    pthread_mutex_lock(&mutex);
    snprintf(failing.directory, sizeof failing.directory, "%s", directory);
    failing.fault = fault;
    pthread_mutex_unlock(&mutex);
}

void powercut_forget(const char *directory) {
    pthread_mutex_lock(&mutex);
    if (strcmp(armed.directory, directory) == 0) armed.operations = 0;
    for (struct disk_file **link = &files; *link != NULL;) {
        if (lies_in((*link)->path, directory)) {
            drop(link);
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&mutex);
}
