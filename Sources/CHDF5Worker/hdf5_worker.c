#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hdf5_library.h"
#include "hdf5_worker.h"

// CPU seconds that one request may take, against files that libhdf5 goes round in for ever; five times that by the clock.
enum { chdf5_seconds = 20 };

struct chdf5_request {
  const char *path;
  const char *name;
  // For rows: the first and how many.
  unsigned long long first, count;
  unsigned char *answer;
  size_t capacity;
};

typedef int (*chdf5_work)(chdf5_id file, const struct chdf5_request *request);

// --- In the child -----------------------------------------------------------------------------------------------------

static const struct chdf5_library *hdf5;

// The names in the root group, each with the zero that ends it, as far as there is room.
static int chdf5_work_names(chdf5_id file, const struct chdf5_request *request) {
  struct chdf5_group_information information;
  size_t used = 0;
  if (hdf5->H5Gget_info(file, &information) < 0) return -1;
  for (chdf5_size index = 0; index < information.links && used < request->capacity; index++) {
    ssize_t length =
        hdf5->H5Lget_name_by_idx(file, ".", chdf5_by_name, chdf5_increasing, index, (char *)request->answer + used,
                                 request->capacity - used, chdf5_default);
    if (length < 0) return -1;
    used += (size_t)length + 1;
  }
  return 0;
}

static int chdf5_describe_layout(chdf5_id dataset, chdf5_id type, uint64_t *words) {
  chdf5_id properties = hdf5->H5Dget_create_plist(dataset);
  if (properties < 0) return -1;
  words[chdf5_stored_bytes_word] = hdf5->H5Dget_storage_size(dataset);
  if (hdf5->H5Pget_external_count(properties) != 0) {
    words[chdf5_layout_word] = chdf5_elsewhere;
    return 0;
  }
  switch (hdf5->H5Pget_layout(properties)) {
    case chdf5_layout_contiguous:
    case chdf5_layout_compact: words[chdf5_layout_word] = chdf5_contiguous; return 0;
    case chdf5_layout_chunked: {
      chdf5_size extents[chdf5_maximum_rank];
      int rank = hdf5->H5Pget_chunk(properties, chdf5_maximum_rank, extents);
      uint64_t bytes = hdf5->H5Tget_size(type);
      int overflow = rank <= 0;
      for (int axis = 0; axis < rank; axis++) overflow |= __builtin_mul_overflow(bytes, extents[axis], &bytes);
      words[chdf5_chunk_bytes_word] = overflow ? UINT64_MAX : bytes;
      words[chdf5_layout_word] = hdf5->H5Pget_nfilters(properties) == 0 ? chdf5_chunked : chdf5_packed;
      return 0;
    }
    default: words[chdf5_layout_word] = chdf5_elsewhere; return 0;
  }
}

static int chdf5_work_describe(chdf5_id file, const struct chdf5_request *request) {
  uint64_t *words = (uint64_t *)request->answer;
  union chdf5_link_information link;
  chdf5_size extents[chdf5_maximum_rank];
  if (request->capacity < chdf5_description_words * sizeof(uint64_t)) return -1;
  int exists = hdf5->H5Lexists(file, request->name, chdf5_default);
  if (exists < 0) return -1;
  words[chdf5_status_word] = chdf5_absent;
  if (exists == 0) return 0;
  if (hdf5->H5Lget_info(file, request->name, &link, chdf5_default) < 0) return -1;
  words[chdf5_status_word] = chdf5_linked_elsewhere;
  if (link.type != chdf5_hard_link) return 0;
  chdf5_id dataset = hdf5->H5Dopen2(file, request->name, chdf5_default);
  words[chdf5_status_word] = chdf5_not_a_dataset;
  if (dataset < 0) return 0;
  chdf5_id type = hdf5->H5Dget_type(dataset), space = hdf5->H5Dget_space(dataset);
  if (type < 0 || space < 0) return -1;
  words[chdf5_status_word] = chdf5_present;
  words[chdf5_element_bytes_word] = hdf5->H5Tget_size(type);
  switch (hdf5->H5Tget_class(type)) {
    case chdf5_class_integer:
      words[chdf5_element_word] = hdf5->H5Tget_sign(type) == chdf5_without_sign ? chdf5_unsigned : chdf5_signed;
      break;
    case chdf5_class_float: words[chdf5_element_word] = chdf5_float; break;
    case chdf5_class_string:
      words[chdf5_element_word] = chdf5_string;
      if (hdf5->H5Tis_variable_str(type) > 0) words[chdf5_element_bytes_word] = 0;
      break;
    default: words[chdf5_element_word] = chdf5_other; break;
  }
  int rank = hdf5->H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > chdf5_maximum_rank || hdf5->H5Sget_simple_extent_dims(space, extents, NULL) != rank) return -1;
  words[chdf5_rank_word] = (uint64_t)rank;
  for (int axis = 0; axis < rank; axis++) words[chdf5_extents_word + axis] = extents[axis];
  return chdf5_describe_layout(dataset, type, words);
}

// Rows as bytes: `count` elements along the first axis from `first` on, all of the others.
static int chdf5_work_rows(chdf5_id file, const struct chdf5_request *request) {
  chdf5_size start[chdf5_maximum_rank] = {0}, size[chdf5_maximum_rank];
  chdf5_id dataset = hdf5->H5Dopen2(file, request->name, chdf5_default);
  chdf5_id source = dataset < 0 ? -1 : hdf5->H5Dget_space(dataset);
  int rank = source < 0 ? -1 : hdf5->H5Sget_simple_extent_dims(source, size, NULL);
  if (rank < 1) return -1;
  start[0] = request->first;
  size[0] = request->count;
  size_t bytes = 1;
  for (int axis = 0; axis < rank; axis++)
    if (__builtin_mul_overflow(bytes, size[axis], &bytes)) return -1;
  if (bytes != request->capacity) return -1;
  chdf5_id target = hdf5->H5Screate_simple(rank, size, NULL);
  if (target < 0 || hdf5->H5Sselect_hyperslab(source, chdf5_select_set, start, NULL, size, NULL) < 0) return -1;
  return hdf5->H5Dread(dataset, *hdf5->uint8_type, target, source, chdf5_default, request->answer) < 0 ? -1 : 0;
}

// All values as numbers of 64 bits of a type.
static int chdf5_numbers(chdf5_id file, const struct chdf5_request *request, chdf5_id type) {
  chdf5_id dataset = hdf5->H5Dopen2(file, request->name, chdf5_default);
  chdf5_id space = dataset < 0 ? -1 : hdf5->H5Dget_space(dataset);
  if (space < 0 || (uint64_t)hdf5->H5Sget_simple_extent_npoints(space) != request->capacity / sizeof(int64_t)) return -1;
  int result = hdf5->H5Dread(dataset, type, chdf5_default, chdf5_default, chdf5_default, request->answer);
  return result < 0 ? -1 : 0;
}

// All values as signed integers of 64 bits.
static int chdf5_work_integers(chdf5_id file, const struct chdf5_request *request) {
  return chdf5_numbers(file, request, *hdf5->int64_type);
}

// All values as floats of 64 bits.
static int chdf5_work_doubles(chdf5_id file, const struct chdf5_request *request) {
  return chdf5_numbers(file, request, *hdf5->double_type);
}

// All values as strings, one in each slot.
static int chdf5_work_strings(chdf5_id file, const struct chdf5_request *request) {
  chdf5_id dataset = hdf5->H5Dopen2(file, request->name, chdf5_default);
  chdf5_id stored = dataset < 0 ? -1 : hdf5->H5Dget_type(dataset), space = dataset < 0 ? -1 : hdf5->H5Dget_space(dataset);
  chdf5_id type = hdf5->H5Tcopy(*hdf5->string_type);
  size_t count = request->capacity / chdf5_string_slot;
  if (stored < 0 || space < 0 || type < 0 || (uint64_t)hdf5->H5Sget_simple_extent_npoints(space) != count) return -1;
  int variable = hdf5->H5Tis_variable_str(stored) > 0;
  if (hdf5->H5Tset_cset(type, hdf5->H5Tget_cset(stored)) < 0) return -1;
  if (!variable) {
    // Null-terminated in memory, so a string that fills its slot is cut: the caller refuses those beforehand.
    if (hdf5->H5Tset_size(type, chdf5_string_slot) < 0) return -1;
    return hdf5->H5Dread(dataset, type, chdf5_default, chdf5_default, chdf5_default, request->answer) < 0 ? -1 : 0;
  }
  if (hdf5->H5Tset_size(type, CHDF5_VARIABLE_LENGTH) < 0) return -1;
  char **values = (char **)calloc(count, sizeof(char *));
  if (values == NULL || hdf5->H5Dread(dataset, type, chdf5_default, chdf5_default, chdf5_default, values) < 0) return -1;
  for (size_t index = 0; index < count; index++) {
    size_t length = values[index] == NULL ? 0 : strlen(values[index]);
    if (length >= chdf5_string_slot) return -1;
    if (length > 0) memcpy(request->answer + index * chdf5_string_slot, values[index], length);
  }
  return 0;
}

static void chdf5_child(chdf5_work work, const struct chdf5_request *request, atomic_int *result) {
  // A crash here is silent: no handler of the parent's, no core, no message of the C library. Ctrl-C is the parent's.
  const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGXCPU, SIGTERM, SIGQUIT, SIGALRM};
  for (size_t index = 0; index < sizeof signals / sizeof signals[0]; index++) signal(signals[index], SIG_DFL);
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // Nobody waits for the answer any more.
  int null = open("/dev/null", O_WRONLY);
  if (null >= 0) dup2(null, STDERR_FILENO);
  struct rlimit core = {0, 0}, seconds = {chdf5_seconds, chdf5_seconds};
  setrlimit(RLIMIT_CORE, &core);
  setrlimit(RLIMIT_CPU, &seconds);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  alarm(chdf5_seconds * 5);
  hdf5 = chdf5_library();
  if (hdf5 == NULL || hdf5->H5open() < 0) _exit(1);
  hdf5->H5Eset_auto2(chdf5_default, NULL, NULL);
  hdf5->H5PLset_loading_state(0);  // No filters from shared objects on a search path.
  chdf5_id file = hdf5->H5Fopen(request->path, chdf5_read_only, chdf5_default);
  atomic_store(result, file >= 0 && work(file, request) == 0 ? 1 : -1);
  _exit(0);
}

// --- In the parent ----------------------------------------------------------------------------------------------------

// Runs `work` in a child. Returns 0 with the answer, or one of the above.
static int chdf5_run(chdf5_work work, const char *path, const char *name, unsigned long long first,
                            unsigned long long count, void *answer, size_t capacity) {
  const size_t header = 64;
  // Here, so that no child has to load it.
  if (chdf5_library() == NULL) return chdf5_not_installed;
  unsigned char *shared =
      (unsigned char *)mmap(NULL, header + capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return chdf5_no_process;
  atomic_int *result = (atomic_int *)shared;
  struct chdf5_request request = {path, name, first, count, shared + header, capacity};
  int status = chdf5_no_process;
  pid_t child = fork();
  if (child == 0) chdf5_child(work, &request, result);
  if (child > 0) {
    // Where SIGCHLD is ignored this ends with ECHILD, so that the child's own word counts and not its exit status.
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    switch (atomic_load(result)) {
      case 1: status = 0; memcpy(answer, request.answer, capacity); break;
      case -1: status = chdf5_failed; break;
      default: status = chdf5_crashed; break;
    }
  }
  munmap(shared, header + capacity);
  return status;
}

int chdf5_names(const char *path, unsigned char *answer, size_t capacity) {
  return chdf5_run(chdf5_work_names, path, "", 0, 0, answer, capacity);
}

int chdf5_describe(const char *path, const char *name, uint64_t *words) {
  return chdf5_run(chdf5_work_describe, path, name, 0, 0, words, chdf5_description_words * sizeof(uint64_t));
}

int chdf5_rows(const char *path, const char *name, unsigned long long first, unsigned long long count,
                             unsigned char *answer, size_t capacity) {
  return chdf5_run(chdf5_work_rows, path, name, first, count, answer, capacity);
}

int chdf5_integers(const char *path, const char *name, int64_t *answer, size_t count) {
  return chdf5_run(chdf5_work_integers, path, name, 0, 0, answer, count * sizeof(int64_t));
}

int chdf5_doubles(const char *path, const char *name, double *answer, size_t count) {
  return chdf5_run(chdf5_work_doubles, path, name, 0, 0, answer, count * sizeof(double));
}

int chdf5_strings(const char *path, const char *name, unsigned char *answer, size_t count) {
  return chdf5_run(chdf5_work_strings, path, name, 0, 0, answer, count * chdf5_string_slot);
}
