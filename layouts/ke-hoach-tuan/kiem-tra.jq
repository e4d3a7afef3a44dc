# Rules of a week plan: its days, and agreement with the year plan, the theme plan and the lesson plans of the class.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
# Days since Monday, 5 January 1970: whole sevenths are weeks.
def n($ngay): so_ngay("1970-01-05"; $ngay);
def cac_tuan($tu; $den; $nghi):
  n($tu) as $a | n($den) as $b
  | [limit(60; range(($a / 7 | floor); ($b / 7 | floor) + 1))
     | . as $w
     | select(any(range($w * 7; $w * 7 + 5);
         . as $d | $d >= $a and $d <= $b and all($nghi[]; $d < n(.tu) or $d > n(.den))))];

. as $goc
| .fields as $f
| ((.computed // {}).ngay // []) as $ngay
| (
  (select(n($f.tu) % 7 != 0)
    | loi("/tu"; "noi-dung"; "ngày \($f.tu) không phải thứ Hai"; "\($f.tu) is not a Monday";
        "ghi ngày thứ Hai của tuần, kể cả khi là ngày nghỉ"; "give the Monday of the week, even if it is a day off")),
  ($f.nghi // [] | to_entries[] | . as $k | select(all($ngay[]; .iso != $k.value.ngay))
    | loi("/nghi/\($k.key)/ngay"; "noi-dung"; "ngày \($k.value.ngay) không thuộc tuần này"; "\($k.value.ngay) is not in this week";
        "sửa ngày nghỉ"; "correct the day off")),
  ($f.hoc | to_entries[] | . as $h | $ngay[] | select(.thu == $h.value.thu and .nghi)
    | loi("/hoc/\($h.key)/thu"; "noi-dung"; "thứ \(.thu) ngày \(.iso) là ngày nghỉ (\(."ly-do"))"; "\(.iso) is a day off";
        "chuyển hoạt động sang ngày khác"; "move the activity to another day")),
  ($ngay[] | select(.nghi | not) | . as $g | select(all($f.hoc[]; .thu != $g.thu))
    | loi("/hoc"; "noi-dung"; "thứ \($g.thu) ngày \($g.iso) chưa có hoạt động học"; "\($g.iso) has no lesson";
        "thêm hoạt động, hoặc khai ngày nghỉ ở mục nghi"; "add a lesson, or enter the day off in nghi")),
  # the year plan of the class
  ([$goc."lien-quan"."ke-hoach-nam-lop"[]? | .fields] | .[0] | select(. != null)
    | . as $nam
    | first(($nam."chu-de"[] | select(.ten == $f."chu-de")), null) as $k
    | (if $k == null then
         loi("/chu-de"; "doi-chieu"; "kế hoạch năm của lớp không có chủ đề “\($f."chu-de")”";
           "the year plan of the class has no theme “\($f."chu-de")”";
           "dùng đúng tên chủ đề trong kế hoạch năm"; "use the name in the year plan")
       else first($ngay[] | select((.nghi | not) and (.iso < $k.tu or .iso > $k.den)))
         | loi("/tu"; "doi-chieu"; "ngày \(.iso) nằm ngoài chủ đề “\($k.ten)”: kế hoạch năm xếp từ \($k.tu) đến \($k.den)";
             "\(.iso) lies outside theme “\($k.ten)”: the year plan has it from \($k.tu) to \($k.den)";
             "sửa chủ đề của tuần, hoặc sửa thời gian trong kế hoạch năm"; "correct the theme of the week or the dates in the year plan")
       end),
      ((n($f.tu) / 7 | floor) as $w
        | ([$nam."chu-de"[] | cac_tuan(.tu; .den; $nam."tuan-khong-tinh" // [])[]] | unique) as $tuan
        | select(any($tuan[]; . == $w))
        | ([$tuan[] | select(. <= $w)] | length) as $thu
        | select($thu != $f.tuan)
        | loi("/tuan"; "so-lieu"; "ghi tuần \($f.tuan), theo kế hoạch năm là tuần \($thu)";
            "says week \($f.tuan), by the year plan it is week \($thu)"; "sửa số tuần"; "correct the number of the week")),
      ($f."muc-tieu" // [] | to_entries[] | . as $m | select(all($nam."muc-tieu"[]; .ma != $m.value))
        | loi("/muc-tieu/\($m.key)"; "doi-chieu"; "kế hoạch năm của lớp không có mục tiêu \($m.value)";
            "the year plan of the class has no goal \($m.value)"; "dùng mã trong kế hoạch năm"; "use a code of the year plan"))),
  # the theme plan of the class
  ([$goc."lien-quan"."ke-hoach-chu-de"[]? | .fields | select(."chu-de" == $f."chu-de")] | select(length > 0)
    | [.[].nhanh[]] as $nhanh
    | $f.nhanh // [] | to_entries[] | . as $n | first(($nhanh[] | select(.ten == $n.value)), null) as $k
    | if $k == null then
        loi("/nhanh/\($n.key)"; "doi-chieu"; "kế hoạch chủ đề không có nhánh “\($n.value)”";
          "the theme plan has no branch “\($n.value)”"; "dùng đúng tên nhánh trong kế hoạch chủ đề"; "use the name in the theme plan")
      elif any($ngay[]; .iso >= $k.tu and .iso <= $k.den) then empty
      else
        loi("/nhanh/\($n.key)"; "doi-chieu"; "kế hoạch chủ đề xếp nhánh “\($n.value)” từ \($k.tu) đến \($k.den)";
          "the theme plan has branch “\($n.value)” from \($k.tu) to \($k.den)"; "sửa nhánh hoặc thời gian cho khớp"; "make branch and dates agree")
      end),
  # the lesson plans of the class: same theme, and a lesson of that domain on that day
  ([$goc."lien-quan"."giao-an"[]? | .fields as $g | first($ngay[] | select(.iso == $g.ngay)) as $k | $g + {thu: $k.thu}] as $ga
    | ([$ga[] | select(."chu-de" != $f."chu-de")] | select(length > 0) | .[0] as $g
      | loi("/chu-de"; "doi-chieu"; "giáo án ngày \($g.ngay) ghi chủ đề “\($g."chu-de")” (trong tuần có \(length) giáo án khác chủ đề)";
          "the lesson plan of \($g.ngay) names theme “\($g."chu-de")” (\(length) lesson plans of the week differ)";
          "sửa chủ đề cho khớp"; "make the themes agree")),
      ($ga[] | . as $g | select(all($f.hoc[]; .thu != $g.thu or ."linh-vuc" != $g."linh-vuc"))
      | loi("/hoc"; "doi-chieu"; "giáo án ngày \($g.ngay) “\($g."de-tai")” thuộc lĩnh vực không có trong kế hoạch tuần vào ngày này";
          "the lesson plan of \($g.ngay) “\($g."de-tai")” is of a domain that the week plan lacks on that day";
          "bổ sung vào kế hoạch tuần, hoặc sửa giáo án"; "add it to the week plan, or correct the lesson plan")))
  )
