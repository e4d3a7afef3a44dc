# Counts of the list: all, by sex, completed; days attended on average.

def dem: {tong: length, nam: (map(select(.gioi == "nam")) | length), nu: (map(select(.gioi == "nu")) | length)};
.fields.tre as $t
| ($t | map(select(."ket-qua" == "hoan-thanh"))) as $x
| {"toan-bo": ($t | dem), "hoan-thanh": ($x | dem), "chua": ($t - $x | dem),
   "ty-le": (if $t == [] then 0 else (($x | length) * 1000 / ($t | length) + 0.5 | floor) / 10 end),
   "ngay-trung-binh": (if $t == [] then 0 else (([$t[]."so-ngay"] | add) * 10 / ($t | length) + 0.5 | floor) / 10 end)}
