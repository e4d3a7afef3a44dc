#!/usr/bin/env bash
# Serves an archive with the configurations of docs/serving as they stand (only ports, paths and the forge's address are
# put in), by Debian's nginx and oauth2-proxy; serving/judge.mjs goes in as a browser and as an attacker.
#
#     .ci/judges/serving.sh [OUT]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$(realpath "${1:-out}")
scratch=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$scratch"
}
trap stop EXIT

basic=18443 oauth=18444 forge=18445 proxy=18446
name=hoso.truong.example
mkdir -p "$scratch"/{hoso,tmp}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
    -keyout "$scratch/hoso/tls.key" -out "$scratch/hoso/tls.crt" 2>/dev/null
printf 'thanh-tra:%s\n' "$(openssl passwd -6 'mật khẩu dài')" >"$scratch/hoso/users"
cp "$root"/docs/serving/*.conf "$scratch/hoso/"
sh "$root/docs/serving/digests.sh" "$out" >"$scratch/hoso/digests.map"
# One nginx for both servers: what goes into `http` goes there once.
for kind in basic oauth; do
    port=${!kind}
    sed -i "s#listen 443 #listen 127.0.0.1:$port #; s#/srv/hoso/out/data#$out/data#; s#127.0.0.1:4180#127.0.0.1:$proxy#" "$scratch/hoso/$kind.conf"
done
sed -i '/include hoso\/common.conf/d' "$scratch/hoso/oauth.conf"
# Started by root, nginx would give its work to somebody who may not read this folder.
user=$([ "$(id -u)" != 0 ] || echo "user root;")
cat >"$scratch/nginx.conf" <<CONF
$user
daemon off;
pid $scratch/nginx.pid;
error_log $scratch/error.log warn;
events {}
http {
    access_log off;
    client_body_temp_path $scratch/tmp/body; proxy_temp_path $scratch/tmp/proxy; fastcgi_temp_path $scratch/tmp/f;
    uwsgi_temp_path $scratch/tmp/u; scgi_temp_path $scratch/tmp/s;
    include hoso/basic.conf;
    include hoso/oauth.conf;
}
CONF
nginx -p "$scratch" -c "$scratch/nginx.conf" -t 2>"$scratch/check" || { cat "$scratch/check"; exit 1; }
if grep -q warn "$scratch/check"; then cat "$scratch/check"; exit 1; fi
nginx -p "$scratch" -c "$scratch/nginx.conf" 2>/dev/null &
pids+=($!)

"$root/target/judges/venv/bin/python" "$here/serving/forge.py" $forge &
pids+=($!)
sed "s#127.0.0.1:4180#127.0.0.1:$proxy#; s#https://git.truong.example/#http://127.0.0.1:$forge#; s#https://$name/#https://$name:$oauth/#" \
    "$root/docs/serving/oauth2-proxy.cfg" >"$scratch/oauth2-proxy.cfg"
for _ in $(seq 50); do curl -sf "http://127.0.0.1:$forge/keys" >/dev/null && break || sleep 0.1; done
OAUTH2_PROXY_CLIENT_ID=hoso OAUTH2_PROXY_CLIENT_SECRET=s OAUTH2_PROXY_COOKIE_SECRET=$(openssl rand -hex 16) \
    "$root/target/judges/oauth2-proxy" --config "$scratch/oauth2-proxy.cfg" >"$scratch/proxy.log" 2>&1 &
pids+=($!)
for _ in $(seq 50); do curl -s "http://127.0.0.1:$proxy/ping" >/dev/null && break || sleep 0.1; done

status=0
NODE_PATH="$root/target/judges/node_modules" node "$here/serving/judge.mjs" "$out" $basic $oauth || status=$?
[ $status = 0 ] || tail -n 20 "$scratch/error.log" "$scratch/proxy.log"
exit $status
