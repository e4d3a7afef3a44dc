{
  tong: so_luong_nao_do
}
