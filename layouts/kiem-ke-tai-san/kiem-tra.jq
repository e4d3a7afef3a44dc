# Stocktake: quality counts fit, typed differences agree, and the book figures are those of so-tai-san on that day.
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
.fields as $f | .computed as $c
| (
    select($f."ket-thuc" <= $f."bat-dau")
      | loi("/ket-thuc"; "noi-dung"; "giờ kết thúc không sau giờ bắt đầu"; "it ends before it begins"; "sửa giờ"; "correct the hours")),
  ($f."tai-san" | to_entries | group_by([.value.noi, .value.ma])[] | select(length > 1) | .[1:][]
    | loi("/tai-san/\(.key)/ma"; "noi-dung"; "`\(.value.ma)` ở `\(.value.noi)` đã có ở dòng khác"; "`\(.value.ma)` of `\(.value.noi)` is on another line"; "cộng vào một dòng"; "add them up")),
  ($c.muc[].dong[] | select(.tot < 0)
    | loi("/tai-san/\(.i)/dem"; "noi-dung"; "kém và mất phẩm chất \(.kem + .mat), nhiều hơn số đếm \(.dem)"; "\(.kem + .mat) of poor quality, more than the \(.dem) counted"; "sửa số đếm hay số kém, mất phẩm chất"; "correct the count or the qualities")),
  ($c.muc[].dong[] | . as $d | (["thua", "thừa", "surplus"], ["thieu", "thiếu", "shortage"]) as [$k, $vi, $en]
    | $f."tai-san"[$d.i][$k] as $g | select($g != null and $g != $d[$k])
    | loi("/tai-san/\($d.i)/\($k)"; "so-lieu"; "\($vi) ghi \($g), tính ra \($d[$k])"; "\($en) reads \($g), computed \($d[$k])"; "sửa số đã ghi, hoặc bỏ trường này"; "correct it, or leave it out")),
  # the book of the places of use, where it is kept up to that day
  ((."lien-quan"."so-tai-san" // [])[] | .fields as $s | select($s."ngay-mo-so" <= $f.ngay and $f.ngay <= $s.ngay)
    | ([($s."dau-ky" // [])[], (($s.tang // [])[] | select(.ngay <= $f.ngay))]
        | group_by([.noi, .ma])
        | map({noi: .[0].noi, ma: .[0].ma, ten: .[0].ten, gia: .[0]."don-gia", sl: (map(."so-luong") | add)} as $x
            | $x | .sl -= ([($s.giam // [])[] | select(.ngay <= $f.ngay and .noi == $x.noi and .ma == $x.ma)."so-luong"] | add // 0))) as $so
    | (
        ($f."tai-san" | to_entries[] | . as $t | ([$so[] | select(.noi == $t.value.noi and .ma == $t.value.ma)] | first) as $b
          | if $b == null then
              loi("/tai-san/\($t.key)/ma"; "doi-chieu"; "sổ theo dõi TSCĐ và CCDC không có `\($t.value.ma)` ở `\($t.value.noi)`"; "the book of assets has no `\($t.value.ma)` at `\($t.value.noi)`"; "sửa mã, hoặc ghi tăng vào sổ"; "correct the code, or enter it in the book")
            else
              (select($b.sl != $t.value."so-sach")
                | loi("/tai-san/\($t.key)/so-sach"; "doi-chieu"; "số theo sổ ghi \($t.value."so-sach"), sổ theo dõi TSCĐ và CCDC còn \($b.sl)"; "the book figure reads \($t.value."so-sach"), the book of assets has \($b.sl)"; "đối chiếu với sổ vào ngày kiểm kê"; "compare with the book on that day")),
              (select($b.gia != $t.value."don-gia")
                | loi("/tai-san/\($t.key)/don-gia"; "doi-chieu"; "đơn giá ghi \($t.value."don-gia"), sổ theo dõi TSCĐ và CCDC ghi \($b.gia)"; "the price reads \($t.value."don-gia"), the book of assets has \($b.gia)"; "đối chiếu với sổ"; "compare with the book"))
            end),
        ([$so[] | select(.sl > 0) | . as $b | select(any($f."noi-su-dung"[]; .ma == $b.noi) and (any($f."tai-san"[]; .noi == $b.noi and .ma == $b.ma) | not)) | "\(.ma) ở \(.noi)"]
          | select(. != [])
          | loi("/tai-san"; "doi-chieu"; "có trong sổ mà chưa kiểm kê: \(join(", "))"; "in the book, not counted: \(join(", "))"; "kiểm kê đủ mọi tài sản của nơi sử dụng"; "count every asset of the place"))
      ))
