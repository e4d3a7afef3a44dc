# Văn bản đi: what the schema cannot say of one document, and what it says of others (Nghị định 30/2020/NĐ-CP).

def loi($tai; $vi; $en; $sua; $fix): {tai: $tai, loai: "noi-dung", vi: $vi, en: $en, sua: $sua, fix: $fix};
def chu: [.. | objects | .v? // empty | strings] | join("");

# The symbol in full: 175/KH-MNHS (Phụ lục I, ô 3; abbreviations of Phụ lục III).
def tat: {
  "nghi-quyet": "NQ", "quyet-dinh": "QĐ", "chi-thi": "CT", "quy-che": "QC", "quy-dinh": "QyĐ", "thong-cao": "TC",
  "thong-bao": "TB", "huong-dan": "HD", "chuong-trinh": "CTr", "ke-hoach": "KH", "phuong-an": "PA", "de-an": "ĐA",
  "du-an": "DA", "bao-cao": "BC", "to-trinh": "TTr", "hop-dong": "HĐ", "cong-dien": "CĐ", "ban-ghi-nho": "BGN",
  "ban-thoa-thuan": "BTT", "giay-uy-quyen": "GUQ", "giay-moi": "GM", "giay-gioi-thieu": "GGT", "giay-nghi-phep": "GNP",
  "phieu-gui": "PG", "phieu-chuyen": "PC", "phieu-bao": "PB"
};
def ky_hieu: tat[."loai-van-ban"] as $t | ."ky-hieu" as $k
  | if $t == null or $k == $t or ($k | startswith($t + "-")) then $k else $t + "-" + $k end;
def trong($ds): . as $x | any($ds[]; . == $x);
def hai: tostring | if length < 2 then "0" + . else . end;

. as $d | .fields as $f | .date.iso as $ngay
| ."lien-quan"."van-ban-di" as $di | ."lien-quan"."van-ban-den" as $den
| [.body[] | select(.t == "h" and .level == 1) | chu] as $muc
| ([$muc[] | select(test("^phụ lục"; "i"))] | length) as $so_phu_luc
# The text of the document itself: up to the first annex.
| ([.body | to_entries[] | select(.value.t == "h" and .value.level == 1 and (.value | chu | test("^(phụ lục|kèm theo:)"; "i"))) | .key] | first // ($d.body | length)) as $het
| ($d.body[:$het] | chu) as $loi_van
| (($f."can-cu" // []) | join("\n")) as $can_cu
| ($d.signers[0].people[0] // null) as $ky
|
# ---- what the form of the day cannot print (Phụ lục I; the second version holds from 2025)
( if $ngay < "2025-01-01" then
    ("luu-hanh", "quyen-han", "co-quan", "phu-luc-ngang", "dia-chi" | select($f[.] != null))
    | loi("/" + .; "mẫu trước ngày 01/01/2025 không có phần này"; "the form before 2025 does not have this";
          "bỏ trường này, hoặc xem lại ngày của văn bản"; "drop the field, or look at the date")
  else empty end ),

# ---- ô 7: powers of the signer
( if $f."quyen-han" == "tm" and $f."tap-the" == null then
    loi("/quyen-han"; "ký thay mặt (TM.) mà không ghi tập thể"; "signs for a body (TM.) that is not named";
        "ghi tên tập thể ở `tap-the`"; "name it in `tap-the`")
  elif $f."quyen-han" != "tm" and $f."tap-the" != null then
    loi("/tap-the"; "có tập thể mà quyền hạn không phải TM."; "names a body, but does not sign for it (TM.)";
        "ghi `quyen-han: tm`, hoặc bỏ `tap-the`"; "write `quyen-han: tm`, or drop `tap-the`")
  else empty end ),
( if $ky == null then empty
  else ($ky.title | test("hiệu trưởng"; "i")) as $bgh
    | if ($bgh | not) and ($f."quyen-han" | trong(["tl", "tuq", "tm"]) | not) then
        loi("/nguoi-ky"; "\($ky.name) (\($ky.title)) chỉ được ký thừa lệnh, thừa ủy quyền hoặc thay mặt tập thể";
            "\($ky.name) (\($ky.title)) signs by order (TL.), by delegation (TUQ.) or for a body (TM.) only";
            "ghi `quyen-han`, hoặc để hiệu trưởng, phó hiệu trưởng ký"; "write `quyen-han`, or let a head sign")
      elif $bgh and ($f."quyen-han" == "tl") then
        loi("/quyen-han"; "hiệu trưởng, phó hiệu trưởng không ký thừa lệnh (TL.)"; "a head does not sign by order (TL.)";
            "bỏ `quyen-han`: phó hiệu trưởng ký thay (KT.) được in tự động"; "drop `quyen-han`: KT. is printed by itself")
      elif $f."quyen-han" == "q" and ($ky.title | test("phó"; "i") | not) then
        loi("/quyen-han"; "người ký đã là hiệu trưởng, không ghi quyền (Q.)"; "the signer is head already, not acting (Q.)";
            "bỏ `quyen-han`"; "drop `quyen-han`")
      else empty end
  end ),

# ---- ô 5: a công văn prints V/v itself
( if $f."loai-van-ban" == "cong-van" and ($f."trich-yeu" | test("^(v/v|về việc)"; "i")) then
    loi("/trich-yeu"; "trích yếu của công văn không ghi V/v hay Về việc ở đầu"; "V/v is printed by the form";
        "bỏ chữ ở đầu"; "drop the words") else empty end ),

# ---- Mẫu 1.1–1.3: grounds and articles
( if ($f."loai-van-ban" | trong(["quyet-dinh", "nghi-quyet"])) then
    (if $can_cu == "" then
       loi("/can-cu"; "quyết định, nghị quyết phải có căn cứ ban hành"; "a decision needs its grounds"; "ghi `can-cu`"; "write `can-cu`")
     else empty end)
  else empty end ),
# Articles run 1, 2, 3 … in the document, and again in what it issues.
( [range(0; $d.body | length) as $i | $d.body[$i]
   | if .t == "h" and .level == 1 and (chu | test("^(phụ lục|kèm theo:)"; "i")) then {moi: true}
     elif .t == "h" or .t == "p" then (chu | capture("^Điều (?<so>[0-9]+)\\.") // null) | select(. != null) | {so: (.so | tonumber)}
     else empty end] as $dieu
  | foreach $dieu[] as $x ({truoc: 0, sai: null};
      if $x.moi then {truoc: 0, sai: null}
      else {truoc: $x.so, sai: (if $x.so != .truoc + 1 then {co: $x.so, can: (.truoc + 1)} else null end)} end;
      .sai // empty)
  | loi(""; "Điều \(.co) đứng ở chỗ của Điều \(.can)"; "Điều \(.co) stands where Điều \(.can) should";
        "đánh lại số các điều"; "number the articles again") ),

# ---- Phụ lục I, part III.1a: the text must name its annexes
( if $so_phu_luc > 0 and ($loi_van | test("phụ lục"; "i") | not) then
    loi(""; "lời văn không chỉ dẫn về phụ lục kèm theo"; "the text does not mention its annex";
        "nêu phụ lục trong lời văn, ví dụ (Phụ lục I kèm theo)"; "mention it in the text") else empty end ),
( ($f."phu-luc-ngang" // []) | to_entries[] | select(.value > $so_phu_luc)
  | loi("/phu-luc-ngang/\(.key)"; "chỉ có \($so_phu_luc) phụ lục"; "there are only \($so_phu_luc) annexes"; "sửa số thứ tự"; "mend the number") ),

# ---- dates and answers
( if $f."ngay-chuyen" != null and $f."ngay-chuyen" < $ngay then
    loi("/ngay-chuyen"; "ngày chuyển đứng trước ngày ban hành"; "sent before it was issued"; "sửa một trong hai ngày"; "mend one of the dates")
  else empty end ),
( if $f."tra-loi" != null then
    ([$den[] | select(.id == $f."tra-loi")] | first) as $v
    | if $v == null then
        {tai: "/tra-loi", loai: "doi-chieu", vi: "không có văn bản đến `\($f."tra-loi")`", en: "there is no incoming document `\($f."tra-loi")`",
         sua: "sửa mã hồ sơ của văn bản đến", fix: "mend the id of the incoming document"}
      elif $v.date > $ngay then
        {tai: "/tra-loi", loai: "doi-chieu", vi: "văn bản đến ngày \($v.date), sau văn bản trả lời này", en: "it came on \($v.date), after this answer",
         sua: "xem lại hai ngày", fix: "look at both dates"}
      elif $f.so != null and ($v.fields."tra-loi" // null) != null and $v.fields."tra-loi" != "\($f.so | hai)/\($f | ky_hieu)" then
        {tai: "/tra-loi", loai: "doi-chieu", vi: "văn bản đến ghi được trả lời bằng số \($v.fields."tra-loi"), không phải \($f.so | hai)/\($f | ky_hieu)",
         en: "the incoming document says it was answered by \($v.fields."tra-loi"), not \($f.so | hai)/\($f | ky_hieu)",
         sua: "sửa `tra-loi` ở một trong hai bên", fix: "mend `tra-loi` on one side"}
      else empty end
  else empty end ),

# ---- own documents that are cited by number and date must be what they are called
( ($d.school.abbreviation) as $vt
  | ($can_cu + "\n" + $loi_van)
  | [match("số ([0-9]+)/((?:[^\\s/,;.()]+-)?\($vt)(?:-[^\\s/,;.()]+)?) ngày ([0-9]{1,2}) tháng ([0-9]{1,2}) năm ([0-9]{4})"; "g").captures
     | {so: (.[0].string | tonumber), kh: .[1].string, ngay: "\(.[4].string)-\(.[3].string | hai)-\(.[2].string | hai)"}]
  | unique[] | . as $c
  # Minutes and copies have series of their own; what came before the first number kept here cannot be known.
  | select($c.kh | test("^(BB|SY|SL|TrS)-") | not)
  | [$di[] | select(.date[:4] == $c.ngay[:4] and .fields.so != null)] as $nam
  | select(($nam | length) > 0 and $c.so >= ([$nam[].fields.so] | min))
  | [$nam[] | select(.fields.so == $c.so)] as $co
  | if ($co | length) == 0 then
      {tai: "", loai: "doi-chieu", vi: "viện dẫn số \($c.so | hai)/\($c.kh), nhưng năm \($c.ngay[:4]) không có văn bản số ấy",
       en: "cites \($c.so | hai)/\($c.kh), but \($c.ngay[:4]) has no document of that number",
       sua: "sửa số hoặc ngày viện dẫn", fix: "mend the citation"}
    elif ([$co[] | select((.fields | ky_hieu) == $c.kh and .date == $c.ngay)] | length) == 0 then
      $co[0] as $v
      | {tai: "", loai: "doi-chieu", vi: "viện dẫn số \($c.so | hai)/\($c.kh) ngày \($c.ngay), nhưng văn bản ấy là \($v.fields.so | hai)/\($v.fields | ky_hieu) ngày \($v.date)",
         en: "cites \($c.so | hai)/\($c.kh) of \($c.ngay), but that document is \($v.fields.so | hai)/\($v.fields | ky_hieu) of \($v.date)",
         sua: "sửa số, ký hiệu hoặc ngày viện dẫn", fix: "mend the citation"}
    else empty end )
