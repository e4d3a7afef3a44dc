# Rules of a class list that a schema cannot say.
#
# Age: mẫu giáo goes by year of birth (a class of "5–6 tuổi" holds who turns 5 before the new year),
# nhà trẻ by completed months between entering and 01/9. A child with a disability may be up to three
# years older. Thông tư 52/2020/TT-BGDĐT (nhóm trẻ 3–36 tháng, lớp mẫu giáo 3–6 tuổi).
# The order of the book is the school's own and is not judged.

def thang($a; $b):
  ($a | split("-") | map(tonumber)) as [$y, $m, $d] | ($b | split("-") | map(tonumber)) as [$v, $n, $e]
  | ($v - $y) * 12 + $n - $m - (if $e < $d then 1 else 0 end);
def ngay: split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0];
def loi($tai; $vi; $en; $sua; $fix): {tai: $tai, loai: "noi-dung", vi: $vi, en: $en, sua: $sua, fix: $fix};

# second and later owners of a value
def trung($khoa):
  to_entries | map(select(.value[$khoa] != null)) | group_by(.value[$khoa])[] | select(length > 1) | .[0] as $dau | .[1:][]
  | {i: .key, v: .value[$khoa], dau: $dau.value};

.fields.tre as $tre
| (.year[:4]) as $nam
| (.unit.age // "") as $tuoi
| ([$tuoi | scan("[0-9]+") | tonumber]) as $muc
| ($tuoi | test("tháng")) as $nt
| (
    ($tre | to_entries[] | select(.value.stt != .key + 1)
      | loi("/tre/\(.key)/stt"; "số thứ tự \(.value.stt) đứng ở dòng \(.key + 1)"; "number \(.value.stt) stands in line \(.key + 1)";
            "đánh số thứ tự liên tục từ 1, không bỏ số, không trùng"; "number the children from 1 without a gap")),
    ($tre | trung("ma")
      | loi("/tre/\(.i)/ma"; "mã \(.v) đã là mã của trẻ \(.dau.ten)"; "code \(.v) already belongs to \(.dau.ten)";
            "mỗi trẻ một mã: xem lại mã của hai trẻ"; "every child has a code of its own: look at both")),
    ($tre | trung("so-dinh-danh")
      | loi("/tre/\(.i)/so-dinh-danh"; "số định danh \(.v) đã là của trẻ \(.dau.ten)"; "personal number \(.v) already belongs to \(.dau.ten)";
            "xem lại giấy khai sinh của hai trẻ"; "look at both birth certificates")),
    ($tre | to_entries[] | .key as $i | .value
      | (select(.thoi != null and .thoi < .vao)
          | loi("/tre/\($i)/thoi"; "ngày thôi học \(.thoi | ngay) trước ngày vào lớp \(.vao | ngay)"; "leaves on \(.thoi), before entering on \(.vao)";
                "sửa ngày vào lớp hoặc ngày thôi học"; "mend one of the two dates")),
        (select(.thoi != null and ."ly-do" == null)
          | loi("/tre/\($i)"; "trẻ \(.ten) có ngày thôi học mà không có lý do"; "\(.ten) left without a reason given"; "ghi lý do vào `ly-do`"; "write the reason in `ly-do`")),
        (select(.thoi == null and ."ly-do" != null)
          | loi("/tre/\($i)/ly-do"; "có lý do thôi học mà không có ngày thôi"; "a reason for leaving without a date"; "ghi `thoi`, hoặc bỏ `ly-do`"; "add `thoi` or remove `ly-do`")),
        (select(."vao-truong" != null and ."vao-truong" > .vao)
          | loi("/tre/\($i)/vao-truong"; "ngày vào trường \(."vao-truong" | ngay) sau ngày vào lớp \(.vao | ngay)"; "enters the school after the class"; "sửa một trong hai ngày"; "mend one of the two dates")),
        (select(."ngay-sinh" >= (."vao-truong" // .vao))
          | loi("/tre/\($i)/ngay-sinh"; "trẻ vào trường trước khi sinh"; "enters before being born"; "sửa ngày sinh hoặc ngày vào"; "mend the date of birth or of entry")),
        (select($muc | length >= 2) | (if (.dien // []) | index("khuyet-tat") then 3 else 0 end) as $them
          | if $nt then
              thang(."ngay-sinh"; .vao) as $t | thang(."ngay-sinh"; $nam + "-09-01") as $s
              | select($t < $muc[0] or $s >= $muc[1] + 12 * $them)
              | loi("/tre/\($i)/ngay-sinh"; "trẻ \($t) tháng tuổi khi vào nhóm \($tuoi)"; "\($t) months old on entering a group of \($muc[0])–\($muc[1]) months";
                    "xem lại ngày sinh, ngày vào hoặc nhóm của trẻ"; "look at the date of birth, the date of entry or the group")
            else
              (($nam | tonumber) - (."ngay-sinh"[:4] | tonumber)) as $t
              | select($t < $muc[0] or $t >= $muc[1] + $them)
              | loi("/tre/\($i)/ngay-sinh"; "trẻ sinh năm \(."ngay-sinh"[:4]) không thuộc độ tuổi \($tuoi) của năm học \($nam)–\(($nam | tonumber) + 1)";
                    "born in \(."ngay-sinh"[:4]), outside the age of the class (\($tuoi))"; "xem lại ngày sinh hoặc lớp của trẻ"; "look at the date of birth or the class")
            end)
    )
  )
