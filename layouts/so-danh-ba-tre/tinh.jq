# Order and figures of the register: classes from the youngest, children by their number in class.
#
# Lines are given as places (record, child), so that the form reads the values from the records alone.

def dem: {tong: length, nam: (map(select(.gioi == "nam")) | length), nu: (map(select(.gioi == "nu")) | length)};
# first age of the class in months; a class without one comes last
def tuoi: (.unit.age // "") as $a | ([$a | scan("[0-9]+") | tonumber] | first // 999) * (if $a | test("tháng") then 1 else 12 end);
# the column of "lớp qua các năm" in which this year's class stands
def cot: (.unit.age // "") as $a | if $a | test("tháng") then "nt" else "t" + ([$a | scan("[0-9]+")] | first // "5") end;
# "Lớp mẫu giáo 5 tuổi A" -> "5T A"
def ngan: cot as $c | (.unit.name | split(" ") | last) as $l
  | (if $c == "nt" then "NT" else ($c[1:] + "T") end) + (if ($l | length) <= 2 then " " + $l else "" end);

(.records | to_entries | sort_by([(.value | tuoi), .value.unit.name])) as $lop
| ([$lop[] | .key as $r | .value.fields.tre | to_entries | sort_by(.value.stt)[] | {r: $r, i: .key}]) as $dong
| ([.records[].fields.tre[]]) as $tat
| ($tat | map(select(.thoi == null))) as $con
| {
    dong: ($dong | to_entries | map(.value + {so: (.key + 1)})),
    "lop-nay": (.records | map({cot: cot, ten: ngan})),
    lop: [$lop[].value | .fields.tre as $t | {
      ten: .unit.name, "do-tuoi": .unit.age, "toan-bo": ($t | dem), thoi: ($t | map(select(.thoi != null)) | dem),
      "hien-co": ($t | map(select(.thoi == null)) | dem)}],
    tong: {
      "toan-bo": ($tat | dem), thoi: ($tat | map(select(.thoi != null)) | dem), "hien-co": ($con | dem),
      "dan-toc": ($con | map(select(."dan-toc" != "Kinh")) | dem),
      "khuyet-tat": ($con | map(select((.dien // []) | index("khuyet-tat"))) | dem)}
  }
