# Rules of the book: meetings numbered 1, 2, 3 …; at least two in every month that is over (Điều 13).

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
# A month of the summer, "2024-07".
def he: .[5:7] as $m | any("06", "07", "08"; . == $m);

(.records // []) as $r
| (
  ($r | to_entries[] | select(.value.fields.lan != .key + 1)
    | loi("/records/\(.key)/lan"; "so-lieu"; "biên bản ngày \(.value.fields.ngay) ghi lần \(.value.fields.lan), theo thứ tự là lần \(.key + 1)";
        "the minutes of \(.value.fields.ngay) say meeting \(.value.fields.lan), by order it is \(.key + 1)";
        "đánh lại số lần, hoặc bổ sung biên bản còn thiếu"; "renumber, or add the missing minutes")),
  # The last month may not be over; summer has no such rule.
  ([$r | to_entries[] | .value.fields.ngay[0:7]] | unique | .[:-1][] | select(he | not)
    | . as $t | [$r | to_entries[] | select(.value.fields.ngay[0:7] == $t)] | select(length < 2)
    | loi("/records/\(.[0].key)/ngay"; "noi-dung"; "tháng \($t) chỉ có \(length) lần sinh hoạt; Điều lệ quy định ít nhất hai tuần một lần";
        "\($t) has only \(length) meeting; the charter wants one every two weeks";
        "bổ sung biên bản còn thiếu"; "add the missing minutes"))
  )
