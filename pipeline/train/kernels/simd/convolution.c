/* Convolutions of any size and stride, which read padded images as they lie: no rearrangement (im2col). */
#include "tiles.h"

/* Positions whose numbers stay in the first-level cache while all tiles of the result read them. */
#define POSITIONS 96

/*
 * out [n, outHeight, outWidth, channels] from x [n, height, width, channels]: zeros in the first top rows and left columns and behind
 * the image, whose last rows and columns are cut off if out has no place for them. Task t is image t.
 */
EXPORT(padImages)(const float *x, float *out, int height, int width, int channels, int top, int left, int outHeight,
                  int outWidth, int worker, int task) {
  const int row = width * channels, outRow = outWidth * channels, before = left * channels;
  const int count = row < outRow - before ? row : outRow - before;
  const float *from = x + task * height * row;
  float *to = out + task * outHeight * outRow;
  for (int y = 0; y < outHeight; y++, to += outRow) {
    const int inside = y >= top && y < top + height;
    const int end = inside ? before + count : 0;
    if (inside) {
      for (int i = 0; i < before; i++) to[i] = 0;
      for (int i = 0; i < count; i++) to[before + i] = from[(y - top) * row + i];
    }
    for (int i = end; i < outRow; i++) to[i] = 0;
  }
}

/*
 * y [n, oh, ow, out] from the padded x [n, height, width, in], the filter [kh, kw, in, out] and, unless it is 0, the bias [out]; out is
 * a multiple of four. `relu`: whether negative outputs become 0. Of one row of the filter, kw * in numbers of x lie side by side at
 * each position. Terms are added in XNNPACK's order: the bias, then row by row. Task t is image t.
 */
EXPORT(convolution)(const float *x, const float *filter, const float *bias, float *y, int height, int width, int in, int oh,
                    int ow, int out, int kh, int kw, int strideY, int strideX, int relu, int worker, int task) {
  const Terms terms = {kh, kw * in, width * in, kw * in * out};
  const v128_t zero = wasm_f32x4_splat(0);
  for (int oy = 0; oy < oh; oy++) {
    const float *line = x + (task * height + oy * strideY) * width * in;
    float *to = y + (task * oh + oy) * ow * out;
    if (bias)
      for (int ox = 0; ox < ow; ox++)
        for (int j = 0; j < out; j += 4) wasm_v128_store(to + ox * out + j, wasm_v128_load(bias + j));
    for (int j = 0; j < out; j += 8)
      for (int ox = 0; ox < ow; ox += 4) {
        const Rows a = {line + ox * strideX * in, 1, strideX * in}, b = {filter + j, out, 0};
        const Tile c = {to + ox * out + j, out, !bias};
        addSome(a, b, terms, c, ow - ox, out - j);
      }
    if (relu)
      for (int i = 0; i < ow * out; i += 4) wasm_v128_store(to + i, wasm_f32x4_pmax(wasm_v128_load(to + i), zero));
  }
}

/*
 * Parts of dw [kh, kw, in, out] from the padded x [n, height, width, in] and dy [n, oh, ow, out], out a multiple of four: task t of
 * `tasks` sums over its share of the images and writes to parts [tasks, kh, kw, in, out].
 */
EXPORT(filterGradient)(const float *x, const float *dy, float *parts, int images, int height, int width, int in, int oh,
                       int ow, int out, int kh, int kw, int strideY, int strideX, int tasks, int worker, int task) {
  const int side = kw * in;
  float *dw = parts + task * kh * side * out;
  clear(dw, kh * side * out);
  const int most = POSITIONS / ow > 1 ? POSITIONS / ow : 1;
  for (int image = images * task / tasks; image < images * (task + 1) / tasks; image++)
    for (int top = 0; top < oh; top += most) {
      const int rows = oh - top < most ? oh - top : most;
      const Terms terms = {rows, ow, strideY * width * in, ow * out};
      const float *y = dy + (image * oh + top) * ow * out;
      for (int ky = 0; ky < kh; ky++) {
        const float *values = x + (image * height + top * strideY + ky) * width * in;
        for (int m = 0; m < side; m += 4)
          for (int j = 0; j < out; j += 8) {
            const Rows a = {values + m, strideX * in, 1}, b = {y + j, out, 0};
            const Tile c = {dw + (ky * side + m) * out + j, out, 0};
            addSome(a, b, terms, c, side - m, out - j);
          }
      }
    }
}

/* sum [size] = parts [count, size], added in order; size is a multiple of four. */
EXPORT(sumParts)(const float *parts, float *sum, int count, int size, int worker, int task) {
  for (int i = 0; i < size; i += 4) {
    v128_t total = wasm_v128_load(parts + i);
    for (int p = 1; p < count; p++) total = wasm_f32x4_add(total, wasm_v128_load(parts + p * size + i));
    wasm_v128_store(sum + i, total);
  }
}
