# Kế hoạch tháng: the weeks stand in order, and the plan is there by the end of its month.
.fields as $f
| ([range(1; $f.lich | length) as $i | select($f.lich[$i].tuan < $f.lich[$i - 1].tuan) | $i] | first // empty
   | {tai: "/lich/\(.)/tuan", loai: "noi-dung", vi: "các tuần không theo thứ tự", en: "the weeks are out of order", sua: "xếp lại công việc theo tuần", fix: "sort the work by weeks"}),
  (if $f."ngay-ban-hanh" > .date.iso then
     {tai: "/ngay-ban-hanh", loai: "noi-dung", vi: "ban hành sau khi tháng đã hết", en: "issued after its month", sua: "sửa ngày ban hành hoặc tháng", fix: "mend the date or the month"}
   else empty end)
