# Rules of the year plan: 35 weeks, themes in order, every domain with goals, typed totals, class size.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

. as $goc
| .fields as $f
| ($f."chuong-trinh" // "ctgdmn") as $ma
| (.bang[$ma] // null) as $ct
| (.computed // {}) as $c
| (
  # themes: each ends after it begins, none over another, no number twice
  ($f."chu-de" | to_entries[] | select(.value.den < .value.tu)
    | loi("/chu-de/\(.key)/den"; "noi-dung";
        "chủ đề “\(.value.ten)” kết thúc trước ngày bắt đầu"; "theme “\(.value.ten)” ends before it begins";
        "sửa ngày bắt đầu hoặc ngày kết thúc"; "correct one of the two dates")),
  ($f."chu-de" | to_entries | . as $ds | $ds[] | . as $b
    | first($ds[] | select(.key < $b.key and .value.tu <= $b.value.den and .value.den >= $b.value.tu)) as $a
    | loi("/chu-de/\($b.key)/tu"; "noi-dung";
        "chủ đề “\($b.value.ten)” trùng thời gian với chủ đề “\($a.value.ten)”";
        "theme “\($b.value.ten)” overlaps theme “\($a.value.ten)”";
        "sửa để mỗi ngày chỉ thuộc một chủ đề"; "let each day belong to one theme only")),
  ($f."chu-de" | to_entries | . as $ds | $ds[] | . as $b | select(any($ds[]; .key < $b.key and .value.stt == $b.value.stt))
    | loi("/chu-de/\($b.key)/stt"; "noi-dung";
        "số thứ tự \($b.value.stt) đã dùng cho chủ đề khác"; "number \($b.value.stt) is used by another theme";
        "đánh lại số thứ tự"; "renumber the themes")),
  # weeks
  ($f."chu-de" | to_entries[] | select(.value."so-tuan" != null) | . as $t
    | first($c."chu-de"[]? | select(.stt == $t.value.stt))."so-tuan" as $s
    | select($s != $t.value."so-tuan")
    | loi("/chu-de/\($t.key)/so-tuan"; "so-lieu";
        "chủ đề “\($t.value.ten)” ghi \($t.value."so-tuan") tuần, tính theo ngày được \($s) tuần";
        "theme “\($t.value.ten)” says \($t.value."so-tuan") weeks, its dates give \($s)";
        "sửa số tuần hoặc ngày; có thể bỏ trống số tuần"; "correct the weeks or the dates; the weeks may be left out")),
  (($ct."so-tuan" // 35) as $can | select($c."tong-tuan" != null and $c."tong-tuan" != $can)
    | loi("/chu-de"; "noi-dung";
        "các chủ đề cộng lại được \($c."tong-tuan") tuần, chương trình quy định \($can) tuần";
        "the themes make \($c."tong-tuan") weeks, the programme wants \($can)";
        "sửa thời gian các chủ đề hoặc các tuần không tính"; "correct the dates of the themes or the weeks not counted")),
  # figures
  (select($f."si-so".tong != null and $f."si-so".tong != $f."si-so".nam + $f."si-so".nu)
    | loi("/si-so/tong"; "so-lieu";
        "tổng số trẻ ghi \($f."si-so".tong), nam cộng nữ là \($f."si-so".nam + $f."si-so".nu)";
        "the total says \($f."si-so".tong), boys and girls make \($f."si-so".nam + $f."si-so".nu)";
        "sửa số liệu hoặc bỏ dòng tổng"; "correct the figures or leave the total out")),
  # goals
  ($f."muc-tieu" | to_entries | . as $ds | $ds[] | . as $b | select(any($ds[]; .key < $b.key and .value.ma == $b.value.ma))
    | loi("/muc-tieu/\($b.key)/ma"; "noi-dung"; "mã \($b.value.ma) dùng hai lần"; "code \($b.value.ma) is used twice";
        "đổi mã"; "change the code")),
  (select($ct != null) | $ct."nhom-tuoi"[$f."nhom-tuoi"].bac as $bac
    | ([$ct."linh-vuc"[$bac][].ma]) as $co
    | (($f."muc-tieu" | to_entries[] | . as $m | select(all($co[]; . != $m.value."linh-vuc"))
        | loi("/muc-tieu/\($m.key)/linh-vuc"; "noi-dung";
            "chương trình của nhóm tuổi này không có lĩnh vực `\($m.value."linh-vuc")`";
            "the programme of this age has no domain `\($m.value."linh-vuc")`";
            "nhà trẻ: dùng tinh-cam-xa-hoi cho tình cảm, kỹ năng xã hội và thẩm mỹ"; "nursery: use tinh-cam-xa-hoi")),
       ($ct."linh-vuc"[$bac][] | . as $l | select(all($f."muc-tieu"[]; ."linh-vuc" != $l.ma))
        | loi("/muc-tieu"; "noi-dung"; "chưa có mục tiêu nào thuộc lĩnh vực “\($l.ten)”"; "no goal of the domain “\($l.ten)”";
            "thêm mục tiêu của lĩnh vực này"; "add goals of this domain")),
       ($f."muc-tieu" | to_entries[] | . as $m | select($m.value."chuong-trinh" != null)
        | ($ct."muc-tieu"[$f."nhom-tuoi"] // []) as $kq
        | first(($kq[] | select(.ma == $m.value."chuong-trinh")), null) as $k
        | select($k == null or $k."linh-vuc" != $m.value."linh-vuc")
        | loi("/muc-tieu/\($m.key)/chuong-trinh"; "noi-dung";
            "chương trình không có mục tiêu \($m.value."chuong-trinh") thuộc lĩnh vực này ở nhóm tuổi này";
            "the programme has no goal \($m.value."chuong-trinh") in this domain at this age";
            "xem mã trong layouts/chung/muc-tieu"; "see layouts/chung/muc-tieu for the codes")))),
  (select($ct != null and ($f.ngay < $ct.tu or ($ct.den != null and $f.ngay > $ct.den)))
    | loi("/chuong-trinh"; "noi-dung"; "ngày \($f.ngay) chương trình này chưa có hoặc không còn hiệu lực";
        "this programme is not in force on \($f.ngay)"; "chọn chương trình đang có hiệu lực"; "choose the programme in force")),
  # class size against the attendance book of the first month not before the plan
  ([$goc."lien-quan"."so-theo-doi-tre"[]? | .fields | select(.thang >= $f.ngay[0:7])] | sort_by(.thang) | .[0]
    | select(. != null)
    | ([.tre[] | select((.vao // "") <= $f.ngay and (.thoi // "9") > $f.ngay)] | length) as $s
    | ($f."si-so".nam + $f."si-so".nu) as $k
    | select($s != $k)
    | loi("/si-so"; "doi-chieu";
        "kế hoạch ghi \($k) trẻ, sổ theo dõi trẻ tháng \(.thang) có \($s) trẻ vào ngày \($f.ngay)";
        "the plan says \($k) children, the attendance book of \(.thang) has \($s) on \($f.ngay)";
        "sửa sĩ số cho khớp với sổ theo dõi trẻ"; "make the number agree with the attendance book"))
  )
