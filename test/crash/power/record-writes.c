/*
 * Preloaded into a process (LD_PRELOAD), this library writes down, in order, what the process does to the files below one
 * folder: which bytes it writes where, what it syncs, renames, cuts and removes. From that list power-cut.ts makes the folder
 * as a power cut at any moment could have left it.
 *
 * POWER_FOLDER  the folder, as a resolved path
 * POWER_LOG     the list; records as in struct record, each followed by its path and its bytes
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum op { OP_CREATE = 1, OP_WRITE, OP_SYNC, OP_TRUNCATE, OP_RENAME, OP_UNLINK };

struct record {
  uint32_t op;
  uint32_t path_length;
  uint64_t offset;
  uint64_t length;
};

enum { MAX_FDS = 4096 };

static const char *folder;
static size_t folder_length;
static int log_fd = -1;
static char *paths[MAX_FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void) {
  folder = getenv("POWER_FOLDER");
  const char *log = getenv("POWER_LOG");
  if (!folder || !log) return;
  folder_length = strlen(folder);
  log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* One writev with O_APPEND, so a record is whole or absent. */
static void put(enum op op, const char *path, uint64_t offset, const void *bytes, uint64_t length) {
  struct record record = {op, (uint32_t)strlen(path), offset, length};
  struct iovec parts[] = {
      {&record, sizeof record},
      {(void *)path, record.path_length},
      {(void *)bytes, bytes ? length : 0},
  };
  syscall(SYS_writev, log_fd, parts, 3);
}

static int is_ours(const char *path) {
  return log_fd >= 0 && strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

static const char *path_of(int fd) { return log_fd >= 0 && fd >= 0 && fd < MAX_FDS ? paths[fd] : NULL; }

static int opened(int fd, int existed) {
  if (fd < 0 || fd >= MAX_FDS || log_fd < 0) return fd;
  char whole[PATH_MAX];
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, whole, sizeof whole - 1);
  if (length < 0) return fd;
  whole[length] = 0;
  pthread_mutex_lock(&lock);
  free(paths[fd]);
  paths[fd] = is_ours(whole) || strcmp(whole, folder) == 0 ? strdup(whole) : NULL;
  if (paths[fd] && !existed) put(OP_CREATE, whole, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define OPEN(name, at_parameter, at_argument, at) \
  int name(at_parameter const char *path, int flags, ...) { \
    NEXT(name); \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    struct stat found; \
    int existed = !(flags & O_CREAT) || fstatat(at, path, &found, 0) == 0; \
    return opened(next(at_argument path, flags, mode), existed); \
  }
#define COMMA ,
OPEN(open, , , AT_FDCWD)
OPEN(open64, , , AT_FDCWD)
OPEN(openat, int folder_fd COMMA, folder_fd COMMA, folder_fd)
OPEN(openat64, int folder_fd COMMA, folder_fd COMMA, folder_fd)

int close(int fd) {
  NEXT(close);
  if (path_of(fd)) {
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return next(fd);
}

#define PWRITE(name, offset_type) \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) { \
    NEXT(name); \
    ssize_t written = next(fd, bytes, length, offset); \
    if (written > 0 && path_of(fd)) put(OP_WRITE, paths[fd], (uint64_t)offset, bytes, (uint64_t)written); \
    return written; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
  NEXT(write);
  ssize_t written = next(fd, bytes, length);
  if (written > 0 && path_of(fd)) {
    off_t end = lseek(fd, 0, SEEK_CUR);
    put(OP_WRITE, paths[fd], (uint64_t)(end - written), bytes, (uint64_t)written);
  }
  return written;
}

/* After the fact: a sync stands in the list only when it is done. */
#define SYNC(name) \
  int name(int fd) { \
    NEXT(name); \
    int result = next(fd); \
    if (result == 0 && path_of(fd)) put(OP_SYNC, paths[fd], 0, NULL, 0); \
    return result; \
  }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, length_type) \
  int name(int fd, length_type length) { \
    NEXT(name); \
    int result = next(fd, length); \
    if (result == 0 && path_of(fd)) put(OP_TRUNCATE, paths[fd], (uint64_t)length, NULL, 0); \
    return result; \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int unlink(const char *path) {
  NEXT(unlink);
  char whole[PATH_MAX];
  int known = log_fd >= 0 && realpath(path, whole) != NULL;
  int result = next(path);
  if (result == 0 && known && is_ours(whole)) put(OP_UNLINK, whole, 0, NULL, 0);
  return result;
}

int rename(const char *from, const char *to) {
  NEXT(rename);
  char whole[PATH_MAX], target[PATH_MAX];
  int known = log_fd >= 0 && realpath(from, whole) != NULL;
  int result = next(from, to);
  if (result == 0 && known && is_ours(whole) && realpath(to, target)) put(OP_RENAME, whole, 0, target, strlen(target));
  return result;
}
