# Figures of an individual plan: age in months at its date, and how many contents of each term were met.

def thang($a; $b):
  ($a | split("-") | map(tonumber)) as [$y, $m, $d] | ($b | split("-") | map(tonumber)) as [$v, $n, $e]
  | ($v - $y) * 12 + $n - $m - (if $e < $d then 1 else 0 end);
def dem: {tong: length, dat: (map(select(."ket-qua" == "dat")) | length), "mot-phan": (map(select(."ket-qua" == "dat-mot-phan")) | length),
  chua: (map(select(."ket-qua" == "chua-dat")) | length)};

.fields as $f
| {"thang-tuoi": thang($f."ngay-sinh"; $f.ngay),
   "hoc-ky": {"1": ($f."ke-hoach" | map(select(."hoc-ky" == 1)) | dem), "2": ($f."ke-hoach" | map(select(."hoc-ky" == 2)) | dem)}}
