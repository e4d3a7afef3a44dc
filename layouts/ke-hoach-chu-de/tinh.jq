# Weeks of a theme, goals by domain. A week counts when one of its days Monday to
# Friday lies in the stretch.

def n($ngay): so_ngay("1970-01-05"; $ngay);
def so_tuan($tu; $den):
  n($tu) as $a | n($den) as $b
  | [limit(60; range(($a / 7 | floor); ($b / 7 | floor) + 1))
     | . as $w | select(any(range($w * 7; $w * 7 + 5); . >= $a and . <= $b))] | length;

.fields as $f
| {
    "so-tuan": so_tuan($f.tu; $f.den),
    "so-muc-tieu": ($f."muc-tieu" | length),
    "theo-linh-vuc": ($f."muc-tieu" | group_by(."linh-vuc") | map({(.[0]."linh-vuc"): length}) | add)
  }
