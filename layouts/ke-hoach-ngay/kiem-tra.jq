# Rules of a day plan: an unbroken day within the ranges of the programme; theme as in the year and week plans.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

. as $goc
| .fields as $f
| (.computed // {}) as $c
| (
  ($f."che-do" | to_entries[] | select(.value.den <= .value.tu)
    | loi("/che-do/\(.key)/den"; "noi-dung"; "thời điểm kết thúc không sau lúc bắt đầu"; "the moment does not end after it begins";
        "sửa giờ"; "correct the time")),
  ($f."che-do" as $ds | range(1; $ds | length) as $i | select($ds[$i].tu != $ds[$i - 1].den)
    | loi("/che-do/\($i)/tu"; "noi-dung"; "thời điểm trước kết thúc lúc \($ds[$i - 1].den), thời điểm này bắt đầu lúc \($ds[$i].tu)";
        "the moment before ends at \($ds[$i - 1].den), this one begins at \($ds[$i].tu)";
        "sửa giờ để các thời điểm nối tiếp nhau"; "let the moments follow one another")),
  ($c."theo-loai"[]? | select(.dat | not)
    | loi("/che-do"; "noi-dung"; "“\(.ten)” có \(.phut) phút, chương trình quy định \(.tu)–\(.den) phút";
        "“\(.ma)” has \(.phut) minutes, the programme wants \(.tu)–\(.den)";
        "điều chỉnh thời gian trong ngày"; "adjust the times of the day")),
  ([$goc."lien-quan"."ke-hoach-nam-lop"[]? | .fields] | .[0] | select(. != null)
    | first((."chu-de"[] | select(.ten == $f."chu-de" and .tu <= $f.ngay and .den >= $f.ngay)), null) | select(. == null)
    | loi("/chu-de"; "doi-chieu"; "kế hoạch năm của lớp không xếp chủ đề “\($f."chu-de")” vào ngày \($f.ngay)";
        "the year plan of the class does not have theme “\($f."chu-de")” on \($f.ngay)"; "sửa chủ đề hoặc ngày"; "correct the theme or the day")),
  # the week plan has the activity of the day
  ($goc."lien-quan"."ke-hoach-tuan"[]? | select(any(.computed.ngay[]?; .iso == $f.ngay))
    | . as $t | first(.computed.ngay[] | select(.iso == $f.ngay)).thu as $thu
    | $f."trong-tam" | to_entries[] | . as $h
    | select(all($t.fields.hoc[]; .thu != $thu or ."linh-vuc" != $h.value."linh-vuc"))
    | loi("/trong-tam/\($h.key)/linh-vuc"; "doi-chieu"; "kế hoạch tuần không có hoạt động thuộc lĩnh vực này vào ngày \($f.ngay)";
        "the week plan has no activity of this domain on \($f.ngay)"; "sửa cho khớp với kế hoạch tuần"; "make it agree with the week plan"))
  )
