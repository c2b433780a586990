;; Sums rows of a table of float32 (pooling.ts), one after the other: each column by itself, so that the order of additions, and
;; with it every bit, is that of a plain loop. Row by row, because the processor fetches a row's next bytes ahead.
;; Compiled into sumRowsKernel.ts; see test/pipeline/fit/pooling.test.ts.
(module
  (memory (export "memory") 1)

  (func (export "sumRows")
    (param $rows i32) ;; u32 each
    (param $count i32) ;; of the rows, at least 1
    (param $table i32)
    (param $stride i32) ;; bytes of a row, a multiple of 16
    (param $sums i32) ;; f32 each, which the rows are added to
    (local $end i32) (local $from i32) (local $sum i32) (local $last i32)
    (local.set $end (i32.add (local.get $rows) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $last (i32.add (local.get $sums) (local.get $stride)))
    (loop $each
      (local.set $from (i32.add (local.get $table) (i32.mul (i32.load (local.get $rows)) (local.get $stride))))
      (local.set $sum (local.get $sums))
      (loop $columns
        (v128.store (local.get $sum) (f32x4.add (v128.load (local.get $sum)) (v128.load (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br_if $columns (i32.lt_u (local.tee $sum (i32.add (local.get $sum) (i32.const 16))) (local.get $last))))
      (br_if $each (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (i32.const 4))) (local.get $end))))))
