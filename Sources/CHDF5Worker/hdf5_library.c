#include "hdf5_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// libhdf5 1.10, 1.12 and 1.14, as Debian and as others name them.
static const char *const chdf5_file_names[] = {
    "libhdf5_serial.so.103", "libhdf5_serial.so.200", "libhdf5_serial.so.310",
    "libhdf5.so.103",        "libhdf5.so.200",        "libhdf5.so.310",
};

static struct chdf5_library chdf5_loaded;
static int chdf5_is_loaded;

// POSIX makes pointers to functions and to data the same; C does not.
static int chdf5_find(void *handle, const char *name, void *pointer) {
  void *address = dlsym(handle, name);
  *(void **)pointer = address;
  return address != NULL;
}

static int chdf5_find_all(void *handle, struct chdf5_library *library) {
  unsigned major = 0, minor = 0, release = 0;
  int found = 1;
#define CHDF5_FIND(result, name, parameters) found &= chdf5_find(handle, #name, &library->name);
  CHDF5_FUNCTIONS(CHDF5_FIND)
#undef CHDF5_FIND
  found &= chdf5_find(handle, "H5Eset_auto2", &library->H5Eset_auto2);
  found &= chdf5_find(handle, "H5Gget_info", &library->H5Gget_info);
  found &= chdf5_find(handle, "H5Lget_info2", &library->H5Lget_info) ||
           chdf5_find(handle, "H5Lget_info", &library->H5Lget_info);
  found &= chdf5_find(handle, "H5T_C_S1_g", &library->string_type);
  found &= chdf5_find(handle, "H5T_NATIVE_UINT8_g", &library->uint8_type);
  found &= chdf5_find(handle, "H5T_NATIVE_INT64_g", &library->int64_type);
  found &= chdf5_find(handle, "H5T_NATIVE_DOUBLE_g", &library->double_type);
  return found && library->H5get_libversion(&major, &minor, &release) >= 0 && major == 1 && minor >= 10;
}

static void chdf5_load(void) {
  for (size_t index = 0; index < sizeof chdf5_file_names / sizeof chdf5_file_names[0]; index++) {
    // Bound at once, so that a child process need not do it in each request.
    void *handle = dlopen(chdf5_file_names[index], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) continue;
    chdf5_is_loaded = chdf5_find_all(handle, &chdf5_loaded);
    if (chdf5_is_loaded) return;
    dlclose(handle);
  }
}

const struct chdf5_library *chdf5_library(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, chdf5_load);
  return chdf5_is_loaded ? &chdf5_loaded : NULL;
}
