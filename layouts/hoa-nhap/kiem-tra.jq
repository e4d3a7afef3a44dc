# An individual plan agrees with itself and with the class list.

def ngay: split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0];
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def doi($tai; $vi; $en): loi($tai; "doi-chieu"; $vi; $en; "sửa kế hoạch này hoặc danh sách trẻ của lớp"; "mend this plan or the class list");

.fields as $f
| [(."lien-quan"."danh-sach-tre"? // [])[].fields.tre[]] as $ds
| (
    (select((.id | split("/") | last) != $f.ma)
      | loi("/ma"; "noi-dung"; "mã \($f.ma) khác tên tệp"; "code \($f.ma) differs from the file's name"; "đặt tên tệp đúng mã của trẻ"; "name the file by the child's code")),
    # what is planned serves a goal
    ($f."ke-hoach" | to_entries[] | select(.value."linh-vuc" as $l | $f."muc-tieu" | any(.[]; ."linh-vuc" == $l) | not)
      | loi("/ke-hoach/\(.key)/linh-vuc"; "noi-dung"; "lĩnh vực này không có mục tiêu năm học"; "no goal of the year in this domain"; "thêm mục tiêu của lĩnh vực, hoặc bỏ nội dung"; "add a goal or remove the content")),
    ($f."ke-hoach" | to_entries[] | select(.key > 0 and $f."ke-hoach"[.key - 1]."hoc-ky" > .value."hoc-ky")
      | loi("/ke-hoach/\(.key)/hoc-ky"; "noi-dung"; "nội dung học kỳ I đứng sau học kỳ II"; "a content of term I stands after term II"; "xếp học kỳ I trước"; "put term I first")),
    (($f."danh-gia" // []) | to_entries[] | select(.value.ngay < $f.ngay)
      | loi("/danh-gia/\(.key)/ngay"; "noi-dung"; "đánh giá ngày \(.value.ngay | ngay), trước ngày lập kế hoạch"; "reviewed on \(.value.ngay), before the plan was made"; "sửa ngày đánh giá"; "mend the date")),
    (select($ds != [])
      | ([$ds[] | select(.ma == $f.ma)] | first) as $t
      | if $t == null then doi("/ma"; "danh sách trẻ của lớp không có mã \($f.ma)"; "the class list has no child with the code \($f.ma)")
        else
          (if $t.ten != $f.ten then doi("/ten"; "danh sách trẻ ghi tên \($t.ten)"; "the class list has the name \($t.ten)") else empty end),
          (if $t."ngay-sinh" != $f."ngay-sinh" then doi("/ngay-sinh"; "danh sách trẻ ghi ngày sinh \($t."ngay-sinh" | ngay)"; "the class list has the date of birth \($t."ngay-sinh")") else empty end),
          (if $t.gioi != $f.gioi then doi("/gioi"; "danh sách trẻ ghi giới tính khác"; "the class list has the other sex") else empty end),
          (if ($t.dien // []) | index("khuyet-tat") | not then doi("/ma"; "danh sách trẻ không ghi trẻ thuộc diện khuyết tật"; "the class list does not mark the child as having a disability") else empty end)
        end)
  )
