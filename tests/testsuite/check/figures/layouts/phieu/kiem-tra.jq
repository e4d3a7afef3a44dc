# A typed total, a class that stands twice, and two slips for one day.
. as $p
| ( select(.fields.tong != null and .fields.tong != .computed.tong)
  | { tai: "/tong", loai: "so-lieu",
      vi: "tổng số ghi \(.fields.tong), tính được \(.computed.tong)",
      en: "the total says \(.fields.tong), computed is \(.computed.tong)" } ),
  ( .fields.lop | to_entries[] | . as $e
  | select([$p.fields.lop[:$e.key][].ten] | index($e.value.ten))
  | { tai: "/lop/\($e.key)/ten", loai: "noi-dung",
      vi: "lớp \($e.value.ten) ghi hai lần", en: "class \($e.value.ten) stands twice",
      sua: "bỏ một dòng", fix: "drop one line" } ),
  ( ."lien-quan".phieu[] | select(.id < $p.id and .fields.ngay == $p.fields.ngay)
  | { tai: "/ngay", loai: "doi-chieu",
      vi: "ngày này đã có phiếu `\(.id)`", en: "this day has the slip `\(.id)` already" } )
