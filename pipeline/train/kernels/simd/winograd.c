/*
 * Convolutions with 3 x 3 filters and stride 1 by Winograd's minimal filtering F(2 x 2, 3 x 3) (Lavin and Gray 2016, "Fast
 * Algorithms for Convolutional Neural Networks"): 16 products for four outputs instead of 36.
 *
 *   y = A' [(G g G') * (B' d B)] A        of a tile of 2 x 2 outputs, the 4 x 4 inputs d that it sees, and the filter g
 *   dg = G' [sum over tiles of (B' d B) * (A dy A')] G
 *
 * The 16 numbers of a tile are its frequencies. Numbers of channels are multiples of four.
 */
#include "tiles.h"

/* Tiles that are transformed at a time: few enough for the second-level cache. */
#define TILES 32
#define FREQUENCIES 16

/* A row or a column of a tile; below, the transformations of one. */
typedef struct {
  v128_t a, b, c, d;
} Four;

INLINE v128_t plus(v128_t a, v128_t b) { return wasm_f32x4_add(a, b); }
INLINE v128_t minus(v128_t a, v128_t b) { return wasm_f32x4_sub(a, b); }
INLINE v128_t half(v128_t a) { return wasm_f32x4_mul(a, wasm_f32x4_splat(0.5f)); }

/* B' x */
INLINE Four spread(v128_t a, v128_t b, v128_t c, v128_t d) {
  return (Four){minus(a, c), plus(b, c), minus(c, b), minus(b, d)};
}
/* A x */
INLINE Four widen(v128_t a, v128_t b) { return (Four){a, plus(a, b), minus(a, b), minus(wasm_f32x4_splat(0), b)}; }
/* G x */
INLINE Four sample(v128_t a, v128_t b, v128_t c) {
  const v128_t outer = half(plus(a, c)), middle = half(b);
  return (Four){a, plus(outer, middle), minus(outer, middle), c};
}

typedef struct {
  int height, width, channels;
} Image;

/* The tiles of an image of outputs. */
typedef struct {
  int perRow, perImage;
} Grid;

INLINE Grid gridOf(int height, int width) {
  const int perRow = (width + 1) / 2;
  return (Grid){perRow, perRow * ((height + 1) / 2)};
}

/* Four channels at row y and column x, zeros outside of the image. */
INLINE v128_t at(const float *image, Image size, int y, int x, int c) {
  if (y < 0 || y >= size.height || x < 0 || x >= size.width) return wasm_f32x4_splat(0);
  return wasm_v128_load(image + (y * size.width + x) * size.channels + c);
}

/* Writes B' d B of all channels to v, `stride` floats from one frequency to the next. */
INLINE void spreadTile(const float *image, Image size, int top, int left, float *v, int stride) {
  const int inside = top >= 0 && left >= 0 && top + 4 <= size.height && left + 4 <= size.width;
  const int row = size.width * size.channels;
  for (int c = 0; c < size.channels; c += 4) {
    Four rows[4];
    for (int y = 0; y < 4; y++) {
      if (inside) {
        const float *from = image + (top + y) * row + left * size.channels + c;
        rows[y] = spread(wasm_v128_load(from), wasm_v128_load(from + size.channels),
                         wasm_v128_load(from + 2 * size.channels), wasm_v128_load(from + 3 * size.channels));
      } else {
        rows[y] = spread(at(image, size, top + y, left, c), at(image, size, top + y, left + 1, c),
                         at(image, size, top + y, left + 2, c), at(image, size, top + y, left + 3, c));
      }
    }
    const Four columns[4] = {
        spread(rows[0].a, rows[1].a, rows[2].a, rows[3].a), spread(rows[0].b, rows[1].b, rows[2].b, rows[3].b),
        spread(rows[0].c, rows[1].c, rows[2].c, rows[3].c), spread(rows[0].d, rows[1].d, rows[2].d, rows[3].d)};
    for (int x = 0; x < 4; x++) {
      float *to = v + x * stride + c;
      wasm_v128_store(to, columns[x].a);
      wasm_v128_store(to + 4 * stride, columns[x].b);
      wasm_v128_store(to + 8 * stride, columns[x].c);
      wasm_v128_store(to + 12 * stride, columns[x].d);
    }
  }
}

/* Writes A dy A' of all channels to w, `stride` floats from one frequency to the next. */
INLINE void widenTile(const float *image, Image size, int top, int left, float *w, int stride) {
  for (int c = 0; c < size.channels; c += 4) {
    const Four rows[2] = {widen(at(image, size, top, left, c), at(image, size, top, left + 1, c)),
                          widen(at(image, size, top + 1, left, c), at(image, size, top + 1, left + 1, c))};
    const Four columns[4] = {widen(rows[0].a, rows[1].a), widen(rows[0].b, rows[1].b), widen(rows[0].c, rows[1].c),
                             widen(rows[0].d, rows[1].d)};
    for (int x = 0; x < 4; x++) {
      float *to = w + x * stride + c;
      wasm_v128_store(to, columns[x].a);
      wasm_v128_store(to + 4 * stride, columns[x].b);
      wasm_v128_store(to + 8 * stride, columns[x].c);
      wasm_v128_store(to + 12 * stride, columns[x].d);
    }
  }
}

/* Writes A' m A, plus the bias unless it is 0, of all channels to a tile's outputs, those that are inside of the image. */
INLINE void gatherTile(const float *m, int stride, const float *bias, float *image, Image size, int top, int left) {
  const int right = left + 1 < size.width, below = top + 1 < size.height;
  for (int c = 0; c < size.channels; c += 4) {
    const v128_t base = bias ? wasm_v128_load(bias + c) : wasm_f32x4_splat(0);
    v128_t upper[4], lower[4];
    for (int x = 0; x < 4; x++) {
      const float *from = m + x * stride + c;
      const v128_t a = wasm_v128_load(from), b = wasm_v128_load(from + 4 * stride),
                   d = wasm_v128_load(from + 8 * stride), e = wasm_v128_load(from + 12 * stride);
      upper[x] = plus(plus(a, b), d);
      lower[x] = minus(minus(b, d), e);
    }
    float *to = image + (top * size.width + left) * size.channels + c;
    wasm_v128_store(to, plus(base, plus(plus(upper[0], upper[1]), upper[2])));
    if (right) wasm_v128_store(to + size.channels, plus(base, minus(minus(upper[1], upper[2]), upper[3])));
    if (!below) continue;
    to += size.width * size.channels;
    wasm_v128_store(to, plus(base, plus(plus(lower[0], lower[1]), lower[2])));
    if (right) wasm_v128_store(to + size.channels, plus(base, minus(minus(lower[1], lower[2]), lower[3])));
  }
}

/* Columns of products that are computed together: eight, and four at the end. */
INLINE int columnsFrom(int j, int all) { return all - j >= 8 ? 8 : 4; }

/*
 * u from the filter [3, 3, in, out] for `winogradConvolution`: G g G', by frequency, then in groups of eight outputs (four at the
 * end), then by input. `rotated`: of the filter for the gradient of the input, with in and out exchanged: the filter is
 * [3, 3, out, in].
 */
EXPORT(winogradFilter)(const float *filter, float *u, int in, int out, int rotated, int worker, int task) {
  const int size = in * out;
  for (int j = 0; j < out; j += columnsFrom(j, out)) {
    const int columns = columnsFrom(j, out);
    for (int i = 0; i < in; i++)
      for (int k = 0; k < columns; k += 4) {
        v128_t g[9];
#pragma clang loop unroll(full)
        for (int p = 0; p < 9; p++) {
          if (rotated) {
            const float *from = filter + (8 - p) * size + (j + k) * in + i;
            g[p] = wasm_f32x4_make(from[0], from[in], from[2 * in], from[3 * in]);
          } else {
            g[p] = wasm_v128_load(filter + p * size + i * out + j + k);
          }
        }
        const Four rows[3] = {sample(g[0], g[1], g[2]), sample(g[3], g[4], g[5]), sample(g[6], g[7], g[8])};
        const Four all[4] = {sample(rows[0].a, rows[1].a, rows[2].a), sample(rows[0].b, rows[1].b, rows[2].b),
                             sample(rows[0].c, rows[1].c, rows[2].c), sample(rows[0].d, rows[1].d, rows[2].d)};
        for (int x = 0; x < 4; x++) {
          float *to = u + x * size + j * in + i * columns + k;
          wasm_v128_store(to, all[x].a);
          wasm_v128_store(to + 4 * size, all[x].b);
          wasm_v128_store(to + 8 * size, all[x].c);
          wasm_v128_store(to + 12 * size, all[x].d);
        }
      }
  }
}

/*
 * y [n, oh, ow, out] from x [n, h, w, in], which has top and left rows of zeros in front and as many as are needed behind, and from
 * u of `winogradFilter`; `bias` is added unless it is 0. Task t computes its block of TILES tiles. Scratch: FREQUENCIES * TILES *
 * (in + out) floats for each worker.
 */
EXPORT(winogradConvolution)(const float *x, const float *u, const float *bias, float *y, int images, int height, int width,
                            int in, int oh, int ow, int out, int top, int left, float *scratch, int worker, int task) {
  const Grid grid = gridOf(oh, ow);
  const Image from = {height, width, in}, to = {oh, ow, out};
  const int first = task * TILES, rest = images * grid.perImage - first;
  const int tiles = rest < TILES ? rest : TILES;
  float *v = scratch + worker * FREQUENCIES * TILES * (in + out), *m = v + FREQUENCIES * TILES * in;
  for (int t = 0; t < tiles; t++) {
    const int image = (first + t) / grid.perImage, tile = (first + t) % grid.perImage;
    spreadTile(x + image * height * width * in, from, 2 * (tile / grid.perRow) - top, 2 * (tile % grid.perRow) - left,
               v + t * in, TILES * in);
  }
  for (int f = 0; f < FREQUENCIES; f++) {
    for (int j = 0; j < out; j += 8) {
      const int columns = columnsFrom(j, out);
      const Rows b = {u + f * in * out + j * in, columns, 0};
      for (int t = 0; t < tiles; t += 4) {
        const Rows a = {v + (f * TILES + t) * in, 1, in};
        const Tile c = {m + (f * TILES + t) * out + j, out, 1};
        const Terms terms = {1, in, 0, 0};
        addSome(a, b, terms, c, tiles - t, columns);
      }
    }
  }
  for (int t = 0; t < tiles; t++) {
    const int image = (first + t) / grid.perImage, tile = (first + t) % grid.perImage;
    gatherTile(m + t * out, TILES * out, bias, y + image * oh * ow * out, to, 2 * (tile / grid.perRow), 2 * (tile % grid.perRow));
  }
}

/*
 * Part of dw [3, 3, in, out] from x as above and dy [n, oh, ow, out]: task t of `tasks` sums over its share of the images and writes
 * to parts [tasks, 3, 3, in, out]. Scratch: FREQUENCIES * (in * out + TILES * (in + out)) floats for each worker.
 */
EXPORT(winogradFilterGradient)(const float *x, const float *dy, float *parts, int images, int height, int width, int in,
                               int oh, int ow, int out, int top, int left, int tasks, float *scratch, int worker,
                               int task) {
  const Grid grid = gridOf(oh, ow);
  const Image from = {height, width, in}, to = {oh, ow, out};
  const int size = in * out;
  float *sums = scratch + worker * FREQUENCIES * (size + TILES * (in + out)), *v = sums + FREQUENCIES * size, *w = v + FREQUENCIES * TILES * in;
  clear(sums, FREQUENCIES * size);
  const int end = images * (task + 1) / tasks * grid.perImage;
  for (int first = images * task / tasks * grid.perImage; first < end; first += TILES) {
    const int tiles = end - first < TILES ? end - first : TILES;
    for (int t = 0; t < tiles; t++) {
      const int image = (first + t) / grid.perImage, tile = (first + t) % grid.perImage;
      const int y = 2 * (tile / grid.perRow), z = 2 * (tile % grid.perRow);
      spreadTile(x + image * height * width * in, from, y - top, z - left, v + t * in, TILES * in);
      widenTile(dy + image * oh * ow * out, to, y, z, w + t * out, TILES * out);
    }
    const Terms terms = {1, tiles, 0, 0};
    for (int f = 0; f < FREQUENCIES; f++)
      for (int i = 0; i < in; i += 4) {
        const Rows a = {v + f * TILES * in + i, in, 1};
        for (int j = 0; j < out; j += 8) {
          const Rows b = {w + f * TILES * out + j, out, 0};
          const Tile c = {sums + f * size + i * out + j, out, 0};
          addColumns(a, b, terms, c, 4, out - j);
        }
      }
  }
  float *dw = parts + task * 9 * size;
  for (int k = 0; k < size; k += 4) {
    v128_t rows[3][4];
    for (int p = 0; p < 4; p++) {
      const float *at = sums + p * size + k;
      const v128_t a = wasm_v128_load(at), b = wasm_v128_load(at + 4 * size), c = wasm_v128_load(at + 8 * size),
                   d = wasm_v128_load(at + 12 * size);
      const v128_t sum = half(plus(b, c));
      rows[0][p] = plus(a, sum);
      rows[1][p] = half(minus(b, c));
      rows[2][p] = plus(sum, d);
    }
    for (int p = 0; p < 3; p++) {
      const v128_t sum = half(plus(rows[p][1], rows[p][2]));
      float *to = dw + 3 * p * size + k;
      wasm_v128_store(to, plus(rows[p][0], sum));
      wasm_v128_store(to + size, half(minus(rows[p][1], rows[p][2])));
      wasm_v128_store(to + 2 * size, plus(sum, rows[p][3]));
    }
  }
}
