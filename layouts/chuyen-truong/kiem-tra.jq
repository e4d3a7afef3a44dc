# A transfer agrees with the class lists of the year. Without any class list there is nothing to compare.

def ngay: if . == null then "(trống)" else split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0] end;
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def doi($tai; $vi; $en): loi($tai; "doi-chieu"; $vi; $en; "sửa phiếu này hoặc danh sách trẻ của lớp"; "mend this record or the class list");

.fields as $f
| [(."lien-quan"."danh-sach-tre"? // [])[] | ."unit-name" as $lop | .fields.tre[] | . + {lop: $lop}] as $ds
| (
    (select(.id | split("/") | last | endswith("-" + $f.ma) | not)
      | loi("/ma"; "noi-dung"; "mã \($f.ma) khác mã trong tên tệp"; "code \($f.ma) differs from the one in the file's name"; "đặt tên tệp là ngày lập và mã của trẻ"; "name the file by its date and the child's code")),
    (select($ds != [])
      | [$ds[] | select(.ma == $f.ma)] as $cung
      | ([$cung[] | select(.lop == $f.lop)] | first // ($cung | first)) as $t
      | if $t == null then doi("/ma"; "không lớp nào có trẻ mang mã \($f.ma)"; "no class list has a child with the code \($f.ma)")
        else
          (if $t.ten != $f.ten then doi("/ten"; "danh sách trẻ ghi tên \($t.ten)"; "the class list has the name \($t.ten)") else empty end),
          (if $t."ngay-sinh" != $f."ngay-sinh" then doi("/ngay-sinh"; "danh sách trẻ ghi ngày sinh \($t."ngay-sinh" | ngay)"; "the class list has the date of birth \($t."ngay-sinh")") else empty end),
          (if $t.gioi != $f.gioi then doi("/gioi"; "danh sách trẻ ghi giới tính khác"; "the class list has the other sex") else empty end),
          (if $t.lop != null and $t.lop != $f.lop then doi("/lop"; "trẻ có tên ở \($t.lop)"; "the child is in \($t.lop)") else empty end),
          (if $f.huong == "den" and $t.vao != $f."ngay-chuyen" then
             doi("/ngay-chuyen"; "danh sách trẻ ghi ngày vào lớp \($t.vao | ngay)"; "the class list has the entry on \($t.vao)")
           elif $f.huong == "di" and $t.thoi != $f."ngay-chuyen" then
             doi("/ngay-chuyen"; "danh sách trẻ ghi ngày chuyển, thôi học \($t.thoi | ngay)"; "the class list has the leaving on \($t.thoi // "(none)")")
           else empty end)
        end)
  )
