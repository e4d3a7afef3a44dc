# Attendance agrees with the class list: who is called is in the class on that day, and nobody is left out.
#
# A child is found by its code if the record has one, else by name and date of birth. Without a class list
# there is nothing to compare.

def ngay: split("-") | .[2] + "/" + (.[1] | if tonumber > 2 then (tonumber | tostring) else . end) + "/" + .[0];
def loi($tai; $vi; $en): {tai: $tai, loai: "doi-chieu", vi: $vi, en: $en,
  sua: "sửa sổ điểm danh này hoặc danh sách trẻ của lớp", fix: "mend this attendance or the class list"};
def cung($x): if ($x.ma? // null) != null then .ma == $x.ma else .ten == $x.ten and ."ngay-sinh" == $x."ngay-sinh" end;

.fields as $f
| [.days[] | select(.off | not) | .iso] as $hoc
| [(."lien-quan"."danh-sach-tre"? // [])[].fields.tre[]] as $ds
| select($ds != [] and $hoc != [])
| (
    ($f.tre | to_entries[] | .key as $i | .value as $x
      | [$ds[] | select(cung($x))] as $khop
      | if $khop == [] then
          ([$ds[] | select(.ten == $x.ten)] | first) as $gan
          | if $gan != null then loi("/tre/\($i)/ngay-sinh"; "danh sách trẻ ghi \($gan.ten) sinh ngày \($gan."ngay-sinh" | ngay)"; "the class list has \($gan.ten) born on \($gan."ngay-sinh")")
            else loi("/tre/\($i)/ten"; "trẻ \($x.ten) không có trong danh sách trẻ của lớp"; "\($x.ten) is not in the class list") end
        else
          (if $khop[0].gioi != $x.gioi then loi("/tre/\($i)/gioi"; "danh sách trẻ ghi giới tính khác"; "the class list has the other sex") else empty end),
          ([$hoc[] as $d
             | select((($x.vao // "") <= $d and $d < ($x.thoi // "9")) and ($khop | any(.[]; .vao <= $d and $d < (.thoi // "9")) | not)) | $d] as $la
           | if $la == [] then empty
             else loi("/tre/\($i)"; "\($x.ten) được điểm danh ngày \($la[0] | ngay) nhưng theo danh sách trẻ thì không thuộc lớp ngày đó (\($la | length) ngày)";
                      "\($x.ten) is called on \($la[0]) but is not in the class on that day (\($la | length) days)") end)
        end),
    ($ds[] | . as $t
      # found once, not on each day
      | [$f.tre[] | . as $x | select($t | cung($x))] as $goi
      | [$hoc[] as $d
          | select(($t.vao <= $d and $d < ($t.thoi // "9"))
              and ($goi | any(.[]; (.vao // "") <= $d and $d < (.thoi // "9")) | not)) | $d] as $thieu
      | select($thieu != [])
      # a misspelt date of birth is told above
      | select($f.tre | any(.[]; .ten == $t.ten and ."ngay-sinh" != $t."ngay-sinh") | not)
      | loi("/tre"; "\($t.ten) thuộc lớp ngày \($thieu[0] | ngay) mà không được điểm danh (\($thieu | length) ngày)";
            "\($t.ten) is in the class on \($thieu[0]) but is not called (\($thieu | length) days)"))
  )
