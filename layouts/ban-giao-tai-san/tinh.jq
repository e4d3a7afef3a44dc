# Handover: amounts and sums. .dong[] the lines with ."thanh-tien" (none without a price), ."so-luong" and .tien the sums,
# ."co-gia" whether any line has a price, ."so-hieu" the number as printed and as the class's book cites it.
def cong(f): map(f) | add // 0;
[.fields."tai-san"[] | . + {"thanh-tien": (if ."don-gia" == null then null else ."so-luong" * ."don-gia" end)}] as $d
| {
    "so-hieu": (.fields.so | (if . < 10 then "0" else "" end) + "\(.)/BBBG"),
    dong: $d, loai: ($d | length), "so-luong": ($d | cong(."so-luong")),
    "co-gia": ($d | any(."don-gia" != null)), tien: ($d | cong(."thanh-tien" // 0)),
  }
