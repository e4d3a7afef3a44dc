# Totals of one month's attendance: for each child and each day, and of the class. The form computes the
# same for itself (version 1 is older than this program); other books read them from here.
#
# A child counts on a school day from the day of entry until the day before leaving. Every child present
# eats at school, so the meals of a day are the children present.

def trong($d): (.vao // "") <= $d and $d < (.thoi // "9");

.fields as $f
| [.days[] | select(.off | not) | .iso] as $hoc
| ($f.vang | map({key: .ngay, value: {p: (."co-phep" // []), k: (."khong-phep" // [])}}) | from_entries) as $vang
| [$f.tre[] | . as $c
    | [$hoc[] as $d | select($c | trong($d)) | {d: $d, v: ($vang[$d] // {p: [], k: []})}] as $n
    | {key: ($c.stt | tostring), value: {
        "so-ngay": ($n | length),
        "co-phep": ($n | map(select(.v.p | index($c.stt))) | length),
        "khong-phep": ($n | map(select((.v.k | index($c.stt)) and (.v.p | index($c.stt) | not))) | length)}}
    | .value.di = .value."so-ngay" - .value."co-phep" - .value."khong-phep"] as $tre
| [$hoc[] as $d | [$f.tre[] | select(trong($d)) | .stt] as $s
    | ($vang[$d] // {p: [], k: []} | .p + .k | unique) as $v
    | ($s - ($s - $v) | length) as $m
    | {key: $d, value: {"si-so": ($s | length), vang: $m, "co-mat": (($s | length) - $m), "suat-an": (($s | length) - $m)}}] as $ngay
| ([$tre[].value.di] | add // 0) as $di
| ([$tre[].value."so-ngay"] | add // 0) as $ca
| ((.days | last).iso) as $cuoi
| [$f.tre[] | select(trong($cuoi))] as $con
| {
    "so-ngay-hoc": ($hoc | length),
    tre: ($tre | from_entries),
    ngay: ($ngay | from_entries),
    tong: {
      "luot-di": $di,
      "co-phep": ([$tre[].value."co-phep"] | add // 0),
      "khong-phep": ([$tre[].value."khong-phep"] | add // 0),
      "suat-an": ([$ngay[].value."suat-an"] | add // 0),
      "chuyen-can": (if $ca == 0 then null else ($di * 1000 / $ca + 0.5 | floor) / 10 end)},
    "cuoi-thang": {tong: ($con | length), nam: ($con | map(select(.gioi == "nam")) | length), nu: ($con | map(select(.gioi == "nu")) | length)}
  }
