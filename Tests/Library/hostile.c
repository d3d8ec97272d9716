// What a caller may do wrong, and memory that runs out: each gives a status, and the library stays usable.
//
//   hostile MODEL    a model file of rows of bytes
#define _GNU_SOURCE
#include <errno.h>
#include <nnscore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static nnscore_error error;

#define CHECK(condition)                                                                     \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      fprintf(stderr, "hostile.c:%d: %s does not hold: %d %s\n", __LINE__, #condition, error.code, error.message); \
      exit(1);                                                                               \
    }                                                                                        \
  } while (0)

// Whether a call failed as expected, with the same code and a message in error.
#define FAILS(status, call) CHECK((call) == (status) && error.code == (status) && error.message[0] != 0)

// --- Memory, counted, and running out: what the library asks for itself, aligned to cache lines, or by calloc ---------------

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t items, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

// Blocks that are not freed. Threads that end free theirs meanwhile.
static atomic_long blocks;
// How many allocations are left before one is refused; none is below 0. The most bytes that malloc gives.
static long left = -1;
static size_t most = SIZE_MAX;

static void *counted(void *memory) {
  if (memory) blocks += 1;
  return memory;
}

static bool is_refused(void) {
  if (left < 0 || left-- > 0) return false;
  errno = ENOMEM;
  return true;
}

void *malloc(size_t size) { return size > most ? NULL : counted(__libc_malloc(size)); }
void *calloc(size_t items, size_t size) { return is_refused() ? NULL : counted(__libc_calloc(items, size)); }
void *realloc(void *memory, size_t size) {
  if (!memory) return malloc(size);
  return __libc_realloc(memory, size);
}
int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment >= 64 && is_refused()) return ENOMEM;
  *memory = counted(__libc_memalign(alignment, size));
  return *memory ? 0 : ENOMEM;
}
void free(void *memory) {
  if (memory) blocks -= 1;
  __libc_free(memory);
}

// --- Model files -----------------------------------------------------------------------------------------------------

typedef struct file {
  uint8_t *bytes;
  size_t count;
} file;

static file read_file(const char *path) {
  struct stat info;
  FILE *stream = fopen(path, "rb");
  CHECK(stream && fstat(fileno(stream), &info) == 0);
  file file = {malloc((size_t)info.st_size), (size_t)info.st_size};
  CHECK(file.bytes && fread(file.bytes, 1, file.count, stream) == file.count);
  fclose(stream);
  return file;
}

// Opens a model and closes it again; whatever comes of it, no memory stays.
static nnscore_status open_bytes(const void *bytes, size_t count) {
  const long before = blocks;
  nnscore_model *model;
  const nnscore_status status = nnscore_model_open_memory(bytes, count, &model, &error);
  CHECK((status == NNSCORE_OK) == (model != NULL) && status == error.code);
  CHECK((status == NNSCORE_OK) == (error.message[0] == 0));
  nnscore_model_close(model);
  CHECK(blocks == before);
  return status;
}

static void check_damage(file original) {
  // A block of its own, so that a byte read behind the end is seen under valgrind.
  for (size_t count = 0; count < original.count; count++) {
    uint8_t *cut = malloc(count ? count : 1);
    CHECK(cut);
    memcpy(cut, original.bytes, count);
    CHECK(open_bytes(cut, count) != NNSCORE_OK);
    free(cut);
  }
  for (size_t place = 0; place < original.count; place++) {
    original.bytes[place] ^= 0x10;
    CHECK(open_bytes(original.bytes, original.count) != NNSCORE_OK);
    original.bytes[place] ^= 0x10;
  }
  CHECK(open_bytes(original.bytes, original.count) == NNSCORE_OK);
  // A header of nothing but what takes most memory.
  const size_t count = 1 << 20;
  uint8_t *deep = malloc(count);
  CHECK(deep);
  memset(deep, '{', count);
  memcpy(deep, (uint8_t[]){(count - 8) & 0xff, (count - 8) >> 8 & 0xff, (count - 8) >> 16, 0, 0, 0, 0, 0}, 8);
  CHECK(open_bytes(deep, count) == NNSCORE_INVALID_MODEL);
  free(deep);
}

// --- Messages --------------------------------------------------------------------------------------------------------

static bool is_utf8(const char *text) {
  const uint8_t *p = (const uint8_t *)text;
  while (*p) {
    const int behind = *p < 0x80 ? 0 : *p >> 5 == 6 ? 1 : *p >> 4 == 14 ? 2 : *p >> 3 == 30 ? 3 : -1;
    if (behind < 0) return false;
    p++;
    for (int i = 0; i < behind; i++)
      if (*p++ >> 6 != 2) return false;
  }
  return true;
}

static void check_messages(void) {
  // A key that is longer than any message, of characters of 2 to 4 bytes, from each place on.
  static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\x88"};
  for (size_t kind = 0; kind < 3; kind++)
    for (size_t shift = 0; shift < 4; shift++) {
      uint8_t bytes[4096] = {0};
      char *header = (char *)bytes + 8;
      strcpy(header, "{\"__metadata__\":{\"nnscore.format\":\"1\",\"nnscore.");
      for (size_t i = 0; i < shift; i++) strcat(header, "x");
      for (size_t i = 0; i < 700; i++) strcat(header, characters[kind]);
      strcat(header, "\":\"\"}}");
      const size_t length = strlen(header);
      bytes[0] = (uint8_t)length;
      bytes[1] = (uint8_t)(length >> 8);
      memset(&error, 0x7f, sizeof error);
      CHECK(open_bytes(bytes, 8 + length) == NNSCORE_INVALID_MODEL);
      const size_t found = strlen(error.message);
      CHECK(is_utf8(error.message) && found < NNSCORE_MESSAGE_SIZE && found > NNSCORE_MESSAGE_SIZE - 1 - 4);
    }
  // The reason has room behind the longest path, whose bytes need not be UTF-8.
  static char path[100000];
  for (int byte = 0x61; byte < 0x100; byte += 0x5e) {
    memset(path, byte, sizeof path - 1);
    nnscore_model *model;
    FAILS(NNSCORE_CANNOT_OPEN, nnscore_model_open(path, &model, &error));
    CHECK(is_utf8(error.message) && strstr(error.message, "File name too long"));
  }
  for (nnscore_status status = -2; status < 100; status++) CHECK(nnscore_status_text(status)[0] != 0);
}

// --- Arguments -------------------------------------------------------------------------------------------------------

static void check_null(const char *path, const nnscore_model *model) {
  nnscore_model *opened = (nnscore_model *)path;
  nnscore_scorer *scorer = (nnscore_scorer *)path;
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_open(NULL, &opened, &error));
  CHECK(opened == NULL);
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_open(path, NULL, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_open_memory(NULL, 1, &opened, &error));
  FAILS(NNSCORE_NOT_A_MODEL, nnscore_model_open_memory(NULL, 0, &opened, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_open_memory(path, SIZE_MAX, &opened, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_open_memory(path, 1, NULL, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_model_replay(NULL, NULL, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_scorer_make(NULL, 1, &scorer, &error));
  CHECK(scorer == NULL);
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_scorer_make(model, 1, NULL, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_uint8(NULL, NULL, 0, NULL, 0, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_float32(NULL, NULL, 0, NULL, 0, &error));
  // Without memory for the message too.
  CHECK(nnscore_model_open(NULL, &opened, NULL) == NNSCORE_INVALID_ARGUMENT);
  CHECK(nnscore_score_uint8(NULL, NULL, 0, NULL, 0, NULL) == NNSCORE_INVALID_ARGUMENT);
  nnscore_model_close(NULL);
  nnscore_scorer_free(NULL);
  CHECK(nnscore_model_element_type(NULL) == -1 && nnscore_model_precision(NULL) == -1 && nnscore_model_task(NULL) == -1);
  CHECK(!nnscore_model_height(NULL) && !nnscore_model_width(NULL) && !nnscore_model_channels(NULL));
  CHECK(!nnscore_model_features(NULL) && !nnscore_model_outputs(NULL) && !nnscore_model_label_count(NULL));
  CHECK(!nnscore_model_label(NULL, 0) && !nnscore_model_name(NULL) && !nnscore_model_digest(NULL));
  CHECK(!nnscore_model_number(NULL) && !nnscore_model_instruction_set(NULL));
  const float scores[1] = {0};
  CHECK(nnscore_model_predicted_label(NULL, scores) == SIZE_MAX && nnscore_model_predicted_label(model, NULL) == SIZE_MAX);
  CHECK(!nnscore_model_label(model, nnscore_model_label_count(model)) && !nnscore_model_label(model, SIZE_MAX));
}

static void check_paths(void) {
  nnscore_model *model;
  FAILS(NNSCORE_CANNOT_OPEN, nnscore_model_open("", &model, &error));
  FAILS(NNSCORE_CANNOT_OPEN, nnscore_model_open("/nowhere/at all", &model, &error));
  FAILS(NNSCORE_CANNOT_OPEN, nnscore_model_open("/", &model, &error));
  FAILS(NNSCORE_CANNOT_OPEN, nnscore_model_open("/dev/zero", &model, &error));
  FAILS(NNSCORE_NOT_A_MODEL, nnscore_model_open("/proc/self/cmdline", &model, &error));
}

static void check_batches(const nnscore_model *model) {
  nnscore_scorer *scorer;
  CHECK(nnscore_scorer_make(model, 0, &scorer, &error) == NNSCORE_OK);
  const size_t features = nnscore_model_features(model), outputs = nnscore_model_outputs(model);
  uint8_t *rows = calloc(4, features);
  float *scores = calloc(4 * outputs + 2, sizeof *scores);
  CHECK(rows && scores && features > 1);
  CHECK(nnscore_score_uint8(scorer, NULL, 0, NULL, 0, &error) == NNSCORE_OK);
  CHECK(nnscore_score_uint8(scorer, rows, 0, scores, 0, &error) == NNSCORE_OK);
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_uint8(scorer, NULL, 1, scores, outputs, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_uint8(scorer, rows, 1, NULL, outputs, &error));
  FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_uint8(scorer, rows, 1, (float *)((char *)scores + 1), outputs, &error));
  const size_t counts[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / features, SIZE_MAX / features + 1,
                           SIZE_MAX / 2 / features + 1};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    FAILS(NNSCORE_INVALID_ARGUMENT, nnscore_score_uint8(scorer, rows, counts[i], scores, SIZE_MAX, &error));
  for (size_t room = 0; room < 4 * outputs; room++) {
    scores[0] = -7;
    FAILS(NNSCORE_OUTPUT_TOO_SMALL, nnscore_score_uint8(scorer, rows, 4, scores, room, &error));
    CHECK(scores[0] == -7);
  }
  // Only the scores are written, whatever else there is room for.
  scores[4 * outputs] = -7;
  CHECK(nnscore_score_uint8(scorer, rows, 4, scores, SIZE_MAX, &error) == NNSCORE_OK);
  CHECK(scores[4 * outputs] == -7);
  CHECK(nnscore_score_uint8(scorer, rows, 4, scores, 4 * outputs, NULL) == NNSCORE_OK);
  FAILS(NNSCORE_WRONG_ELEMENT_TYPE, nnscore_score_float32(scorer, scores, 1, scores, outputs, &error));
  const size_t threads[] = {1025, SIZE_MAX, SIZE_MAX / 2 + 1};
  for (size_t i = 0; i < 3; i++) {
    nnscore_scorer *other = scorer;
    FAILS(NNSCORE_THREADS_UNAVAILABLE, nnscore_scorer_make(model, threads[i], &other, &error));
    CHECK(other == NULL);
  }
  nnscore_scorer_free(scorer);
  free(rows);
  free(scores);
}

static void check_memory(file file, const nnscore_model *model) {
  CHECK(blocks > 0);
  most = file.count;
  CHECK(open_bytes(file.bytes, file.count) == NNSCORE_OUT_OF_MEMORY);
  most = SIZE_MAX;
  long refused = 0;
  for (nnscore_status status = -1; status != NNSCORE_OK; refused++) {
    left = refused;
    status = open_bytes(file.bytes, file.count);
    left = -1;
    CHECK(status == NNSCORE_OK || status == NNSCORE_OUT_OF_MEMORY);
  }
  // At least the table of layers, the weights and the texts.
  CHECK(refused > 3);
  // The C library keeps the stacks of threads that ended, with what belongs to them.
  nnscore_scorer *warm;
  CHECK(nnscore_scorer_make(model, 3, &warm, &error) == NNSCORE_OK);
  nnscore_scorer_free(warm);
  for (size_t threads = 1; threads <= 3; threads++) {
    refused = 0;
    for (nnscore_status status = -1; status != NNSCORE_OK; refused++) {
      nnscore_scorer *scorer;
      const long before = blocks;
      left = refused;
      status = nnscore_scorer_make(model, threads, &scorer, &error);
      left = -1;
      // A thread's own stack is not the library's to ask for.
      CHECK(status == NNSCORE_OK || status == NNSCORE_OUT_OF_MEMORY || status == NNSCORE_THREADS_UNAVAILABLE);
      CHECK((status == NNSCORE_OK) == (scorer != NULL));
      nnscore_scorer_free(scorer);
      CHECK(blocks == before);
    }
    CHECK(refused > (threads == 1 ? 1 : 3));
  }
}

int main(int argc, char **argv) {
  // "no-memory": under valgrind the functions above are not the ones that are called.
  const bool has_memory = argc == 3 && strcmp(argv[2], "no-memory") == 0;
  if (argc != 2 && !has_memory) return 64;
  nnscore_model *model;
  CHECK(nnscore_version() == NNSCORE_VERSION);
  CHECK(nnscore_model_open(argv[1], &model, &error) == NNSCORE_OK);
  CHECK(nnscore_model_element_type(model) == NNSCORE_UINT8 && nnscore_model_precision(model) == NNSCORE_PRECISION_FLOAT32);
  CHECK(nnscore_model_task(model) == NNSCORE_TASK_CLASSIFICATION);
  const file file = read_file(argv[1]);
  // What is made once, at the first use.
  CHECK(nnscore_model_replay(model, NULL, &error) == NNSCORE_OK);
  check_null(argv[1], model);
  check_paths();
  check_messages();
  check_batches(model);
  if (!has_memory) check_memory(file, model);
  check_damage(file);
  free(file.bytes);
  nnscore_model_close(model);
  return 0;
}
