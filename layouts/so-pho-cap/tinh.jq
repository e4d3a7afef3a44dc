# Register: children of 0-6 of all slips, in the order of the slips; the figures of each come with its slip.

(.year[0:4] | tonumber) as $y
| {"chua-di-hoc": "Chưa đi học", "nghi-hoc": "Đã nghỉ học", "chuyen-di": "Chuyển đi", "da-mat": "Đã mất"} as $tinh_trang
| {"van-dong": "vận động", "nghe-noi": "nghe, nói", nhin: "nhìn", "than-kinh": "thần kinh, tâm thần", "tri-tue": "trí tuệ", khac: "khác"} as $tat
| def ngay: "\(.[8:10])/\(.[5:7] | tonumber | if . < 3 then "0\(.)" else tostring end)/\(.[0:4])";
  [.records | to_entries[] | .key as $r | .value as $p
    | $p.fields.tre | to_entries[] | .key as $i | .value as $t | ($p.computed.tre[$i] // {}) as $c
    | select($c.tuoi >= 0 and $c.tuoi <= 6)
    | {
        r: $r, i: $i, tuoi: $c.tuoi, "nam-hoc": $c."nam-hoc", truong: $c.truong, "cha-me": $c."cha-me",
        "ghi-chu": ([
          (if $tinh_trang[$t."tinh-trang"] == null then null
           else $tinh_trang[$t."tinh-trang"] + (if $t."ngay-chuyen" != null then " ngày \($t."ngay-chuyen" | ngay)" else "" end) end),
          (if $t."khuyet-tat" != null then "Khuyết tật \($tat[$t."khuyet-tat"])" else null end),
          (if $p.fields."cu-tru" == "tam-tru" then "Tạm trú" else null end),
          (if $t."hoan-thanh" == true then "Hoàn thành CTGDMN" else null end)
        ] | map(select(. != null and . != "")))
      }
  ] as $tre
| {
    nam: [range($y - 6; $y + 1) | "\(.)-\(. + 1)"],
    tre: $tre,
    phieu: (.records | length),
    dau: (.records | first // {} | .fields."so-phieu"),
    cuoi: (.records | last // {} | .fields."so-phieu"),
    so: ($tre | length),
    tuoi: [range(0; 7) as $a | [$tre[] | select(.tuoi == $a)] | length]
  }
