/* Max pooling. */
#include "tiles.h"

/*
 * dx [n, height, width, c] of a max pooling from its input and dy [n, oh, ow, c], c a multiple of four. Of equal maxima in a
 * window, the first gets the gradient; a window with only NaN gives none. Task t is image t.
 */
EXPORT(maxPoolGradient)(const float *x, const float *dy, float *dx, int height, int width, int channels, int oh, int ow,
                        int kh, int kw, int strideY, int strideX, int padY, int padX, int worker, int task) {
  x += task * height * width * channels;
  dx += task * height * width * channels;
  dy += task * oh * ow * channels;
  clear(dx, height * width * channels);
  for (int oy = 0; oy < oh; oy++)
    for (int ox = 0; ox < ow; ox++, dy += channels) {
      const int top = oy * strideY - padY, left = ox * strideX - padX;
      const int yFrom = top > 0 ? top : 0, yTo = top + kh < height ? top + kh : height;
      const int xFrom = left > 0 ? left : 0, xTo = left + kw < width ? left + kw : width;
      for (int c = 0; c < channels; c += 4) {
        v128_t best = wasm_f32x4_splat(-__builtin_inff());
        v128_t bestAt = wasm_i32x4_splat(-1);
        for (int py = yFrom; py < yTo; py++)
          for (int px = xFrom; px < xTo; px++) {
            const int at = (py * width + px) * channels + c;
            const v128_t value = wasm_v128_load(x + at);
            const v128_t larger = wasm_f32x4_gt(value, best);
            best = wasm_v128_bitselect(value, best, larger);
            bestAt = wasm_v128_bitselect(wasm_i32x4_splat(at), bestAt, larger);
          }
        const v128_t gradient = wasm_v128_load(dy + c);
        for (int py = yFrom; py < yTo; py++)
          for (int px = xFrom; px < xTo; px++) {
            const int at = (py * width + px) * channels + c;
            const v128_t chosen = wasm_v128_and(gradient, wasm_i32x4_eq(bestAt, wasm_i32x4_splat(at)));
            wasm_v128_store(dx + at, wasm_f32x4_add(wasm_v128_load(dx + at), chosen));
          }
      }
    }
}
