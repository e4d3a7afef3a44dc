# Definitions that stand before every jq program of a kind: growth of children by WHO's tables.
#
# Tables: layouts/chung/tang-truong/who.json, declared by the kind as `du-lieu: {who: chung/tang-truong/who.json}`
# and given to these functions as `.bang.who`. Sources and checks: the README beside it.
#
# Method: WHO Child Growth Standards, Methods and development (2006), chapter 7: LMS, with the restricted
# rule beyond 3 SD for the indicators that contain weight. Bands: WHO training course, module C;
# wording: Bộ Y tế, tài liệu hướng dẫn theo dõi tăng trưởng trẻ em.

# L, M, S of a table at $x (months or cm), linear between two rows as WHO Anthro does; null outside of it.
def who_lms($bang; $chi_so; $gioi; $x):
  $bang[$chi_so][$gioi] as $b
  | (($x - $b.tu) / $b.buoc) as $k
  | ($b.lms | length) as $n
  | if $k < 0 or $k > $n - 1 then null
    else ($k | floor) as $i
      | ($k - $i) as $w
      | if $w < 0.000001 or $i + 1 >= $n then $b.lms[$i]
        else $b.lms[$i] as $p | $b.lms[$i + 1] as $q | [range(3) as $j | $p[$j] + $w * ($q[$j] - $p[$j])]
        end
    end;

# The measure at z standard deviations.
def who_sd($lms; $z): $lms[1] * pow(1 + $lms[0] * $lms[2] * $z; 1 / $lms[0]);

# Two decimals, as WHO Anthro gives them; bands are told from the rounded value, as WHO does.
def who_tron: if . < 0 then -((-. * 100 + 0.5) | floor) / 100 else ((. * 100 + 0.5) | floor) / 100 end;

# z-score of a measure; null where the tables say nothing. Length and height have L = 1 and no
# restricted rule; the others are measured beyond 3 SD by the distance between 2 and 3 SD.
def who_z($bang; $chi_so; $gioi; $thang_or_cm; $gia_tri):
  who_lms($bang; $chi_so; $gioi; $thang_or_cm) as $t
  | if $t == null or $gia_tri == null or $gia_tri <= 0 then null
    else (if $t[0] == 0 then (($gia_tri / $t[1]) | log) / $t[2]
          else (pow($gia_tri / $t[1]; $t[0]) - 1) / ($t[0] * $t[2]) end) as $z
      | (if ($chi_so | startswith("chieu")) or ($z <= 3 and $z >= -3) then $z
         elif $z > 3 then who_sd($t; 3) as $s | 3 + ($gia_tri - $s) / ($s - who_sd($t; 2))
         else who_sd($t; -3) as $s | -3 + ($gia_tri - $s) / (who_sd($t; -2) - $s) end)
      | who_tron
    end;

# Channels: {ma, kenh (in full), tat (for narrow columns)}; null for no z-score.
def kenh_can_nang($z):
  if $z == null then null
  elif $z < -3 then {ma: "nhe-can-nang", kenh: "Suy dinh dưỡng thể nhẹ cân, mức độ nặng", tat: "NC nặng"}
  elif $z < -2 then {ma: "nhe-can-vua", kenh: "Suy dinh dưỡng thể nhẹ cân, mức độ vừa", tat: "NC vừa"}
  elif $z <= 2 then {ma: "binh-thuong", kenh: "Bình thường", tat: "BT"}
  else {ma: "can-nang-cao", kenh: "Cân nặng cao hơn so với tuổi", tat: "CN cao"} end;

def kenh_chieu_cao($z):
  if $z == null then null
  elif $z < -3 then {ma: "thap-coi-2", kenh: "Suy dinh dưỡng thể thấp còi độ 2", tat: "TC độ 2"}
  elif $z < -2 then {ma: "thap-coi-1", kenh: "Suy dinh dưỡng thể thấp còi độ 1", tat: "TC độ 1"}
  elif $z <= 2 then {ma: "binh-thuong", kenh: "Bình thường", tat: "BT"}
  else {ma: "cao-hon-tuoi", kenh: "Chiều cao cao hơn so với tuổi", tat: "Cao"} end;

# Weight for length or height, and BMI: up to 60 months +2 and +3 SD, above +1 and +2 (WHO 2007).
def kenh_can_doi($z; $tren_60):
  (if $tren_60 then 1 else 2 end) as $thua
  | if $z == null then null
    elif $z < -3 then {ma: "gay-com-nang", kenh: "Suy dinh dưỡng thể gầy còm, mức độ nặng", tat: "GC nặng"}
    elif $z < -2 then {ma: "gay-com-vua", kenh: "Suy dinh dưỡng thể gầy còm, mức độ vừa", tat: "GC vừa"}
    elif $z <= $thua then {ma: "binh-thuong", kenh: "Bình thường", tat: "BT"}
    elif $z <= $thua + 1 then {ma: "thua-can", kenh: "Thừa cân", tat: "Thừa cân"}
    else {ma: "beo-phi", kenh: "Béo phì", tat: "Béo phì"} end;

# One measuring of one child. $thang: completed months, the "tháng tuổi" of the books, so that anyone can
# look a result up in the printed tables. Below 24 months the child lies (length), from 24 on it stands.
# Weight for length/height up to 60 months; above, or where the height is off that table, BMI for age.
def who_do($bang; $gioi; $thang; $can; $cao):
  (if $thang < 24 then "chieu-dai-theo-tuoi" else "chieu-cao-theo-tuoi" end) as $cs_cao
  | (if $thang < 24 then "can-nang-theo-chieu-dai" else "can-nang-theo-chieu-cao" end) as $cs_doi
  | (if $can == null or $cao == null or $cao <= 0 then null else $can * 10000 / ($cao * $cao) end) as $bmi
  | (if $thang <= 60 and $cao != null then who_z($bang; $cs_doi; $gioi; $cao; $can) else null end) as $z_doi
  | (if $bmi == null then null
     else who_z($bang; (if $thang < 24 then "bmi-theo-tuoi-duoi-24" else "bmi-theo-tuoi" end); $gioi; $thang; $bmi) end) as $z_bmi
  | who_z($bang; "can-nang-theo-tuoi"; $gioi; $thang; $can) as $z_can
  | who_z($bang; $cs_cao; $gioi; $thang; $cao) as $z_cao
  | (if $z_doi != null then {"chi-so": $cs_doi, z: $z_doi}
     elif $z_bmi != null then {"chi-so": "bmi-theo-tuoi", z: $z_bmi}
     else null end) as $doi
  | {
      thang: $thang,
      bmi: (if $bmi == null then null else $bmi | who_tron end),
      "can-nang": (if $z_can == null then null else {z: $z_can} + kenh_can_nang($z_can) end),
      "chieu-cao": (if $z_cao == null then null else {z: $z_cao} + kenh_chieu_cao($z_cao) end),
      "can-doi": (if $doi == null then null else $doi + kenh_can_doi($doi.z; $thang > 60) end)
    };
