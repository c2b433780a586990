/*
 * A WebP file, of an animation its first frame -> RGB or RGBA, by libwebp in WebAssembly. tools/imageDecoders.ts compiles it;
 * predictor/image/rowDecoder.ts calls it. The whole image is decoded at once.
 */

#include <stddef.h>
#include <stdint.h>

#include "src/webp/decode.h"
#include "src/webp/demux.h"
#include "heap.h"

static unsigned char *band;
static unsigned row, rows;

/* Begins with the file at `file`; the sizes have to be those of its header. Returns the channels of its pixels. */
__attribute__((export_name("open"))) int open(
    const unsigned char *file, size_t length, unsigned width, unsigned height) {
  WebPData data = {file, length};
  WebPDemuxer *demuxer = WebPDemux(&data);
  WebPIterator frame;
  if (!demuxer || !WebPDemuxGetFrame(demuxer, 1, &frame)) fail(DAMAGED);
  if (WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) != width) fail(DAMAGED);
  if (WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) != height) fail(DAMAGED);
  /* Around a frame that is smaller than the image, it is transparent. */
  int fills = frame.width == (int)width && frame.height == (int)height;
  int channels = fills && !frame.has_alpha ? 3 : 4;
  size_t stride = (size_t)width * channels;
  if (stride > SIZE_MAX / height) fail(OUT_OF_MEMORY);
  band = take(stride * height);
  if (!fills) __builtin_memset(band, 0, stride * height);
  unsigned char *to = band + frame.y_offset * stride + frame.x_offset * channels;
  size_t room = stride * height - (to - band);
  const uint8_t *coded = frame.fragment.bytes;
  uint8_t *done = channels == 3
    ? WebPDecodeRGBInto(coded, frame.fragment.size, to, room, stride)
    : WebPDecodeRGBAInto(coded, frame.fragment.size, to, room, stride);
  if (!done) fail(DAMAGED);
  row = 0;
  rows = height;
  return channels;
}

/* Returns the number of rows that are there now, 0 after the last. */
__attribute__((export_name("read"))) unsigned read(void) {
  unsigned count = rows - row;
  row = rows;
  return count;
}

__attribute__((export_name("pixels"))) unsigned char *pixels(void) { return band; }

/* What libwebp calls. */
void *malloc(size_t size) { return take(size); }
void *calloc(size_t count, size_t size) {
  /* Grown memory is zero, but an image before may have used it. */
  return size > 0 && count > SIZE_MAX / size ? NULL : __builtin_memset(take(count * size), 0, count * size);
}
void free(void *memory) {}
int abs(int value) { return value < 0 ? -value : value; }
void *memmove(void *to, const void *from, size_t size) { return __builtin_memmove(to, from, size); }
