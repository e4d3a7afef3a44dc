# Tasks of the month by week (Monday to Sunday; the first and the last week are cut by the month) and by person.

def n($ngay): so_ngay("1970-01-05"; $ngay);
def iso($n): ($n + 4) * 86400 | todate | .[0:10];

.fields as $f
| n($f.thang + "-01") as $dau
| (first(range(31; 27; -1) | iso($dau + . - 1) | select(startswith($f.thang)))) as $cuoi
# A week of the month has a day from Monday to Friday in it, or a task.
| ([range(($dau / 7 | floor); (n($cuoi) / 7 | floor) + 1) | . as $w
    | select(any(range($w * 7; $w * 7 + 5); . >= $dau and . <= n($cuoi))
        or any($f.viec[]; (n(.tu) / 7 | floor) == $w))]) as $tuan
| {
    "tuan": [$tuan | to_entries[] | .value as $w
      | {stt: (.key + 1),
         tu: ([iso($w * 7), $f.thang + "-01"] | max),
         den: ([iso($w * 7 + 6), $cuoi] | min),
         viec: [$f.viec | to_entries | sort_by(.value.tu)[] | select((n(.value.tu) / 7 | floor) == $w) | .key]}
      | select(.viec | length > 0)],
    "so-viec": ($f.viec | length),
    "so-sinh-hoat": ($f."sinh-hoat" // [] | length)
  }
