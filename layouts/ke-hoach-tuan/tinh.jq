# The five days of the week with their dates and days off, and the lessons by domain.
# Days off: the school's calendar (`days` holds the month of the Monday only) and the record's own `nghi`.

def cong($ngay; $so): ($ngay + "T00:00:00Z" | fromdate) + $so * 86400 | todate | .[0:10];

. as $d
| .fields as $f
| {
    "ngay": [range(0; 5) as $i
      | cong($f.tu; $i) as $iso
      | first((($f.nghi // [])[] | select(.ngay == $iso) | ."ly-do"),
              (($d.days // [])[] | select(.iso == $iso and .off) | (.reason // "Nghỉ")), null) as $ly
      | {iso: $iso, thu: ($i + 2), nghi: ($ly != null), "ly-do": $ly}],
    "den": cong($f.tu; 4),
    "so-hoat-dong": ($f.hoc | length),
    "theo-linh-vuc": ($f.hoc | group_by(."linh-vuc") | map({(.[0]."linh-vuc"): length}) | add)
  }
