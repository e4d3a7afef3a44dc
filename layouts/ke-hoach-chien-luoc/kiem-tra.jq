# Kế hoạch chiến lược: the term runs forward, and the vision lies beyond it.
.fields as $f
| (if $f."den-nam" <= $f."tu-nam" then
     {tai: "/den-nam", loai: "noi-dung", vi: "giai đoạn kết thúc không sau năm đầu", en: "the term ends before it begins", sua: "sửa năm", fix: "mend the year"}
   else empty end),
  (if $f."tam-nhin" != null and $f."tam-nhin" <= $f."den-nam" then
     {tai: "/tam-nhin", loai: "noi-dung", vi: "tầm nhìn không sau năm cuối của giai đoạn", en: "the vision does not lie beyond the term", sua: "sửa hoặc bỏ `tam-nhin`", fix: "mend or drop `tam-nhin`"}
   else empty end)
