/* Sums of products in registers, which all kernels of convolutions come down to. */
#pragma once
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define INLINE static inline __attribute__((always_inline))

/* Rows of factors: `step` floats from one term to the next, `apart` floats from one row to the next. */
typedef struct {
  const float *at;
  int step;
  int apart;
} Rows;

/* A tile of sums of m rows with 4n columns; `width` floats from one row to the next. Fresh sums start at 0. */
typedef struct {
  float *at;
  int width;
  int fresh;
} Tile;

/* Terms of sums: lines of `length` terms each; `nextA` and `nextB` floats from one line to the next. */
typedef struct {
  int lines;
  int length;
  int nextA;
  int nextB;
} Terms;

/*
 * Adds the sum of the terms a[i] * b[j] to each c[i][j]; m is at most 4, n at most 2. Each product is added to its sum at once, so
 * every element's terms come in order.
 */
INLINE void addTile(Rows a, Rows b, Terms terms, Tile c, int m, int n) {
  v128_t sums[4][2];
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++)
      sums[i][j] = c.fresh ? wasm_f32x4_splat(0) : wasm_v128_load(c.at + i * c.width + 4 * j);
  for (int line = 0; line < terms.lines; line++) {
    const float *x = a.at + line * terms.nextA;
    const float *y = b.at + line * terms.nextB;
    for (int p = 0; p < terms.length; p++) {
      v128_t values[2];
      for (int j = 0; j < n; j++) values[j] = wasm_v128_load(y + 4 * j);
      for (int i = 0; i < m; i++) {
        const v128_t factor = wasm_v128_load32_splat(x + i * a.apart);
        for (int j = 0; j < n; j++) sums[i][j] = wasm_f32x4_add(sums[i][j], wasm_f32x4_mul(factor, values[j]));
      }
      x += a.step;
      y += b.step;
    }
  }
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) wasm_v128_store(c.at + i * c.width + 4 * j, sums[i][j]);
}

INLINE void addColumns(Rows a, Rows b, Terms terms, Tile c, int m, int columns) {
  if (columns >= 8) addTile(a, b, terms, c, m, 2);
  else addTile(a, b, terms, c, m, 1);
}

/* The same with m and n as constants for the loops above, from what is left: rows up to four, columns four or eight. */
INLINE void addSome(Rows a, Rows b, Terms terms, Tile c, int rows, int columns) {
  if (rows >= 4) addColumns(a, b, terms, c, 4, columns);
  else if (rows == 3) addColumns(a, b, terms, c, 3, columns);
  else if (rows == 2) addColumns(a, b, terms, c, 2, columns);
  else addColumns(a, b, terms, c, 1, columns);
}

INLINE void clear(float *at, int count) {
  for (int i = 0; i < count; i += 4) wasm_v128_store(at + i, wasm_f32x4_splat(0));
}
