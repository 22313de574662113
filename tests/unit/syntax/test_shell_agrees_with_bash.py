"""Bash itself as the judge: it accepts what we understand, and prints the structure that we see.

``bash -n`` reads without running; ``declare -f`` prints a function whose body bash has parsed and never runs.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from support.shell_trees import nodes, show

from gradeline.syntax import shell_nodes as sh
from gradeline.syntax.shell import parse

BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="bash is not installed")

VALID = r"""
set -euo pipefail
pytest -q | tee log; exit ${PIPESTATUS[0]}
pytest || { echo failed >&2; exit 1; }
pytest && ruff check . || exit 1
FOO=1 BAR="x y" python -m pytest -q "tests/" > out.txt 2>&1
for i in 1 2 3; do curl -f "$URL" && break || sleep 5; done
if [[ "$REF" =~ ^v[0-9]+\.[0-9]+$ ]]; then echo "tag=$REF" >> "$GITHUB_OUTPUT"; fi
if ! git diff --quiet; then git commit -am "x"; fi
case "$1" in -h|--help) usage; exit 0;; --x=*) X="${1#*=}";; *) ;; esac
while read -r line; do echo "$line"; done < <(git ls-files)
until curl -s localhost; do sleep 1; done & wait $!
(cd sub && make -j"$(nproc)") || exit $?
deploy() { local env="$1"; shift; kubectl apply -f "k8s/$env" "$@"; }; deploy prod
a=(1 "2 3" $x); for x in "${a[@]}"; do echo "$x"; done
cat > file <<'EOF'; echo done
docker run --rm -v "$PWD":/src -e TOKEN image:tag sh -c 'a && b'
echo "${x:-"a b"}" '${y}' "\$z" `date +%s` $((1 + 2))
time ( make; make test ) 2>&1 | tee log
! grep -rn TODO src && echo clean
coproc { cat; }; select x in a b; do break; done
[ -n "$A" -a "$B" = c ] && test -f x || [[ ! -d y && ( a < b || -z $C ) ]]
printf '%s\n' "${x[@]//a/b}" ${#x[@]} ${!y} ${z^^} ${w:0:7} ${v@Q}
(( i++ )) || true; let "j = 1"; for ((k = 0; k < 3; k++)); do :; done
a 2>/dev/null >&2 <in 3<&0 4>&- &>>log <<<"$x"
export PATH="$HOME/bin:$PATH" X; readonly Y=1; declare -A m=([a]=1 [b]=2)
find . -name '*.py' -exec grep -l x {} \; | xargs -r rm
trap 'rm -rf "$tmp"' EXIT; eval "$cmd"; . ./env.sh
echo a\
b \
 c && d
if a; then b; elif c; then d; else e; fi > f 2>&1
{ a; b; } | (c; d) && ((e))
x=$(cat "$(dirname "$0")/y" | sed 's/a/b/') y=`z`
"""

DOCUMENTS = [
    "cat <<EOF | tee x && echo y\na $(b) `c` ${d:-e} \\$f\nEOF\ng",
    "cat <<-'EOF' > x\n\ta $b\n\tEOF\n",
    "ssh host bash -s <<A <<B\n1\nA\n2\nB\n",
    "x=$(python - <<'EOF'\nprint('$(x)')\nEOF\n)\n",
    "if a; then cat <<EOF; fi\nx\nEOF\n",
    "f() {\n  case $x in\n    (a) b ;;& # c\n    d|e)\n      g\n      ;&\n    *) h\n  esac\n}\n",
    "for x\ndo\n  a |\n    b &&\n    c ||\n    d\ndone\n",
]


def _snippets() -> list[str]:
    lines = VALID.strip().split("\n")
    found: list[str] = []
    for line in lines:
        joined = found and found[-1].endswith("\\")
        if joined:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return [snippet + "\nx\nEOF" if "<<'EOF';" in snippet else snippet for snippet in found] + DOCUMENTS


SNIPPETS = _snippets()


def _accepts(text: str) -> bool:
    assert BASH is not None
    done = subprocess.run([BASH, "-n"], input=text.encode(), capture_output=True, check=False, timeout=10)
    return done.returncode == 0 and not done.stderr


def _printed(text: str) -> str:
    """The text as bash prints it after parsing; nothing of it runs."""
    assert BASH is not None
    wrapped = f"__f() {{\n{text}\n}}\ndeclare -f __f\n"
    done = subprocess.run(
        [BASH, "--norc", "-r"], input=wrapped.encode(), capture_output=True, check=True, timeout=10, env={"PATH": ""}
    )
    return done.stdout.decode()


# What bash writes in another way when it prints: default descriptors, ``elif``, implied words, ``-n`` in tests.
_REWRITTEN = (sh.If, sh.For, sh.Test, sh.Redirect, sh.Function, sh.Arithmetic, sh.Computed)


@pytest.mark.parametrize("text", SNIPPETS, ids=range(len(SNIPPETS)))
def test_what_bash_accepts_has_no_problem(text: str) -> None:
    assert _accepts(text + "\n")
    assert parse(text).problems == ()


@pytest.mark.parametrize("text", SNIPPETS, ids=range(len(SNIPPETS)))
def test_bash_prints_the_structure_that_we_see(text: str) -> None:
    function = parse(_printed(text)).body.items[0].node
    assert isinstance(function, sh.Function)
    assert isinstance(function.body, sh.Group)
    ours, theirs = parse(text).body, function.body.body
    assert _commands(ours) == _commands(theirs)
    if not any(isinstance(node, _REWRITTEN) for node in nodes(ours)):
        assert show(ours) == show(theirs)


def _commands(root: sh.Sequence) -> list[str]:
    """Every simple command with its words."""
    simple = (node for node in nodes(root) if isinstance(node, sh.Simple))
    return sorted(show(sh.Simple(node.assignments, node.words, (), 0, 0)) for node in simple)


REJECTED = ["(a", "a)", "if a; fi", "a | | b", "a; ; b", "case x in a) b esac c", "f() a", "{ a }", "'", "a &&"]


@pytest.mark.parametrize("text", REJECTED)
def test_what_bash_rejects_has_a_problem(text: str) -> None:
    assert not _accepts(text + "\n")
    assert parse(text).problems


QUOTED = [
    "'a b'",
    '"a b"',
    "a\\ b",
    "$'a\\tb\\x41\\u00e9\\''",
    "'a'\"'\"'b'",
    '"\\a\\$\\`\\""',
    '""',
    "a\\\nb",
    '"${x:-"a b"}"',
    "\"${x:-'a'}\"",
    "${x:-'a b'}",
    "\"${v#'va'}\"",
    "${v%$'l'}",
    "${#v}",
    "a{b}c",
    "$'\\101\\n'",
    "'$v'$v\"$v\"",
]


@pytest.mark.parametrize("text", QUOTED)
def test_bash_resolves_quotes_to_the_same_text(text: str) -> None:
    assert BASH is not None
    script = f'v=val\nq={text}\nprintf "%s" "$q"\n'
    done = subprocess.run(
        [BASH, "--norc", "-r"],
        input=script.encode(),
        capture_output=True,
        check=True,
        timeout=10,
        env={"PATH": "", "LC_ALL": "C.UTF-8"},
    )
    node = parse(script).body.items[1].node
    assert isinstance(node, sh.Simple)
    assert _value(node.assignments[0].value) == done.stdout.decode()


def _value(word: sh.Word | None) -> str:
    found = []
    for part in word.parts if word is not None else ():
        if isinstance(part, sh.Piece):
            found.append(part.text)
            continue
        assert isinstance(part, sh.Parameter)
        value = {"v": "val"}.get(part.name, "")
        argument = _value(part.argument)
        found.append(
            {
                "": value,
                ":-": value or argument,
                "#": value.removeprefix(argument),
                "%": value.removesuffix(argument),
                "length": str(len(value)),
            }[part.operator]
        )
    return "".join(found)
