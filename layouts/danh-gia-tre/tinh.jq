# Achieved goals per child and per goal. A goal that is not named for a child is achieved.

def ty_le($n; $m): if $m == 0 then null else ($n * 1000 / $m + 0.5 | floor) / 10 end;

.fields as $f
| ($f."muc-tieu" | map(.ma)) as $mt
| def dau($t): . as $m | if (($t."khong-danh-gia" // []) | index($m)) != null then "" elif (($t."chua-dat" // []) | index($m)) != null then "-" else "+" end;
  [$f.tre[] | . as $t | [$mt[] | dau($t)] as $d
    | ([$d[] | select(. == "+")] | length) as $dat | ([$d[] | select(. != "")] | length) as $n
    | {stt, dau: $d, dat: $dat, "danh-gia": $n, "ty-le": ty_le($dat; $n)}] as $tre
| [range($mt | length) as $i | ([$tre[].dau[$i] | select(. == "+")] | length) as $dat | ([$tre[].dau[$i] | select(. != "")] | length) as $n
    | {ma: $mt[$i], "linh-vuc": $f["muc-tieu"][$i]["linh-vuc"], dat: $dat, "danh-gia": $n, "ty-le": ty_le($dat; $n)}] as $theo
| {
    tre: $tre, "muc-tieu": $theo,
    "linh-vuc": ($theo | group_by(."linh-vuc") | map({ma: .[0]["linh-vuc"], "ty-le": ty_le(map(.dat) | add; map(."danh-gia") | add)})),
    dat: ($theo | map(.dat) | add), "danh-gia": ($theo | map(."danh-gia") | add),
    "ty-le": ty_le($theo | map(.dat) | add; $theo | map(."danh-gia") | add)
  }
