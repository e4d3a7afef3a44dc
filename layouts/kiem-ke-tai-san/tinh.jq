# Stocktake of the school: amounts, surplus and shortage of every line, sums by place and in all.
#   .muc[] {ma, ten, dong[], cong}, .cong; a sum has the quantities and amounts of book, count, surplus, shortage and quality
def cong(f): map(f) | add // 0;
def tong: {
  loai: length,
  "so-sach": cong(."so-sach"), "tien-so": cong(."tien-so"), dem: cong(.dem), "tien-dem": cong(."tien-dem"),
  thua: cong(.thua), "tien-thua": cong(."tien-thua"), thieu: cong(.thieu), "tien-thieu": cong(."tien-thieu"),
  tot: cong(.tot), kem: cong(.kem), mat: cong(.mat)};
.fields as $f
| [$f."tai-san" | to_entries[] | .value + {i: .key}
    | ."don-gia" as $g
    | {i, noi, ma, ten, dvt, "don-gia": $g, "so-sach": ."so-sach", dem, "ghi-chu": ."ghi-chu",
       thua: ([.dem - ."so-sach", 0] | max), thieu: ([."so-sach" - .dem, 0] | max),
       kem: (.kem // 0), mat: (.mat // 0)}
    | .tot = .dem - .kem - .mat
    | ."tien-so" = ."so-sach" * $g | ."tien-dem" = .dem * $g | ."tien-thua" = .thua * $g | ."tien-thieu" = .thieu * $g] as $d
| {
    muc: [$f."noi-su-dung"[] | . as $n | ($d | map(select(.noi == $n.ma))) as $x | {ma, ten, dong: $x, cong: ($x | tong)}],
    cong: ($d | tong),
    lech: [$d[] | select(.thua > 0 or .thieu > 0)],
  }
