#!/usr/bin/env bash
# Installs what the judges need: Debian packages, and under target/judges a Python environment, two Node
# packages, the class paths of the two Java judges and a proxy in Go. Does nothing twice; a folder copied along is not trusted.
#
#     .ci/judges/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
judges=$PWD/target/judges
mkdir -p "$judges/log"

# command or file : package
wanted=(
    qpdf:qpdf pdftotext:poppler-utils openssl:openssl git:git mvn:maven javac:default-jdk-headless
    nginx:nginx curl:curl go:golang-go softhsm2-util:softhsm2 pkcs11-tool:opensc cc:gcc
    node:nodejs npm:npm python3:python3 /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf:fonts-dejavu-core
)
missing=()
for pair in "${wanted[@]}"; do
    command -v "${pair%%:*}" >/dev/null || [ -e "${pair%%:*}" ] || missing+=("${pair##*:}")
done
# Debian's, or what a hosted machine brings along; pages.mjs looks for the same names.
command -v chromium chromium-browser google-chrome >/dev/null || missing+=(chromium)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    sudo=$([ "$(id -u)" = 0 ] || echo sudo)
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

# The versions are pinned: a judge that changes by itself is no judge.
pins=(bagit==1.9.0 num2words==0.5.14 pdfplumber==0.11.10 pyHanko==0.38.0 pyhanko-cli==0.6.0 pyhanko-certvalidator==0.33.0 PyYAML==6.0.3 typst==0.15.2)
stamp="$judges/venv/stamp"
if [ "$(cat "$stamp" 2>/dev/null)" != "$judges ${pins[*]}" ]; then
    rm -rf "$judges/venv"
    python3 -m venv "$judges/venv"
    "$judges/venv/bin/pip" install -q --disable-pip-version-check "${pins[@]}"
    echo "$judges ${pins[*]}" >"$stamp"
fi

packages=(playwright-core@1.65.1 axe-core@4.14.1)
if [ "$(cat "$judges/node_modules/stamp" 2>/dev/null)" != "${packages[*]}" ]; then
    # Our own Chromium is Debian's; a browser is not fetched.
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix "$judges" --no-save --no-audit --no-fund --silent "${packages[@]}"
    echo "${packages[*]}" >"$judges/node_modules/stamp"
fi

for judge in verapdf dss; do
    pom=.ci/judges/$judge/pom.xml
    list=$judges/$judge.classpath
    if [ ! -e "$list" ] || ! cmp -s "$pom" "$list.pom" || ! tr : '\n' <"$list" | xargs -r ls >/dev/null 2>&1; then
        # Maven leaves escape codes even in a file.
        mvn -q -B -f "$pom" dependency:build-classpath -Dmdep.outputFile="$list" 2>&1 | sed 's/\x1b\[[0-9;]*m//g'
        cp "$pom" "$list.pom"
    fi
done
# The proxy between nginx and a forge's login. `go install` asks for more of the module than the mirror may have.
if ! cmp -s .ci/judges/serving/go.sum "$judges/oauth2-proxy.sum"; then
    (cd .ci/judges/serving && go build -mod=mod -o "$judges/oauth2-proxy" github.com/oauth2-proxy/oauth2-proxy/v7)
    cp .ci/judges/serving/go.sum "$judges/oauth2-proxy.sum"
fi
echo "setup: ready"
