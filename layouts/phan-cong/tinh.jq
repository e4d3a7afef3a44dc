# Assignment: people and classes counted, teachers by class.
.fields as $f
| [$f.nhom[].nguoi[]] as $ds
| [$f.lop[] | . as $l | {ma: .ma, ten: .ten, "so-tre": ."so-tre", nguoi: [$ds[] | select(.lop == $l.ma) | .nguoi]}] as $lop
| {
    so: ($ds | length),
    lop: $lop,
    "so-lop": ($lop | length),
    "so-giao-vien": ([$ds[] | select(.lop != null)] | length),
    "so-tre": ([$lop[] | ."so-tre" // 0] | add // 0)
  }
| . + {"binh-quan": (if ."so-lop" == 0 then null else ."so-giao-vien" * 100 / ."so-lop" | round / 100 end)}
