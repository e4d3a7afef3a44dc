# Order and plausibility of the measures; the book against the class list and the class's weighings.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: split("-") | "\(.[2])/\(.[1] | if tonumber > 2 then (tonumber | tostring) else . end)/\(.[0])";
def so: tostring | sub("\\."; ",");

.fields as $f
| .computed as $c
| .id as $id
| [(.["lien-quan"]["danh-sach-tre"] // [])[] | .fields.tre[] | select(.ma == $f.ma)] as $lop
| [(.["lien-quan"]["theo-doi-suc-khoe"] // [])[] | .fields as $d | $d.tre[] | select(.ma == $f.ma) | {ngay: (.ngay // $d.ngay), "can-nang": ."can-nang", "chieu-cao": ."chieu-cao"}] as $dot
| (
    (select($id | endswith("/" + $f.ma) | not)
      | loi("/ma"; "noi-dung"; "mã \($f.ma) khác tên tệp"; "code \($f.ma) is not the file's name"; "đặt tên tệp theo mã của trẻ"; "name the file by the child's code")),
    (select(($lop | length) == 0 and ((.["lien-quan"]["danh-sach-tre"] // []) | length) > 0)
      | loi("/ma"; "doi-chieu"; "không lớp nào có trẻ mang mã \($f.ma)"; "no class list has the code \($f.ma)"; "sửa mã, hoặc bổ sung danh sách lớp"; "mend the code or the class list")),
    ($lop[0:1][] as $n | ("ten", "ngay-sinh", "gioi") as $t | select($n[$t] != $f[$t])
      | loi("/\($t)"; "doi-chieu"; "khác danh sách trẻ của lớp (\($n[$t]))"; "the class list has \($n[$t])"; "sửa cho khớp"; "make them agree")),
    (select($f."con-thu" != null and $f."tong-con" != null and $f."con-thu" > $f."tong-con")
      | loi("/con-thu"; "noi-dung"; "con thứ \($f."con-thu") nhưng gia đình có \($f."tong-con") con"; "child number \($f."con-thu") of \($f."tong-con")"; "sửa một trong hai số"; "mend one of the two")),
    ($f."theo-doi" | to_entries[] | .key as $i | .value as $t | $c["theo-doi"][$i] as $k
      | (
          (select($t.ngay < $f."ngay-sinh" or $t.ngay > $f.ngay)
            | loi("/theo-doi/\($i)/ngay"; "noi-dung"; "ngày cân đo \($t.ngay | vn) trước ngày sinh hoặc sau ngày cập nhật"; "measured on \($t.ngay), before birth or after the book's date"; "sửa ngày"; "mend the day")),
          (select($i > 0 and $f["theo-doi"][$i - 1].ngay >= $t.ngay)
            | loi("/theo-doi/\($i)/ngay"; "noi-dung"; "ngày cân đo \($t.ngay | vn) không sau lần trước"; "measured on \($t.ngay), not after the one before"; "xếp các lần theo thứ tự thời gian"; "put the measurings in order of time")),
          (("can-nang", "chieu-cao") as $nhom
            | select($t[$nhom] != null and $k[$nhom] != null and ($k[$nhom].z > 6 or $k[$nhom].z < -6))
            | loi("/theo-doi/\($i)/\($nhom)"; "noi-dung"; "số đo không hợp lý ở \($k.thang) tháng tuổi (z = \($k[$nhom].z | so))"; "implausible measure at \($k.thang) months (z = \($k[$nhom].z))"; "cân, đo lại hoặc sửa số"; "measure again or mend the figure")),
          (select($i > 0 and $t."chieu-cao" != null)
            | [$f["theo-doi"][:$i][] | ."chieu-cao" // empty] | max | select(. != null and . > $t."chieu-cao" + 1)
            | loi("/theo-doi/\($i)/chieu-cao"; "noi-dung"; "chiều cao \($t."chieu-cao" | so) cm thấp hơn lần trước (\(. | so) cm)"; "height \($t."chieu-cao") cm is below an earlier one (\(.) cm)"; "đo lại hoặc sửa số"; "measure again or mend the figure")),
          ($dot[] | select(.ngay == $t.ngay) | . as $d | ("can-nang", "chieu-cao") as $nhom
            | select($d[$nhom] != null and $t[$nhom] != null and $d[$nhom] != $t[$nhom])
            | loi("/theo-doi/\($i)/\($nhom)"; "doi-chieu"; "sổ của lớp ngày \($t.ngay | vn) ghi \($d[$nhom] | so)"; "the class's book of \($t.ngay) has \($d[$nhom])"; "sửa cho khớp"; "make them agree"))
        )),
    ($dot[] | . as $d | select(."can-nang" != null and .ngay <= $f.ngay) | select(([$f."theo-doi"[].ngay] | index($d.ngay)) == null)
      | loi("/theo-doi"; "doi-chieu"; "thiếu lần cân đo ngày \(.ngay | vn) của lớp"; "the class's weighing of \(.ngay) is missing"; "chép số đo của lớp vào sổ"; "copy the class's measures into the book"))
  )
