#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

// What Swift cannot see of libhdf5: macros that call functions, and functions that macros rename from one release to
// the next.

#include <hdf5.h>

static inline hid_t chdf5_open_read_only(const char *path) {
  return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

// Errors become Swift errors: nothing is printed. Filters are not loaded from shared objects on the search path.
static inline void chdf5_prepare_thread(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
}

static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }

// A string type in memory of `size` bytes, not terminated, or of variable length for size 0; the caller closes it.
static inline hid_t chdf5_string_type(size_t size, hid_t stored) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size == 0 ? H5T_VARIABLE : size) < 0 || H5Tset_cset(type, H5Tget_cset(stored)) < 0 ||
      (size != 0 && H5Tset_strpad(type, H5T_STR_NULLPAD) < 0)) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

// Whether `name` is in the file itself: 1 yes, 0 there is no such name, -1 a link to somewhere else or an error.
static inline int chdf5_has_hard_link(hid_t file, const char *name) {
  H5L_info_t information;
  htri_t exists = H5Lexists(file, name, H5P_DEFAULT);
  if (exists <= 0) return (int)exists;
  if (H5Lget_info(file, name, &information, H5P_DEFAULT) < 0) return -1;
  return information.type == H5L_TYPE_HARD ? 1 : -1;
}

static inline hid_t chdf5_open_dataset(hid_t file, const char *name) {
  return H5Dopen2(file, name, H5P_DEFAULT);
}

// The number of names in the root group, or -1.
static inline long long chdf5_root_count(hid_t file) {
  H5G_info_t information;
  return H5Gget_info(file, &information) < 0 ? -1 : (long long)information.nlinks;
}

static inline ssize_t chdf5_root_name(hid_t file, unsigned long long index, char *name, size_t capacity) {
  return H5Lget_name_by_idx(file, ".", H5_INDEX_NAME, H5_ITER_INC, index, name, capacity, H5P_DEFAULT);
}

// Where a dataset's values lie.
enum { chdf5_contiguous = 1, chdf5_chunked = 2, chdf5_compact = 3, chdf5_elsewhere = 4, chdf5_packed = 5 };

// One of the above, or -1; packed is chunked with filters. For chunks, `chunk_bytes` is the size of one.
static inline int chdf5_layout(hid_t dataset, unsigned long long *chunk_bytes) {
  int result = -1;
  hsize_t extents[H5S_MAX_RANK];
  hid_t properties = H5Dget_create_plist(dataset);
  hid_t type = H5Dget_type(dataset);
  *chunk_bytes = 0;
  if (properties >= 0 && type >= 0) {
    if (H5Pget_external_count(properties) != 0) {
      result = chdf5_elsewhere;
    } else {
      switch (H5Pget_layout(properties)) {
        case H5D_CONTIGUOUS: result = chdf5_contiguous; break;
        case H5D_COMPACT: result = chdf5_compact; break;
        case H5D_CHUNKED: {
          int rank = H5Pget_chunk(properties, H5S_MAX_RANK, extents);
          unsigned long long bytes = H5Tget_size(type);
          int overflow = rank <= 0;
          for (int axis = 0; axis < rank; axis++) overflow |= __builtin_mul_overflow(bytes, extents[axis], &bytes);
          *chunk_bytes = overflow ? ~0ULL : bytes;
          result = H5Pget_nfilters(properties) == 0 ? chdf5_chunked : chdf5_packed;
          break;
        }
        default: result = chdf5_elsewhere; break;
      }
    }
  }
  if (type >= 0) H5Tclose(type);
  if (properties >= 0) H5Pclose(properties);
  return result;
}

static inline int chdf5_read_all(hid_t dataset, hid_t memory_type, void *values) {
  return H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

// Frees the strings of variable length that a read has allocated.
static inline int chdf5_reclaim(hid_t dataset, hid_t memory_type, void *values) {
  hid_t space = H5Dget_space(dataset);
  int status = space < 0 ? -1 : H5Dvlen_reclaim(memory_type, space, H5P_DEFAULT, values);
  if (space >= 0) H5Sclose(space);
  return status;
}

// Reads `count` elements along the first axis from `first` on, all of the other axes, as bytes.
static inline int chdf5_read_rows(hid_t dataset, int rank, unsigned long long first, unsigned long long count,
                                  const unsigned long long *extents, unsigned char *values) {
  hsize_t start[H5S_MAX_RANK], size[H5S_MAX_RANK];
  if (rank < 1 || rank > H5S_MAX_RANK) return -1;
  for (int axis = 0; axis < rank; axis++) {
    start[axis] = axis == 0 ? first : 0;
    size[axis] = axis == 0 ? count : extents[axis];
  }
  int status = -1;
  hid_t source = H5Dget_space(dataset);
  hid_t target = H5Screate_simple(rank, size, NULL);
  if (source >= 0 && target >= 0 && H5Sselect_hyperslab(source, H5S_SELECT_SET, start, NULL, size, NULL) >= 0)
    status = H5Dread(dataset, H5T_NATIVE_UINT8, target, source, H5P_DEFAULT, values);
  if (target >= 0) H5Sclose(target);
  if (source >= 0) H5Sclose(source);
  return status;
}

#endif
