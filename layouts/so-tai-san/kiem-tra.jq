# S26-H: a balance is never below zero; a figure that someone typed agrees with the computed one.
def so: tostring | [while(. != ""; .[:-3]) | .[-3:]] | reverse | join(".");
def vn: "\(.[8:10])/\(.[5:7])/\(.[:4])";
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
.fields as $f | .computed as $c
| (
    # one line for each place and code
    ((["dau-ky", "tang"] | map(. as $k | ($f[$k] // []) | to_entries[] | {tai: "/\($k)/\(.key)/ma", khoa: "\(.value.noi) \(.value.ma)"}))
      | group_by(.khoa)[] | select(length > 1) | .[1:][]
      | loi(.tai; "noi-dung"; "nơi sử dụng và mã tài sản `\(.khoa)` đã có ở dòng khác"; "place and asset code `\(.khoa)` are already on another line";
          "đặt mã khác cho đợt mua khác đơn giá, hoặc cộng vào dòng cũ"; "give another code, or add to the other line")),
    # the reduction has its increase, and leaves no less than nothing
    (($f.giam // []) | to_entries[] | . as $g
      | ([$c.muc[] | select(.ma == $g.value.noi).dong[] | select(.ma == $g.value.ma)] | first) as $d
      | if $d == null then
          loi("/giam/\($g.key)/ma"; "noi-dung"; "nơi sử dụng `\($g.value.noi)` không có tài sản mã `\($g.value.ma)`"; "the place `\($g.value.noi)` has no asset `\($g.value.ma)`";
            "sửa mã, hoặc ghi tăng trước"; "correct the code, or enter the increase first")
        elif ($d.ngay // "") > $g.value.ngay then
          loi("/giam/\($g.key)/ngay"; "noi-dung"; "giảm ngày \($g.value.ngay | vn), trước khi ghi tăng ngày \($d.ngay | vn)"; "reduced on \($g.value.ngay), before its increase on \($d.ngay)";
            "sửa ngày chứng từ"; "correct the date")
        else
          ([$d.giam[] | select(.i == $g.key)] | first) as $x
          | if $x.con < 0 then
              loi("/giam/\($g.key)/so-luong"; "noi-dung"; "giảm quá số đang có: \($g.value.ma) còn \($x.con) sau chứng từ \($g.value.so)"; "more is taken off than there is: \($g.value.ma) stands at \($x.con) after \($g.value.so)";
                "sửa số lượng, hoặc ghi tăng còn thiếu"; "correct the quantity, or enter the missing increase")
            else empty end
        end),
    # dates within the book
    ((["tang", "giam"][]) as $k | ($f[$k] // []) | to_entries[]
      | select(.value.ngay > $f.ngay or .value.ngay < $f."ngay-mo-so")
      | loi("/\($k)/\(.key)/ngay"; "noi-dung"; "ngày chứng từ \(.value.ngay | vn) không nằm giữa ngày mở sổ và ngày khóa sổ"; "the date \(.value.ngay) is not between the opening and the closing of the book";
          "sửa ngày chứng từ hoặc ngày khóa sổ"; "correct the date, or the day of closing")),
    # typed amounts
    ((["dau-ky", "tang"][]) as $k | ($f[$k] // []) | to_entries[]
      | select(.value."thanh-tien" != null and .value."thanh-tien" != .value."so-luong" * .value."don-gia")
      | loi("/\($k)/\(.key)/thanh-tien"; "so-lieu"; "thành tiền ghi \(.value."thanh-tien" | so), tính ra \(.value."so-luong" * .value."don-gia" | so)"; "the amount reads \(.value."thanh-tien"), computed \(.value."so-luong" * .value."don-gia")";
          "sửa số lượng, đơn giá, hoặc bỏ trường thanh-tien"; "correct quantity or price, or leave out thanh-tien")),
    (($f.giam // []) | to_entries[] | . as $g | select(.value."thanh-tien" != null)
      | ([$c.muc[] | select(.ma == $g.value.noi).dong[] | select(.ma == $g.value.ma)] | first) as $d
      | select($d != null and $g.value."thanh-tien" != $g.value."so-luong" * $d."don-gia")
      | loi("/giam/\($g.key)/thanh-tien"; "so-lieu"; "thành tiền ghi \($g.value."thanh-tien" | so), tính ra \($g.value."so-luong" * $d."don-gia" | so)"; "the amount reads \($g.value."thanh-tien"), computed \($g.value."so-luong" * $d."don-gia")";
          "sửa số lượng, hoặc bỏ trường thanh-tien"; "correct the quantity, or leave out thanh-tien"))
  ),
  ([["cong-tang", "cộng ghi tăng", $c.dau + $c.tang], ["cong-giam", "cộng ghi giảm", $c.giam], ["con-lai", "còn lại", $c.con]][]
    | . as [$k, $ten, $dung] | select($f[$k] != null and $f[$k] != $dung)
    | loi("/\($k)"; "so-lieu"; "trường \($k) (\($ten)) ghi \($f[$k] | so), tính ra \($dung | so)"; "`\($k)` reads \($f[$k]), computed \($dung)";
        "sửa số đã ghi, hoặc bỏ trường này"; "correct it, or leave the field out"))
