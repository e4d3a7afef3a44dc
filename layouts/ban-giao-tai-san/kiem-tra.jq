# Handover: one line for each code; a typed sum agrees. The class's book is compared in so-tai-san-lop/kiem-tra.jq.
def so: tostring | [while(. != ""; .[:-3]) | .[-3:]] | reverse | join(".");
.fields as $f | .computed as $c
| ($f."tai-san" | to_entries | group_by(.value.ma)[] | select(length > 1) | .[1:][]
    | {tai: "/tai-san/\(.key)/ma", loai: "noi-dung", vi: "mã `\(.value.ma)` đã có ở dòng khác", en: "the code `\(.value.ma)` is on another line",
       sua: "cộng vào một dòng, hoặc sửa mã", fix: "add them up, or correct the code"}),
  (select($f."cong-tien" != null and $f."cong-tien" != $c.tien)
    | {tai: "/cong-tien", loai: "so-lieu", vi: "cộng thành tiền ghi \($f."cong-tien" | so), tính ra \($c.tien | so)", en: "the sum reads \($f."cong-tien"), computed \($c.tien)",
       sua: "sửa số đã ghi, hoặc bỏ trường này", fix: "correct it, or leave the field out"})
