# Age, z-scores and channels of every measuring; the last one.

.bang.who as $who
| .fields as $f
| [$f."theo-doi"[] | . as $t
   | {ngay, x: (so_ngay($f."ngay-sinh"; $t.ngay) / 30.4375)}
     + who_do($who; $f.gioi; so_thang($f."ngay-sinh"; $t.ngay); $t."can-nang"; $t."chieu-cao")] as $ds
| {"theo-doi": $ds, "moi-nhat": ($ds | last), thang: so_thang($f."ngay-sinh"; $f.ngay)}
