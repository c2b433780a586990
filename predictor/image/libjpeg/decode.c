/*
 * A JPEG file -> RGB, by libjpeg-turbo in WebAssembly. tools/jpegDecoder.ts compiles it; predictor/image/jpegDecoder.ts calls it.
 *
 * Every image begins with an empty heap. What the library reports as an error or a warning leaves the module by an exception of
 * its host, which then takes a new instance; so does what traps.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "jpeglib.h"
#include "host.h"

/* Bytes; of the largest vectors, which simd.c loads. */
#define ALIGNMENT 32
#define PAGE 65536
/* Samples that simd.c may write beyond the last row. */
#define SLACK 64
/* Rows that are asked for at a time; the library gives up to four. */
#define ROWS 16

extern unsigned char __heap_base;
static size_t heap_end;

static void *take(size_t size) {
  size_t end = heap_end + ((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
  if (size > SIZE_MAX - heap_end - ALIGNMENT) fail();
  size_t have = __builtin_wasm_memory_size(0) * PAGE;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == SIZE_MAX) fail();
  void *start = (void *)heap_end;
  heap_end = end;
  return start;
}

/* The library's memory (jmemsys.h): nothing is given back before the next image. */
void *jpeg_get_small(j_common_ptr c, size_t size) { return take(size); }
void *jpeg_get_large(j_common_ptr c, size_t size) { return take(size); }
void jpeg_free_small(j_common_ptr c, void *object, size_t size) {}
void jpeg_free_large(j_common_ptr c, void *object, size_t size) {}
size_t jpeg_mem_available(j_common_ptr c, size_t min, size_t max, size_t allocated) { return max; }
void jpeg_open_backing_store(j_common_ptr c, void *info, long total) { fail(); }
long jpeg_mem_init(j_common_ptr c) { return 0; }
void jpeg_mem_term(j_common_ptr c) {}

static void error_exit(j_common_ptr c) { fail(); }
/* Negative levels are warnings: of damage, where other builds of the library may give other pixels. */
static void emit_message(j_common_ptr c, int level) { if (level < 0) fail(); }
static void output_message(j_common_ptr c) {}
static void format_message(j_common_ptr c, char *buffer) {}
static void reset_error_mgr(j_common_ptr c) {}
static struct jpeg_error_mgr errors = {
  error_exit, emit_message, output_message, format_message, reset_error_mgr
};

/* The whole file is there from the start. */
static void init_source(j_decompress_ptr c) {}
static boolean fill_input_buffer(j_decompress_ptr c) { fail(); }
static void skip_input_data(j_decompress_ptr c, long count) {
  if (count <= 0) return;
  if ((size_t)count > c->src->bytes_in_buffer) fail();
  c->src->next_input_byte += count;
  c->src->bytes_in_buffer -= count;
}
static void term_source(j_decompress_ptr c) {}
static struct jpeg_source_mgr source = {
  0, 0, init_source, fill_input_buffer, skip_input_data, jpeg_resync_to_restart, term_source
};

static struct jpeg_decompress_struct jpeg;

/* Empties the heap. Returns where the file of so many bytes has to be written. */
__attribute__((export_name("reserve"))) unsigned char *reserve(size_t size) {
  heap_end = ((size_t)&__heap_base + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  return take(size);
}

/* Returns the pixels of a file at `file`, RGB, row by row without padding; the sizes have to be those of its header. */
__attribute__((export_name("decode"))) unsigned char *decode(
    const unsigned char *file, size_t length, unsigned width, unsigned height) {
  jpeg.err = &errors;
  jpeg_create_decompress(&jpeg);
  source.next_input_byte = file;
  source.bytes_in_buffer = length;
  jpeg.src = &source;
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.image_width != width || jpeg.image_height != height) fail();
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);
  size_t stride = (size_t)width * 3;
  if (stride > (SIZE_MAX - SLACK) / height) fail();
  unsigned char *pixels = take(stride * height + SLACK);
  while (jpeg.output_scanline < height) {
    unsigned char *rows[ROWS];
    unsigned left = height - jpeg.output_scanline;
    unsigned count = left < ROWS ? left : ROWS;
    for (unsigned i = 0; i < count; i++) rows[i] = pixels + (jpeg.output_scanline + i) * stride;
    jpeg_read_scanlines(&jpeg, rows, count);
  }
  jpeg_finish_decompress(&jpeg);
  return pixels;
}

/* What the compiler calls; there is no C library. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) { return __builtin_memcpy(to, from, size); }
void *memset(void *to, int value, size_t size) { return __builtin_memset(to, value, size); }

/* Parts of the library that JPEGs of eight bits, decoded at full size to all their colours, do not reach. */
#define ABSENT(name) void name(j_decompress_ptr c) { fail(); }
#define ABSENT_BUFFERED(name) void name(j_decompress_ptr c, boolean need_full_buffer) { fail(); }
#define ABSENT_IDCT(name) \
  void name(j_decompress_ptr c, jpeg_component_info *i, JCOEFPTR b, JSAMPARRAY o, JDIMENSION x) { fail(); }
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
