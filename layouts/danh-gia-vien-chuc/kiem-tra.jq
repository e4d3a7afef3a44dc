# Assessment: the rating agrees with the tasks (Nghị định 90/2020/NĐ-CP, Điều 12–15); nobody reviews himself.

.computed as $c
| .fields as $f
| def nhan: {"xuat-sac": "hoàn thành xuất sắc nhiệm vụ", tot: "hoàn thành tốt nhiệm vụ", "hoan-thanh": "hoàn thành nhiệm vụ", khong: "không hoàn thành nhiệm vụ"}[.];
  def xet($tai):
    (select((. == "xuat-sac" or . == "tot") and $c."chua-dat" > 0)
      | {tai: $tai, loai: "noi-dung",
         vi: "xếp loại “\(nhan)” nhưng \($c."chua-dat")/\($c.so) nhiệm vụ chưa bảo đảm tiến độ, chất lượng",
         en: "rated `\(.)` though \($c."chua-dat") of \($c.so) tasks were not assured",
         sua: "xem lại xếp loại theo Điều 12, 13 Nghị định 90/2020/NĐ-CP", fix: "reconsider the rating, Nghị định 90/2020/NĐ-CP, Điều 12 and 13"}
    ),
    (select(. == "xuat-sac" and $c."vuot-muc" * 2 < $c.so)
      | {tai: $tai, loai: "noi-dung",
         vi: "xếp loại xuất sắc cần ít nhất 50% nhiệm vụ vượt mức, phiếu có \($c."vuot-muc")/\($c.so)",
         en: "the highest rating needs at least half of the tasks exceeded, the form has \($c."vuot-muc") of \($c.so)",
         sua: "xem lại xếp loại hoặc mức hoàn thành từng nhiệm vụ", fix: "reconsider the rating or the level of the tasks"}
    ),
    (select(. == "hoan-thanh" and $c."chua-dat" * 5 > $c.so)
      | {tai: $tai, loai: "noi-dung",
         vi: "xếp loại hoàn thành nhiệm vụ chỉ cho phép không quá 20% nhiệm vụ chưa bảo đảm, phiếu có \($c."chua-dat")/\($c.so)",
         en: "this rating allows at most 20% of the tasks not assured, the form has \($c."chua-dat") of \($c.so)",
         sua: "xem lại xếp loại hoặc mức hoàn thành từng nhiệm vụ", fix: "reconsider the rating or the level of the tasks"}
    );
  (.people[$f.nguoi].name as $ten | select($ten != null and $ten != $f.ten)
    | {tai: "/ten", loai: "doi-chieu",
       vi: "họ tên “\($f.ten)” khác danh bạ: “\($ten)”", en: "the name “\($f.ten)” differs from the roster: “\($ten)”",
       sua: "sửa cho đúng họ tên trong danh bạ", fix: "correct the name"}
  ),
  ($f."tu-xep-loai" | xet("/tu-xep-loai")),
  ($f."ket-qua"."xep-loai" | xet("/ket-qua/xep-loai")),
  (select($f.nguoi == $f."nguoi-nhan-xet")
    | {tai: "/nguoi-nhan-xet", loai: "noi-dung",
       vi: "người được đánh giá không tự nhận xét thay mặt tổ", en: "the assessed person cannot review for the team",
       sua: "ghi mã của tổ trưởng, tổ phó hoặc người khác trong tổ", fix: "name the head, the deputy or another member of the team"}
  )
