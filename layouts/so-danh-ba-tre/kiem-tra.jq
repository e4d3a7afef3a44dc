# One child stands in one class at a time: the same code in two lists on the same days is a fault.

[.records | to_entries[] | .key as $r | .value.unit.name as $lop | .value.fields.tre | to_entries[]
  | .value + {r: $r, i: .key, lop: $lop}]
| group_by(.ma)[] | select(length > 1) | sort_by(.vao)
| . as $ds | range(1; length) as $k | $ds[$k - 1] as $a | $ds[$k] as $b
# twice in one list is told by that list
| select($a.r != $b.r)
| (if $a.ten != $b.ten or $a."ngay-sinh" != $b."ngay-sinh" then
    {tai: "/records/\($b.r)/tre/\($b.i)/ma", loai: "doi-chieu",
     vi: "mã \($b.ma) là của \($a.ten) (\($a.lop)) và của \($b.ten) (\($b.lop))",
     en: "code \($b.ma) belongs to \($a.ten) and to \($b.ten)",
     sua: "mỗi trẻ một mã: sửa danh sách của một trong hai lớp", fix: "every child has a code of its own: mend one of the two lists"}
   else empty end),
  (if $a.ten == $b.ten and ($a.thoi == null or $a.thoi > $b.vao) then
    {tai: "/records/\($b.r)/tre/\($b.i)/vao", loai: "doi-chieu",
     vi: "trẻ \($b.ten) có tên cùng lúc ở \($a.lop) và \($b.lop)",
     en: "\($b.ten) is in two classes at the same time",
     sua: "ghi ngày thôi ở lớp cũ không muộn hơn ngày vào lớp mới", fix: "give the day of leaving the first class, not after entering the second"}
   else empty end)
