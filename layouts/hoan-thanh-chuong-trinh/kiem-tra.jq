# The list of completion agrees with the class list, with the attendance kept so far, and with its typed totals.

def ngay: split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0];
def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};
def doi($tai; $vi; $en): loi($tai; "doi-chieu"; $vi; $en; "sửa danh sách này hoặc danh sách trẻ của lớp"; "mend this list or the class list");

. as $goc | .fields as $f | .computed as $c | $f.tre as $tre
| [(."lien-quan"."danh-sach-tre"? // [])[].fields.tre[]] as $ds
| [(."lien-quan"."so-theo-doi-tre"? // [])[] | select(.computed.tre != null)] as $dd
| (
    (select([(.unit.age // "") | scan("[0-9]+")] | first != "5")
      | loi(""; "noi-dung"; "chỉ lớp mẫu giáo 5–6 tuổi lập danh sách này"; "only a class of five-year-olds keeps this list"; "bỏ danh sách ở lớp này"; "remove the list from this class")),
    ($tre | to_entries[] | select(.value.stt != .key + 1)
      | loi("/tre/\(.key)/stt"; "noi-dung"; "số thứ tự \(.value.stt) đứng ở dòng \(.key + 1)"; "number \(.value.stt) stands in line \(.key + 1)";
            "đánh số thứ tự liên tục từ 1"; "number the children from 1 without a gap")),
    ($tre | to_entries | group_by(.value.ma)[] | select(length > 1) | .[1:][]
      | loi("/tre/\(.key)/ma"; "noi-dung"; "mã \(.value.ma) có hai lần trong danh sách"; "code \(.value.ma) stands twice in the list"; "mỗi trẻ một dòng"; "one line for each child")),
    # typed totals
    (($f.cong // {}) | to_entries[]
      | ({tong: $c."toan-bo".tong, nu: $c."toan-bo".nu, "hoan-thanh": $c."hoan-thanh".tong}[.key]) as $tinh
      | select(.value != $tinh)
      | loi("/cong/\(.key)"; "so-lieu"; "ghi \(.value), tính ra \($tinh)"; "typed \(.value), computed \($tinh)"; "bỏ số ghi tay hoặc sửa danh sách"; "remove the typed figure or mend the list")),
    (select($ds != []) | (
      ($tre | to_entries[] | .key as $i | .value as $x | ([$ds[] | select(.ma == $x.ma)] | first) as $t
        | if $t == null then doi("/tre/\($i)/ma"; "danh sách trẻ của lớp không có mã \($x.ma)"; "the class list has no child with the code \($x.ma)")
          else
            (if $t.ten != $x.ten then doi("/tre/\($i)/ten"; "danh sách trẻ ghi tên \($t.ten)"; "the class list has the name \($t.ten)") else empty end),
            (if $t."ngay-sinh" != $x."ngay-sinh" then doi("/tre/\($i)/ngay-sinh"; "danh sách trẻ ghi ngày sinh \($t."ngay-sinh" | ngay)"; "the class list has the date of birth \($t."ngay-sinh")") else empty end),
            (if $t.gioi != $x.gioi then doi("/tre/\($i)/gioi"; "danh sách trẻ ghi giới tính khác"; "the class list has the other sex") else empty end),
            (if $t.thoi != null and $t.thoi <= $f.ngay then doi("/tre/\($i)"; "trẻ \($x.ten) đã thôi học từ \($t.thoi | ngay)"; "\($x.ten) left on \($t.thoi)") else empty end)
          end),
      ($ds[] | select(.vao <= $f.ngay and (.thoi == null or .thoi > $f.ngay)) | . as $t | select($tre | any(.[]; .ma == $t.ma) | not)
        | doi("/tre"; "thiếu trẻ \($t.ten), mã \($t.ma)"; "\($t.ten), code \($t.ma), is missing"))
    )),
    # months already kept: nobody attended less in the year than in them; with all nine months the days are equal
    (select($dd != [])
      | ([$dd[].fields.thang] | unique) as $thang
      | ($goc.year | split("-")) as [$a, $b]
      | (["\($a)-09", "\($a)-10", "\($a)-11", "\($a)-12", "\($b)-01", "\($b)-02", "\($b)-03", "\($b)-04", "\($b)-05"] - $thang == []) as $du
      | $tre | to_entries[] | .key as $i | .value as $x
      | ([$dd[] | .computed.tre as $k | .fields.tre[] | select(.ten == $x.ten and ."ngay-sinh" == $x."ngay-sinh") | $k[.stt | tostring].di] | add // 0) as $di
      | select($x."so-ngay" < $di or ($du and $x."so-ngay" != $di))
      | loi("/tre/\($i)/so-ngay"; "doi-chieu"; "ghi \($x."so-ngay") ngày, điểm danh có \($di) ngày đi học"; "\($x."so-ngay") days typed, attendance has \($di)";
            "sửa số ngày, hoặc sửa sổ điểm danh"; "mend the days or the attendance"))
  )
