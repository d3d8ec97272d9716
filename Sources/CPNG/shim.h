#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// The simplified API of recent libpng releases, and of older ones that distributions have patched, mixes rows up when it
// makes 8 bits of an interlaced 16-bit file (https://github.com/pnggroup/libpng/issues/853). So these files are read
// with the classic functions, by the one below. Its setjmp has no frames but C's between it and the longjmp.

struct cpng_source {
  const unsigned char *bytes;
  size_t left;
  char *message;
  size_t message_capacity;
};

static inline void cpng_read(png_structp png, png_bytep target, size_t count) {
  struct cpng_source *source = (struct cpng_source *)png_get_io_ptr(png);
  if (count > source->left) png_error(png, "read beyond end of data");
  memcpy(target, source->bytes, count);
  source->bytes += count;
  source->left -= count;
}

static inline void cpng_fail(png_structp png, png_const_charp text) {
  struct cpng_source *source = (struct cpng_source *)png_get_error_ptr(png);
  snprintf(source->message, source->message_capacity, "%s", text);
  png_longjmp(png, 1);
}

static inline void cpng_ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

// Reads a PNG file as 8-bit samples with alpha where it has any, into `height` rows of `row_bytes`. Returns 1, or 0 with
// a message where the file is damaged or a row has another length.
static inline int cpng_read_8_bit(const unsigned char *bytes, size_t count, unsigned char *pixels, size_t height,
                                  size_t row_bytes, char *message, size_t message_capacity) {
  struct cpng_source source = {bytes, count, message, message_capacity};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, cpng_fail, cpng_ignore);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  snprintf(message, message_capacity, "out of memory");
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  png_set_read_fn(png, &source, cpng_read);
  png_read_info(png, info);
  png_set_alpha_mode_fixed(png, PNG_ALPHA_PNG, PNG_DEFAULT_sRGB);
  if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
  png_set_scale_16(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_bytes || png_get_image_height(png, info) != height)
    png_error(png, "rows of another length than expected");
  for (int pass = 0; pass < passes; pass++)
    for (size_t row = 0; row < height; row++) png_read_row(png, pixels + row * row_bytes, NULL);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}

#endif
