# Staff list: the list is the roster of its date, no more and no less; typed figures agree with computed ones.

.people as $danh_ba
| (.bang.luong // {}) as $luong
| .computed as $c
| .fields as $f
| ($f."nhan-su" | map(.nguoi)) as $ma
| (
    ($f."nhan-su" | to_entries[] | .key as $i | .value as $n | "/nhan-su/\($i)" as $tai
      | (
          select($danh_ba[$n.nguoi] == null)
          | {tai: "\($tai)/nguoi", loai: "doi-chieu",
             vi: "`\($n.nguoi)` không có trong danh bạ nhân sự vào ngày \($f.ngay)",
             en: "`\($n.nguoi)` is not on the roster on \($f.ngay)",
             sua: "bỏ người này khỏi danh sách, hoặc khai vào content/school.yaml", fix: "remove this person, or enter them in content/school.yaml"}
        ),
        (
          select($n.ten != null and $danh_ba[$n.nguoi] != null and $danh_ba[$n.nguoi].name != $n.ten)
          | {tai: "\($tai)/ten", loai: "doi-chieu",
             vi: "họ tên “\($n.ten)” khác danh bạ: “\($danh_ba[$n.nguoi].name)”",
             en: "the name “\($n.ten)” differs from the roster: “\($danh_ba[$n.nguoi].name)”",
             sua: "bỏ mục `ten`, hoặc sửa cho đúng danh bạ", fix: "drop `ten`, or correct it"}
        ),
        (
          select($ma | index($n.nguoi) < $i)
          | {tai: "\($tai)/nguoi", loai: "noi-dung",
             vi: "`\($n.nguoi)` có hai lần trong danh sách", en: "`\($n.nguoi)` is listed twice",
             sua: "bỏ một mục", fix: "remove one entry"}
        ),
        (
          select($n."nam-vao-nganh" > ($f.ngay[0:4] | tonumber) or $n."nam-vao-nganh" < ($n."ngay-sinh"[0:4] | tonumber) + 15)
          | {tai: "\($tai)/nam-vao-nganh", loai: "noi-dung",
             vi: "năm vào ngành \($n."nam-vao-nganh") không hợp với năm sinh \($n."ngay-sinh"[0:4]) và ngày lập danh sách",
             en: "the year of entry \($n."nam-vao-nganh") does not fit the year of birth \($n."ngay-sinh"[0:4]) and the date of the list",
             sua: "xem lại ngày sinh và năm vào ngành", fix: "check the birthday and the year of entry"}
        ),
        (
          $n."chuc-danh" // empty | . as $d | $luong[."ma-so"] // empty
          | (
              select($d.bac > ."so-bac")
              | {tai: "\($tai)/chuc-danh/bac", loai: "noi-dung",
                 vi: "mã số \($d."ma-so") chỉ có \(."so-bac") bậc, danh sách ghi bậc \($d.bac)",
                 en: "code \($d."ma-so") has \(."so-bac") steps only, the list says step \($d.bac)",
                 sua: "sửa bậc lương hoặc mã số", fix: "correct the step or the code"}
            ),
            (
              select($d."he-so" != null and $c."he-so"[$i] != null and (($d."he-so" - $c."he-so"[$i]) | fabs) > 0.001)
              | {tai: "\($tai)/chuc-danh/he-so", loai: "so-lieu",
                 vi: "hệ số \($d."he-so") khác hệ số của bậc \($d.bac): \($c."he-so"[$i])",
                 en: "coefficient \($d."he-so") differs from that of step \($d.bac): \($c."he-so"[$i])",
                 sua: "bỏ mục `he-so`, hoặc sửa bậc", fix: "drop `he-so`, or correct the step"}
            )
        )
    ),
    ($danh_ba | keys - $ma | .[]
      | {tai: "/nhan-su", loai: "doi-chieu",
         vi: "danh bạ có \($danh_ba[.].name) (`\(.)`) vào ngày \($f.ngay) nhưng danh sách không có",
         en: "the roster has \($danh_ba[.].name) (`\(.)`) on \($f.ngay), the list has not",
         sua: "thêm người này vào danh sách, hoặc ghi ngày thôi làm việc trong content/school.yaml", fix: "add this person, or enter the last day in content/school.yaml"}
    ),
    (select($f."tong-so" != null and $f."tong-so" != ($ma | length))
      | {tai: "/tong-so", loai: "so-lieu",
         vi: "ghi tổng số \($f."tong-so"), danh sách có \($ma | length) người", en: "total \($f."tong-so") is typed, the list has \($ma | length) people",
         sua: "sửa hoặc bỏ `tong-so`", fix: "correct or drop `tong-so`"}
    )
  )
