# Typed sums against the computed ones; days of one week, in order, on school days; a day's cost within
# the money of the children (5 % over is custom's limit, made up within the week).

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: split("-") | "\(.[2])/\(.[1] | if tonumber > 2 then (tonumber | tostring) else . end)/\(.[0])";

.fields as $f
| .computed as $c
| .days as $days
| (
    (select($f."ngay-an"[0].ngay != $f.tu)
      | loi("/tu"; "noi-dung"; "ngày đầu của thực đơn là \($f."ngay-an"[0].ngay | vn)"; "the menu begins on \($f."ngay-an"[0].ngay)"; "sửa `tu` hoặc ngày đầu"; "mend `tu` or the first day")),
    ($f."ngay-an" | to_entries[] | .key as $i | .value as $d | $c["ngay-an"][$i] as $k
      | (
          (select(so_ngay($f.tu; $d.ngay) < 0 or so_ngay($f.tu; $d.ngay) > 6 or ($i > 0 and $f["ngay-an"][$i - 1].ngay >= $d.ngay))
            | loi("/ngay-an/\($i)/ngay"; "noi-dung"; "ngày \($d.ngay | vn) không thuộc tuần hoặc sai thứ tự"; "\($d.ngay) is not of this week or out of order"; "sửa ngày"; "mend the day")),
          ($days[] | select(.iso == $d.ngay and .off)
            | loi("/ngay-an/\($i)/ngay"; "noi-dung"; "ngày \($d.ngay | vn) là ngày nghỉ"; "\($d.ngay) is a day off"; "bỏ ngày này"; "drop the day")),
          ($d."thuc-pham" | to_entries[] | .key as $j | .value as $t
            | select($t."thanh-tien" != null and $t."thanh-tien" != $k.tien[$j])
            | loi("/ngay-an/\($i)/thuc-pham/\($j)/thanh-tien"; "so-lieu"; "\($t.ten): đã ghi \($t."thanh-tien") đồng, tính được \($k.tien[$j]) đồng"; "\($t.ten): \($t."thanh-tien") typed, \($k.tien[$j]) computed"; "sửa số, hoặc bỏ dòng này"; "mend the figure or leave it out")),
          (select($k.suat * 100 > $f."muc-an" * 105)
            | loi("/ngay-an/\($i)"; "noi-dung"; "ngày \($d.ngay | vn): một suất \($k.suat) đồng, vượt mức ăn \($f."muc-an") đồng quá 5%"; "\($d.ngay): a portion costs \($k.suat), over \($f."muc-an") by more than 5 %"; "điều chỉnh thực phẩm hoặc đơn giá"; "change the food or mend the prices"))
        )),
    (select($c.con < 0)
      | loi("/ngay-an"; "noi-dung"; "tiền ăn cả tuần vượt tiền thu \(-$c.con) đồng"; "the week costs \(-$c.con) more than the money of the children"; "điều chỉnh thực phẩm"; "change the food"))
  )
