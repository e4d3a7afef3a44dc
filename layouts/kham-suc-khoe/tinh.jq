# Counts of the check: children examined, findings by specialty, conclusions.

def ty_le($n; $m): if $m == 0 then null else ($n * 1000 / $m + 0.5 | floor) / 10 end;

.fields.tre as $tre
| [$tre[] | select(.vang != true)] as $kham
| ($kham | length) as $n
| {
    "so-tre": ($tre | length), "so-kham": $n, "ty-le-kham": ty_le($n; $tre | length),
    khoa: (["mat", "tai-mui-hong", "rang-ham-mat", "da-lieu", "noi-khoa", "khac"]
      | map(. as $k | ([$kham[] | select(.[$k] != null)] | length) as $s | {ma: $k, so: $s, "ty-le": ty_le($s; $n)})),
    "ket-luan": (["binh-thuong", "theo-doi", "kham-them"]
      | map(. as $k | ([$kham[] | select((."ket-luan" // "binh-thuong") == $k)] | length) as $s | {ma: $k, so: $s, "ty-le": ty_le($s; $n)}))
  }
