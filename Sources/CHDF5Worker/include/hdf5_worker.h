#ifndef CHDF5_WORKER_H
#define CHDF5_WORKER_H

// Reading of HDF5 files in a child process.
//
// libhdf5 crashes, aborts or hangs on damaged files (1.10.8: one in some hundred with a few bytes changed), and no file
// may take the whole process with it. So this process asks it for its version and nothing else: each request below forks a child, which runs
// nothing but C and libhdf5, writes its answer into memory shared with its parent, and exits. What the child does not
// finish is an error. Requests from several threads are answered by several children. The library itself is loaded by the
// first request.

#include <stddef.h>
#include <stdint.h>

enum {
  chdf5_absent = 0,
  chdf5_present = 1,
  chdf5_linked_elsewhere = 2,
  chdf5_not_a_dataset = 3,
};
enum { chdf5_signed = 0, chdf5_unsigned = 1, chdf5_float = 2, chdf5_string = 3, chdf5_other = 4 };
// Where a dataset's values lie; packed is chunked with filters.
enum { chdf5_nowhere = 0, chdf5_contiguous = 1, chdf5_chunked = 2, chdf5_packed = 3, chdf5_elsewhere = 4 };

// The words of a description, each 64 bits: a status, and for a dataset its element and its size in bytes (0 for strings
// of variable length), layout, bytes of a chunk, bytes stored, rank, extents.
enum {
  chdf5_status_word = 0,
  chdf5_element_word = 1,
  chdf5_element_bytes_word = 2,
  chdf5_layout_word = 3,
  chdf5_chunk_bytes_word = 4,
  chdf5_stored_bytes_word = 5,
  chdf5_rank_word = 6,
  chdf5_extents_word = 7,
  chdf5_description_words = 7 + 32,
};

// The bytes of one string in an answer, with the zero that ends it.
enum { chdf5_string_slot = 1024 };

// What every request returns: 0 with its answer, or that libhdf5 refused, that it did not come to an end, that there was no
// memory or process for it, or that there is no libhdf5 1.10, 1.12 or 1.14.
enum { chdf5_failed = -1, chdf5_crashed = -2, chdf5_no_process = -3, chdf5_not_installed = -4 };

// The names in the root group, each with the zero that ends it, as far as there is room.
int chdf5_names(const char *path, unsigned char *answer, size_t capacity);
// The words of a description of a dataset.
int chdf5_describe(const char *path, const char *name, uint64_t *words);
// Rows as bytes: `count` elements along the first axis from `first` on, all of the others.
int chdf5_rows(const char *path, const char *name, unsigned long long first, unsigned long long count,
               unsigned char *answer, size_t capacity);
// All values as signed integers of 64 bits.
int chdf5_integers(const char *path, const char *name, int64_t *answer, size_t count);
// All values as floats of 64 bits.
int chdf5_doubles(const char *path, const char *name, double *answer, size_t count);
// All values as strings, one in each slot.
int chdf5_strings(const char *path, const char *name, unsigned char *answer, size_t count);

#endif
