# Staff list: salary coefficients, counts by position, degree, party, contract.

# Salary of one row: table of Nghị định 204/2004/NĐ-CP; a code that the table lacks keeps what was typed.
def he_so($bang):
  if . == null then null
  else . as $c | $bang[$c."ma-so"] as $n
    | if $n == null then $c."he-so"
      elif $c.bac > $n."so-bac" then null
      else (($n.dau + $n.buoc * ($c.bac - 1)) * 100 | round / 100) end
  end;

def dem(f): map(select(f)) | length;

def hang($ten):
  {
    ten: $ten,
    so: length,
    nu: dem(.gioi == "nu"),
    "dan-toc": dem(."dan-toc" != "Kinh"),
    dang: dem(."dang-vien" == true),
    "thac-si": dem(."trinh-do" == "thac-si" or ."trinh-do" == "tien-si"),
    "dai-hoc": dem(."trinh-do" == "dai-hoc"),
    "cao-dang": dem(."trinh-do" == "cao-dang"),
    "trung-cap": dem(."trinh-do" == "trung-cap"),
    khac: dem(."trinh-do" == "so-cap" or ."trinh-do" == "chua-dao-tao"),
    "khong-xac-dinh": dem(."hop-dong" == "khong-xac-dinh"),
    "xac-dinh": dem(."hop-dong" == "xac-dinh"),
    "lao-dong": dem(."hop-dong" == "lao-dong"),
    "thay-the": dem(."hop-dong" == "thay-the")
  };

(.bang.luong // {}) as $luong
| .fields."nhan-su" as $ds
| {
    "he-so": [$ds[] | ."chuc-danh" | he_so($luong)],
    hang: [$ds[] | ."chuc-danh" | if . == null then null else $luong[."ma-so"].hang end],
    "vi-tri": [
      ["hieu-truong", "Hiệu trưởng"], ["pho-hieu-truong", "Phó Hiệu trưởng"], ["giao-vien", "Giáo viên"],
      ["ke-toan", "Kế toán"], ["van-thu", "Văn thư"], ["thu-quy", "Thủ quỹ"], ["y-te", "Y tế"],
      ["cap-duong", "Cấp dưỡng"], ["bao-ve", "Bảo vệ"], ["khac", "Khác"]
      | . as [$ma, $ten]
      | [$ds[] | select(."vi-tri" == $ma)]
      | select(length > 0)
      | hang($ten)
    ],
    tong: ($ds | hang("Cộng")),
    # Luật Giáo dục 2019, Điều 72 khoản 1 điểm a: a kindergarten teacher needs a college degree.
    "giao-vien": (
      [$ds[] | select(."vi-tri" == "giao-vien")]
      | {
          so: length,
          "dat-chuan": dem(."trinh-do" as $t | ["tien-si", "thac-si", "dai-hoc", "cao-dang"] | index($t) != null),
          "tren-chuan": dem(."trinh-do" as $t | ["tien-si", "thac-si", "dai-hoc"] | index($t) != null)
        }
    )
  }
