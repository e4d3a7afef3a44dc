# Rules of a team's month plan: days of the month, days in order, at least two team meetings (Điều 13).

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
# A month of the summer, "2024-07".
def he: .[5:7] as $m | any("06", "07", "08"; . == $m);

. as $goc
| .fields as $f
| (
  ($f.viec | to_entries[] | select(.value.tu[0:7] != $f.thang)
    | loi("/viec/\(.key)/tu"; "noi-dung"; "ngày \(.value.tu) không thuộc tháng \($f.thang)"; "\(.value.tu) is not in \($f.thang)";
        "sửa ngày"; "correct the day")),
  ($f.viec | to_entries[] | select(.value.den != null and .value.den < .value.tu)
    | loi("/viec/\(.key)/den"; "noi-dung"; "việc kết thúc trước ngày bắt đầu"; "the task ends before it begins"; "sửa ngày"; "correct the day")),
  ($f."sinh-hoat" // [] | to_entries[] | . as $s | select($s.value[0:7] != $f.thang)
    | loi("/sinh-hoat/\($s.key)"; "noi-dung"; "ngày sinh hoạt \($s.value) không thuộc tháng \($f.thang)"; "the meeting \($s.value) is not in \($f.thang)";
        "sửa ngày"; "correct the day")),
  ($f."sinh-hoat" // [] | to_entries[] | . as $s | first($goc.days[]? | select(.iso == $s.value and .off))
    | loi("/sinh-hoat/\($s.key)"; "noi-dung"; "ngày sinh hoạt \($s.value) là ngày nghỉ"; "the meeting \($s.value) is on a day off";
        "chọn ngày khác"; "choose another day")),
  (select($f."sinh-hoat" != null and ($f."sinh-hoat" | length) < 2 and ($f.thang | he | not))
    | loi("/sinh-hoat"; "noi-dung"; "tháng có \($f."sinh-hoat" | length) lần sinh hoạt; Điều lệ quy định ít nhất hai tuần một lần";
        "\($f."sinh-hoat" | length) meetings in the month; the charter wants one every two weeks"; "thêm ngày sinh hoạt tổ"; "add a meeting"))
  )
