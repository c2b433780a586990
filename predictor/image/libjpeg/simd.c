/*
 * The inner loops of libjpeg-turbo's decoder in WebAssembly SIMD, in the form that its jsimd.h and jsimddct.h ask for.
 *
 * They give the same bytes as the library's code for x86 (simd/x86_64/ *-sse2.asm), where numbers overflow too: those are of
 * 16 bits there, while the library's C has 32.
 */

#define JPEG_INTERNALS
#include "jinclude.h"
#include "jpeglib.h"
#include "jsimd.h"
#include "jdct.h"
#include "jsimddct.h"
#include <wasm_simd128.h>
#include "host.h"

typedef v128_t V;
#define INLINED static inline __attribute__((always_inline))
#define LOW16(a, b) wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH16(a, b) wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define LOW32(a, b) wasm_i32x4_shuffle(a, b, 0, 4, 1, 5)
#define HIGH32(a, b) wasm_i32x4_shuffle(a, b, 2, 6, 3, 7)
#define LOW64(a, b) wasm_i64x2_shuffle(a, b, 0, 2)
#define HIGH64(a, b) wasm_i64x2_shuffle(a, b, 1, 3)
#define ADD16 wasm_i16x8_add
#define ADD32 wasm_i32x4_add
#define SUB32 wasm_i32x4_sub
#define SHIFT32 wasm_i32x4_shr
/* a0 * b0 + a1 * b1, for each pair of 16 bits. */
#define DOT wasm_i32x4_dot_i16x8
#define PAIRS(a, b) wasm_i16x8_const(a, b, a, b, a, b, a, b)

/* Which of the library's loops are here. */
int jsimd_can_ycc_rgb(void) { return 1; }
int jsimd_can_idct_islow(void) { return 1; }
int jsimd_can_h2v1_fancy_upsample(void) { return 1; }
int jsimd_can_h2v2_fancy_upsample(void) { return 1; }
int jsimd_can_h2v1_upsample(void) { return 0; }
int jsimd_can_h2v2_upsample(void) { return 0; }
int jsimd_can_ycc_rgb565(void) { return 0; }
int jsimd_can_idct_2x2(void) { return 0; }
int jsimd_can_idct_4x4(void) { return 0; }
int jsimd_can_idct_ifast(void) { return 0; }
int jsimd_can_idct_float(void) { return 0; }

/* ---- Inverse cosine transform: jidctint.c, whose constants and names these are. ---- */

/* FIX(x) = x * 2^13 */
enum {
  F0_298 = 2446, F0_390 = 3196, F0_541 = 4433, F0_765 = 6270, F0_899 = 7373, F1_175 = 9633,
  F1_501 = 12299, F1_847 = 15137, F1_961 = 16069, F2_053 = 16819, F2_562 = 20995, F3_072 = 25172
};
#define CONST_BITS 13
#define PASS1_BITS 2

/* Four of the eight columns of a pass: UNPACK is LOW16 or HIGH16. Sums of products share an instruction each. */
#define HALF_PASS(UNPACK, out) { \
    V even = UNPACK(in[2], in[6]); \
    V tmp3 = DOT(even, PAIRS(F0_541 + F0_765, F0_541)); \
    V tmp2 = DOT(even, PAIRS(F0_541, F0_541 - F1_847)); \
    /* In the upper half of 32 bits, then down: extended, and times 2^13. */ \
    V tmp0 = SHIFT32(UNPACK(zero, sum), 16 - CONST_BITS); \
    V tmp1 = SHIFT32(UNPACK(zero, difference), 16 - CONST_BITS); \
    V tmp10 = ADD32(ADD32(tmp0, tmp3), half), tmp13 = ADD32(SUB32(tmp0, tmp3), half); \
    V tmp11 = ADD32(ADD32(tmp1, tmp2), half), tmp12 = ADD32(SUB32(tmp1, tmp2), half); \
    V z34 = UNPACK(z3, z4); \
    V y3 = DOT(z34, PAIRS(F1_175 - F1_961, F1_175)), y4 = DOT(z34, PAIRS(F1_175, F1_175 - F0_390)); \
    V odd71 = UNPACK(in[7], in[1]), odd53 = UNPACK(in[5], in[3]); \
    V odd0 = ADD32(DOT(odd71, PAIRS(F0_298 - F0_899, -F0_899)), y3); \
    V odd1 = ADD32(DOT(odd53, PAIRS(F2_053 - F2_562, -F2_562)), y4); \
    V odd2 = ADD32(DOT(odd53, PAIRS(-F2_562, F3_072 - F2_562)), y3); \
    V odd3 = ADD32(DOT(odd71, PAIRS(-F0_899, F1_501 - F0_899)), y4); \
    out[0] = SHIFT32(ADD32(tmp10, odd3), shift); \
    out[1] = SHIFT32(ADD32(tmp11, odd2), shift); \
    out[2] = SHIFT32(ADD32(tmp12, odd1), shift); \
    out[3] = SHIFT32(ADD32(tmp13, odd0), shift); \
    out[4] = SHIFT32(SUB32(tmp13, odd0), shift); \
    out[5] = SHIFT32(SUB32(tmp12, odd1), shift); \
    out[6] = SHIFT32(SUB32(tmp11, odd2), shift); \
    out[7] = SHIFT32(SUB32(tmp10, odd3), shift); \
  }

/* Transforms the eight columns of a block, in place; results are divided by 2^shift, rounded, and limited to 16 bits. */
INLINED void transform_columns(V in[8], int shift) {
  V half = wasm_i32x4_splat(1 << (shift - 1)), zero = wasm_i64x2_const(0, 0);
  V sum = ADD16(in[0], in[4]), difference = wasm_i16x8_sub(in[0], in[4]);
  V z3 = ADD16(in[7], in[3]), z4 = ADD16(in[5], in[1]);
  V low[8], high[8];
  HALF_PASS(LOW16, low)
  HALF_PASS(HIGH16, high)
  for (int i = 0; i < 8; i++) in[i] = wasm_i16x8_narrow_i32x4(low[i], high[i]);
}

INLINED void transpose(V r[8]) {
  V a0 = LOW16(r[0], r[1]), a1 = HIGH16(r[0], r[1]), a2 = LOW16(r[2], r[3]), a3 = HIGH16(r[2], r[3]);
  V a4 = LOW16(r[4], r[5]), a5 = HIGH16(r[4], r[5]), a6 = LOW16(r[6], r[7]), a7 = HIGH16(r[6], r[7]);
  V b0 = LOW32(a0, a2), b1 = HIGH32(a0, a2), b2 = LOW32(a1, a3), b3 = HIGH32(a1, a3);
  V b4 = LOW32(a4, a6), b5 = HIGH32(a4, a6), b6 = LOW32(a5, a7), b7 = HIGH32(a5, a7);
  r[0] = LOW64(b0, b4); r[1] = HIGH64(b0, b4); r[2] = LOW64(b1, b5); r[3] = HIGH64(b1, b5);
  r[4] = LOW64(b2, b6); r[5] = HIGH64(b2, b6); r[6] = LOW64(b3, b7); r[7] = HIGH64(b3, b7);
}

/* jpeg_idct_islow: 64 coefficients -> 8 x 8 samples. */
void jsimd_idct_islow(j_decompress_ptr cinfo, jpeg_component_info *compptr, JCOEFPTR coefficients, JSAMPARRAY output,
                      JDIMENSION column) {
  const short *quantizers = (const short *)compptr->dct_table;
  V rows[8];
  for (int i = 0; i < 8; i++) rows[i] = wasm_v128_load(coefficients + 8 * i);
  V others = wasm_v128_or(wasm_v128_or(wasm_v128_or(rows[1], rows[2]), wasm_v128_or(rows[3], rows[4])),
                          wasm_v128_or(wasm_v128_or(rows[5], rows[6]), rows[7]));
  rows[0] = wasm_i16x8_mul(rows[0], wasm_v128_load(quantizers));
  if (wasm_v128_any_true(others)) {
    for (int i = 1; i < 8; i++) rows[i] = wasm_i16x8_mul(rows[i], wasm_v128_load(quantizers + 8 * i));
    transform_columns(rows, CONST_BITS - PASS1_BITS);
  } else {
    /* The first row alone: every column is constant. */
    V constant = wasm_i16x8_shl(rows[0], PASS1_BITS);
    for (int i = 0; i < 8; i++) rows[i] = constant;
  }
  transpose(rows);
  transform_columns(rows, CONST_BITS + PASS1_BITS + 3);
  transpose(rows);
  V centre = wasm_i8x16_splat(-128);
  for (int i = 0; i < 8; i += 2) {
    V two = wasm_v128_xor(wasm_i8x16_narrow_i16x8(rows[i], rows[i + 1]), centre);
    wasm_v128_store64_lane(output[i] + column, two, 0);
    wasm_v128_store64_lane(output[i + 1] + column, two, 1);
  }
}

/* ---- YCbCr -> RGB: jdcolor.c, whose tables hold the same products. ---- */

/* 2^16 times 1.402 - 1, 1.772 - 2, -0.34414 and 1 - 0.71414: what is left beside whole numbers fits 16 bits. */
enum { CR_RED = 26345, CB_BLUE = -14942, CB_GREEN = -22554, CR_GREEN = 18734 };
/* 2 * 2^14 = 2^15, half of the unit. */
#define HALF_FACTOR 16384

/* Eight pixels; EXTEND_U and EXTEND_S take the low or the high half of 16 samples. */
#define CONVERT(i, EXTEND_U, EXTEND_S) { \
    V luma = EXTEND_U(y), b = EXTEND_S(cb), r = EXTEND_S(cr); \
    V red_low = SHIFT32(DOT(LOW16(r, two), PAIRS(CR_RED, HALF_FACTOR)), 16); \
    V red_high = SHIFT32(DOT(HIGH16(r, two), PAIRS(CR_RED, HALF_FACTOR)), 16); \
    V blue_low = SHIFT32(DOT(LOW16(b, two), PAIRS(CB_BLUE, HALF_FACTOR)), 16); \
    V blue_high = SHIFT32(DOT(HIGH16(b, two), PAIRS(CB_BLUE, HALF_FACTOR)), 16); \
    V green_low = SHIFT32(ADD32(DOT(LOW16(b, r), PAIRS(CB_GREEN, CR_GREEN)), half), 16); \
    V green_high = SHIFT32(ADD32(DOT(HIGH16(b, r), PAIRS(CB_GREEN, CR_GREEN)), half), 16); \
    red[i] = ADD16(ADD16(luma, r), wasm_i16x8_narrow_i32x4(red_low, red_high)); \
    green[i] = ADD16(wasm_i16x8_sub(luma, r), wasm_i16x8_narrow_i32x4(green_low, green_high)); \
    blue[i] = ADD16(ADD16(luma, wasm_i16x8_shl(b, 1)), wasm_i16x8_narrow_i32x4(blue_low, blue_high)); \
  }

/* Writes 48 bytes: 16 pixels, red first. Lanes 0 of the first step are overwritten by the second. */
INLINED void store_pixels(unsigned char *to, V r, V g, V b) {
  V rg0 = wasm_i8x16_shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  V rg1 = wasm_i8x16_shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  V rg2 = wasm_i8x16_shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  V rgb0 = wasm_i8x16_shuffle(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
  V rgb1 = wasm_i8x16_shuffle(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
  V rgb2 = wasm_i8x16_shuffle(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
  wasm_v128_store(to, rgb0);
  wasm_v128_store(to + 16, rgb1);
  wasm_v128_store(to + 32, rgb2);
}

void jsimd_ycc_rgb_convert(j_decompress_ptr cinfo, JSAMPIMAGE input, JDIMENSION row, JSAMPARRAY output, int count) {
  V two = wasm_i16x8_splat(2), half = wasm_i32x4_splat(1 << 15), centre = wasm_i8x16_splat(-128);
  for (; count > 0; count--, row++) {
    const unsigned char *ys = input[0][row], *cbs = input[1][row], *crs = input[2][row];
    unsigned char *to = *output++;
    /* Up to 45 bytes beyond the row belong to the next one, which is written later, or to the slack after the last. */
    for (JDIMENSION x = 0; x < cinfo->output_width; x += 16, to += 48) {
      V y = wasm_v128_load(ys + x);
      V cb = wasm_v128_xor(wasm_v128_load(cbs + x), centre), cr = wasm_v128_xor(wasm_v128_load(crs + x), centre);
      V red[2], green[2], blue[2];
      CONVERT(0, wasm_u16x8_extend_low_u8x16, wasm_i16x8_extend_low_i8x16)
      CONVERT(1, wasm_u16x8_extend_high_u8x16, wasm_i16x8_extend_high_i8x16)
      store_pixels(to, wasm_u8x16_narrow_i16x8(red[0], red[1]), wasm_u8x16_narrow_i16x8(green[0], green[1]),
                   wasm_u8x16_narrow_i16x8(blue[0], blue[1]));
    }
  }
}

/* ---- Chroma of half the width, or of half of both: the triangle filter of jdsample.c. ---- */

#define TIMES3(v) ADD16(v, wasm_i16x8_shl(v, 1))
#define SHIFT16 wasm_u16x8_shr
/* The samples before and after each of eight. */
#define BEFORE(last, now) wasm_i16x8_shuffle(last, now, 7, 8, 9, 10, 11, 12, 13, 14)
#define AFTER(now, next) wasm_i16x8_shuffle(now, next, 1, 2, 3, 4, 5, 6, 7, 8)
/* Left and right halves of eight samples, in turns. */
#define WEAVE(left, right) wasm_v128_or(left, wasm_i16x8_shl(right, 8))

/*
 * The filter's edges are as if the outermost samples were repeated. Rows are whole blocks, so a sample beyond a width that is no
 * multiple of 8 may be overwritten.
 */
static void repeat_last(unsigned char *row, JDIMENSION width) {
  if (width % 8) row[width] = row[width - 1];
}

void jsimd_h2v1_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *compptr, JSAMPARRAY input,
                               JSAMPARRAY *output) {
  JDIMENSION width = compptr->downsampled_width;
  V one = wasm_i16x8_splat(1), two = wasm_i16x8_splat(2);
  for (int row = 0; row < cinfo->max_v_samp_factor; row++) {
    unsigned char *from = input[row], *to = (*output)[row];
    repeat_last(from, width);
    V last = wasm_i16x8_splat(from[0]), now = wasm_u16x8_load8x8(from);
    for (JDIMENSION x = 0; x < width; x += 8, to += 16) {
      V next = x + 8 < width ? wasm_u16x8_load8x8(from + x + 8) : wasm_i16x8_splat(from[width - 1]);
      V most = TIMES3(now);
      V left = SHIFT16(ADD16(ADD16(most, BEFORE(last, now)), one), 2);
      V right = SHIFT16(ADD16(ADD16(most, AFTER(now, next)), two), 2);
      wasm_v128_store(to, WEAVE(left, right));
      last = now;
      now = next;
    }
  }
}

/* Three parts of the nearer row, one of the farther. */
#define MIX(x) ADD16(TIMES3(wasm_u16x8_load8x8(near + (x))), wasm_u16x8_load8x8(far + (x)))
#define MIX_ALL(x) wasm_i16x8_splat(near[x] * 3 + far[x])

void jsimd_h2v2_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *compptr, JSAMPARRAY input,
                               JSAMPARRAY *output) {
  JDIMENSION width = compptr->downsampled_width;
  V seven = wasm_i16x8_splat(7), eight = wasm_i16x8_splat(8);
  for (int row = 0; row < cinfo->max_v_samp_factor; row++) {
    int middle = row / 2;
    unsigned char *near = input[middle], *far = input[row % 2 ? middle + 1 : middle - 1], *to = (*output)[row];
    repeat_last(near, width);
    repeat_last(far, width);
    V last = MIX_ALL(0), now = MIX(0);
    for (JDIMENSION x = 0; x < width; x += 8, to += 16) {
      V next = x + 8 < width ? MIX(x + 8) : MIX_ALL(width - 1);
      V most = TIMES3(now);
      V left = SHIFT16(ADD16(ADD16(most, BEFORE(last, now)), eight), 4);
      V right = SHIFT16(ADD16(ADD16(most, AFTER(now, next)), seven), 4);
      wasm_v128_store(to, WEAVE(left, right));
      last = now;
      now = next;
    }
  }
}

/* ---- Named by the library, and never called. ---- */

#define ABSENT_UPSAMPLER(name) \
  void name(j_decompress_ptr c, jpeg_component_info *i, JSAMPARRAY in, JSAMPARRAY *out) { fail(); }
#define ABSENT_IDCT(name) \
  void name(j_decompress_ptr c, jpeg_component_info *i, JCOEFPTR b, JSAMPARRAY out, JDIMENSION x) { fail(); }
ABSENT_UPSAMPLER(jsimd_h2v1_upsample) ABSENT_UPSAMPLER(jsimd_h2v2_upsample)
ABSENT_IDCT(jsimd_idct_2x2) ABSENT_IDCT(jsimd_idct_4x4) ABSENT_IDCT(jsimd_idct_ifast) ABSENT_IDCT(jsimd_idct_float)
void jsimd_ycc_rgb565_convert(j_decompress_ptr c, JSAMPIMAGE in, JDIMENSION row, JSAMPARRAY out, int n) { fail(); }
