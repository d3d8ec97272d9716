// Holds hdf5_library.h to the header of libhdf5 where Debian's package with it is installed. Nothing of it is compiled into code.
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>

#include "hdf5_library.h"

_Static_assert(sizeof(chdf5_id) == sizeof(hid_t), "hid_t");
_Static_assert(sizeof(chdf5_size) == sizeof(hsize_t) && (hsize_t)-1 > 0, "hsize_t");

// From 1.13 on hsize_t is another type of the same size and sign, and functions that take one are of other types for the compiler.
#if H5_VERSION_LE(1, 12, 99)
#define CHDF5_CHECK(result, name, parameters) \
  _Static_assert(__builtin_types_compatible_p(__typeof__(&name), result(*) parameters), #name);
CHDF5_FUNCTIONS(CHDF5_CHECK)
#endif

_Static_assert(H5P_DEFAULT == chdf5_default && H5S_ALL == chdf5_default && H5E_DEFAULT == chdf5_default, "defaults");
_Static_assert(H5S_MAX_RANK == chdf5_maximum_rank && H5T_VARIABLE == CHDF5_VARIABLE_LENGTH, "H5S_MAX_RANK, H5T_VARIABLE");
_Static_assert(H5_INDEX_NAME == chdf5_by_name && H5_ITER_INC == chdf5_increasing, "H5_index_t, H5_iter_order_t");
_Static_assert(H5S_SELECT_SET == chdf5_select_set && H5L_TYPE_HARD == chdf5_hard_link, "H5S_seloper_t, H5L_type_t");
_Static_assert(H5T_INTEGER == chdf5_class_integer && H5T_FLOAT == chdf5_class_float, "H5T_class_t");
_Static_assert(H5T_STRING == chdf5_class_string && H5T_SGN_NONE == chdf5_without_sign, "H5T_class_t, H5T_sign_t");
_Static_assert(H5D_COMPACT == chdf5_layout_compact && H5D_CONTIGUOUS == chdf5_layout_contiguous, "H5D_layout_t");
_Static_assert(H5D_CHUNKED == chdf5_layout_chunked, "H5D_layout_t");

_Static_assert(sizeof(struct chdf5_group_information) == sizeof(H5G_info_t), "H5G_info_t");
_Static_assert(offsetof(struct chdf5_group_information, links) == offsetof(H5G_info_t, nlinks), "H5G_info_t");
_Static_assert(sizeof(union chdf5_link_information) >= sizeof(H5L_info_t), "H5L_info_t");
_Static_assert(offsetof(H5L_info_t, type) == 0 && sizeof(H5L_type_t) == sizeof(int), "H5L_info_t");
#endif
