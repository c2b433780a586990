;; The loops of the area filter (areaFilter.ts): the mean of the input pixels under each output pixel, in whole numbers.
;; Compiled into areaKernel.ts; see test/predictor/preprocess/areaKernel.test.ts.
(module
  (memory (export "memory") 1)

  ;; Weighs and adds the rows that an output row covers: u8 -> u32, 16 values at a time, which may read and write 15 more.
  ;; Weights are below 2^16, and their sum below 2^24.
  (func (export "sumRows")
    (param $rows i32) ;; first value of the first row
    (param $stride i32) ;; bytes from row to row
    (param $weights i32) ;; i32 each
    (param $count i32) ;; rows, at least 1
    (param $sums i32) ;; u32 each
    (param $values i32) ;; of a row
    (local $end i32) (local $at i32) (local $weight i32) (local $left i32)
    (local $pixels v128) (local $low v128) (local $high v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $rows) (local.get $values)))
    (loop $columns
      (local.set $at (local.get $rows))
      (local.set $weight (local.get $weights))
      (local.set $left (local.get $count))
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (loop $covered
        (local.set $pixels (v128.load align=1 (local.get $at)))
        (local.set $w (i16x8.splat (i32.load (local.get $weight))))
        (local.set $low (i16x8.extend_low_i8x16_u (local.get $pixels)))
        (local.set $high (i16x8.extend_high_i8x16_u (local.get $pixels)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.extmul_low_i16x8_u (local.get $low) (local.get $w))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.extmul_high_i16x8_u (local.get $low) (local.get $w))))
        (local.set $c (i32x4.add (local.get $c) (i32x4.extmul_low_i16x8_u (local.get $high) (local.get $w))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.extmul_high_i16x8_u (local.get $high) (local.get $w))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $covered (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (v128.store offset=0 (local.get $sums) (local.get $a))
      (v128.store offset=16 (local.get $sums) (local.get $b))
      (v128.store offset=32 (local.get $sums) (local.get $c))
      (v128.store offset=48 (local.get $sums) (local.get $d))
      (local.set $sums (i32.add (local.get $sums) (i32.const 64)))
      (br_if $columns
        (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (i32.const 16))) (local.get $end)))))

  ;; Weighs and adds the columns that each output pixel covers, and divides by the area: u32 -> u8, halves rounded up.
  ;; Reads 4 values at a time, of which the first 3 count. Sums stay below 2^53, so that doubles hold them exactly.
  (func (export "meanColumns")
    (param $sums i32) ;; u32 each
    (param $starts i32) ;; i32 each: where a pixel's first column lies, bytes behind $sums
    (param $counts i32) ;; i32 each: columns it covers, at least 1
    (param $weights i32) ;; f64 each, one pixel after the other
    (param $step i32) ;; bytes from column to column
    (param $area f64)
    (param $out i32) ;; 3 u8 each
    (param $pixels i32) ;; at least 1
    (local $at i32) (local $left i32)
    (local $column v128) (local $w v128) (local $half v128) (local $divisor v128)
    (local $redGreen v128) (local $blue v128)
    (local.set $half (f64x2.splat (f64.const 0.5)))
    (local.set $divisor (f64x2.splat (local.get $area)))
    (loop $each
      (local.set $at (i32.add (local.get $sums) (i32.load (local.get $starts))))
      (local.set $left (i32.load (local.get $counts)))
      (local.set $redGreen (v128.const f64x2 0 0))
      (local.set $blue (v128.const f64x2 0 0))
      (loop $covered
        (local.set $column (v128.load align=4 (local.get $at)))
        (local.set $w (v128.load64_splat (local.get $weights)))
        (local.set $redGreen
          (f64x2.add (local.get $redGreen) (f64x2.mul (local.get $w) (f64x2.convert_low_i32x4_u (local.get $column)))))
        (local.set $blue
          (f64x2.add (local.get $blue)
            (f64x2.mul (local.get $w)
              (f64x2.convert_low_i32x4_u
                (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $column) (local.get $column))))))
        (local.set $at (i32.add (local.get $at) (local.get $step)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 8)))
        (br_if $covered (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.set $redGreen
        (i32x4.trunc_sat_f64x2_u_zero (f64x2.add (f64x2.div (local.get $redGreen) (local.get $divisor)) (local.get $half))))
      (local.set $blue
        (i32x4.trunc_sat_f64x2_u_zero (f64x2.add (f64x2.div (local.get $blue) (local.get $divisor)) (local.get $half))))
      (i32.store8 offset=0 (local.get $out) (i32x4.extract_lane 0 (local.get $redGreen)))
      (i32.store8 offset=1 (local.get $out) (i32x4.extract_lane 1 (local.get $redGreen)))
      (i32.store8 offset=2 (local.get $out) (i32x4.extract_lane 0 (local.get $blue)))
      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
      (local.set $counts (i32.add (local.get $counts) (i32.const 4)))
      (br_if $each (local.tee $pixels (i32.sub (local.get $pixels) (i32.const 1)))))))
