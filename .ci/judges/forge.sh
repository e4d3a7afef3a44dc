#!/usr/bin/env bash
# The files of `hoso setup` before the schemas that others publish: workflows, issue forms and GitLab's CI file by
# check-jsonschema (schemas of SchemaStore and GitLab, carried in its package), every `run:` by `bash -n`.
#
#     bash .ci/judges/forge.sh target/release/hoso
set -euo pipefail
hoso=$(realpath "$1")
schemas=$(realpath target/judges/venv/bin/check-jsonschema)
python=$(realpath target/judges/venv/bin/python)
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
cd "$top"
files=0
for forge in forgejo gitea github gitlab; do
    for pages in "" --pages; do
        school=$top/$forge$pages
        "$hoso" init "$school" >/dev/null 2>&1
        git -C "$school" add --all
        git -C "$school" -c user.name=a -c user.email=a@b.example commit --quiet --message a
        # shellcheck disable=SC2086 # one word or none
        "$hoso" -C "$school" setup --forge "$forge" $pages >/dev/null 2>&1
        # That of `hoso init`, which another forge does not look at.
        [ "$forge" = github ] || rm "$school/.github/workflows/archive.yml"
        case $forge in
        gitlab)
            "$schemas" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$school/.gitlab-ci.yml"
            files=$((files + 1))
            ;;
        *)
            folder=$school/.$forge
            "$schemas" --builtin-schema vendor.github-workflows "$folder"/workflows/*.yml
            "$schemas" --builtin-schema vendor.github-issue-forms "$folder"/[iI][sS][sS][uU][eE]_[tT]*/*.yml
            files=$((files + $(find "$folder" -name '*.yml' | wc -l)))
            ;;
        esac
        "$python" - "$school" <<'PY'
import pathlib, subprocess, sys, yaml

def scripts(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "run":
                yield value
            elif key in ("script", "before_script"):
                yield "\n".join(value)
            else:
                yield from scripts(value)
    elif isinstance(node, list):
        for value in node:
            yield from scripts(value)

count = 0
for path in pathlib.Path(sys.argv[1]).rglob("*.yml"):
    if ".git" in path.parts:
        continue
    for text in scripts(yaml.safe_load(path.read_text())):
        subprocess.run(["bash", "-n"], input=text.encode(), check=True)
        # What a proposal says never becomes part of a script: it comes by the environment.
        assert "${{" not in text, f"{path}: an expression within a script"
        count += 1
assert count, "no script was found"
PY
    done
done
echo "$files files of four forges obey their schemas"
