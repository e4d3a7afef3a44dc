# Money of each item, day and week, the cost of a portion, and what is left of the children's money.

def dong: . + 0.5 | floor;

.fields as $f
| [$f."ngay-an"[] | . as $d
   | [.["thuc-pham"][] | .luong * .gia | dong] as $tien
   | ($tien | add) as $tong
   | {ngay, tien: $tien, tong: $tong, thu: ($d."so-suat" * $f."muc-an"), suat: ($tong / $d."so-suat" | dong),
      con: ($d."so-suat" * $f."muc-an" - $tong)}] as $ds
| ($f."ngay-an" | map(."so-suat") | add) as $suat
| {"ngay-an": $ds, suat: $suat, tong: ($ds | map(.tong) | add), thu: ($ds | map(.thu) | add), con: ($ds | map(.con) | add),
   "binh-quan": (($ds | map(.tong) | add) / $suat | dong)}
