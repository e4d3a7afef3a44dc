# Disclosure: .dong[] in printed order {cap: 0 part | 1 item | 2 line, so: [numbers], ten, ."du-toan" ."thuc-hien" ."cung-ky",
# ."ty-le" ."so-cung-ky" (percent, one decimal)}; a figure is null where there is none. An item with lines is their sum.
def tong(k): map(.[k]) | if all(. == null) then null else map(. // 0) | add end;
def pt($a; $b): if $a == null or $b == null or $b == 0 then null else ($a * 1000 / $b | round) / 10 end;
def dong: {ten, "du-toan": ."du-toan", "thuc-hien": ."thuc-hien", "cung-ky": ."cung-ky"}
  | ."ty-le" = pt(."thuc-hien"; ."du-toan") | ."so-cung-ky" = pt(."thuc-hien"; ."cung-ky");
def muc: if (."chi-tiet" // []) == [] then . else
    ."chi-tiet" as $c | . + {"du-toan": ($c | tong("du-toan")), "thuc-hien": ($c | tong("thuc-hien")), "cung-ky": ($c | tong("cung-ky"))}
  end;
{
  dong: [
    .fields.phan | to_entries[] | .key as $i | .value as $p | ($p.muc | map(muc)) as $m
    | (if $p.cong then {ten: $p.ten, "du-toan": ($m | tong("du-toan")), "thuc-hien": ($m | tong("thuc-hien")), "cung-ky": ($m | tong("cung-ky"))}
       else {ten: $p.ten} end | dong + {cap: 0, so: [$i + 1], tai: "/phan/\($i)"}),
      ($m | to_entries[] | .key as $j | .value
        | (dong + {cap: 1, so: [$j + 1], tai: "/phan/\($i)/muc/\($j)"}),
          ((."chi-tiet" // []) | to_entries[] | .key as $k | .value | dong + {cap: 2, so: [$j + 1, $k + 1], tai: "/phan/\($i)/muc/\($j)/chi-tiet/\($k)"}))
  ],
}
