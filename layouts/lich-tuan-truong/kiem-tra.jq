# Lịch tuần: it begins on a Monday, and its days lie in the week, in order.
.fields as $f
| (if .date.weekday != "Thứ Hai" then
     {tai: "/tu-ngay", loai: "noi-dung", vi: "\($f."tu-ngay") không phải thứ Hai", en: "\($f."tu-ngay") is no Monday", sua: "ghi ngày thứ Hai của tuần", fix: "write the Monday"}
   else empty end),
  ($f.lich | to_entries[] | so_ngay($f."tu-ngay"; .value.ngay) as $n | select($n < 0 or $n > 6)
   | {tai: "/lich/\(.key)/ngay", loai: "noi-dung", vi: "\(.value.ngay) không ở trong tuần", en: "\(.value.ngay) is not in the week", sua: "sửa ngày", fix: "mend the date"}),
  (range(1; $f.lich | length) as $i
   | ($f.lich[$i - 1] | .ngay + (.gio // "")) as $truoc | ($f.lich[$i] | .ngay + (.gio // "99")) as $sau
   | select($f.lich[$i].ngay < $f.lich[$i - 1].ngay or $truoc > $sau)
   | {tai: "/lich/\($i)/ngay", loai: "noi-dung", vi: "công việc không theo thứ tự thời gian", en: "the work is out of order", sua: "xếp lại theo ngày, giờ", fix: "sort by day and time"})
