# Totals of a team's year plan: members, children by class, tasks by month.

.fields as $f
| ($f.lop // []) as $lop
| {
    "so-nguoi": ($f."doi-ngu" | length),
    "lop": [$lop[] | .nam + .nu],
    "nam": ($lop | map(.nam) | add // 0),
    "nu": ($lop | map(.nu) | add // 0),
    "tong-tre": ($lop | map(.nam + .nu) | add // 0),
    "so-viec": ($f.thang | map(.viec | length) | add)
  }
