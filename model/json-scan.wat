;; Finds the end of a JSON object in bytes, 64 at a time, and where the strings directly inside of it begin.
;;
;; For each 64 bytes there is a 64-bit mask a question (which are quotes, which are escaped, which lie in a string, …), bit n for
;; byte n. Which bytes lie in strings is the running XOR of the quotes that are not escaped. Only brackets outside of strings,
;; and the opening quotes at depth 1, are then looked at one by one.
;;
;; Memory: 0 the state below, 1024 the closing byte of each open bracket, 2048 the marks, 4096 the bytes and 64 more.
;;
;;   0 status   0 the bytes ended first, 1 the object has ended, else what is wrong: 2 a control character in a string,
;;              3 a byte that JSON has not outside of strings, 4 too deep, 5 a closing bracket of another kind
;;   4 depth    8 inString (0 or 1)    12 escaped: the next byte (0 or 1)    16 marks found    20 marks kept    24 greatest depth allowed
(module
  (memory (export "memory") 2)

  ;; Scans [at, end), addresses in memory. `origin` is the address that marks are counted from.
  ;; Returns the address behind the object's last byte, of the wrong byte, or `end`, as `status` says.
  (func (export "scan") (param $at i32) (param $end i32) (param $origin i32) (result i32)
    (local $depth i32) (local $marks i32) (local $keptMarks i32) (local $maxDepth i32)
    (local $k i32) (local $byte i32) (local $count i32)
    (local $v v128) (local $low v128) (local $high v128)
    (local $quotes i64) (local $backslashes i64) (local $controls i64) (local $known i64) (local $opens i64) (local $closes i64)
    (local $escaped i64) (local $strings i64) (local $inString i64) (local $carry i64)
    (local $wrong i64) (local $brackets i64) (local $begins i64) (local $events i64) (local $bit i64) (local $left i64)
    (local $shift i64)

    (local.set $depth (i32.load (i32.const 4)))
    (local.set $inString (i64.sub (i64.const 0) (i64.load32_u (i32.const 8))))
    (local.set $carry (i64.load32_u (i32.const 12)))
    (local.set $marks (i32.load (i32.const 16)))
    (local.set $keptMarks (i32.load (i32.const 20)))
    (local.set $maxDepth (i32.load (i32.const 24)))

    ;; Bytes that JSON has outside of strings: bit n of `low` by the low half, of `high` by the high half of the byte; both must have it.
    ;;   1: 09 0a 0d   2: 20 22 2b 2c 2d 2e   4: 30–39 3a   8: 45   16: 5b 5d   32: 61 65 66 6c 6e   64: 72 73 74 75 7b 7d
    (local.set $low (v128.const i8x16 0x06 0x24 0x46 0x44 0x44 0x6c 0x24 0x04 0x04 0x05 0x05 0x52 0x22 0x53 0x22 0x00))
    (local.set $high (v128.const i8x16 0x01 0x00 0x02 0x04 0x08 0x10 0x20 0x40 0x00 0x00 0x00 0x00 0x00 0x00 0x00 0x00))

    (block $ended
      (loop $blocks
        (br_if $ended (i32.ge_u (local.get $at) (local.get $end)))

        (local.set $quotes (i64.const 0))
        (local.set $backslashes (i64.const 0))
        (local.set $controls (i64.const 0))
        (local.set $known (i64.const 0))
        (local.set $opens (i64.const 0))
        (local.set $closes (i64.const 0))
        (local.set $k (i32.const 0))
        (loop $vectors
          (local.set $shift (i64.extend_i32_u (local.get $k)))
          (local.set $v (v128.load offset=0 align=1 (i32.add (local.get $at) (local.get $k))))
          (local.set $quotes (i64.or (local.get $quotes) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x22))))) (local.get $shift))))
          (local.set $backslashes (i64.or (local.get $backslashes) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x5c))))) (local.get $shift))))
          (local.set $controls (i64.or (local.get $controls) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.lt_u (local.get $v) (i8x16.splat (i32.const 0x20))))) (local.get $shift))))
          (local.set $known (i64.or (local.get $known) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.ne
              (v128.and
                (i8x16.swizzle (local.get $low) (v128.and (local.get $v) (i8x16.splat (i32.const 0x0f))))
                (i8x16.swizzle (local.get $high) (i8x16.shr_u (local.get $v) (i32.const 4))))
              (v128.const i64x2 0 0)))) (local.get $shift))))
          ;; A bracket and a brace differ in bit 5 alone.
          (local.set $v (v128.or (local.get $v) (i8x16.splat (i32.const 0x20))))
          (local.set $opens (i64.or (local.get $opens) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x7b))))) (local.get $shift))))
          (local.set $closes (i64.or (local.get $closes) (i64.shl
            (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $v) (i8x16.splat (i32.const 0x7d))))) (local.get $shift))))
          (br_if $vectors (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 16))) (i32.const 64))))

        ;; The last block: what lies behind the end is not looked at.
        (local.set $count (i32.sub (local.get $end) (local.get $at)))
        (local.set $left (i64.const -1))
        (if (i32.lt_u (local.get $count) (i32.const 64))
          (then (local.set $left (i64.sub (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $count))) (i64.const 1))))
          (else (local.set $count (i32.const 64))))
        (local.set $backslashes (i64.and (local.get $backslashes) (local.get $left)))

        ;; Escaped bytes: each behind a backslash that is not escaped itself. Backslashes are rare, so one by one.
        (local.set $escaped (local.get $carry))
        (local.set $carry (i64.const 0))
        (local.set $backslashes (i64.and (local.get $backslashes) (i64.xor (local.get $escaped) (i64.const -1))))
        (block $noMore
          (loop $each
            (br_if $noMore (i64.eqz (local.get $backslashes)))
            (local.set $bit (i64.and (local.get $backslashes) (i64.sub (i64.const 0) (local.get $backslashes))))
            ;; The one behind it is escaped, and so begins nothing.
            (local.set $backslashes (i64.and (local.get $backslashes)
              (i64.xor (i64.or (local.get $bit) (i64.shl (local.get $bit) (i64.const 1))) (i64.const -1))))
            (if (i64.eq (i64.ctz (local.get $bit)) (i64.extend_i32_u (i32.sub (local.get $count) (i32.const 1))))
              (then (local.set $carry (i64.const 1)))
              (else (local.set $escaped (i64.or (local.get $escaped) (i64.shl (local.get $bit) (i64.const 1))))))
            (br $each)))

        (local.set $quotes (i64.and (local.get $quotes) (i64.and (local.get $left) (i64.xor (local.get $escaped) (i64.const -1)))))
        ;; In a string: from its opening quote to the byte before its closing quote.
        (local.set $strings (local.get $quotes))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 1))))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 2))))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 4))))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 8))))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 16))))
        (local.set $strings (i64.xor (local.get $strings) (i64.shl (local.get $strings) (i64.const 32))))
        (local.set $strings (i64.xor (local.get $strings) (local.get $inString)))

        (local.set $controls (i64.and (local.get $controls)
          (i64.and (local.get $strings) (i64.xor (local.get $escaped) (i64.const -1)))))
        (local.set $wrong (i64.and (local.get $left) (i64.or (local.get $controls)
          (i64.xor (i64.or (local.get $known) (local.get $strings)) (i64.const -1)))))
        (local.set $brackets (i64.and (i64.and (i64.or (local.get $opens) (local.get $closes)) (local.get $left))
          (i64.xor (local.get $strings) (i64.const -1))))
        (local.set $begins (i64.and (local.get $quotes) (local.get $strings)))

        ;; One by one, `left` being the bits that are still to come.
        (block $done
          (loop $next
            (local.set $events (i64.and (local.get $left)
              (if (result i64) (i32.eq (local.get $depth) (i32.const 1))
                (then (i64.or (local.get $brackets) (local.get $begins)))
                (else (local.get $brackets)))))
            (if (i64.ne (local.get $wrong) (i64.const 0))
              (then
                (if (i32.or (i64.eqz (local.get $events)) (i64.lt_u (i64.ctz (local.get $wrong)) (i64.ctz (local.get $events))))
                  (then
                    (local.set $bit (i64.and (local.get $wrong) (i64.sub (i64.const 0) (local.get $wrong))))
                    (i32.store (i32.const 0)
                      (select (i32.const 3) (i32.const 2) (i64.eqz (i64.and (local.get $controls) (local.get $bit)))))
                    (return (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $wrong)))))))))
            (br_if $done (i64.eqz (local.get $events)))
            (local.set $bit (i64.and (local.get $events) (i64.sub (i64.const 0) (local.get $events))))
            (local.set $k (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $events)))))
            ;; All above this bit.
            (local.set $left (i64.and (local.get $left) (i64.xor (i64.or (local.get $bit) (i64.sub (local.get $bit) (i64.const 1))) (i64.const -1))))
            (if (i64.ne (i64.and (local.get $begins) (local.get $bit)) (i64.const 0))
              (then
                (if (i32.lt_u (local.get $marks) (local.get $keptMarks))
                  (then (i32.store offset=2048 (i32.shl (local.get $marks) (i32.const 2)) (i32.sub (local.get $k) (local.get $origin)))))
                (local.set $marks (i32.add (local.get $marks) (i32.const 1)))
                (br $next)))
            (local.set $byte (i32.load8_u (local.get $k)))
            (if (i64.ne (i64.and (local.get $opens) (local.get $bit)) (i64.const 0))
              (then
                (if (i32.eq (local.get $depth) (local.get $maxDepth))
                  (then (i32.store (i32.const 0) (i32.const 4)) (return (local.get $k))))
                ;; In ASCII, a bracket's and a brace's closing side stands two behind its opening side.
                (i32.store8 offset=1024 (local.get $depth) (i32.add (local.get $byte) (i32.const 2)))
                (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
                (br $next)))
            (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
            (if (i32.ne (i32.load8_u offset=1024 (local.get $depth)) (local.get $byte))
              (then (i32.store (i32.const 0) (i32.const 5)) (return (local.get $k))))
            (br_if $next (local.get $depth))
            (i32.store (i32.const 0) (i32.const 1))
            (i32.store (i32.const 16) (local.get $marks))
            (return (i32.add (local.get $k) (i32.const 1)))))

        ;; What the next block begins in: all ones where the last byte of this one lies in a string.
        (local.set $inString (i64.sub (i64.const 0) (i64.and (i64.const 1)
          (i64.shr_u (local.get $strings) (i64.extend_i32_u (i32.sub (local.get $count) (i32.const 1)))))))
        (local.set $at (i32.add (local.get $at) (local.get $count)))
        (br $blocks)))

    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $depth))
    (i32.store (i32.const 8) (i32.wrap_i64 (i64.and (local.get $inString) (i64.const 1))))
    (i32.store (i32.const 12) (i32.wrap_i64 (local.get $carry)))
    (i32.store (i32.const 16) (local.get $marks))
    (local.get $end)))
