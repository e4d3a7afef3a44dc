# Rules of regular training: 120 lessons planned (three contents of about 40: Thông tư 12/2019/TT-BGDĐT),
# typed total, days of the school year, a module is finished only with its lessons done.

def loi($tai; $loai; $vi; $en; $sua; $fix): {tai: $tai, loai: $loai, vi: $vi, en: $en, sua: $sua, fix: $fix};

. as $goc
| .fields as $f
| (.computed // {}) as $c
| (.year | split("-")) as [$y1, $y2]
| (
  (select($c."ke-hoach" != null and $c."ke-hoach" < 120)
    | loi("/mo-dun"; "noi-dung"; "kế hoạch có \($c."ke-hoach") tiết, Thông tư 12/2019 quy định khoảng 120 tiết một năm";
        "\($c."ke-hoach") lessons planned; the programme wants about 120 a year"; "đăng ký thêm nội dung, mô đun"; "add contents or modules")),
  ($c."noi-dung"[]? | select(."ke-hoach" == 0)
    | loi("/mo-dun"; "noi-dung"; "chưa đăng ký nội dung bồi dưỡng \(.stt)"; "nothing planned of content \(.stt)";
        "thêm nội dung này"; "add this content")),
  (select($f."tong-tiet" != null and $f."tong-tiet" != $c."thuc-hien")
    | loi("/tong-tiet"; "so-lieu"; "tổng số tiết ghi \($f."tong-tiet"), cộng các buổi được \($c."thuc-hien")";
        "the total says \($f."tong-tiet"), the days make \($c."thuc-hien")"; "sửa tổng số tiết hoặc bỏ dòng này"; "correct the total or leave it out")),
  ($f."mo-dun" | to_entries[] | . as $m | select(.value."ket-qua" == "hoan-thanh" and ($c."mo-dun"[.key] // 0) < .value."ke-hoach")
    | loi("/mo-dun/\(.key)/ket-qua"; "so-lieu"; "ghi hoàn thành nhưng mới học \($c."mo-dun"[.key])/\(.value."ke-hoach") tiết";
        "says finished with \($c."mo-dun"[.key]) of \(.value."ke-hoach") lessons"; "bổ sung các buổi đã học hoặc sửa kết quả"; "add the days or correct the result")),
  ($f."mo-dun" | to_entries[] | .key as $i | .value.buoi // [] | to_entries[]
    | select(.value.ngay < $y1 + "-06-01" or .value.ngay > $y2 + "-08-31")
    | loi("/mo-dun/\($i)/buoi/\(.key)/ngay"; "noi-dung"; "ngày \(.value.ngay) không thuộc năm học \($goc.year)";
        "\(.value.ngay) is not of the school year \($goc.year)"; "sửa ngày"; "correct the day"))
  )
