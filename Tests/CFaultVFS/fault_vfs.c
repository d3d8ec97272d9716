#include "fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

// A file: SQLite's view of it, followed by the file of the VFS below.
typedef struct {
  sqlite3_file base;
  int watched;  // Whether its path begins with the prefix, decided when it is opened.
  char name[512];
} fault_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  char prefix[512];
  int countdown, code, persistent, reads, failed, armed;
} state;

static sqlite3_vfs *real_vfs(void) {
  static sqlite3_vfs *found;
  if (!found) found = sqlite3_vfs_find("unix");
  return found;
}

static sqlite3_file *below(sqlite3_file *file) { return (sqlite3_file *)((fault_file *)file + 1); }

// Whether the operation fails, and with what: `kind` where an I/O error was asked for.
static int fault(const char *name, int kind, int is_read) {
  int result = SQLITE_OK;
  pthread_mutex_lock(&lock);
  if (state.armed && name && strncmp(name, state.prefix, strlen(state.prefix)) == 0 && (!is_read || state.reads)) {
    if (state.countdown > 0) state.countdown -= 1;
    if (state.countdown == 0 && (state.persistent || state.failed == 0)) {
      state.failed += 1;
      result = state.code == SQLITE_FULL ? SQLITE_FULL : kind;
    }
  }
  pthread_mutex_unlock(&lock);
  return result;
}

void fault_vfs_arm(const char *prefix, int countdown, int code, int persistent, int reads) {
  pthread_mutex_lock(&lock);
  strncpy(state.prefix, prefix, sizeof state.prefix - 1);
  state.countdown = countdown;
  state.code = code;
  state.persistent = persistent;
  state.reads = reads;
  state.failed = 0;
  state.armed = 1;
  pthread_mutex_unlock(&lock);
}

int fault_vfs_disarm(void) {
  pthread_mutex_lock(&lock);
  state.armed = 0;
  int failed = state.failed;
  pthread_mutex_unlock(&lock);
  return failed;
}

static const char *name_of(sqlite3_file *file) {
  fault_file *self = (fault_file *)file;
  return self->watched ? self->name : NULL;
}

static int file_close(sqlite3_file *file) { return below(file)->pMethods->xClose(below(file)); }

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  int failure = fault(name_of(file), SQLITE_IOERR_READ, 1);
  return failure ? failure : below(file)->pMethods->xRead(below(file), bytes, count, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  int failure = fault(name_of(file), SQLITE_IOERR_WRITE, 0);
  if (failure) {
    // What a real disk may do: a part of the bytes is there.
    if (count > 1) below(file)->pMethods->xWrite(below(file), bytes, count / 2, offset);
    return failure;
  }
  return below(file)->pMethods->xWrite(below(file), bytes, count, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int failure = fault(name_of(file), SQLITE_IOERR_TRUNCATE, 0);
  return failure ? failure : below(file)->pMethods->xTruncate(below(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
  int failure = fault(name_of(file), SQLITE_IOERR_FSYNC, 0);
  return failure ? failure : below(file)->pMethods->xSync(below(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return below(file)->pMethods->xFileSize(below(file), size);
}

static int file_lock(sqlite3_file *file, int level) { return below(file)->pMethods->xLock(below(file), level); }

static int file_unlock(sqlite3_file *file, int level) { return below(file)->pMethods->xUnlock(below(file), level); }

static int file_check_reserved(sqlite3_file *file, int *result) {
  return below(file)->pMethods->xCheckReservedLock(below(file), result);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
  return below(file)->pMethods->xFileControl(below(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file) { return below(file)->pMethods->xSectorSize(below(file)); }

static int file_characteristics(sqlite3_file *file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

// Shared memory is for tests that put a database in WAL mode; a store with a rollback journal does not need it.
static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **result) {
  return below(file)->pMethods->xShmMap(below(file), page, size, extend, result);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file) { below(file)->pMethods->xShmBarrier(below(file)); }

static int file_shm_unmap(sqlite3_file *file, int delete_it) {
  return below(file)->pMethods->xShmUnmap(below(file), delete_it);
}

// Version 2: no memory map.
static const sqlite3_io_methods methods = {
  .iVersion = 2,
  .xClose = file_close,
  .xRead = file_read,
  .xWrite = file_write,
  .xTruncate = file_truncate,
  .xSync = file_sync,
  .xFileSize = file_size,
  .xLock = file_lock,
  .xUnlock = file_unlock,
  .xCheckReservedLock = file_check_reserved,
  .xFileControl = file_control,
  .xSectorSize = file_sector_size,
  .xDeviceCharacteristics = file_characteristics,
  .xShmMap = file_shm_map,
  .xShmLock = file_shm_lock,
  .xShmBarrier = file_shm_barrier,
  .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *result_flags) {
  (void)vfs;
  fault_file *self = (fault_file *)file;
  memset(self, 0, sizeof *self);
  if (name && strlen(name) < sizeof self->name) {
    strcpy(self->name, name);
    self->watched = 1;
  }
  // Only a file that is made changes anything.
  int exists = 0;
  if (name) real_vfs()->xAccess(real_vfs(), name, SQLITE_ACCESS_EXISTS, &exists);
  if ((flags & SQLITE_OPEN_CREATE) && !exists && fault(name_of(file), SQLITE_CANTOPEN, 0)) return SQLITE_CANTOPEN;
  int result = real_vfs()->xOpen(real_vfs(), name, below(file), flags, result_flags);
  if (below(file)->pMethods) self->base.pMethods = &methods;
  return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
  (void)vfs;
  int failure = fault(name, SQLITE_IOERR_DELETE, 0);
  return failure ? failure : real_vfs()->xDelete(real_vfs(), name, sync_folder);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
  (void)vfs;
  return real_vfs()->xAccess(real_vfs(), name, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *result) {
  (void)vfs;
  return real_vfs()->xFullPathname(real_vfs(), name, size, result);
}

static int vfs_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
  (void)vfs;
  return real_vfs()->xRandomness(real_vfs(), count, bytes);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
  (void)vfs;
  return real_vfs()->xSleep(real_vfs(), microseconds);
}

static int vfs_current_time(sqlite3_vfs *vfs, double *time) {
  (void)vfs;
  return real_vfs()->xCurrentTime(real_vfs(), time);
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text) {
  (void)vfs;
  return real_vfs()->xGetLastError(real_vfs(), size, text);
}

static int vfs_current_time_64(sqlite3_vfs *vfs, sqlite3_int64 *time) {
  (void)vfs;
  return real_vfs()->xCurrentTimeInt64(real_vfs(), time);
}

int fault_vfs_register(void) {
  static sqlite3_vfs vfs;
  static int is_registered;
  int result = sqlite3_initialize();
  if (result) return result;
  pthread_mutex_lock(&lock);
  if (!is_registered && real_vfs()) {
    vfs = (sqlite3_vfs){
      .iVersion = 2,
      .szOsFile = (int)sizeof(fault_file) + real_vfs()->szOsFile,
      .mxPathname = real_vfs()->mxPathname,
      .zName = "fault",
      .xOpen = vfs_open,
      .xDelete = vfs_delete,
      .xAccess = vfs_access,
      .xFullPathname = vfs_full_pathname,
      .xRandomness = vfs_randomness,
      .xSleep = vfs_sleep,
      .xCurrentTime = vfs_current_time,
      .xGetLastError = vfs_last_error,
      .xCurrentTimeInt64 = vfs_current_time_64,
    };
    result = sqlite3_vfs_register(&vfs, 1);
    is_registered = result == SQLITE_OK;
  }
  pthread_mutex_unlock(&lock);
  return result;
}
