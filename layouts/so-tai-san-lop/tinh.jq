# Class asset book: balances of every item, overall and on the day of each stocktake.
#   ."tai-san"[] ."do-choi"[]  .dau .tang .giam .cuoi, ."ngay-nhan" ."ngay-kiem-tra", ."cl-dau" ."cl-cuoi"
#   .cong."tai-san" .cong."do-choi"   number of items and sums
#   .tang[] .giam[] ."sua-chua"[]     by date, with the item's name; .i is the line as entered, .con the balance after it
#   ."kiem-ke"[]  .dong[] (."so-sach" .dem .thua .thieu), .nhom[] sums, ."chua-dem"[]
# A movement on the day of a stocktake counts before it; an adjustment after it carries a later date.
def cong(f): map(f) | add // 0;
def theo_ngay: sort_by(.ngay);
.fields as $f
| ([$f | (."tai-san"[] | . + {nhom: "tai-san"}), (."do-choi"[] | . + {nhom: "do-choi"})]) as $mon
| (reduce $mon[] as $m ({}; if has($m.ma) then . else .[$m.ma] = $m end)) as $theo
| ([($f.tang // []) | to_entries[] | .value + {i: .key}] | theo_ngay) as $tang
| ([($f.giam // []) | to_entries[] | .value + {i: .key}] | theo_ngay) as $giam
| ([($f."kiem-ke" // []) | to_entries[] | .value + {i: .key}] | theo_ngay) as $kk
# balance of an item at the end of a day
| def ton($ma; $ngay):
    ($theo[$ma]."dau-nam" // 0)
    + ($tang | map(select(.ma == $ma and .ngay <= $ngay)) | cong(."so-luong"))
    - ($giam | map(select(.ma == $ma and .ngay <= $ngay)) | cong(."so-luong"));
  def mon($nhom): $f[$nhom] | map(
    . as $m
    | ($tang | map(select(.ma == $m.ma))) as $t
    | ($giam | map(select(.ma == $m.ma))) as $g
    | ([$kk[] | . as $k | .dem[] | select(.ma == $m.ma) | {ngay: $k.ngay, cl: ."chat-luong"}]) as $d
    | {ma, ten, dvt, "danh-muc": ."danh-muc", dau: ."dau-nam", tang: ($t | cong(."so-luong")), giam: ($g | cong(."so-luong")),
       "cl-dau": ."chat-luong", "cl-cuoi": (([$d[] | select(.cl != null)] | last | .cl) // ."chat-luong"),
       "ngay-nhan": (($t | last | .ngay) // ."ngay-nhan"), "ngay-kiem-tra": ($d | last | .ngay), "ghi-chu": ."ghi-chu"}
    | .cuoi = .dau + .tang - .giam);
  def tong: {loai: length, dau: cong(.dau), tang: cong(.tang), giam: cong(.giam), cuoi: cong(.cuoi)};
  def ten: . + {ten: $theo[.ma].ten, dvt: $theo[.ma].dvt, nhom: $theo[.ma].nhom};
  mon("tai-san") as $ts | mon("do-choi") as $dc
| {
    "tai-san": $ts, "do-choi": $dc,
    cong: {"tai-san": ($ts | tong), "do-choi": ($dc | tong)},
    tang: [$tang[] | ten],
    giam: [$giam[] | ten | .con = ton(.ma; .ngay)],
    "sua-chua": [($f."sua-chua" // []) | theo_ngay[] | ten],
    "kiem-ke": [
      $kk[] | . as $k
      | [
          $mon[] | . as $m
          | ton($m.ma; $k.ngay) as $so
          | ([$k.dem[] | select(.ma == $m.ma)] | first) as $d
          | {ma, ten, dvt, nhom, "so-sach": $so, dem: $d."so-luong", "chat-luong": $d."chat-luong",
             thua: (if $d == null then null else [$d."so-luong" - $so, 0] | max end),
             thieu: (if $d == null then null else [$so - $d."so-luong", 0] | max end)}
          | select(."so-sach" != 0 or .dem != null)
        ] as $dong
      | {i: $k.i, dot: $k.dot, ngay: $k.ngay, dong: $dong,
         "chua-dem": [$dong[] | select(.dem == null) | .ma],
         nhom: (["tai-san", "do-choi"] | map(. as $n | [$dong[] | select(.nhom == $n)] | {
           nhom: $n, loai: length, "so-sach": cong(."so-sach"), dem: cong(.dem // 0), thua: cong(.thua // 0), thieu: cong(.thieu // 0)}))}
    ],
  }
