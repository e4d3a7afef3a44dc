# Class asset book: items exist, balances are never below zero, stocktakes are whole, and what the school
# handed over (ban-giao-tai-san of the class) stands here as received, same number, same quantity.
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: "\(.[8:10])/\(.[5:7])/\(.[:4])";
.fields as $f | .computed as $c
| ([$f."tai-san"[].ma] ) as $ts | ([$f."do-choi"[].ma]) as $dc
| ([$f | (."tai-san"[], ."do-choi"[]) | {key: .ma, value: .ten}] | from_entries) as $ten
| (["tot", "binh-thuong", "can-sua", "hu-hong"]) as $cl_ts | (["moi", "con-tot", "cu", "hu-hong"]) as $cl_dc
| (
    # a code belongs to one item
    ([$f | ("tai-san", "do-choi") as $k | .[$k] | to_entries[] | {tai: "/\($k)/\(.key)/ma", ma: .value.ma}]
      | group_by(.ma)[] | select(length > 1) | .[1:][]
      | loi(.tai; "noi-dung"; "mã `\(.ma)` đã dùng cho món khác"; "the code `\(.ma)` is used by another item"; "mỗi món một mã"; "give every item its own code")),

    # movements, repairs and counts speak of items of the book
    (("tang", "giam", "sua-chua") as $k | ($f[$k] // []) | to_entries[] | select($ten[.value.ma] == null)
      | loi("/\($k)/\(.key)/ma"; "noi-dung"; "không có món mã `\(.value.ma)` trong sổ"; "the book has no item `\(.value.ma)`"; "sửa mã, hoặc thêm món vào danh sách với số đầu năm là 0"; "correct the code, or list the item with 0 at the start")),
    (($f."kiem-ke" // []) | to_entries[] | .key as $i | .value.dem | to_entries[] | select($ten[.value.ma] == null)
      | loi("/kiem-ke/\($i)/dem/\(.key)/ma"; "noi-dung"; "không có món mã `\(.value.ma)` trong sổ"; "the book has no item `\(.value.ma)`"; "sửa mã, hoặc thêm món vào danh sách với số đầu năm là 0"; "correct the code, or list the item with 0 at the start")),

    # dates within the book
    (("tang", "giam", "sua-chua", "kiem-ke") as $k | ($f[$k] // []) | to_entries[] | select(.value.ngay > $f.ngay or .value.ngay < $f."ngay-mo-so")
      | loi("/\($k)/\(.key)/ngay"; "noi-dung"; "ngày \(.value.ngay | vn) không nằm giữa ngày mở sổ và ngày \($f.ngay | vn) mà sổ ghi đến"; "\(.value.ngay) is not between the opening of the book and \($f.ngay), its last day"; "sửa ngày"; "correct the date")),

    # what the school hands out has a document
    (($f.tang // []) | to_entries[] | select((.value.nguon | . == "truong-cap" or . == "dieu-chuyen") and .value.so == null)
      | loi("/tang/\(.key)"; "noi-dung"; "nhà trường cấp hay điều chuyển mà không có số chứng từ"; "handed out by the school without a document number"; "ghi số biên bản vào trường so"; "enter the number of the minutes as so")),

    # a balance is never below zero
    ($c.giam[] | select(.con < 0 and $ten[.ma] != null)
      | loi("/giam/\(.i)/so-luong"; "noi-dung"; "giảm quá số đang có: `\(.ma)` \(.ten) còn \(.con) sau ngày \(.ngay | vn)"; "more is taken off than there is: `\(.ma)` stands at \(.con) after \(.ngay)"; "sửa số lượng hoặc ngày, hoặc ghi tăng còn thiếu"; "correct quantity or date, or enter the missing receipt")),

    # stocktakes: one of each, every item once and in the words of its list
    (($f."kiem-ke" // []) | to_entries | map(select(.value.dot != "dot-xuat")) | group_by(.value.dot)[] | select(length > 1) | .[1:][]
      | loi("/kiem-ke/\(.key)/dot"; "noi-dung"; "đã có đợt kiểm kê này"; "this stocktake is there already"; "sửa đợt, hoặc ghi là dot-xuat"; "correct it, or call it dot-xuat")),
    ($c."kiem-ke"[] | select(."chua-dem" != [])
      | loi("/kiem-ke/\(.i)/dem"; "noi-dung"; "chưa đếm: \(."chua-dem" | join(", "))"; "not counted: \(."chua-dem" | join(", "))"; "đếm mọi món có trong sổ; không còn món nào thì ghi 0"; "count every item of the book; 0 if none is left")),
    (($f."kiem-ke" // []) | to_entries[] | .key as $i | .value.dem | to_entries
      | (group_by(.value.ma)[] | select(length > 1) | .[1:][]
          | loi("/kiem-ke/\($i)/dem/\(.key)/ma"; "noi-dung"; "mã `\(.value.ma)` được đếm hai lần"; "`\(.value.ma)` is counted twice"; "cộng vào một dòng"; "add them up on one line")),
        (.[] | .value.ma as $ma | .value."chat-luong" as $cl
          | select($cl != null and (((($ts | index($ma)) != null) and ($cl_ts | index($cl)) == null) or ((($dc | index($ma)) != null) and ($cl_dc | index($cl)) == null)))
          | loi("/kiem-ke/\($i)/dem/\(.key)/chat-luong"; "noi-dung"; "chất lượng `\($cl)` không dùng cho món `\($ma)`"; "`\($cl)` is not a quality of `\($ma)`"; "tài sản: tot, binh-thuong, can-sua, hu-hong; đồ chơi: moi, con-tot, cu, hu-hong"; "property: tot, binh-thuong, can-sua, hu-hong; toys: moi, con-tot, cu, hu-hong"))),

    # surplus and shortage, where someone wrote them
    ($c."kiem-ke"[] | .i as $i | .dong[] | select(.dem != null) | . as $d
      | ([$f."kiem-ke"[$i].dem | to_entries[] | select(.value.ma == $d.ma)] | first) as $g
      | (["thua", "thừa", "surplus"], ["thieu", "thiếu", "shortage"]) as [$k, $vi, $en]
      | select($g.value[$k] != null and $g.value[$k] != $d[$k])
      | loi("/kiem-ke/\($i)/dem/\($g.key)/\($k)"; "so-lieu"; "`\($d.ma)` ghi \($vi) \($g.value[$k]), tính ra \($d[$k]) (sổ \($d."so-sach"), đếm \($d.dem))"; "`\($d.ma)`: \($en) reads \($g.value[$k]), computed \($d[$k]) (book \($d."so-sach"), counted \($d.dem))"; "sửa số đã ghi, hoặc bỏ trường này"; "correct it, or leave it out")),

    # handovers of the school to this class
    ((."lien-quan"."ban-giao-tai-san" // []) | map(.fields | select(.ngay <= $f.ngay) | {ngay, "tai-san": ."tai-san", hieu: (.so | (if . < 10 then "0" else "" end) + "\(.)/BBBG")})
      # numbers begin anew on 1 January, so one number may stand for two minutes of a school year
      | group_by(.hieu) | map({hieu: .[0].hieu, fields: {ngay: (map(.ngay) | min), "tai-san": (map(."tai-san") | add)}})) as $bb
    | (
        ($bb[] | . as $b | .fields."tai-san" | group_by(.ma)[] | {ma: .[0].ma, ten: .[0].ten, sl: (map(."so-luong") | add)} | . as $l
          | [($f.tang // []) | to_entries[] | select(.value.so == $b.hieu and .value.ma == $l.ma)] as $t
          | if $t == [] then
              loi((if $f.tang == null then "/ngay" else "/tang" end); "doi-chieu"; "biên bản \($b.hieu) ngày \($b.fields.ngay | vn) giao \($l.sl) \($l.ten) (`\($l.ma)`), sổ chưa ghi tăng"; "handover \($b.hieu) of \($b.fields.ngay) has \($l.sl) of `\($l.ma)`, which the book has not received"; "ghi tăng theo biên bản"; "enter it as received")
            elif ($t | map(.value."so-luong") | add) != $l.sl then
              loi("/tang/\($t[0].key)/so-luong"; "doi-chieu"; "biên bản \($b.hieu) giao \($l.sl) \($l.ten), sổ ghi \($t | map(.value."so-luong") | add)"; "handover \($b.hieu) has \($l.sl) of `\($l.ma)`, the book \($t | map(.value."so-luong") | add)"; "đối chiếu với biên bản"; "compare with the minutes")
            elif $t[0].value.ngay < $b.fields.ngay then
              loi("/tang/\($t[0].key)/ngay"; "doi-chieu"; "nhận ngày \($t[0].value.ngay | vn), trước ngày biên bản \($b.hieu) (\($b.fields.ngay | vn))"; "received on \($t[0].value.ngay), before handover \($b.hieu) of \($b.fields.ngay)"; "sửa ngày nhận"; "correct the date")
            else empty end),
        (select($bb != []) | ($f.tang // []) | to_entries[] | select((.value.so // "") | endswith("/BBBG")) | . as $t
          | ([$bb[] | select(.hieu == $t.value.so)] | first) as $b
          | if $b == null then
              loi("/tang/\($t.key)/so"; "doi-chieu"; "không có biên bản bàn giao số \($t.value.so) cho lớp"; "there is no handover \($t.value.so) to this class"; "sửa số chứng từ, hoặc lập biên bản"; "correct the number, or write the minutes")
            elif [$b.fields."tai-san"[].ma] | index($t.value.ma) == null then
              loi("/tang/\($t.key)/ma"; "doi-chieu"; "biên bản \($t.value.so) không giao món `\($t.value.ma)`"; "handover \($t.value.so) has no `\($t.value.ma)`"; "sửa mã hay số chứng từ"; "correct the code or the number")
            else empty end)
      )
  )
