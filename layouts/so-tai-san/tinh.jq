# S26-H: amounts, balances and totals by place of use.
#   .muc[]   one place: .dong[] its assets (opening first, then by date), .dau .tang .giam .con amounts
#   an asset: what was entered, .thanh-tien, .giam[] (its reductions, each with .i .don-gia .thanh-tien .con), .con
# A reduction is at the price of its increase: the book is kept at original cost.
def cong(f): map(f) | add // 0;
.fields as $f
| ([($f."dau-ky" // [])[] | . + {dau: true}] + [($f.tang // [])[] | . + {dau: false}]) as $vao
| [($f.giam // []) | to_entries[] | .value + {i: .key}] as $ra
| [
    $f."noi-su-dung"[] as $n
    | [
        $vao | map(select(.noi == $n.ma)) | sort_by([(.dau | not), .ngay // ""])[]
        | . as $t
        | . + {
            "thanh-tien": (."so-luong" * ."don-gia"),
            giam: (
              reduce ($ra | map(select(.noi == $t.noi and .ma == $t.ma)) | sort_by(.ngay))[] as $g
                ({con: $t."so-luong", ds: []};
                  .con -= $g."so-luong"
                  | .con as $c
                  | .ds += [$g + {"don-gia": $t."don-gia", "thanh-tien": ($g."so-luong" * $t."don-gia"), con: $c}])
              | .ds),
          }
        | .con = (."so-luong" - (.giam | cong(."so-luong")))
        | ."con-tien" = (.con * ."don-gia")
      ] as $dong
    | {ma: $n.ma, ten: $n.ten, dong: $dong,
       dau: ($dong | map(select(.dau)) | cong(."thanh-tien")),
       tang: ($dong | map(select(.dau | not)) | cong(."thanh-tien")),
       giam: ([$dong[].giam[]] | cong(."thanh-tien"))}
    | .con = .dau + .tang - .giam
  ] as $muc
| {
    muc: $muc,
    dau: ($muc | cong(.dau)), tang: ($muc | cong(.tang)), giam: ($muc | cong(.giam)), con: ($muc | cong(.con)),
    loai: (["tscd", "ccdc"] | map(. as $l | {
      loai: $l,
      dau: ([$muc[].dong[] | select(.loai == $l and .dau)] | cong(."thanh-tien")),
      tang: ([$muc[].dong[] | select(.loai == $l and (.dau | not))] | cong(."thanh-tien")),
      giam: ([$muc[].dong[] | select(.loai == $l).giam[]] | cong(."thanh-tien")),
      "so-luong": ([$muc[].dong[] | select(.loai == $l)] | cong(.con)),
    } | .con = .dau + .tang - .giam)),
  }
