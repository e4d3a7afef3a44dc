# Statistics by age: one column an age of 0-5 and sums of nhà trẻ (0-2), mẫu giáo (3-5), all.

(.year[0:4] | tonumber) as $y
| [.records[] | .fields.tre as $tre | .computed.tre as $c | range($tre | length) as $i | $tre[$i] + {tuoi: $c[$i].tuoi, "tai-truong": $c[$i]."tai-truong"}]
  as $moi
| [$moi[] | select(."tinh-trang" != "chuyen-di" and ."tinh-trang" != "da-mat")] as $ds
| def dem(f): map(select(f)) | length;
  def hoc: ."tinh-trang" == "dang-hoc";
  def phai: (."khong-hoc-duoc" == true) | not;
  def ty_le($a; $b): if $b == 0 then null else $a * 1000 / $b | round / 10 end;
  def cot:
    {
      so: length,
      nu: dem(.gioi == "nu"),
      "dan-toc": dem(."dan-toc" != "Kinh"),
      "nu-dan-toc": dem(.gioi == "nu" and ."dan-toc" != "Kinh"),
      "khuyet-tat": dem(."khuyet-tat" != null),
      phai: dem(phai),
      hoc: dem(hoc),
      "hoc-nu": dem(hoc and .gioi == "nu"),
      "hoc-dan-toc": dem(hoc and ."dan-toc" != "Kinh"),
      "hoc-khuyet-tat": dem(hoc and ."khuyet-tat" != null),
      "tai-truong": dem(."tai-truong"),
      "trong": dem(hoc and (."tai-truong" | not) and (."ngoai-dia-ban" != true)),
      "ngoai": dem(hoc and ."ngoai-dia-ban" == true),
      "chua": dem(phai and (hoc | not)),
      "hai-buoi": dem(hoc and ."hai-buoi" == true),
      "hoan-thanh": dem(."hoan-thanh" == true),
      "lop-1": dem(hoc and .lop == "lop-1")
    }
    | . + {
        # Pupils among those who must be reached: a disabled child who cannot learn counts in neither.
        "ty-le": ty_le(.hoc; .phai),
        "ty-le-hai-buoi": ty_le(."hai-buoi"; .hoc),
        "ty-le-hoan-thanh": ty_le(."hoan-thanh"; .phai),
        "ty-le-lop-1": ty_le(."lop-1"; .phai)
      };
  def tuoi($a; $b): [$ds[] | select(.tuoi >= $a and .tuoi <= $b)] | cot;
  {
    nam: $y,
    phieu: (.records | length),
    cot: [tuoi(0; 0), tuoi(1; 1), tuoi(2; 2), tuoi(0; 2), tuoi(3; 3), tuoi(4; 4), tuoi(5; 5), tuoi(3; 5), tuoi(0; 5)],
    sau: tuoi(6; 6),
    "chuyen-di": ($moi | dem(."tinh-trang" == "chuyen-di")),
    "da-mat": ($moi | dem(."tinh-trang" == "da-mat"))
  }
