# Personal file: dates in order, salary within its table, identity as in the staff list of the year.

.fields as $f
| .computed as $c
| (.bang.luong // {}) as $bang
| def thu_tu($ten; $ds):
    $ds | to_entries[] | select(.key > 0 and .value.tu < $ds[.key - 1].tu)
    | {tai: "/\($ten)/\(.key)/tu", loai: "noi-dung",
       vi: "tháng \(.value.tu) đứng sau tháng \($ds[.key - 1].tu)", en: "month \(.value.tu) stands after \($ds[.key - 1].tu)",
       sua: "xếp các mục theo thời gian", fix: "put the entries in order of time"};
  def khoang($ten; $ds):
    $ds | to_entries[] | select(.value.den != null and .value.den < .value.tu)
    | {tai: "/\($ten)/\(.key)/den", loai: "noi-dung",
       vi: "kết thúc (\(.value.den)) trước khi bắt đầu (\(.value.tu))", en: "ends (\(.value.den)) before it begins (\(.value.tu))",
       sua: "sửa `tu` hoặc `den`", fix: "correct `tu` or `den`"};
  (.people[$f.nguoi].name as $ten | select($ten != null and $ten != $f.ten)
    | {tai: "/ten", loai: "doi-chieu",
       vi: "họ tên “\($f.ten)” khác danh bạ: “\($ten)”", en: "the name “\($f.ten)” differs from the roster: “\($ten)”",
       sua: "sửa cho đúng họ tên trong danh bạ", fix: "correct the name"}
  ),
  thu_tu("cong-tac"; $f."cong-tac"), khoang("cong-tac"; $f."cong-tac"),
  khoang("dao-tao"; $f."dao-tao"), thu_tu("luong"; $f.luong // []),
  ($f.luong // [] | to_entries[] | .key as $i | .value as $v | $bang[$v."ma-so"] // empty
    | (
        select($v.bac > ."so-bac")
        | {tai: "/luong/\($i)/bac", loai: "noi-dung",
           vi: "mã số \($v."ma-so") chỉ có \(."so-bac") bậc", en: "code \($v."ma-so") has \(."so-bac") steps only",
           sua: "sửa bậc lương hoặc mã số", fix: "correct the step or the code"}
      ),
      (
        $c.luong[$i]."he-so" as $h
        | select($v."he-so" != null and $h != null and (($v."he-so" - $h) | fabs) > 0.001)
        | {tai: "/luong/\($i)/he-so", loai: "so-lieu",
           vi: "hệ số \($v."he-so") khác hệ số của bậc \($v.bac): \($h)", en: "coefficient \($v."he-so") differs from that of step \($v.bac): \($h)",
           sua: "bỏ mục `he-so`, hoặc sửa bậc", fix: "drop `he-so`, or correct the step"}
      )
  ),
  ($f."tuyen-dung".ngay as $ngay
    | select(($ngay[0:4] | tonumber) - ($f."ngay-sinh"[0:4] | tonumber) < 15 or $ngay > $f.ngay)
    | {tai: "/tuyen-dung/ngay", loai: "noi-dung",
       vi: "ngày tuyển dụng \($ngay) không hợp với ngày sinh \($f."ngay-sinh") và ngày khai", en: "the day of recruitment \($ngay) does not fit the birthday \($f."ngay-sinh") and the date of the file",
       sua: "sửa ngày sinh hoặc ngày tuyển dụng", fix: "correct the birthday or the day of recruitment"}
  ),
  (select($f.dang."chinh-thuc" != null and $f.dang."chinh-thuc" < $f.dang."ngay-vao")
    | {tai: "/dang/chinh-thuc", loai: "noi-dung",
       vi: "ngày chính thức trước ngày kết nạp", en: "full membership before admission",
       sua: "sửa một trong hai ngày", fix: "correct one of the two dates"}
  ),
  (."lien-quan"."danh-sach-nhan-su" // [] | map(.fields."nhan-su"[] | select(.nguoi == $f.nguoi)) | .[] as $n
    | ["ngay-sinh", "ngày sinh", "birthday"], ["gioi", "giới tính", "sex"], ["dan-toc", "dân tộc", "ethnic group"]
    | . as [$k, $vi, $en]
    | select($f[$k] != $n[$k])
    | {tai: "/\($k)", loai: "doi-chieu",
       vi: "\($vi) “\($f[$k])” khác danh sách nhân sự: “\($n[$k])”", en: "\($en) “\($f[$k])” differs from the staff list: “\($n[$k])”",
       sua: "sửa một trong hai hồ sơ theo giấy tờ gốc", fix: "correct one of the two records from the original papers"}
  )
