# Minutes of the day: of each moment, and by kind against the range of the programme.

def phut($gio): ($gio | split(":") | map(tonumber)) as [$h, $m] | $h * 60 + $m;

. as $d
| .fields as $f
| ($d.bang // {}) as $b
| (($b.ctgdmn."nhom-tuoi"[$f."nhom-tuoi"].bac) // "mau-giao") as $bac
| ([$f."che-do"[] | {loai, phut: ([phut(.den) - phut(.tu), 0] | max)}]) as $ds
| {
    "phut": [$ds[].phut],
    "tong-phut": ($ds | map(.phut) | add),
    "theo-loai": [($b."che-do"[$bac] // [])[] | . as $q
      | ([$ds[] | select(.loai == $q.ma).phut] | add // 0) as $p
      | {ma: $q.ma, ten: $q.ten, phut: $p, tu: $q.phut[0], den: $q.phut[1],
         dat: ($p >= $q.phut[0] and $p <= $q.phut[1])}]
  }
