# Figures of a child's file: age in months when the child came, years at this school, papers still missing.
#
# Papers that every child hands in; priority papers only for who has a priority.

def thang($a; $b):
  ($a | split("-") | map(tonumber)) as [$y, $m, $d] | ($b | split("-") | map(tonumber)) as [$v, $n, $e]
  | ($v - $y) * 12 + $n - $m - (if $e < $d then 1 else 0 end);

.fields as $f
| {
    "thang-tuoi-vao": thang($f."ngay-sinh"; $f."vao-truong"),
    "so-nam": ($f."qua-trinh" | length),
    thieu: ((["don", "khai-sinh", "cu-tru", "suc-khoe", "tiem-chung", "anh"] + (if ($f.dien // []) != [] then ["uu-tien"] else [] end))
      - [$f."giay-to"[].loai])
  }
