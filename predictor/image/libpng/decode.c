/*
 * A PNG file -> RGB or RGBA, by libpng and zlib in WebAssembly. tools/imageDecoders.ts compiles it; predictor/image/rowDecoder.ts
 * calls it. Checksums are not checked again: predictor/image/png.ts has done so.
 *
 * What libpng reports as an error leaves the module by an exception of its host, which then takes a new instance; so does what
 * traps.
 */

#include <stddef.h>
#include <stdint.h>

#include "png.h"
#include "heap.h"

/* Rows that are decoded at a time, but all of an interlaced image. */
#define ROWS 16

static const unsigned char *next;
static size_t bytes_left;

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  if (count > bytes_left) fail(DAMAGED);
  for (size_t i = 0; i < count; i++) to[i] = next[i];
  next += count;
  bytes_left -= count;
}

static void *allocate(png_structp png, png_alloc_size_t size) { return take(size); }
static void release(png_structp png, void *memory) {}
static void on_error(png_structp png, png_const_charp message) { fail(DAMAGED); }
static void on_warning(png_structp png, png_const_charp message) {}

static png_structp png;
static unsigned char *band;
static size_t stride;
static unsigned row, rows;
/* All passes of an interlaced image are there. */
static int whole;

/* Begins with the file at `file`; the sizes have to be those of its header. Returns the channels of its pixels. */
__attribute__((export_name("open"))) int open(
    const unsigned char *file, size_t length, unsigned width, unsigned height) {
  next = file;
  bytes_left = length;
  png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, 0, on_error, on_warning, 0, allocate, release);
  png_infop info = png_create_info_struct(png);
  png_set_read_fn(png, 0, read_bytes);
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_benign_errors(png, 1);
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) fail(DAMAGED);
  png_set_strip_16(png);
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  whole = png_set_interlace_handling(png) > 1;
  png_read_update_info(png, info);
  stride = png_get_rowbytes(png, info);
  row = 0;
  rows = height;
  unsigned together = whole ? rows : ROWS;
  if (stride > SIZE_MAX / together) fail(OUT_OF_MEMORY);
  band = take(stride * together);
  if (whole) {
    unsigned char **each = take(sizeof *each * rows);
    for (unsigned i = 0; i < rows; i++) each[i] = band + i * stride;
    png_read_image(png, each);
    band -= stride * ROWS;
  }
  return png_get_channels(png, info);
}

/* Decodes the next rows. Returns their number, 0 after the last. */
__attribute__((export_name("read"))) unsigned read(void) {
  unsigned count = rows - row < ROWS ? rows - row : ROWS;
  if (whole) band += stride * ROWS;
  else for (unsigned i = 0; i < count; i++) png_read_row(png, band + i * stride, 0);
  row += count;
  return count;
}

__attribute__((export_name("pixels"))) unsigned char *pixels(void) { return band; }

/* What zlib and libpng link, but never call. */
_Noreturn void abort(void) { __builtin_trap(); }
void *malloc(size_t size) { return take(size); }
void free(void *memory) {}
size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}
