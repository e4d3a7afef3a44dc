# Totals of the day and what they cost.
{ tong: ([.fields.lop[].suat] | add),
  tien: (([.fields.lop[].suat] | add) * .bang.gia.suat),
  "trung-binh": (([.fields.lop[].suat] | add) / (.fields.lop | length) | tron(1)) }
