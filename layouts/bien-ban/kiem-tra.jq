# Biên bản: the times run forward, and those who lead and write are among those present.
.fields as $f
| (if ($f."ngay-ket-thuc" // $f.ngay) < $f.ngay
      or (($f."ngay-ket-thuc" // $f.ngay) == $f.ngay and $f."ket-thuc" <= $f."bat-dau") then
     {tai: "/ket-thuc", loai: "noi-dung", vi: "giờ kết thúc không sau giờ bắt đầu", en: "it ends before it begins",
      sua: "sửa giờ, hoặc ghi `ngay-ket-thuc`", fix: "mend the time, or write `ngay-ket-thuc`"} else empty end),
  (.people as $p | ("chu-tri", "thu-ky") as $k | $p[$f[$k]].name as $ten
   | select($ten != null and (any($f."thanh-phan"[]; contains($ten)) | not))
   | {tai: "/\($k)", loai: "noi-dung", vi: "\($ten) không có trong thành phần tham dự", en: "\($ten) is not among those present",
      sua: "ghi thêm vào `thanh-phan`", fix: "add to `thanh-phan`"}),
  (if $f."chu-tri" == $f."thu-ky" then
     {tai: "/thu-ky", loai: "noi-dung", vi: "chủ tọa và thư ký là một người", en: "chair and secretary are the same person",
      sua: "ghi người khác làm thư ký", fix: "name another secretary"} else empty end)
