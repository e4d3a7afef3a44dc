# Symbols of the files and the totals of the closing sentence (Nghị định 30/2020/NĐ-CP, Phụ lục V).
def hai: tostring | if length < 2 then "0" + . else . end;
.fields."de-muc" as $ds
| {
    ky_hieu: [$ds[] | .["viet-tat"] as $v | [.["ho-so"] | to_entries[] | "\(.key + 1 | hai).\($v)"]],
    tong: ([$ds[]["ho-so"][]] | length),
    vinh_vien: ([$ds[]["ho-so"][] | select(.["thoi-han"] == "Vĩnh viễn")] | length)
  }
| .co_thoi_han = .tong - .vinh_vien
