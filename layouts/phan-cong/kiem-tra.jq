# Assignment: everyone on the roster has a duty once, titles as on the roster, every class has a teacher.

.people as $danh_ba
| .fields as $f
| [$f.nhom | to_entries[] | .key as $i | .value.nguoi | to_entries[] | {tai: "/nhom/\($i)/nguoi/\(.key)", n: .value}] as $ds
| ($ds | map(.n.nguoi)) as $ma
| (
    ($ds | to_entries[] | .key as $k | .value | .tai as $tai | .n as $n
      | (
          select($danh_ba[$n.nguoi] == null)
          | {tai: "\($tai)/nguoi", loai: "doi-chieu",
             vi: "`\($n.nguoi)` không có trong danh bạ nhân sự vào ngày \($f.ngay)", en: "`\($n.nguoi)` is not on the roster on \($f.ngay)",
             sua: "bỏ người này, hoặc khai vào content/school.yaml", fix: "remove this person, or enter them in content/school.yaml"}
        ),
        (
          select($n."chuc-danh" != null and $danh_ba[$n.nguoi] != null and $n."chuc-danh" != $danh_ba[$n.nguoi].title)
          | {tai: "\($tai)/chuc-danh", loai: "doi-chieu",
             vi: "chức danh “\($n."chuc-danh")” khác danh bạ: “\($danh_ba[$n.nguoi].title)”", en: "the title “\($n."chuc-danh")” differs from the roster: “\($danh_ba[$n.nguoi].title)”",
             sua: "bỏ mục `chuc-danh`, hoặc sửa vai trò trong content/school.yaml", fix: "drop `chuc-danh`, or correct the role in content/school.yaml"}
        ),
        (
          select($ma | index($n.nguoi) < $k)
          | {tai: "\($tai)/nguoi", loai: "noi-dung",
             vi: "`\($n.nguoi)` được phân công hai lần", en: "`\($n.nguoi)` is assigned twice",
             sua: "gộp nhiệm vụ vào một mục", fix: "join the duties in one entry"}
        )
    ),
    # Someone without a role on that day (on leave) needs no duty.
    ($danh_ba | keys - $ma | .[] | select(($danh_ba[.].title // "") != "")
      | {tai: "/nhom", loai: "doi-chieu",
         vi: "\($danh_ba[.].name) (\($danh_ba[.].title)) chưa được phân công", en: "\($danh_ba[.].name) (`\(.)`) has no duty",
         sua: "thêm người này vào bảng", fix: "add this person"}
    ),
    (.computed.lop | to_entries[] | select(.value.nguoi == [])
      | {tai: "/lop/\(.key)", loai: "noi-dung",
         vi: "\(.value.ten) chưa có giáo viên", en: "class `\(.value.ma)` has no teacher",
         sua: "phân công giáo viên cho lớp, hoặc bỏ lớp", fix: "assign a teacher, or remove the class"}
    ),
    ($f.lop | to_entries as $l | $l[] | .key as $k | .value.ma as $m | select([$l[] | select(.value.ma == $m) | .key] | first < $k)
      | {tai: "/lop/\($k)/ma", loai: "noi-dung",
         vi: "lớp `\($m)` có hai lần", en: "class `\($m)` is listed twice",
         sua: "bỏ một mục", fix: "remove one entry"}
    )
  )
