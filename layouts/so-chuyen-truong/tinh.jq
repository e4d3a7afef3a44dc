# Which records stand in which part of the register (places in `records`), and how many children moved.

def dem: {tong: length, nam: (map(select(.fields.gioi == "nam")) | length), nu: (map(select(.fields.gioi == "nu")) | length)};
.records as $r
| {
    den: [$r | to_entries[] | select(.value.fields.huong == "den") | .key],
    di: [$r | to_entries[] | select(.value.fields.huong == "di") | .key],
    "so-den": ($r | map(select(.fields.huong == "den")) | dem),
    "so-di": ($r | map(select(.fields.huong == "di")) | dem),
    "giay-to": ($r | map([.fields."giay-to"[]."so-ban"] | add))
  }
