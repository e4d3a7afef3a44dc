# Hours that each sample was kept, and the totals of the month.

def phut: split(":") | (.[0] | tonumber) * 60 + (.[1] | tonumber);

.fields as $f
| [$f."ngay-an"[] | . as $d | {ngay, mau: [.mau[] | (.huy | split(" ")) as $h | (so_ngay($d.ngay; $h[0]) * 1440 + ($h[1] | phut) - (.lay | phut)) as $p | {phut: $p}]}] as $ds
| {
    "ngay-an": $ds, "so-ngay": ($ds | length), "so-mau": ([$ds[].mau[]] | length), "so-suat": ([$f."ngay-an"[]."so-suat"] | add // 0),
    "ngay-dat": ([$f."ngay-an"[] | select(."buoc-1" == null and ."buoc-2" == null and ."buoc-3" == null)] | length)
  }
