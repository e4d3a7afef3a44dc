# A child's file agrees with itself and with the class lists of its year.

def ngay: split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0];
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def doi($tai; $vi; $en): loi($tai; "doi-chieu"; $vi; $en; "sửa hồ sơ này hoặc danh sách trẻ của lớp"; "mend this file or the class list");

. as $goc | .fields as $f | .computed as $c
| [(."lien-quan"."danh-sach-tre"? // [])[].fields.tre[]] as $ds
| (
    (select((.id | split("/") | last) != $f.ma)
      | loi("/ma"; "noi-dung"; "mã \($f.ma) khác tên tệp"; "code \($f.ma) differs from the file's name"; "đặt tên tệp đúng mã của trẻ"; "name the file by the child's code")),
    (select($f."ngay-sinh" >= $f."vao-truong")
      | loi("/vao-truong"; "noi-dung"; "ngày vào trường không sau ngày sinh"; "enters before being born"; "sửa một trong hai ngày"; "mend one of the two dates")),
    (select($f."con-thu" != null and $f."so-con" != null and $f."con-thu" > $f."so-con")
      | loi("/con-thu"; "noi-dung"; "con thứ \($f."con-thu") trong gia đình \($f."so-con") con"; "child number \($f."con-thu") of \($f."so-con")"; "sửa con thứ hoặc số con"; "mend one of the two")),
    # years follow one another, the last one is the year of this file
    ($f."qua-trinh" | to_entries[] | .key as $i
      | (select((.value."nam-hoc" | split("-") | (.[1] | tonumber) - (.[0] | tonumber)) != 1)
          | loi("/qua-trinh/\($i)/nam-hoc"; "noi-dung"; "\(.value."nam-hoc") không phải là một năm học"; "\(.value."nam-hoc") is not a school year"; "viết hai năm liền nhau"; "write two years in a row")),
        (select($i > 0 and $f."qua-trinh"[$i - 1]."nam-hoc" >= .value."nam-hoc")
          | loi("/qua-trinh/\($i)/nam-hoc"; "noi-dung"; "năm học \(.value."nam-hoc") không sau năm học ở dòng trên"; "\(.value."nam-hoc") does not come after the line above"; "xếp từ năm đầu, mỗi năm một dòng"; "put the years in order, one line each"))),
    (select(($f."qua-trinh" | last)."nam-hoc" != $goc.year)
      | loi("/qua-trinh/\(($f."qua-trinh" | length) - 1)/nam-hoc"; "noi-dung"; "dòng cuối phải là năm học \($goc.year)"; "the last line must be \($goc.year)"; "thêm năm học này vào quá trình học"; "add this school year")),
    (select(($f."qua-trinh" | last) as $l | $l."nam-hoc" == $goc.year and $goc.unit.kind == "lop" and $l.lop != $goc.unit.name)
      | loi("/qua-trinh/\(($f."qua-trinh" | length) - 1)/lop"; "noi-dung"; "hồ sơ để ở \($goc.unit.name)"; "the file lies in \($goc.unit.name)"; "sửa tên lớp, hoặc chuyển hồ sơ sang lớp của trẻ"; "mend the class or move the file")),
    (select($f."xac-nhan" != null and ($f."qua-trinh" | last)."do-tuoi" != "t5")
      | loi("/xac-nhan"; "noi-dung"; "xác nhận hoàn thành khi trẻ chưa học lớp 5 tuổi"; "completion confirmed before the class of five-year-olds"; "bỏ phần xác nhận"; "remove the confirmation")),
    (select($ds != [])
      | ([$ds[] | select(.ma == $f.ma)] | first) as $t
      | if $t == null then doi("/ma"; "không lớp nào có trẻ mang mã \($f.ma)"; "no class list has a child with the code \($f.ma)")
        else
          (if $t.ten != $f.ten then doi("/ten"; "danh sách trẻ ghi tên \($t.ten)"; "the class list has the name \($t.ten)") else empty end),
          (if $t."ngay-sinh" != $f."ngay-sinh" then doi("/ngay-sinh"; "danh sách trẻ ghi ngày sinh \($t."ngay-sinh" | ngay)"; "the class list has the date of birth \($t."ngay-sinh")") else empty end),
          (if $t.gioi != $f.gioi then doi("/gioi"; "danh sách trẻ ghi giới tính khác"; "the class list has the other sex") else empty end),
          (if $t."so-dinh-danh" != null and $f."so-dinh-danh" != null and $t."so-dinh-danh" != $f."so-dinh-danh" then
             doi("/so-dinh-danh"; "danh sách trẻ ghi số định danh \($t."so-dinh-danh")"; "the class list has the personal number \($t."so-dinh-danh")") else empty end),
          (if ($t."vao-truong" // $t.vao) != $f."vao-truong" then
             doi("/vao-truong"; "danh sách trẻ ghi ngày vào trường \($t."vao-truong" // $t.vao | ngay)"; "the class list has the entry on \($t."vao-truong" // $t.vao)") else empty end)
        end)
  )
