# Figures of the year plan: children, goals by domain, weeks of each theme.
#
# A week counts for a theme when one of its days Monday to Friday lies in the theme and in no stretch of
# `tuan-khong-tinh`; a week that two themes share counts for the earlier. The programme wants 35 in all
# (VBHN 01/VBHN-BGDĐT 2021).

# Days since Monday, 5 January 1970: whole sevenths are weeks.
def n($ngay): so_ngay("1970-01-05"; $ngay);
def cac_tuan($tu; $den; $nghi):
  n($tu) as $a | n($den) as $b
  | [limit(60; range(($a / 7 | floor); ($b / 7 | floor) + 1))
     | . as $w
     | select(any(range($w * 7; $w * 7 + 5);
         . as $d | $d >= $a and $d <= $b and all($nghi[]; $d < n(.tu) or $d > n(.den))))];

.fields as $f
| ($f."tuan-khong-tinh" // []) as $nghi
| (reduce ($f."chu-de" | sort_by(.tu))[] as $c ({da: [], ds: []};
    (cac_tuan($c.tu; $c.den; $nghi) - .da) as $t
    | .da += $t
    | .ds += [{stt: $c.stt, "so-tuan": ($t | length)}])) as $t
| {
    "tong-tre": ($f."si-so".nam + $f."si-so".nu),
    "so-muc-tieu": ($f."muc-tieu" | length),
    "theo-linh-vuc": ($f."muc-tieu" | group_by(."linh-vuc") | map({(.[0]."linh-vuc"): length}) | add),
    "chu-de": $t.ds,
    "tong-tuan": ($t.da | length)
  }
