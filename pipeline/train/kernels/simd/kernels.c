/*
 * Kernels for training on WebAssembly, with vectors of four floats. They use the memory of tfjs's WASM backend, and neither a
 * stack nor data of their own. Every sum is taken in one fixed order, whatever the machine.
 */
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))

/* Positions whose numbers stay in the first-level cache while all tiles of the result read them. */
#define POSITIONS 96

/* A walk over rows of positions: `step` floats from one to the next, `row` floats from one row to the next. */
typedef struct {
  const float *at;
  int step;
  int row;
} Walk;

/*
 * c[i][j] += sum over positions of a[i] * b[j]: a tile of m x 4n. Each product of numbers is added to its sum at once, so
 * every element's terms come in the order of the positions.
 */
INLINE void addTile(Walk a, Walk b, int rows, int length, float *c, int width, int m, int n) {
  v128_t sums[4][2];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) sums[i][j] = wasm_v128_load(c + i * width + 4 * j);
  for (int r = 0; r < rows; r++) {
    const float *x = a.at + r * a.row;
    const float *y = b.at + r * b.row;
    for (int p = 0; p < length; p++) {
      v128_t values[2];
      for (int j = 0; j < n; j++) values[j] = wasm_v128_load(y + 4 * j);
      for (int i = 0; i < m; i++) {
        const v128_t factor = wasm_v128_load32_splat(x + i);
        for (int j = 0; j < n; j++)
          sums[i][j] = wasm_f32x4_add(sums[i][j], wasm_f32x4_mul(factor, values[j]));
      }
      x += a.step;
      y += b.step;
    }
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) wasm_v128_store(c + i * width + 4 * j, sums[i][j]);
}

/* Tiles of one to four rows, as constants for the loops above. */
INLINE void addTiles(Walk a, Walk b, int rows, int length, float *c, int width, int m, int n) {
  if (m >= 4) addTile(a, b, rows, length, c, width, 4, n);
  else if (m == 3) addTile(a, b, rows, length, c, width, 3, n);
  else if (m == 2) addTile(a, b, rows, length, c, width, 2, n);
  else addTile(a, b, rows, length, c, width, 1, n);
}

/*
 * dw [kh, kw, in, out] from the padded x [n, height, width, in] and dy [n, oh, ow, out], out a multiple of four. Of one row
 * of the filter, kw * in numbers of x lie side by side at each position.
 */
EXPORT(filterGradient)(const float *x, const float *dy, float *dw, int images, int height, int width, int in, int oh,
                       int ow, int out, int kh, int kw, int strideY, int strideX) {
  const int side = kw * in;
  for (int i = 0; i < kh * side * out; i += 4) wasm_v128_store(dw + i, wasm_f32x4_splat(0));
  const int most = POSITIONS / ow > 1 ? POSITIONS / ow : 1;
  for (int image = 0; image < images; image++)
    for (int top = 0; top < oh; top += most) {
      const int rows = oh - top < most ? oh - top : most;
      const float *y = dy + (image * oh + top) * ow * out;
      for (int ky = 0; ky < kh; ky++) {
        const float *values = x + (image * height + top * strideY + ky) * width * in;
        for (int m = 0; m < side; m += 4) {
          const Walk a = {values + m, strideX * in, strideY * width * in};
          float *c = dw + (ky * side + m) * out;
          int j = 0;
          for (; j + 8 <= out; j += 8) {
            const Walk b = {y + j, out, ow * out};
            addTiles(a, b, rows, ow, c + j, out, side - m, 2);
          }
          if (j < out) {
            const Walk b = {y + j, out, ow * out};
            addTiles(a, b, rows, ow, c + j, out, side - m, 1);
          }
        }
      }
    }
}

/*
 * dx [n, height, width, c] of a max pooling from its input and dy [n, oh, ow, c], c a multiple of four. Of equal maxima in a
 * window, the first gets the gradient; a window with only NaN gives none.
 */
EXPORT(maxPoolGradient)(const float *x, const float *dy, float *dx, int images, int height, int width, int channels,
                        int oh, int ow, int kh, int kw, int strideY, int strideX, int padY, int padX) {
  for (int i = 0; i < images * height * width * channels; i += 4) wasm_v128_store(dx + i, wasm_f32x4_splat(0));
  for (int image = 0; image < images; image++)
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
              const int at = ((image * height + py) * width + px) * channels + c;
              const v128_t value = wasm_v128_load(x + at);
              const v128_t larger = wasm_f32x4_gt(value, best);
              best = wasm_v128_bitselect(value, best, larger);
              bestAt = wasm_v128_bitselect(wasm_i32x4_splat(at), bestAt, larger);
            }
          const v128_t gradient = wasm_v128_load(dy + c);
          for (int py = yFrom; py < yTo; py++)
            for (int px = xFrom; px < xTo; px++) {
              const int at = ((image * height + py) * width + px) * channels + c;
              const v128_t chosen = wasm_v128_and(gradient, wasm_i32x4_eq(bestAt, wasm_i32x4_splat(at)));
              wasm_v128_store(dx + at, wasm_f32x4_add(wasm_v128_load(dx + at), chosen));
            }
        }
      }
}
