# Figures of a class list: size, sex, ethnic minorities, policy groups, moves, and each child's age.
#
# "dau-nam" counts who is in class on 05/9, the customary opening day; later comers and leavers are the moves.

def thang($a; $b):
  ($a | split("-") | map(tonumber)) as [$y, $m, $d] | ($b | split("-") | map(tonumber)) as [$v, $n, $e]
  | ($v - $y) * 12 + $n - $m - (if $e < $d then 1 else 0 end);
def dem: {tong: length, nam: (map(select(.gioi == "nam")) | length), nu: (map(select(.gioi == "nu")) | length)};
def den($n): .thoi == null or .thoi > $n;

(.year[:4]) as $y
| ($y + "-09-05") as $mo
| .fields.tre as $tre
| ($tre | map(select(.thoi == null))) as $con
| {
    "toan-bo": ($tre | dem),
    "dau-nam": ($tre | map(select(.vao <= $mo and den($mo))) | dem),
    vao: ($tre | map(select(.vao > $mo)) | dem),
    thoi: ($tre | map(select(.thoi != null and .thoi > $mo)) | dem),
    "hien-co": ($con | dem),
    "dan-toc": ($con | map(select(."dan-toc" != "Kinh")) | dem),
    "chinh-sach": ($con | map(select((.dien // []) - ["khuyet-tat"] != [])) | dem),
    "khuyet-tat": ($con | map(select((.dien // []) | index("khuyet-tat"))) | dem),
    dien: ([$con[] | .dien // [] | .[]] | group_by(.) | map({key: .[0], value: length}) | from_entries),
    # completed months on 01/9, by stt
    "thang-tuoi": ($tre | map({key: (.stt | tostring), value: thang(."ngay-sinh"; $y + "-09-01")}) | from_entries)
  }
