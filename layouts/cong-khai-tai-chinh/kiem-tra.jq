# Disclosure: what is typed on an item with lines is their sum; an item without lines has its figures.
def so: tostring | [while(. != ""; .[:-3]) | .[-3:]] | reverse | join(".");
.fields as $f | .computed as $c
| $c.dong[] | select(.cap == 1) | . as $d
| ($d.tai | split("/") | $f.phan[.[2] | tonumber].muc[.[4] | tonumber]) as $m
| (["du-toan", "dự toán năm", "the year's budget"], ["thuc-hien", "thực hiện", "the execution"], ["cung-ky", "cùng kỳ năm trước", "the year before"]) as [$k, $vi, $en]
| if ($m."chi-tiet" // []) != [] then
    select($m[$k] != null and $m[$k] != $d[$k])
    | {tai: "\($d.tai)/\($k)", loai: "so-lieu", vi: "\($vi) của mục \($m.ten) ghi \($m[$k] | so), cộng các dòng được \(($d[$k] // 0) | so)", en: "\($en) of `\($m.ten)` reads \($m[$k]), its lines add up to \($d[$k] // 0)",
       sua: "sửa số đã ghi, hoặc bỏ trường này", fix: "correct it, or leave the field out"}
  else
    select($k != "cung-ky" and $m[$k] == null)
    | {tai: $d.tai, loai: "noi-dung", vi: "mục \($m.ten) không có \($vi)", en: "`\($m.ten)` has no \($k)", sua: "ghi số, hoặc thêm các dòng chi tiết", fix: "enter it, or add lines"}
  end
