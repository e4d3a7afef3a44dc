# Personal file: salary coefficients, the salary now drawn, years of service.

# Salary of one row: table of Nghị định 204/2004/NĐ-CP; a code that the table lacks keeps what was typed.
def he_so($bang):
  . as $c | $bang[$c."ma-so"] as $n
  | if $n == null then $c."he-so"
    elif $c.bac > $n."so-bac" then null
    else (($n.dau + $n.buoc * ($c.bac - 1)) * 100 | round / 100) end;

# Completed years between two ISO dates.
def so_nam($a; $b):
  ($b[0:4] | tonumber) - ($a[0:4] | tonumber) - (if $b[5:10] < $a[5:10] then 1 else 0 end);

(.bang.luong // {}) as $bang
| .fields as $f
| [$f.luong // [] | .[] | . + {"he-so": he_so($bang), ten: ($bang[."ma-so"].ten)}] as $luong
| {
    luong: $luong,
    "hien-huong": ([$luong[] | select(.tu <= $f.ngay[0:7])] | sort_by(.tu) | last),
    "so-nam": so_nam($f."tuyen-dung".ngay; $f.ngay),
    tuoi: so_nam($f."ngay-sinh"; $f.ngay)
  }
