# Register: no slip number twice, no child on two slips.

.records as $ds
| (
    [$ds | to_entries[] | {r: .key, so: .value.fields."so-phieu"}] | group_by(.so)[] | select(length > 1)
    | .[1:][] as $sau | .[0] as $dau
    | {tai: "/records/\($sau.r)/so-phieu", loai: "noi-dung",
       vi: "số phiếu \($sau.so) có ở hai phiếu: \($ds[$dau.r].id) và \($ds[$sau.r].id)", en: "slip number \($sau.so) is used by \($ds[$dau.r].id) and \($ds[$sau.r].id)",
       sua: "đánh lại số một phiếu", fix: "renumber one of them"}
  ),
  (
    # Without a code, a child is told by name, birthday and mother.
    [$ds | to_entries[] | .key as $r | .value.fields.tre | to_entries[]
      | {r: $r, i: .key, t: .value, khoa: (.value | if .ma != null then .ma else "\(."ho-dem") \(.ten)|\(."ngay-sinh")|\(.me // "")" end)}]
    | group_by(.khoa)[] | select((map(.r) | unique | length) > 1)
    | .[0] as $dau | .[1:][] | select(.r != $dau.r)
    | {tai: "/records/\(.r)/tre/\(.i)", loai: "doi-chieu",
       vi: "\(.t."ho-dem") \(.t.ten) có ở hai phiếu: số \($ds[$dau.r].fields."so-phieu") và số \($ds[.r].fields."so-phieu")",
       en: "\(.t."ho-dem") \(.t.ten) is on two slips: no. \($ds[$dau.r].fields."so-phieu") and no. \($ds[.r].fields."so-phieu")",
       sua: "giữ trẻ ở phiếu của hộ đang ở, bỏ khỏi phiếu kia", fix: "keep the child on the slip of the household where it lives"}
  )
