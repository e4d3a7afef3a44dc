# Points of an observation: by group, in all, rating, minutes.

def phut($gio): ($gio | split(":") | map(tonumber)) as [$h, $m] | $h * 60 + $m;

. as $d
| .fields as $f
| $d.bang."tieu-chi" as $b
# Quarters are exact in binary: sums need no rounding.
| ([$f.diem[].diem] | add) as $tong
| {
    "nhom": [$b.nhom[] | [."tieu-chi"[].tc] as $tc
      | {ten, "toi-da": ([."tieu-chi"[].diem] | add),
         diem: ([$f.diem[] | select(.tc as $t | any($tc[]; . == $t)).diem] | add // 0)}],
    "tong": $tong,
    "xep-loai": first($b."xep-loai"[] | select($tong >= .tu)),
    "phut": (if $f."bat-dau" and $f."ket-thuc" then phut($f."ket-thuc") - phut($f."bat-dau") else null end)
  }
