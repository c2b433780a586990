/*
 * A JPEG file -> RGB, by libjpeg-turbo in WebAssembly. tools/imageDecoders.ts compiles it; predictor/image/rowDecoder.ts calls it.
 *
 * What the library reports as an error leaves the module by an exception of its host, which then takes a new instance; so does
 * what traps. What it reports as a warning is decoded.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "jpeglib.h"
#include "heap.h"

/* Samples that simd.c may write beyond the last row. */
#define SLACK 64
/* Rows that are asked for at a time; the library gives up to four. */
#define ROWS 16

/* The library's memory (jmemsys.h): nothing is given back before the next image. */
void *jpeg_get_small(j_common_ptr c, size_t size) { return take(size); }
void *jpeg_get_large(j_common_ptr c, size_t size) { return take(size); }
void jpeg_free_small(j_common_ptr c, void *object, size_t size) {}
void jpeg_free_large(j_common_ptr c, void *object, size_t size) {}
size_t jpeg_mem_available(j_common_ptr c, size_t min, size_t max, size_t allocated) { return max; }
void jpeg_open_backing_store(j_common_ptr c, void *info, long total) { fail(OUT_OF_MEMORY); }
long jpeg_mem_init(j_common_ptr c) { return 0; }
void jpeg_mem_term(j_common_ptr c) {}

static void error_exit(j_common_ptr c) { fail(DAMAGED); }
static void emit_message(j_common_ptr c, int level) {}
static void output_message(j_common_ptr c) {}
static void format_message(j_common_ptr c, char *buffer) {}
static void reset_error_mgr(j_common_ptr c) {}
static struct jpeg_error_mgr errors = {
  error_exit, emit_message, output_message, format_message, reset_error_mgr
};

/* The whole file is there from the start. */
static void init_source(j_decompress_ptr c) {}
static boolean fill_input_buffer(j_decompress_ptr c) { fail(DAMAGED); }
static void skip_input_data(j_decompress_ptr c, long count) {
  if (count <= 0) return;
  if ((size_t)count > c->src->bytes_in_buffer) fail(DAMAGED);
  c->src->next_input_byte += count;
  c->src->bytes_in_buffer -= count;
}
static void term_source(j_decompress_ptr c) {}
static struct jpeg_source_mgr source = {
  0, 0, init_source, fill_input_buffer, skip_input_data, jpeg_resync_to_restart, term_source
};

static struct jpeg_decompress_struct jpeg;

static unsigned char *band;
static size_t stride;

/* Begins with the file at `file`; the sizes have to be those of its header. Returns the channels of its pixels. */
__attribute__((export_name("open"))) int open(
    const unsigned char *file, size_t length, unsigned width, unsigned height) {
  jpeg.err = &errors;
  jpeg_create_decompress(&jpeg);
  source.next_input_byte = file;
  source.bytes_in_buffer = length;
  jpeg.src = &source;
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.image_width != width || jpeg.image_height != height) fail(DAMAGED);
  jpeg.out_color_space = jpeg.num_components == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  stride = (size_t)width * jpeg.output_components;
  band = take(stride * ROWS + SLACK);
  return 3;
}

/* Four inks -> RGB: light that passes both the colour and black, rounded down. Files store what is not inked. */
static void mix(unsigned char *pixels, size_t count) {
  for (unsigned char *to = pixels; count > 0; count--, pixels += 4, to += 3) {
    unsigned light = pixels[3];
    for (int c = 0; c < 3; c++) to[c] = pixels[c] * light / 255;
  }
}

/* Decodes the next rows into the same place. Returns their number, 0 after the last. */
__attribute__((export_name("read"))) unsigned read(void) {
  unsigned count = 0;
  unsigned left = jpeg.output_height - jpeg.output_scanline;
  if (left > ROWS) left = ROWS;
  while (count < left) {
    unsigned char *rows[ROWS];
    for (unsigned i = count; i < left; i++) rows[i] = band + i * stride;
    count += jpeg_read_scanlines(&jpeg, rows + count, left - count);
  }
  if (count > 0 && jpeg.output_scanline == jpeg.output_height) jpeg_finish_decompress(&jpeg);
  if (jpeg.output_components == 4) mix(band, (size_t)jpeg.output_width * count);
  return count;
}

__attribute__((export_name("pixels"))) unsigned char *pixels(void) { return band; }

/* Parts of the library that JPEGs of eight bits, decoded at full size to all their colours, do not reach. */
#define ABSENT(name) void name(j_decompress_ptr c) { fail(DAMAGED); }
#define ABSENT_BUFFERED(name) void name(j_decompress_ptr c, boolean need_full_buffer) { fail(DAMAGED); }
#define ABSENT_IDCT(name) \
  void name(j_decompress_ptr c, jpeg_component_info *i, JCOEFPTR b, JSAMPARRAY o, JDIMENSION x) { fail(DAMAGED); }
ABSENT(jinit_1pass_quantizer) ABSENT(j12init_1pass_quantizer)
ABSENT(jinit_2pass_quantizer) ABSENT(j12init_2pass_quantizer)
ABSENT(jinit_merged_upsampler) ABSENT(j12init_merged_upsampler)
ABSENT(j12init_upsampler) ABSENT(j16init_upsampler)
ABSENT(j12init_color_deconverter) ABSENT(j16init_color_deconverter)
ABSENT(j12init_inverse_dct) ABSENT(jinit_lhuff_decoder)
ABSENT(jinit_lossless_decompressor) ABSENT(j12init_lossless_decompressor) ABSENT(j16init_lossless_decompressor)
ABSENT_BUFFERED(j12init_d_coef_controller)
ABSENT_BUFFERED(jinit_d_diff_controller) ABSENT_BUFFERED(j12init_d_diff_controller)
ABSENT_BUFFERED(j16init_d_diff_controller)
ABSENT_BUFFERED(j12init_d_main_controller) ABSENT_BUFFERED(j16init_d_main_controller)
ABSENT_BUFFERED(j12init_d_post_controller) ABSENT_BUFFERED(j16init_d_post_controller)
ABSENT_IDCT(jpeg_idct_1x1) ABSENT_IDCT(jpeg_idct_2x2) ABSENT_IDCT(jpeg_idct_4x4)
ABSENT_IDCT(jpeg_idct_ifast) ABSENT_IDCT(jpeg_idct_float)
