#!/usr/bin/env bash
# Installs what the judges need: Debian packages, and under target/judges a Python environment, three Node
# packages, the class paths of the three Java judges, a proxy and a forge in Go and what makes WebAssembly. Does nothing twice; a folder copied along is not trusted.
#
#     .ci/judges/setup.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
judges=$PWD/target/judges
mkdir -p "$judges/log"

# command or file : package
wanted=(
    qpdf:qpdf pdftotext:poppler-utils openssl:openssl unzip:unzip xmllint:libxml2-utils git:git mvn:maven javac:default-jdk-headless
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
pins=(bagit==1.9.0 check-jsonschema==0.39.0 num2words==0.5.14 pdfplumber==0.11.10 pyHanko==0.38.0 pyhanko-cli==0.6.0 pyhanko-certvalidator==0.33.0 PyYAML==6.0.3 typst==0.15.2)
stamp="$judges/venv/stamp"
if [ "$(cat "$stamp" 2>/dev/null)" != "$judges ${pins[*]}" ]; then
    rm -rf "$judges/venv"
    python3 -m venv "$judges/venv"
    "$judges/venv/bin/pip" install -q --disable-pip-version-check "${pins[@]}"
    echo "$judges ${pins[*]}" >"$stamp"
fi

packages=(playwright-core@1.65.1 axe-core@4.14.1 binaryen@132.0.0 lighthouse@12.8.2)
if [ "$(cat "$judges/node_modules/stamp" 2>/dev/null)" != "${packages[*]}" ]; then
    # Our own Chromium is Debian's; a browser is not fetched.
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix "$judges" --no-save --no-audit --no-fund --silent "${packages[@]}"
    echo "${packages[*]}" >"$judges/node_modules/stamp"
fi

# What makes layouts/site/verifier.js, of the version in src/browser/Cargo.lock: the two speak one language.
bindgen=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3 }' src/browser/Cargo.lock)
grep -q "^wasm-bindgen-cli-support = \"=$bindgen\"$" .ci/judges/bindgen/Cargo.toml
CARGO_TARGET_DIR="$judges/wasm/bindgen" cargo build --quiet --release --locked --manifest-path .ci/judges/bindgen/Cargo.toml
# Without rustup, the compiler comes with the library or it does not.
if command -v rustup >/dev/null; then rustup --quiet target add wasm32-unknown-unknown; fi

for judge in verapdf dss eark; do
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
# A forge, from its module: the program, and the words and templates that it reads beside it. Nobody waits for its speed, so
# the compiler does not optimise; without the web assets its pages are plain HTML. Last, since it takes longest.
forge=$judges/gitea
if ! cat .ci/judges/gitea/go.{mod,sum} | cmp -s - "$forge/stamp"; then
    rm -rf "$forge"
    mkdir -p "$forge"
    (
        cd .ci/judges/gitea || exit
        version=$(awk '$2 == "code.gitea.io/gitea" { print substr($3, 2) }' go.mod)
        CGO_ENABLED=1 CGO_CFLAGS=-O0 go build -mod=readonly -p 2 -trimpath -gcflags 'all=-N -l' -ldflags "-s -w -X main.Version=$version" \
            -tags 'sqlite sqlite_unlock_notify' -o "$forge/gitea" code.gitea.io/gitea || exit
        module=$(go list -mod=readonly -m -f '{{.Dir}}' code.gitea.io/gitea) &&
            cp -r --no-preserve=mode "$module"/{templates,options,public} "$forge/"
    ) || { echo "setup: Gitea could not be built: see above; it needs the Go module proxy ($(go env GOPROXY)) and Go 1.25 or later (here: $(go version))"; exit 1; }
    cat .ci/judges/gitea/go.{mod,sum} >"$forge/stamp"
fi
echo "setup: ready"
