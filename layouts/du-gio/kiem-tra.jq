# Rules of an observation: every criterion once and within its points, typed total and rating, an
# observer, the lesson plan of the day.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def so_viet: tostring | gsub("\\."; ",");

. as $goc
| .fields as $f
| ([.bang."tieu-chi".nhom[]."tieu-chi"[]]) as $tc
| (.computed // {}) as $c
| (
  ($f.diem | to_entries[] | . as $d | first($tc[] | select(.tc == $d.value.tc)) | select($d.value.diem > .diem)
    | loi("/diem/\($d.key)/diem"; "noi-dung"; "tiêu chí \(.tc) cho \($d.value.diem | so_viet) điểm, tối đa \(.diem | so_viet)";
        "criterion \(.tc) has \($d.value.diem) points, at most \(.diem)"; "sửa điểm"; "correct the points")),
  ($f.diem | to_entries | . as $ds | $ds[] | . as $b | select(any($ds[]; .key < $b.key and .value.tc == $b.value.tc))
    | loi("/diem/\($b.key)/tc"; "noi-dung"; "tiêu chí \($b.value.tc) được cho điểm hai lần"; "criterion \($b.value.tc) is marked twice";
        "bỏ một dòng"; "remove one line")),
  ([$tc[].tc] - [$f.diem[].tc] | select(length > 0)
    | loi("/diem"; "noi-dung"; "chưa cho điểm tiêu chí \(map(tostring) | join(", "))"; "no points for criterion \(map(tostring) | join(", "))";
        "cho điểm đủ 18 tiêu chí"; "mark all 18 criteria")),
  (select($f.tong != null and $f.tong != $c.tong)
    | loi("/tong"; "so-lieu"; "tổng điểm ghi \($f.tong | so_viet), cộng các tiêu chí được \($c.tong | so_viet)";
        "the total says \($f.tong), the criteria make \($c.tong)"; "sửa tổng điểm hoặc bỏ dòng này"; "correct the total or leave it out")),
  (select($f."xep-loai" != null and $f."xep-loai" != $c."xep-loai".ma)
    | loi("/xep-loai"; "so-lieu"; "xếp loại ghi khác với điểm: \($c.tong | so_viet) điểm là loại \($c."xep-loai".ten)";
        "the rating differs from the points: \($c.tong) is `\($c."xep-loai".ma)`"; "sửa xếp loại hoặc bỏ dòng này"; "correct the rating or leave it out")),
  (select((($f."nguoi-du" // []) + ($f."to-du" // []) | length) == 0)
    | loi("/nguoi-day"; "noi-dung"; "chưa ghi người dự"; "no observer"; "thêm nguoi-du hoặc to-du"; "add nguoi-du or to-du")),
  (select(any((($f."to-du" // []) + ($f."nguoi-du" // []))[]; . == $f."nguoi-day"))
    | loi("/nguoi-day"; "noi-dung"; "người dạy không thể là người dự"; "the teacher cannot be the observer"; "sửa người dự"; "correct the observers")),
  ([$goc."lien-quan"."giao-an"[]?.fields | select(.ngay == $f.ngay)] as $ga
    | select(($goc."lien-quan"."giao-an" // []) | length > 0)
    | if ($ga | length) == 0 then
        loi("/ngay"; "doi-chieu"; "lớp không có giáo án ngày \($f.ngay)"; "the class has no lesson plan of \($f.ngay)"; "sửa ngày"; "correct the day")
      elif any($ga[]; ."de-tai" == $f."de-tai") then empty
      else
        loi("/de-tai"; "doi-chieu"; "giáo án ngày \($f.ngay) có đề tài khác: \([$ga[]."de-tai"] | join("; "))";
          "the lesson plans of \($f.ngay) have other titles: \([$ga[]."de-tai"] | join("; "))"; "ghi đề tài như trong giáo án"; "use the title of the lesson plan")
      end)
  )
