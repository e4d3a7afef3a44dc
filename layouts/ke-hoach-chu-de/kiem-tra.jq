# Rules of a theme plan: dates and branches, typed weeks, domains, agreement with the year plan of the class.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

. as $goc
| .fields as $f
| (.bang[$f."chuong-trinh" // "ctgdmn"] // null) as $ct
| (.computed // {}) as $c
| (
  (select($f.den < $f.tu)
    | loi("/den"; "noi-dung"; "chủ đề kết thúc trước ngày bắt đầu"; "the theme ends before it begins";
        "sửa ngày bắt đầu hoặc ngày kết thúc"; "correct one of the two dates")),
  (select($f."so-tuan" != null and $c."so-tuan" != null and $f."so-tuan" != $c."so-tuan")
    | loi("/so-tuan"; "so-lieu"; "ghi \($f."so-tuan") tuần, tính theo ngày được \($c."so-tuan") tuần";
        "says \($f."so-tuan") weeks, the dates give \($c."so-tuan")";
        "sửa số tuần hoặc ngày; có thể bỏ trống số tuần"; "correct the weeks or the dates; the weeks may be left out")),
  ($f.nhanh | to_entries[] | select(.value.tu < $f.tu or .value.den > $f.den or .value.den < .value.tu)
    | loi("/nhanh/\(.key)/tu"; "noi-dung"; "nhánh “\(.value.ten)” không nằm trong thời gian của chủ đề";
        "branch “\(.value.ten)” does not lie within the theme"; "sửa ngày của nhánh"; "correct the dates of the branch")),
  ($f.nhanh | to_entries | . as $ds | $ds[] | . as $b
    | first($ds[] | select(.key < $b.key and .value.tu <= $b.value.den and .value.den >= $b.value.tu)) as $a
    | loi("/nhanh/\($b.key)/tu"; "noi-dung"; "nhánh “\($b.value.ten)” trùng thời gian với nhánh “\($a.value.ten)”";
        "branch “\($b.value.ten)” overlaps branch “\($a.value.ten)”"; "sửa ngày của nhánh"; "correct the dates of the branch")),
  (select($ct != null) | $ct."linh-vuc"[$ct."nhom-tuoi"[$f."nhom-tuoi"].bac] as $lv
    | (($lv[] | . as $l | select(all($f."muc-tieu"[]; ."linh-vuc" != $l.ma))
        | loi("/muc-tieu"; "noi-dung"; "chưa có mục tiêu nào thuộc lĩnh vực “\($l.ten)”"; "no goal of the domain “\($l.ten)”";
            "thêm mục tiêu của lĩnh vực này"; "add goals of this domain")),
       ($f."muc-tieu" | to_entries[] | . as $m | select(all($lv[]; .ma != $m.value."linh-vuc"))
        | loi("/muc-tieu/\($m.key)/linh-vuc"; "noi-dung"; "chương trình của nhóm tuổi này không có lĩnh vực `\($m.value."linh-vuc")`";
            "the programme of this age has no domain `\($m.value."linh-vuc")`";
            "nhà trẻ: dùng tinh-cam-xa-hoi cho tình cảm, kỹ năng xã hội và thẩm mỹ"; "nursery: use tinh-cam-xa-hoi")))),
  # the grid has as many cells as weeks
  ($f."luoi-thang" // empty | . as $l | .hang | to_entries[] | select(.value.o != null and (.value.o | length) != ($l.tuan | length))
    | loi("/luoi-thang/hang/\(.key)/o"; "noi-dung"; "hàng “\(.value.ten)” có \(.value.o | length) ô, bảng có \($l.tuan | length) tuần";
        "row “\(.value.ten)” has \(.value.o | length) cells, the grid has \($l.tuan | length) weeks";
        "mỗi tuần một ô"; "one cell a week")),
  # the year plan of the class
  ([$goc."lien-quan"."ke-hoach-nam-lop"[]? | .fields] | .[0] | select(. != null)
    | . as $nam
    | first(($nam."chu-de"[] | select(.ten == $f."chu-de")), null) as $k
    | (if $k == null then
         loi("/chu-de"; "doi-chieu"; "kế hoạch năm của lớp không có chủ đề “\($f."chu-de")”";
           "the year plan of the class has no theme “\($f."chu-de")”";
           "dùng đúng tên chủ đề trong kế hoạch năm: \([$nam."chu-de"[].ten] | join("; "))";
           "use the name in the year plan: \([$nam."chu-de"[].ten] | join("; "))")
       elif $f.tu < $k.tu or $f.den > $k.den then
         loi("/tu"; "doi-chieu"; "kế hoạch năm của lớp xếp chủ đề này từ \($k.tu) đến \($k.den)";
           "the year plan of the class has this theme from \($k.tu) to \($k.den)";
           "sửa thời gian cho khớp"; "make the dates agree")
       else empty end),
      ($f."muc-tieu" | to_entries[] | . as $m | select(all($nam."muc-tieu"[]; .ma != $m.value.ma))
        | loi("/muc-tieu/\($m.key)/ma"; "doi-chieu"; "kế hoạch năm của lớp không có mục tiêu \($m.value.ma)";
            "the year plan of the class has no goal \($m.value.ma)"; "dùng mã trong kế hoạch năm"; "use a code of the year plan")))
  )
