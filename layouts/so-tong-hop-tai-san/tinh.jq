# Over the classes' books: .lop[] {ten, do-tuoi, ngay, giao-vien, "tai-san", "do-choi", nguon[], "kiem-ke", lech[], "sua-chua"}
# by class, .cong the sums, .nguon the receipts by source.
def cong(f): map(f) | add // 0;
def gop: {loai: cong(.loai), dau: cong(.dau), tang: cong(.tang), giam: cong(.giam), cuoi: cong(.cuoi)};
[.records[] | . as $r | .computed as $c
  | {
      ma: .unit.id, ten: .unit.name, "do-tuoi": .unit.age, ngay: .fields.ngay,
      "giao-vien": [.fields."giao-vien"[] | $r.people[.].name // .],
      "tai-san": $c.cong."tai-san", "do-choi": $c.cong."do-choi",
      "sua-chua": ($c."sua-chua" | length),
      "kiem-ke": [$c."kiem-ke"[] | {dot, ngay, "so-sach": (.nhom | cong(."so-sach")), dem: (.nhom | cong(.dem)), thua: (.nhom | cong(.thua)), thieu: (.nhom | cong(.thieu))}],
      lech: [$c."kiem-ke"[] | . as $k | .dong[] | select((.thua // 0) > 0 or (.thieu // 0) > 0) | {dot: $k.dot, ngay: $k.ngay, ma, ten, dvt, "so-sach": ."so-sach", dem, thua, thieu}],
      giam: [$c.giam[] | {"ly-do": ."ly-do", "so-luong": ."so-luong"}],
      tang: [$c.tang[] | {nguon, "so-luong": ."so-luong"}],
    }] | sort_by(.ma) as $l
| {
    lop: $l,
    cong: {"tai-san": ($l | map(."tai-san") | gop), "do-choi": ($l | map(."do-choi") | gop), "sua-chua": ($l | cong(."sua-chua"))},
    nguon: (["truong-cap", "dieu-chuyen", "phu-huynh", "tu-lam", "khac"] | map(. as $n | {nguon: $n, theo: ($l | map([.tang[] | select(.nguon == $n)] | cong(."so-luong")))} | .cong = (.theo | add // 0))),
    "ly-do": (["hong", "mat", "tieu-hao", "tra-kho", "dieu-chuyen"] | map(. as $n | {"ly-do": $n, theo: ($l | map([.giam[] | select(."ly-do" == $n)] | cong(."so-luong")))} | .cong = (.theo | add // 0))),
  }
