"""Words of the shell: quotes, escapes, expansions, platform expressions, and where they are."""

from __future__ import annotations

import pytest
from support.shell_trees import messages, tree, word

from gradeline.syntax.shell import parse
from gradeline.syntax.shell_nodes import Assignment, Parameter, Piece, Placeholder, Simple, Word

QUOTES = [
    ("plain", "plain"),
    ("'a b'", "'a b'"),
    ('"a b"', "'a b'"),
    ("''", "''"),
    ('""', "''"),
    ("a'b'\"c\"", "a+'bc'"),
    (r'"a\"b"', "'a\"b'"),
    (r'"\a\$\`\\"', "'\\a$`\\'"),
    (r"a\ b", "a+' '+b"),
    (r"\;", "';'"),
    (r"\*.py", "'*'+.py"),
    ("a\\\nb", "ab"),
    ('"a\\\nb"', "'ab'"),
    ("'a\\\nb'", "'a\\\nb'"),
    ("$'a\\n\\x41\\u00e9\\101\\''", "'a\nAéA''"),
    ("$'a\\0b'", "'a'"),
    ('$"a $b"', "'a '+q$b"),
    ("a#b", "a#b"),
    ("--x='a b'", "--x=+'a b'"),
    ("{a,b}", "{a,b}"),
    ("*.py", "*.py"),
    ("a!b", "a!b"),
    ("a=b", "a=b"),
    ("a\u00a0b", "a\u00a0b"),
    ("é\U0001f600", "é\U0001f600"),
]


@pytest.mark.parametrize(("text", "expected"), QUOTES)
def test_quotes_and_escapes_are_resolved(text: str, expected: str) -> None:
    assert word(text) == expected


PARAMETERS = [
    ("$x", "$x"),
    ('"$x"', "q$x"),
    ("${x}", "$x"),
    ("$1$10", "$1+$1+0"),
    ("${10}", "$10"),
    ("$?$!$#$@$*$$$-", "$?+$!+$#+$@+$*+$$+$-"),
    ('"$@"', "q$@"),
    ("${PIPESTATUS[0]}", "$PIPESTATUS[0]"),
    ("${x[@]}", "$x[@]"),
    ('${x["a b"]}', '$x["a b"]'),
    ("${x:-a b}", "${x :- a b}"),
    ("${x-}", "${x - }"),
    ("${x:=1}", "${x := 1}"),
    ("${x:?gone}", "${x :? gone}"),
    ("${x:+$y}", "${x :+ $y}"),
    ("${x#*/}", "${x # */}"),
    ("${x##*/}", "${x ## */}"),
    ("${x%.*}", "${x % .*}"),
    ("${x%%.*}", "${x %% .*}"),
    ("${x/a/b}", "${x / a/b}"),
    ("${x//a/b}", "${x // a/b}"),
    ("${x^^}", "${x ^^}"),
    ("${x,,}", "${x ,,}"),
    ("${x^}", "${x ^}"),
    ("${#x}", "${x length}"),
    ("${#x[@]}", "${x[@] length}"),
    ("${#}", "$#"),
    ("${##}", "${# length}"),
    ("${!x}", "${x !}"),
    ("${!x@}", "${x !@}"),
    ("${!x[@]}", "${x[@] !}"),
    ("${!}", "$!"),
    ("${x@Q}", "${x @Q}"),
    ("${x:1:2}", "${x : 1:2}"),
    ("${x: -3}", "${x :  -3}"),
    ('"${x:-"a b"}"', "q${x :- 'a b'}"),
    ("\"${x:-'a'}\"", "q${x :- ''a''}"),
    ("\"${x#'a'}\"", "q${x # 'a'}"),
    ("\"${x%$'\\n'}\"", "q${x % '\n'}"),
    ('${x:-"$y"}', "${x :- q$y}"),
    ("${x:-$(a b)}", "${x :- $((a b))}"),
    ("${x:-${y:-z}}", "${x :- ${y :- z}}"),
    ("$", "$"),
    ("a$", "a$"),
    ("$%", "$%"),
    ("${a b}", "#${a b}#"),
    ("$((1+2))", "#$((1+2))#"),
    ('"$(( $x * 2 ))"', "q#$(( $x * 2 ))#"),
    ("$[1+2]", "#$[1+2]#"),
]


@pytest.mark.parametrize(("text", "expected"), PARAMETERS)
def test_parameters_keep_their_name_operator_and_argument(text: str, expected: str) -> None:
    assert word(text) == expected


SUBSTITUTIONS = [
    ("$(a b)", "$((a b))"),
    ('"$(a "b c")"', "q$((a 'b c'))"),
    ("$(a; b && c)", "$((a); {(b) && (c)})"),
    ("$()", "$()"),
    ("$(<f)", "$((<f))"),
    ("$((a); b)", "$(subshell[(a)]; (b))"),
    ("$(case x in a) b;; esac)", "$(case[x: a) (b);])"),
    ("`a b`", "$((a b))"),
    ('"`a`"', "q$((a))"),
    (r"`a \`b\``", "$((a $((b))))"),
    (r"`echo \$x`", "$((echo $x))"),
    (r'"`a \"b\"`"', "q$((a 'b'))"),
    ("<(a)", "<((a))"),
    (">(a)", "<((a))"),
    ("x$(a)y", "x+$((a))+y"),
    ('"$(a "$(b "$(c)")")"', "q$((a q$((b q$((c))))))"),
]


@pytest.mark.parametrize(("text", "expected"), SUBSTITUTIONS)
def test_substitutions_hold_their_commands(text: str, expected: str) -> None:
    assert word(text) == expected


EXPRESSIONS = [
    ("${{ a }}", "@0"),
    ('"${{ a }}-x"', "q@0+'-x'"),
    ("'${{ a }}'", "''+q@0"),
    ("a${{ b }}c", "a+@0+c"),
    ("${{ contains(x, '}}') }}", "@0"),
    ("'${{ format('x') }}'", "''+q@0"),
    ("${{ a }}${{ b }}", "@0+@1"),
    ("${x:-${{ a }}}", "${x :- @0}"),
    ("$${{ a }}", "$+@0"),
    ('"$(a ${{ b }})"', "q$((a @0))"),
    ("`a ${{ b }}`", "$((a @0))"),
    ("$'${{ a }}'", "''+q@0"),
    ("${{ a ||\n b }}c", "@0+c"),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_a_platform_expression_is_one_part_of_a_word(text: str, expected: str) -> None:
    assert word(text) == expected


def test_expressions_are_numbered_over_the_whole_text_comments_included() -> None:
    assert tree("a ${{ x }} # ${{ y }}\nb <<E\n${{ z }}\nE\nc ${{ w }}") == "(a @0); (b <<{q@2+'\n'}); (c @3)"


def test_an_expression_may_span_lines_without_ending_the_command() -> None:
    assert tree("a ${{ x &&\n y }} b\nc") == "(a @0 b); (c)"
    assert tree("a # ${{ x\n}} comment\nb") == "(a); (b)"


def test_an_expression_before_an_equals_sign_is_no_assignment() -> None:
    assert tree("${{ x }}=1 a") == "(@0+=1 a)"
    assert tree("A_${{ x }}=1 a") == "(A_+@0+=1 a)"


def test_an_expression_that_is_never_closed_is_no_expression() -> None:
    script = parse("echo ${{ a")
    assert not any(isinstance(part, Placeholder) for part in _words(script.body.items[0].node)[1].parts)


def test_offsets_count_characters_not_bytes() -> None:
    text = "é 'ü' ${x:-ß} # ö\nñ"
    first, second = (item.node for item in parse(text).body.items)
    assert [text[part.start : part.end] for part in _words(first)] == ["é", "'ü'", "${x:-ß}"]
    assert (second.start, second.end) == (18, 19)


def test_words_inside_backquotes_have_their_place_in_the_whole_text() -> None:
    text = r"x `a \`bc\`` y"
    node = parse(text).body.items[0].node
    outer = _words(node)[1].parts[0].body.items[0].node  # type: ignore[union-attr]
    inner = _words(outer)[1].parts[0].body.items[0].node  # type: ignore[union-attr]
    assert text[outer.start : outer.end] == r"a \`bc\`"
    assert text[inner.start : inner.end] == "bc"


def test_parts_are_plain_data() -> None:
    node = parse('a="x $y" b').body.items[0].node
    assert isinstance(node, Simple)
    assert node.assignments == (Assignment("a", Word((Piece("x ", True), Parameter("y", quoted=True)), 2, 8), 0, 8),)
    assert node.words == (Word((Piece("b"),), 9, 10),)


UNCLOSED = [
    ("a 'b", "This single quote is never closed.", "'"),
    ('a "b', "This double quote is never closed.", '"'),
    ("a $'b", "This single quote is never closed.", "$'"),
    ("a `b", "This backquote is never closed.", "`"),
    ("a $(b", "This substitution is never closed.", "$("),
    ("a <(b", "This substitution is never closed.", "<("),
    ("a ${b", "This ${ is never closed.", "${"),
    ("a $((1", "This calculation is never closed.", "$(("),
    ("a @(b", "A parenthesis in this word is never closed.", ""),
]


@pytest.mark.parametrize(("text", "message", "place"), UNCLOSED)
def test_what_is_never_closed_is_reported_where_it_opens(text: str, message: str, place: str) -> None:
    assert (message, place) in messages(text)


def _words(node: object) -> tuple[Word, ...]:
    assert isinstance(node, Simple)
    return node.words
