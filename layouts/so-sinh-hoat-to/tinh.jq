# Figures of the book: present and absent at each meeting, meetings by month, meetings of each person.
# jq has no Vietnamese order: persons follow their first appearance.

(.records // []) as $r
| ([$r[].fields | (."co-mat"[], (.vang // [])[].nguoi)] | reduce .[] as $p ([]; if any(.[]; . == $p) then . else . + [$p] end)) as $ai
| {
    "so-lan": ($r | length),
    "lan": [$r[].fields | {co: (."co-mat" | length), vang: ((.vang // []) | length)}],
    "luot-co": ([$r[].fields."co-mat" | length] | add // 0),
    "luot-vang": ([$r[].fields | (.vang // []) | length] | add // 0),
    "theo-thang": ([$r[].fields.ngay[0:7]] | group_by(.) | map({thang: .[0], lan: length})),
    "nguoi": [$ai[] as $p | {nguoi: $p,
      co: ([$r[].fields | select(any(."co-mat"[]; . == $p))] | length),
      vang: ([$r[].fields | select(any((.vang // [])[]; .nguoi == $p))] | length)}]
  }
