# Staff statistics: groups in rows; from the last staff list.

(.records | last) as $r
| def dem(f): map(select(f)) | length;
  def tuoi: . as $n | ($r.fields.ngay[0:4] | tonumber) - ($n."ngay-sinh"[0:4] | tonumber)
    - (if $r.fields.ngay[5:10] < $n."ngay-sinh"[5:10] then 1 else 0 end);
  def hang($ten; $dam):
    {
      ten: $ten, dam: $dam,
      so: length, nu: dem(.gioi == "nu"), "dan-toc": dem(."dan-toc" != "Kinh"), dang: dem(."dang-vien" == true),
      "bien-che": dem(."hop-dong" == "khong-xac-dinh" or ."hop-dong" == "xac-dinh"),
      "hop-dong": dem(."hop-dong" == "lao-dong" or ."hop-dong" == "thay-the"),
      "thac-si": dem(."trinh-do" == "thac-si" or ."trinh-do" == "tien-si"),
      "dai-hoc": dem(."trinh-do" == "dai-hoc"), "cao-dang": dem(."trinh-do" == "cao-dang"),
      "trung-cap": dem(."trinh-do" == "trung-cap"),
      khac: dem(."trinh-do" == "so-cap" or ."trinh-do" == "chua-dao-tao"),
      "t30": dem(tuoi < 30), "t40": dem(tuoi >= 30 and tuoi < 40), "t50": dem(tuoi >= 40 and tuoi < 50), "t60": dem(tuoi >= 50)
    };
  if $r == null then {hang: []} else
    $r.fields."nhan-su" as $ds
    | ["hieu-truong", "pho-hieu-truong"] as $ql
    | [$ds[] | select(."vi-tri" == "giao-vien")] as $gv
    | {
        ngay: $r.fields.ngay,
        hang: [
          ([$ds[] | select(."vi-tri" as $v | $ql | index($v) != null)] | hang("Cán bộ quản lý"; true)),
          ([$ds[] | select(."vi-tri" == "hieu-truong")] | hang("Hiệu trưởng"; false)),
          ([$ds[] | select(."vi-tri" == "pho-hieu-truong")] | hang("Phó Hiệu trưởng"; false)),
          ($gv | hang("Giáo viên"; true)),
          ([$ds[] | select(."vi-tri" as $v | $ql + ["giao-vien"] | index($v) == null)] | hang("Nhân viên"; true)),
          ([$ds[] | select(."vi-tri" == "ke-toan")] | hang("Kế toán"; false)),
          ([$ds[] | select(."vi-tri" == "van-thu" or ."vi-tri" == "thu-quy")] | hang("Văn thư, thủ quỹ"; false)),
          ([$ds[] | select(."vi-tri" == "y-te")] | hang("Y tế"; false)),
          ([$ds[] | select(."vi-tri" == "cap-duong")] | hang("Cấp dưỡng"; false)),
          ([$ds[] | select(."vi-tri" == "bao-ve" or ."vi-tri" == "khac")] | hang("Bảo vệ, khác"; false)),
          ($ds | hang("Tổng số"; true))
        ],
        # Luật Giáo dục 2019, Điều 72 khoản 1 điểm a: a kindergarten teacher needs a college degree.
        "giao-vien": ($gv | {
          so: length,
          "tren-chuan": dem(."trinh-do" == "tien-si" or ."trinh-do" == "thac-si" or ."trinh-do" == "dai-hoc"),
          chuan: dem(."trinh-do" == "cao-dang")
        } | . + {"chua-chuan": (.so - .chuan - ."tren-chuan")})
      }
  end
