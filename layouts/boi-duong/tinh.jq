# Lessons planned and done: of each module, of each of the three contents, in all.

.fields."mo-dun" as $m
| ([$m[] | {nd: ."noi-dung", kh: ."ke-hoach", th: ([(.buoi // [])[].tiet] | add // 0)}]) as $ds
| {
    "mo-dun": [$ds[] | .th],
    "noi-dung": [range(1; 4) as $i | {stt: $i,
      "ke-hoach": ([$ds[] | select(.nd == $i).kh] | add // 0),
      "thuc-hien": ([$ds[] | select(.nd == $i).th] | add // 0)}],
    "ke-hoach": ([$ds[].kh] | add),
    "thuc-hien": ([$ds[].th] | add)
  }
