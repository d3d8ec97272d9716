#ifndef CHDF5_LIBRARY_H
#define CHDF5_LIBRARY_H

// The part of libhdf5 that is called. It is loaded when the first HDF5 file is read and not when the program starts: with it
// come some fifty libraries (curl, Kerberos, LDAP), which take longer to load than a picture to score.
//
// So nothing here is of hdf5.h. It holds for libhdf5 1.10, 1.12 and 1.14; hdf5_check.c holds it to the header where there is one.

#include <stdint.h>
#include <sys/types.h>

typedef int64_t chdf5_id;
typedef unsigned long long chdf5_size;

// H5P_DEFAULT, H5S_ALL and H5E_DEFAULT are all 0.
enum { chdf5_default = 0 };
enum { chdf5_maximum_rank = 32 };
enum { chdf5_read_only = 0, chdf5_by_name = 0, chdf5_increasing = 0, chdf5_select_set = 0, chdf5_hard_link = 0 };
enum { chdf5_class_integer = 0, chdf5_class_float = 1, chdf5_class_string = 3, chdf5_without_sign = 0 };
enum { chdf5_layout_compact = 0, chdf5_layout_contiguous = 1, chdf5_layout_chunked = 2 };
#define CHDF5_VARIABLE_LENGTH ((size_t)-1)

struct chdf5_group_information {
  int storage;
  chdf5_size links;
  int64_t creation_order;
  _Bool mounted;
};

// H5L_info1_t or H5L_info2_t, of 40 bytes at most: only their first member counts.
union chdf5_link_information {
  int type;
  uint64_t space[8];
};

// F(result, name, parameters)
#define CHDF5_FUNCTIONS(F)                                                                                            \
  F(int, H5open, (void))                                                                                              \
  F(int, H5get_libversion, (unsigned *, unsigned *, unsigned *))                                                      \
  F(int, H5PLset_loading_state, (unsigned))                                                                           \
  F(chdf5_id, H5Fopen, (const char *, unsigned, chdf5_id))                                                            \
  F(int, H5Lexists, (chdf5_id, const char *, chdf5_id))                                                               \
  F(ssize_t, H5Lget_name_by_idx, (chdf5_id, const char *, int, int, chdf5_size, char *, size_t, chdf5_id))            \
  F(chdf5_id, H5Dopen2, (chdf5_id, const char *, chdf5_id))                                                           \
  F(chdf5_id, H5Dget_type, (chdf5_id))                                                                                \
  F(chdf5_id, H5Dget_space, (chdf5_id))                                                                               \
  F(chdf5_id, H5Dget_create_plist, (chdf5_id))                                                                        \
  F(chdf5_size, H5Dget_storage_size, (chdf5_id))                                                                      \
  F(int, H5Dread, (chdf5_id, chdf5_id, chdf5_id, chdf5_id, chdf5_id, void *))                                         \
  F(int, H5Pget_external_count, (chdf5_id))                                                                           \
  F(int, H5Pget_layout, (chdf5_id))                                                                                   \
  F(int, H5Pget_chunk, (chdf5_id, int, chdf5_size *))                                                                 \
  F(int, H5Pget_nfilters, (chdf5_id))                                                                                 \
  F(chdf5_id, H5Screate_simple, (int, const chdf5_size *, const chdf5_size *))                                        \
  F(int, H5Sget_simple_extent_ndims, (chdf5_id))                                                                      \
  F(int, H5Sget_simple_extent_dims, (chdf5_id, chdf5_size *, chdf5_size *))                                           \
  F(long long, H5Sget_simple_extent_npoints, (chdf5_id))                                                              \
  F(int, H5Sselect_hyperslab,                                                                                         \
    (chdf5_id, int, const chdf5_size *, const chdf5_size *, const chdf5_size *, const chdf5_size *))                  \
  F(chdf5_id, H5Tcopy, (chdf5_id))                                                                                    \
  F(int, H5Tget_class, (chdf5_id))                                                                                    \
  F(size_t, H5Tget_size, (chdf5_id))                                                                                  \
  F(int, H5Tget_sign, (chdf5_id))                                                                                     \
  F(int, H5Tis_variable_str, (chdf5_id))                                                                              \
  F(int, H5Tget_cset, (chdf5_id))                                                                                     \
  F(int, H5Tset_cset, (chdf5_id, int))                                                                                \
  F(int, H5Tset_size, (chdf5_id, size_t))

struct chdf5_library {
#define CHDF5_MEMBER(result, name, parameters) result(*name) parameters;
  CHDF5_FUNCTIONS(CHDF5_MEMBER)
#undef CHDF5_MEMBER
  int (*H5Eset_auto2)(chdf5_id, void *, void *);
  int (*H5Gget_info)(chdf5_id, struct chdf5_group_information *);
  // H5Lget_info, from 1.12 on H5Lget_info2.
  int (*H5Lget_info)(chdf5_id, const char *, union chdf5_link_information *, chdf5_id);
  // H5T_C_S1, H5T_NATIVE_UINT8, H5T_NATIVE_INT64 and H5T_NATIVE_DOUBLE; H5open sets them.
  const chdf5_id *string_type, *uint8_type, *int64_type, *double_type;
};

// The library, loaded by the first call from any thread; NULL where there is none.
const struct chdf5_library *chdf5_library(void);

#endif
