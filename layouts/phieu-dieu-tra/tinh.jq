# Survey slip: age of each child, the seven school years, where each learns, counts of the household.

(.year[0:4] | tonumber) as $y
| .school.name as $truong
| {"nha-tre": "NT", "mg-3": "3T", "mg-4": "4T", "mg-5": "5T", "mg-ghep": "MGG", "lop-1": "L1"} as $nhan
| [.fields.tre[] | . as $t
    | (.["qua-trinh"] // [] | map({key: .nam, value: $nhan[.lop]}) | from_entries) as $qua
    | {
        # Age of the universalisation statistics: current year less year of birth.
        tuoi: ($y - (."ngay-sinh"[0:4] | tonumber)),
        # The school years from the child's earliest possible one to this.
        "nam-hoc": [range($y - 6; $y + 1) as $n
          | "\($n)-\($n + 1)" as $k
          | if $n == $y and $t."tinh-trang" == "dang-hoc" then $nhan[$t.lop // ""] // ""
            else $qua[$k] // "" end],
        "tai-truong": (.ma != null and ."tinh-trang" == "dang-hoc"),
        truong: (if ."tinh-trang" != "dang-hoc" then "" elif .ma != null then $truong else .truong // "" end),
        "cha-me": ([.cha, .me, ."do-dau"] | map(select(. != null)) | join(", "))
      }
  ] as $tre
| .fields.tre as $ds
| {
    nam: [range($y - 6; $y + 1) | "\(.)-\(. + 1)"],
    tre: $tre,
    so: ($ds | length),
    nu: ([$ds[] | select(.gioi == "nu")] | length),
    "dan-toc": ([$ds[] | select(."dan-toc" != "Kinh")] | length),
    "dang-hoc": ([$ds[] | select(."tinh-trang" == "dang-hoc")] | length),
    "tai-truong": ([$tre[] | select(."tai-truong")] | length),
    "chua-di-hoc": ([$ds[] | select(."tinh-trang" == "chua-di-hoc" or ."tinh-trang" == "nghi-hoc")] | length),
    "khuyet-tat": ([$ds[] | select(."khuyet-tat" != null)] | length)
  }
