# Months, z-scores and channels of every child, and the totals of the round.

def ty_le($n; $m): if $m == 0 then null else ($n * 1000 / $m + 0.5 | floor) / 10 end;

.bang.who as $who
| .fields as $f
| [$f.tre[] | . as $t | ($t.ngay // $f.ngay) as $ngay
   | if $t."can-nang" == null and $t."chieu-cao" == null then {stt, do: false, thang: so_thang($t."ngay-sinh"; $ngay)}
     else {stt, do: true, gioi: $t.gioi} + who_do($who; $t.gioi; so_thang($t."ngay-sinh"; $ngay); $t."can-nang"; $t."chieu-cao")
     end] as $ds
| def dem($nhom; $cac):
    [$ds[] | select(.do and .[$nhom] != null)] as $co
    | [$cac[] | . as $ma | [$co[] | select(.[$nhom].ma == $ma)] as $n
       | {ma: $ma, so: ($n | length), nu: ([$n[] | select(.gioi == "nu")] | length), "ty-le": ty_le($n | length; $co | length)}]
    | {so: ($co | length), kenh: .};
  {
    tre: $ds,
    "so-tre": ($ds | length),
    "so-do": ([$ds[] | select(.do)] | length),
    "can-nang": dem("can-nang"; ["binh-thuong", "nhe-can-vua", "nhe-can-nang", "can-nang-cao"]),
    "chieu-cao": dem("chieu-cao"; ["binh-thuong", "thap-coi-1", "thap-coi-2", "cao-hon-tuoi"]),
    "can-doi": dem("can-doi"; ["binh-thuong", "gay-com-vua", "gay-com-nang", "thua-can", "beo-phi"])
  }
