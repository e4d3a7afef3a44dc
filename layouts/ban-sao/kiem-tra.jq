# Bản sao: the original is what the copy says it is (Nghị định 30/2020/NĐ-CP, Điều 25 to 27).
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def hai: tostring | if length < 2 then "0" + . else . end;

. as $d | .fields as $f | $f."ban-chinh" as $g | ."lien-quan" as $lq
| (if $f."hinh-thuc" == "trich-sao" and ($d.body | length) == 0 then
     loi(""; "noi-dung"; "trích sao mà không có phần được trích"; "an excerpt without its text"; "chép phần được trích vào phần thân"; "write the excerpt")
   else empty end),
  (if $f."dinh-dang" == "dien-tu" and $f."luc-ky" == null then
     loi("/dinh-dang"; "noi-dung"; "bản sao điện tử phải ghi thời gian ký ở ô 14"; "an electronic copy needs its time of signing"; "ghi `luc-ky`"; "write `luc-ky`")
   elif $f."luc-ky" != null and $f."luc-ky"[:10] != $f.ngay then
     loi("/luc-ky"; "so-lieu"; "thời gian ký không vào ngày sao"; "the time of signing is of another day"; "sửa một trong hai ngày"; "mend one of them")
   else empty end),
  (if $g.ngay > $f.ngay then
     loi("/ban-chinh/ngay"; "noi-dung"; "văn bản được sao có ngày sau ngày sao"; "the original is younger than the copy"; "xem lại hai ngày"; "look at both dates")
   else empty end),
  (if $f."hinh-thuc" == "sao-luc" and ($g."ho-so" // "" | test("/(van-ban-di|bien-ban)/")) then
     loi("/hinh-thuc"; "noi-dung"; "sao lục là chép từ bản sao y của nơi khác; văn bản của trường thì sao y hoặc trích sao";
         "sao lục copies a copy of others; one's own document is copied as sao y or trích sao"; "ghi `sao-y`"; "write `sao-y`")
   else empty end),
  (if $g."ho-so" == null then empty
   else ([$lq[][] | select(.id == $g."ho-so")] | first) as $v
   | if $v == null then
       loi("/ban-chinh/ho-so"; "doi-chieu"; "không có hồ sơ `\($g."ho-so")`"; "there is no record `\($g."ho-so")`"; "sửa mã hồ sơ"; "mend the id")
     else
       ($v.fields) as $o
       | ($o."ngay-van-ban" // $o.ngay) as $ngay
       | (if $o."so-ky-hieu" != null then [$o."so-ky-hieu"] else [$o.so // 0 | hai] end) as $so
       | (if $ngay != $g.ngay then
            loi("/ban-chinh/ngay"; "doi-chieu"; "văn bản ấy ngày \($ngay)"; "that document is of \($ngay)"; "sửa ngày"; "mend the date") else empty end),
         (if ($o."so-ky-hieu" != null and $o."so-ky-hieu" != $g."so-ky-hieu")
             or ($o."so-ky-hieu" == null and ($g."so-ky-hieu" | startswith($so[0] + "/") | not)) then
            loi("/ban-chinh/so-ky-hieu"; "doi-chieu"; "văn bản ấy mang số \($so[0])"; "that document has the number \($so[0])"; "sửa số, ký hiệu"; "mend the number") else empty end),
         (if $o."trich-yeu" != $f."trich-yeu" then
            loi("/trich-yeu"; "doi-chieu"; "trích yếu khác với văn bản được sao: \($o."trich-yeu")"; "the summary differs from the original: \($o."trich-yeu")"; "chép đúng trích yếu"; "copy the summary as it stands") else empty end)
     end
   end)
