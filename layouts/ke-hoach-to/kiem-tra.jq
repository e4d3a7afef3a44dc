# Rules of a team's year plan: months in order and of this school year, members once, typed total.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

. as $goc
| .fields as $f
| (.year | split("-")) as [$y1, $y2]
| (
  ($f.thang as $t | range(1; $t | length) as $i | select($t[$i].thang <= $t[$i - 1].thang)
    | loi("/thang/\($i)/thang"; "noi-dung"; "tháng \($t[$i].thang) không sau tháng \($t[$i - 1].thang)";
        "month \($t[$i].thang) does not follow \($t[$i - 1].thang)"; "xếp các tháng theo thứ tự, mỗi tháng một lần"; "put the months in order, each once")),
  ($f.thang | to_entries[] | select(.value.thang < $y1 + "-06" or .value.thang > $y2 + "-08")
    | loi("/thang/\(.key)/thang"; "noi-dung"; "tháng \(.value.thang) không thuộc năm học \($goc.year)";
        "month \(.value.thang) is not of the school year \($goc.year)"; "sửa tháng"; "correct the month")),
  ($f."doi-ngu" | to_entries | . as $ds | $ds[] | . as $b | select(any($ds[]; .key < $b.key and .value.nguoi == $b.value.nguoi))
    | loi("/doi-ngu/\($b.key)/nguoi"; "noi-dung"; "người này có tên hai lần"; "this person is named twice";
        "bỏ một dòng"; "remove one line")),
  (select($f."tong-tre" != null) | (($f.lop // []) | map(.nam + .nu) | add // 0) as $s | select($s != $f."tong-tre")
    | loi("/tong-tre"; "so-lieu"; "tổng số trẻ ghi \($f."tong-tre"), cộng các lớp được \($s)";
        "the total says \($f."tong-tre"), the classes make \($s)"; "sửa số liệu hoặc bỏ dòng tổng"; "correct the figures or leave the total out"))
  )
