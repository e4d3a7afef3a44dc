# Amount and time of the samples (QĐ 1246/QĐ-BYT: solid 100 g, liquid 150 ml, at 2–8 °C, 24 hours); days
# against the calendar, portions against the attendance of all classes.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def vn: split("-") | "\(.[2])/\(.[1] | if tonumber > 2 then (tonumber | tostring) else . end)/\(.[0])";
def so: tostring | sub("\\."; ",");

.fields as $f
| .computed as $c
| .days as $days
| [(.["lien-quan"]["so-theo-doi-tre"] // [])[] | .fields | select(.thang == $f.thang)] as $dd
| (
    ($days[] | select(.off | not) | .iso as $n | select(([$f."ngay-an"[].ngay, ($f."khong-nau" // [])[].ngay] | index($n)) == null)
      | loi("/ngay-an"; "noi-dung"; "thiếu ngày học \($n | vn)"; "the school day \($n) is missing"; "thêm ngày, hoặc ghi ngày không nấu ăn vào `khong-nau`"; "add the day, or name it in `khong-nau`")),
    ($f."ngay-an" | to_entries[] | .key as $i | .value as $d
      | (
          (select(([$days[] | select(.iso == $d.ngay and (.off | not))] | length) == 0)
            | loi("/ngay-an/\($i)/ngay"; "noi-dung"; "\($d.ngay | vn) không phải ngày học của tháng"; "\($d.ngay) is no school day of the month"; "sửa ngày"; "mend the day")),
          (select($d."nhiet-do" != null and ($d."nhiet-do" < 2 or $d."nhiet-do" > 8))
            | loi("/ngay-an/\($i)/nhiet-do"; "noi-dung"; "nhiệt độ lưu mẫu \($d."nhiet-do" | so) °C ngoài 2–8 °C"; "samples at \($d."nhiet-do") °C, outside 2–8 °C"; "xem lại tủ lưu mẫu hoặc sửa số"; "look at the fridge or mend the figure")),
          (select(($dd | length) > 0)
            | ([$dd[] | . as $b | ([.tre[] | select((.vao // "") <= $d.ngay and (.thoi // "9") > $d.ngay)] | length)
                - ([.vang[] | select(.ngay == $d.ngay) | (."co-phep" // [])[], (."khong-phep" // [])[]] | length)] | add) as $co
            | select($co < $d."so-suat")
            | loi("/ngay-an/\($i)/so-suat"; "doi-chieu"; "\($d."so-suat") suất ăn nhưng điểm danh chỉ có \($co) trẻ"; "\($d."so-suat") portions, but \($co) children by the attendance"; "sửa số suất hoặc điểm danh"; "mend the portions or the attendance")),
          ($d.mau | to_entries[] | .key as $j | .value as $m | $c["ngay-an"][$i].mau[$j] as $k
            | (
                (select($m.luong < (if $m.long == true then 150 else 100 end))
                  | loi("/ngay-an/\($i)/mau/\($j)/luong"; "noi-dung"; "mẫu \($m.mon) \($m.luong) " + (if $m.long == true then "ml, ít nhất 150 ml" else "g, ít nhất 100 g" end); "sample \($m.mon): \($m.luong), at least " + (if $m.long == true then "150 ml" else "100 g" end); "lấy đủ lượng mẫu"; "take enough")),
                (select($k.phut < 1440)
                  | loi("/ngay-an/\($i)/mau/\($j)/huy"; "noi-dung"; "mẫu \($m.mon) lưu chưa đủ 24 giờ"; "sample \($m.mon) kept for less than 24 hours"; "sửa giờ, hoặc lưu đủ 24 giờ"; "mend the time, or keep it for 24 hours"))
              ))
        ))
  )
