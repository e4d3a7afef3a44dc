# Assessment: how many of the tasks were exceeded, done, not assured.
.fields."nhiem-vu" as $ds
| ($ds | length) as $n
| {
    so: $n,
    "vuot-muc": ([$ds[] | select(.muc == "vuot-muc")] | length),
    dat: ([$ds[] | select(.muc == "dat")] | length),
    "chua-dat": ([$ds[] | select(.muc == "chua-dat")] | length)
  }
| . + {"ty-le": (if $n == 0 then 0 else (.dat + ."vuot-muc") * 1000 / $n | round / 10 end)}
