# Survey slip: ages, school data that fit each other, children of this school as in the class lists.

.fields as $f
| .people as $danh_ba
| .computed as $c
| .school.name as $truong
| (.year[0:4] | tonumber) as $y
| [."lien-quan"."danh-sach-tre" // [] | .[] | .fields.tre[]] as $lop
| def loi($tai; $vi; $en; $sua; $fix): {tai: $tai, loai: "noi-dung", vi: $vi, en: $en, sua: $sua, fix: $fix};
  (
    select($danh_ba[$f."nguoi-dieu-tra"] == null)
    | {tai: "/nguoi-dieu-tra", loai: "doi-chieu",
       vi: "`\($f."nguoi-dieu-tra")` không có trong danh bạ nhân sự vào ngày \($f.ngay)", en: "`\($f."nguoi-dieu-tra")` is not on the roster on \($f.ngay)",
       sua: "ghi mã của người đã điều tra", fix: "enter the person who made the survey"}
  ),
  (
    select($f."so-tre" != null and $f."so-tre" != $c.so)
    | {tai: "/so-tre", loai: "so-lieu",
       vi: "ghi \($f."so-tre") trẻ, danh sách có \($c.so)", en: "\($f."so-tre") children are typed, the list has \($c.so)",
       sua: "sửa hoặc bỏ `so-tre`", fix: "correct or drop `so-tre`"}
  ),
  ($f.tre | to_entries[] | .key as $i | .value as $t | "/tre/\($i)" as $tai | $c.tre[$i].tuoi as $tuoi | "\($t."ho-dem") \($t.ten)" as $ten
    | (
        select($t."ngay-sinh" > $f.ngay)
        | loi("\($tai)/ngay-sinh"; "\($ten) sinh sau ngày điều tra"; "\($ten) was born after the survey"; "sửa ngày sinh hoặc ngày điều tra"; "correct the birthday or the date of the survey")
      ),
      (
        select($tuoi > 6)
        | loi("\($tai)/ngay-sinh"; "\($ten) đã \($tuoi) tuổi, ngoài độ tuổi 0–6 của phiếu"; "\($ten) is \($tuoi), beyond the ages 0–6 of the slip"; "bỏ trẻ này khỏi phiếu"; "remove this child")
      ),
      (
        select($t."tinh-trang" == "dang-hoc" and ($t.lop == null or ($t.truong == null and $t.ma == null)))
        | loi("\($tai)/tinh-trang"; "\($ten) đang học nhưng thiếu nhóm lớp hoặc trường"; "\($ten) attends, but class or school is missing"; "ghi `lop`, và `truong` hoặc `ma`"; "enter `lop`, and `truong` or `ma`")
      ),
      (
        select($t."tinh-trang" != "dang-hoc" and ($t.lop != null or $t.truong != null or $t."hai-buoi" == true))
        | loi("\($tai)/tinh-trang"; "\($ten) không đang học nhưng có ghi nhóm lớp, trường hoặc 2 buổi/ngày"; "\($ten) does not attend, yet class, school or two sessions are entered"; "sửa tình trạng, hoặc bỏ các mục ấy"; "correct the state, or drop those fields")
      ),
      (
        select($t.ma != null and $t.truong != null and $t.truong != $truong)
        | loi("\($tai)/truong"; "\($ten) có mã của trường này nhưng ghi học tại \($t.truong)"; "\($ten) has a code of this school but is said to attend \($t.truong)"; "bỏ `ma` hoặc `truong`"; "drop `ma` or `truong`")
      ),
      (
        select($t.truong == $truong and $t.ma == null)
        | loi("\($tai)/truong"; "\($ten) học tại trường này nhưng thiếu mã định danh"; "\($ten) attends this school but has no code"; "ghi `ma` của trẻ"; "enter `ma`")
      ),
      (
        select($t."khong-hoc-duoc" == true and $t."khuyet-tat" == null)
        | loi("\($tai)/khong-hoc-duoc"; "\($ten) ghi không có khả năng học nhưng không ghi dạng khuyết tật"; "\($ten) is said to be unable to learn, the kind of disability is missing"; "ghi `khuyet-tat`"; "enter `khuyet-tat`")
      ),
      (
        select($t."khong-hoc-duoc" == true and $t."tinh-trang" == "dang-hoc")
        | loi("\($tai)/khong-hoc-duoc"; "\($ten) đang học nhưng ghi không có khả năng học"; "\($ten) attends, yet is said to be unable to learn"; "sửa một trong hai mục"; "correct one of the two")
      ),
      ($t."qua-trinh" // [] | to_entries[] | select((.value.nam[0:4] | tonumber) as $n | $n >= $y or $n < ($t."ngay-sinh"[0:4] | tonumber) or (.value.nam[5:9] | tonumber) != $n + 1)
        | loi("\($tai)/qua-trinh/\(.key)/nam"; "năm học \(.value.nam) không phải một năm học trước đây của \($ten)"; "\(.value.nam) is not an earlier school year of \($ten)"; "sửa năm học"; "correct the school year")
      ),
      (
        select([$f.tre | to_entries[] | select(.value."ho-dem" == $t."ho-dem" and .value.ten == $t.ten and .value."ngay-sinh" == $t."ngay-sinh") | .key] | first < $i)
        | loi($tai; "\($ten) có hai lần trong phiếu"; "\($ten) is on the slip twice"; "bỏ một mục"; "remove one entry")
      ),
      # The class lists, once the school has made any.
      (
        select($t.ma != null and $lop != [])
        | [$lop[] | select(.ma == $t.ma)] as $co
        | if $co == [] then
            {tai: "\($tai)/ma", loai: "doi-chieu",
             vi: "\($ten): mã \($t.ma) không có trong danh sách trẻ của lớp nào", en: "\($ten): no class list has the code \($t.ma)",
             sua: "sửa mã, hoặc thêm trẻ vào danh sách trẻ của lớp", fix: "correct the code, or add the child to a class list"}
          else
            ($co | last) as $l
            | (
                select($t."tinh-trang" == "dang-hoc" and all($co[]; .thoi != null and .thoi <= $f.ngay))
                | {tai: "\($tai)/tinh-trang", loai: "doi-chieu",
                   vi: "\($ten): phiếu ghi đang học, danh sách trẻ ghi thôi học từ \($l.thoi)", en: "\($ten): attends by the slip, left on \($l.thoi) by the class list",
                   sua: "sửa tình trạng trên phiếu, hoặc ngày thôi học trong danh sách", fix: "correct the state on the slip, or the day of leaving in the list"}
              ),
              (
                select($l.ten != $ten)
                | {tai: "\($tai)/ten", loai: "doi-chieu",
                   vi: "mã \($t.ma): phiếu ghi “\($ten)”, danh sách trẻ ghi “\($l.ten)”", en: "code \($t.ma): the slip has “\($ten)”, the class list “\($l.ten)”",
                   sua: "sửa một trong hai theo giấy khai sinh", fix: "correct one of them from the birth certificate"}
              ),
              (
                select($l."ngay-sinh" != $t."ngay-sinh")
                | {tai: "\($tai)/ngay-sinh", loai: "doi-chieu",
                   vi: "\($ten): phiếu ghi sinh \($t."ngay-sinh"), danh sách trẻ ghi \($l."ngay-sinh")", en: "\($ten): born \($t."ngay-sinh") on the slip, \($l."ngay-sinh") in the class list",
                   sua: "sửa một trong hai theo giấy khai sinh", fix: "correct one of them from the birth certificate"}
              )
          end
      )
  )
