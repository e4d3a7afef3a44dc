# Findings and conclusions agree; who was examined was there, by the attendance and the class list.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: split("-") | "\(.[2])/\(.[1] | if tonumber > 2 then (tonumber | tostring) else . end)/\(.[0])";

.fields as $f
| ["mat", "tai-mui-hong", "rang-ham-mat", "da-lieu", "noi-khoa", "khac"] as $khoa
| (.["lien-quan"]["so-theo-doi-tre"] // []) as $dd
| (.["lien-quan"]["danh-sach-tre"] // [] | .[0].fields) as $ds
| $f.tre | to_entries[] | .key as $i | .value as $t | ($t.ngay // $f.ngay) as $ngay
| ([$khoa[] | select($t[.] != null)] | length) as $co
| ($t."ket-luan" // "binh-thuong") as $kl
| (
    (select($co > 0 and $kl == "binh-thuong")
      | loi("/tre/\($i)"; "noi-dung"; "\($t.ten): có điều bất thường nhưng kết luận bình thường"; "\($t.ten): a finding, but the conclusion is normal"; "sửa kết luận hoặc bỏ điều đã ghi"; "mend the conclusion or the finding")),
    (select($co == 0 and $kl != "binh-thuong")
      | loi("/tre/\($i)/ket-luan"; "noi-dung"; "\($t.ten): kết luận bất thường nhưng không ghi ở chuyên khoa nào"; "\($t.ten): the conclusion has no finding"; "ghi điều bác sĩ phát hiện"; "write what was found")),
    (select($t.vang == true and ($co > 0 or $t.ngay != null))
      | loi("/tre/\($i)/vang"; "noi-dung"; "\($t.ten) không khám nhưng có kết quả"; "\($t.ten) was not examined but has a result"; "bỏ `vang` hoặc bỏ kết quả"; "drop `vang` or the result")),
    (select($t.vang != true)
      | $dd[].fields | select(.thang == $ngay[:7]) | . as $b
      | ($b.tre | map(select(.ten == $t.ten and ."ngay-sinh" == $t."ngay-sinh")) | .[0].stt) as $stt
      | select($stt != null and ([$b.vang[] | select(.ngay == $ngay) | (."co-phep" // [])[], (."khong-phep" // [])[]] | index($stt)) != null)
      | loi("/tre/\($i)"; "doi-chieu"; "\($t.ten) được khám ngày \($ngay | vn) nhưng sổ điểm danh ghi vắng"; "\($t.ten) was examined on \($ngay) but was absent by the attendance"; "sửa ngày khám hoặc điểm danh"; "mend the day or the attendance")),
    (select($ds != null)
      | ($ds.tre | map(select(if $t.ma != null then .ma == $t.ma else .ten == $t.ten end)) | .[0]) as $n
      | if $n == null then loi("/tre/\($i)/ten"; "doi-chieu"; "\($t.ten) không có trong danh sách trẻ của lớp"; "\($t.ten) is not on the class list"; "sửa tên hoặc mã, hoặc bổ sung danh sách"; "mend name or code, or the class list")
        else ("ten", "ngay-sinh", "gioi") as $truong | select($n[$truong] != $t[$truong])
          | loi("/tre/\($i)/\($truong)"; "doi-chieu"; "\($t.ten): khác danh sách trẻ của lớp (\($n[$truong]))"; "\($t.ten): the class list has \($n[$truong])"; "sửa cho khớp"; "make them agree")
        end)
  )
