/*
 * Normalisation, ReLU and pooling in one pass over memory: y = pool(relu((x - mean) * gain + offset)), per channel. The window of the
 * pooling is 1 or 2, its stride as well; windows at the end may be cut off. Numbers of channels are multiples of four.
 */
#include "tiles.h"

/* Numbers that stay in the first-level cache while their channels are summed. */
#define CACHED 4096

/* What x is normalised by, per channel. */
typedef struct {
  const float *mean, *gain, *offset;
} Norm;

INLINE v128_t centred(const float *x, Norm norm, int c) { return wasm_f32x4_sub(wasm_v128_load(x), wasm_v128_load(norm.mean + c)); }

INLINE v128_t normal(v128_t x, Norm norm, int c) {
  return wasm_f32x4_add(wasm_f32x4_mul(x, wasm_v128_load(norm.gain + c)), wasm_v128_load(norm.offset + c));
}

/* Below this, an output is not active. */
INLINE v128_t least(int relu) { return wasm_f32x4_splat(relu ? 0 : -__builtin_inff()); }

INLINE void addDoubles(double *sums, v128_t x) {
  const v128_t upper = wasm_i64x2_shuffle(x, x, 1, 1);
  wasm_v128_store(sums, wasm_f64x2_add(wasm_v128_load(sums), wasm_f64x2_promote_low_f32x4(x)));
  wasm_v128_store(sums + 2, wasm_f64x2_add(wasm_v128_load(sums + 2), wasm_f64x2_promote_low_f32x4(upper)));
}

/*
 * Parts of each channel's sum of x [rows, channels], and of the sum of squares: task t of `tasks` sums over its share of the rows and
 * writes to parts [tasks, 2, channels], 8 bytes each.
 */
EXPORT(channelSums)(const float *x, double *parts, int rows, int channels, int tasks, int worker, int task) {
  double *sums = parts + task * 2 * channels, *squares = sums + channels;
  for (int c = 0; c < 2 * channels; c++) sums[c] = 0;
  const int end = rows * (task + 1) / tasks, most = CACHED / channels > 1 ? CACHED / channels : 1;
  for (int first = rows * task / tasks; first < end; first += most) {
    const int last = first + most < end ? first + most : end;
    for (int c = 0; c < channels; c += 4) {
      v128_t sum0 = wasm_v128_load(sums + c), sum1 = wasm_v128_load(sums + c + 2);
      v128_t square0 = wasm_v128_load(squares + c), square1 = wasm_v128_load(squares + c + 2);
      const float *at = x + first * channels + c;
      for (int row = first; row < last; row++, at += channels) {
        const v128_t value = wasm_v128_load(at);
        const v128_t low = wasm_f64x2_promote_low_f32x4(value);
        const v128_t high = wasm_f64x2_promote_low_f32x4(wasm_i64x2_shuffle(value, value, 1, 1));
        sum0 = wasm_f64x2_add(sum0, low);
        sum1 = wasm_f64x2_add(sum1, high);
        square0 = wasm_f64x2_add(square0, wasm_f64x2_mul(low, low));
        square1 = wasm_f64x2_add(square1, wasm_f64x2_mul(high, high));
      }
      wasm_v128_store(sums + c, sum0);
      wasm_v128_store(sums + c + 2, sum1);
      wasm_v128_store(squares + c, square0);
      wasm_v128_store(squares + c + 2, square1);
    }
  }
}

/* A window's rows and columns. */
typedef struct {
  int yFrom, yTo, xFrom, xTo;
} Window;

INLINE Window windowAt(int oy, int ox, int window, int height, int width) {
  const int yTo = (oy + 1) * window, xTo = (ox + 1) * window;
  return (Window){oy * window, yTo < height ? yTo : height, ox * window, xTo < width ? xTo : width};
}

/* y [n, oh, ow, channels] from x [n, height, width, channels]. Task t is image t. */
EXPORT(normalise)(const float *x, const float *mean, const float *gain, const float *offset, float *y, int height, int width,
                  int channels, int window, int relu, int worker, int task) {
  const Norm norm = {mean, gain, offset};
  const int oh = (height + window - 1) / window, ow = (width + window - 1) / window;
  x += task * height * width * channels;
  y += task * oh * ow * channels;
  for (int oy = 0; oy < oh; oy++)
    for (int ox = 0; ox < ow; ox++, y += channels) {
      const Window w = windowAt(oy, ox, window, height, width);
      for (int c = 0; c < channels; c += 4) {
        v128_t best = least(relu);
        for (int py = w.yFrom; py < w.yTo; py++)
          for (int px = w.xFrom; px < w.xTo; px++)
            best = wasm_f32x4_max(best, normal(centred(x + (py * width + px) * channels + c, norm, c), norm, c));
        wasm_v128_store(y + c, best);
      }
    }
}

/* Of four channels, the first of a window's largest outputs: its place (-1: it is not active), and its centred input. */
typedef struct {
  v128_t at, x;
} Winner;

INLINE Winner winnerOf(const float *x, Window w, Norm norm, int width, int channels, int c, int relu) {
  v128_t best = least(relu);
  Winner winner = {wasm_i32x4_splat(-1), wasm_f32x4_splat(0)};
  for (int py = w.yFrom; py < w.yTo; py++)
    for (int px = w.xFrom; px < w.xTo; px++) {
      const int at = py * width + px;
      const v128_t value = centred(x + at * channels + c, norm, c);
      const v128_t output = normal(value, norm, c);
      const v128_t larger = wasm_f32x4_gt(output, best);
      best = wasm_v128_bitselect(output, best, larger);
      winner.at = wasm_v128_bitselect(wasm_i32x4_splat(at), winner.at, larger);
      winner.x = wasm_v128_bitselect(value, winner.x, larger);
    }
  return winner;
}

/*
 * Parts of the gradients' sums per channel from x, and dy [n, oh, ow, channels]: of dz, the gradient of the normalised x, and of dz *
 * (x - mean). Task t of `tasks` sums over its share of the images and writes to parts [tasks, 2, channels], 8 bytes each.
 */
EXPORT(normalisationSums)(const float *x, const float *mean, const float *gain, const float *offset, const float *dy,
                          double *parts, int images, int height, int width, int channels, int window, int relu, int tasks,
                          int worker, int task) {
  const Norm norm = {mean, gain, offset};
  const int oh = (height + window - 1) / window, ow = (width + window - 1) / window;
  double *sums = parts + task * 2 * channels, *products = sums + channels;
  for (int c = 0; c < 2 * channels; c++) sums[c] = 0;
  for (int image = images * task / tasks; image < images * (task + 1) / tasks; image++) {
    const float *from = x + image * height * width * channels;
    const float *gradient = dy + image * oh * ow * channels;
    for (int oy = 0; oy < oh; oy++)
      for (int ox = 0; ox < ow; ox++, gradient += channels) {
        const Window w = windowAt(oy, ox, window, height, width);
        for (int c = 0; c < channels; c += 4) {
          const Winner winner = winnerOf(from, w, norm, width, channels, c, relu);
          const v128_t active = wasm_i32x4_ge(winner.at, wasm_i32x4_splat(0));
          const v128_t dz = wasm_v128_and(wasm_v128_load(gradient + c), active);
          addDoubles(sums + c, dz);
          addDoubles(products + c, wasm_f32x4_mul(dz, winner.x));
        }
      }
  }
}

/* dx = dz * gain - less - (x - mean) * slope, with dz as above and less and slope per channel. Task t is image t. */
EXPORT(normalisationGradient)(const float *x, const float *mean, const float *gain, const float *offset, const float *dy,
                              const float *less, const float *slope, float *dx, int height, int width, int channels,
                              int window, int relu, int worker, int task) {
  const Norm norm = {mean, gain, offset};
  const int oh = (height + window - 1) / window, ow = (width + window - 1) / window;
  x += task * height * width * channels;
  dx += task * height * width * channels;
  dy += task * oh * ow * channels;
  for (int oy = 0; oy < oh; oy++)
    for (int ox = 0; ox < ow; ox++, dy += channels) {
      const Window w = windowAt(oy, ox, window, height, width);
      for (int c = 0; c < channels; c += 4) {
        const v128_t place = winnerOf(x, w, norm, width, channels, c, relu).at;
        const v128_t change = wasm_f32x4_mul(wasm_v128_load(dy + c), wasm_v128_load(gain + c));
        const v128_t base = wasm_v128_load(less + c), factor = wasm_v128_load(slope + c);
        for (int py = w.yFrom; py < w.yTo; py++)
          for (int px = w.xFrom; px < w.xTo; px++) {
            const int at = py * width + px;
            const v128_t own = wasm_v128_and(change, wasm_i32x4_eq(place, wasm_i32x4_splat(at)));
            const v128_t shared = wasm_f32x4_mul(centred(x + at * channels + c, norm, c), factor);
            wasm_v128_store(dx + at * channels + c, wasm_f32x4_sub(wasm_f32x4_sub(own, base), shared));
          }
      }
    }
}
