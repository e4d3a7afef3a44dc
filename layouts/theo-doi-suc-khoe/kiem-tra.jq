# A typed channel against the computed one; measures that no child has; the round against the month's
# attendance and the class list.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: split("-") | "\(.[2])/\(.[1] | if tonumber > 2 then (tonumber | tostring) else . end)/\(.[0])";
def so: tostring | sub("\\."; ",");

.fields as $f
| .computed as $c
| (.["lien-quan"]["so-theo-doi-tre"] // [] | map(select(.fields.thang == $f.thang)) | .[0].fields) as $dd
| (.["lien-quan"]["danh-sach-tre"] // [] | .[0].fields) as $ds
| (
    ($f.tre | to_entries | group_by(.value.stt)[] | select(length > 1) | .[1:][]
      | loi("/tre/\(.key)/stt"; "noi-dung"; "số thứ tự \(.value.stt) đã có"; "number \(.value.stt) is taken"; "đánh lại số thứ tự"; "number the children anew")),
    ($f.tre | to_entries[] | .key as $i | .value as $t | $c.tre[$i] as $k | ($t.ngay // $f.ngay) as $ngay
      | (if $t.ngay != null then "/tre/\($i)/ngay" else "/ngay" end) as $noi
      | (
          (select($ngay[:7] != $f.thang and ($t.ngay != null or $i == 0))
            | loi($noi; "noi-dung"; "ngày cân đo \($ngay | vn) không thuộc tháng \($f.thang)"; "measuring day \($ngay) is not in \($f.thang)"; "sửa ngày hoặc tháng"; "mend the day or the month")),
          (select($ngay < $t."ngay-sinh")
            | loi("/tre/\($i)/ngay-sinh"; "noi-dung"; "\($t.ten): ngày sinh sau ngày cân đo"; "\($t.ten): born after the measuring"; "sửa ngày sinh"; "mend the date of birth")),
          (("can-nang", "chieu-cao", "can-doi") as $nhom
            | select($t["kenh-" + $nhom] != null and $k[$nhom] != null and $t["kenh-" + $nhom] != $k[$nhom].ma)
            | loi("/tre/\($i)/kenh-\($nhom)"; "so-lieu"; "\($t.ten): kênh đã ghi khác kênh tính được: \($k[$nhom].kenh) (z = \($k[$nhom].z | so))";
                  "\($t.ten): the channel typed is not the computed one: \($k[$nhom].ma) (z = \($k[$nhom].z))";
                  "xem lại số đo, hoặc bỏ kênh đã ghi"; "look at the measures again, or leave the channel out")),
          (("can-nang", "chieu-cao") as $nhom
            | select($t[$nhom] != null and ($k[$nhom] == null or $k[$nhom].z > 6 or $k[$nhom].z < -6))
            | loi("/tre/\($i)/\($nhom)"; "noi-dung"; "\($t.ten): số đo không hợp lý ở \($k.thang) tháng tuổi" + (if $k[$nhom] == null then " (ngoài bảng của WHO)" else " (z = \($k[$nhom].z | so))" end);
                  "\($t.ten): implausible measure at \($k.thang) months" + (if $k[$nhom] == null then " (off WHO's tables)" else " (z = \($k[$nhom].z))" end);
                  "cân, đo lại hoặc sửa số"; "measure again or mend the figure")),
          (select($dd != null and ($t."can-nang" != null or $t."chieu-cao" != null))
            | ($dd.tre | map(select(.ten == $t.ten and ."ngay-sinh" == $t."ngay-sinh")) | .[0].stt) as $stt
            | select($stt != null and ([$dd.vang[] | select(.ngay == $ngay) | (."co-phep" // [])[], (."khong-phep" // [])[]] | index($stt)) != null)
            | loi("/tre/\($i)"; "doi-chieu"; "\($t.ten) được cân đo ngày \($ngay | vn) nhưng sổ điểm danh ghi vắng"; "\($t.ten) was measured on \($ngay) but was absent by the attendance";
                  "sửa ngày cân đo hoặc điểm danh"; "mend the measuring day or the attendance")),
          (select($ds != null)
            | ($ds.tre | map(select(if $t.ma != null then .ma == $t.ma else .ten == $t.ten end)) | .[0]) as $n
            | if $n == null then loi("/tre/\($i)/ten"; "doi-chieu"; "\($t.ten) không có trong danh sách trẻ của lớp"; "\($t.ten) is not on the class list"; "sửa tên hoặc mã, hoặc bổ sung danh sách"; "mend name or code, or the class list")
              else ("ten", "ngay-sinh", "gioi") as $truong | select($n[$truong] != $t[$truong])
                | loi("/tre/\($i)/\($truong)"; "doi-chieu"; "\($t.ten): khác danh sách trẻ của lớp (\($n[$truong]))"; "\($t.ten): the class list has \($n[$truong])"; "sửa cho khớp"; "make them agree")
              end)
        )),
    (select($ds != null) | $ds.tre[] | . as $n
      | select((.vao // "") <= $f.ngay and (.thoi // "9") > $f.ngay)
      | select(([$f.tre[] | select(.ten == $n.ten and ."ngay-sinh" == $n."ngay-sinh")] | length) == 0 and ([$f.tre[] | select(.ma == $n.ma)] | length) == 0)
      | loi("/tre"; "doi-chieu"; "thiếu trẻ \($n.ten) của danh sách lớp"; "\($n.ten) of the class list is missing"; "thêm trẻ, để trống số đo nếu trẻ vắng"; "add the child, without measures if it was absent"))
  )
