# A typed total against the computed one; the goals against the class's year plan, the children against
# the class list.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

.fields as $f
| .computed as $c
| (.["lien-quan"]["danh-sach-tre"] // [] | .[0].fields) as $ds
| (.["lien-quan"]["ke-hoach-nam-lop"] // [] | .[0].fields) as $kh
| (
    ($f."muc-tieu" | to_entries | group_by(.value.ma)[] | select(length > 1) | .[1:][]
      | loi("/muc-tieu/\(.key)/ma"; "noi-dung"; "mục tiêu \(.value.ma) ghi hai lần"; "goal \(.value.ma) is there twice"; "bỏ một dòng"; "drop one of them")),
    (select($kh != null) | $f."muc-tieu" | to_entries[] | .key as $i | .value as $m
      | ($kh."muc-tieu" | map(select(.ma == $m.ma)) | .[0]) as $k
      | if $k == null then loi("/muc-tieu/\($i)/ma"; "doi-chieu"; "\($m.ma) không có trong kế hoạch năm học của lớp"; "\($m.ma) is not in the class's year plan"; "sửa mã, hoặc bổ sung kế hoạch"; "mend the code or the plan")
        else select($k."linh-vuc" != $m."linh-vuc") | loi("/muc-tieu/\($i)/linh-vuc"; "doi-chieu"; "\($m.ma): khác lĩnh vực của kế hoạch năm học"; "\($m.ma): the year plan has another domain"; "sửa lĩnh vực"; "mend the domain")
        end),
    ($f.tre | to_entries | group_by(.value.stt)[] | select(length > 1) | .[1:][]
      | loi("/tre/\(.key)/stt"; "noi-dung"; "số thứ tự \(.value.stt) đã có"; "number \(.value.stt) is taken"; "đánh lại số thứ tự"; "number the children anew")),
    ($f.tre | to_entries[] | .key as $i | .value as $t
      | (
          (select($t."tong-dat" != null and $t."tong-dat" != $c.tre[$i].dat)
            | loi("/tre/\($i)/tong-dat"; "so-lieu"; "\($t.ten): tổng đạt đã ghi là \($t."tong-dat"), tính được \($c.tre[$i].dat)"; "\($t.ten): \($t."tong-dat") typed, \($c.tre[$i].dat) computed"; "sửa số, hoặc bỏ dòng này"; "mend the figure or leave it out")),
          ((($t."chua-dat" // []) - (($t."chua-dat" // []) - ($t."khong-danh-gia" // [])))[]
            | loi("/tre/\($i)"; "noi-dung"; "\($t.ten): \(.) vừa chưa đạt vừa không đánh giá"; "\($t.ten): \(.) is both not achieved and not assessed"; "bỏ một trong hai"; "drop one of the two")),
          (select($ds != null)
            | select(($ds.tre | map(select(if $t.ma != null then .ma == $t.ma and .ten == $t.ten else .ten == $t.ten end)) | length) == 0)
            | loi("/tre/\($i)/ten"; "doi-chieu"; "\($t.ten) không có trong danh sách trẻ của lớp"; "\($t.ten) is not on the class list"; "sửa tên hoặc mã, hoặc bổ sung danh sách"; "mend name or code, or the class list"))
        ))
  )
