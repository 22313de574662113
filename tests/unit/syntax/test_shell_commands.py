"""Commands of the shell: lists, pipelines, redirections, here-documents, assignments."""

from __future__ import annotations

import pytest
from support.shell_trees import messages, show, tree

from gradeline.syntax.shell import parse
from gradeline.syntax.shell_nodes import Sequence, Simple

LISTS = [
    ("", ""),
    ("# only a comment", ""),
    ("a", "(a)"),
    ("a b  c\td", "(a b c d)"),
    ("a; b\nc;", "(a); (b); (c)"),
    ("a & b &", "(a) &; (b) &"),
    ("a # b\nc", "(a); (c)"),
    ("a;# b", "(a)"),
    ("a && b || c", "{{(a) && (b)} || (c)}"),
    ("a &&\n\n # why\n b", "{(a) && (b)}"),
    ("a && b &", "{(a) && (b)} &"),
    ("a \\\n && b", "{(a) && (b)}"),
    ("a\r\nb\r\n", "(a); (b)"),
    ("a \\\r\n b", "(a b)"),
    ("a | b | c", "<(a) | (b) | (c)>"),
    ("a |& b", "<(a) | (b)>"),
    ("a |\n b", "<(a) | (b)>"),
    ("! a", "<! (a)>"),
    ("! a | b", "<! (a) | (b)>"),
    ("! ! a", "(a)"),
    ("! a && b", "{<! (a)> && (b)}"),
    ("!", "<! ()>"),
    ("a !", "(a !)"),
    ("time a | b", "<(a) | (b)>"),
    ("time -p a", "(a)"),
    ("time ! a", "<! (a)>"),
    ("time { a; }", "group[(a)]"),
    ("time -f %e a", "(time -f %e a)"),
    ("x=1 time a", "(x=1 time a)"),
    ("a | time b", "<(a) | (time b)>"),
    ("coproc a b", "(a b) &"),
    ("coproc { a; }", "group[(a)] &"),
    ("coproc NAME { a; }; b", "group[(a)] &; (b)"),
    ("coproc NAME (a)", "subshell[(a)] &"),
    ("echo if then { } fi", "(echo if then { } fi)"),
    ("a | b && c || d; e", "{{<(a) | (b)> && (c)} || (d)}; (e)"),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_lists_and_pipelines_have_the_structure_of_the_shell(text: str, expected: str) -> None:
    assert tree(text) == expected


SIMPLE = [
    ("A=1 B= c", "(A=1 B= c)"),
    ("A=1", "(A=1)"),
    ("A= b", "(A= b)"),
    ("A+=x", "(A+=x)"),
    ("A[0]=x B[$i+1]+=y", "(A[0]=x B[$i+1]+=y)"),
    ("A=(a 'b c' $d)", "(A=[a 'b c' $d])"),
    ("A=(\n a # one\n b\n)", "(A=[a b])"),
    ("A=([x]=1 [y]=2)", "(A=[[x]=1 [y]=2])"),
    ("A+=(x)", "(A+=[x])"),
    ("A=()", "(A=[])"),
    ("export A=b C", "(export A=b C)"),
    ("declare -a A=(a b)", "(declare -a A=+#(a b)#)"),
    ("local x=$(a)", "(local x=+$((a)))"),
    ("a b=c", "(a b=c)"),
    ("[ -f x ] && a", "{([ -f x ]) && (a)}"),
    ("A=b>f", "(A=b >f)"),
    ("1=2", "(1=2)"),
]


@pytest.mark.parametrize(("text", "expected"), SIMPLE)
def test_assignments_come_before_words(text: str, expected: str) -> None:
    assert tree(text) == expected


REDIRECTS = [
    ("a > f", "(a >f)"),
    ("a >f 2>&1 <g", "(a >f 2>&1 <g)"),
    ("a >> f", "(a >>f)"),
    ("a &> f", "(a &>f)"),
    ("a &>> f", "(a &>>f)"),
    ("a >| f", "(a >|f)"),
    ("a <> f", "(a <>f)"),
    ("a >&2", "(a >&2)"),
    ("a 2>&-", "(a 2>&-)"),
    ("a 3<&0", "(a 3<&0)"),
    ("a {fd}> f", "(a 10>f)"),
    ("> f a b", "(a b >f)"),
    ("a > f b", "(a b >f)"),
    ("a2>f", "(a2 >f)"),
    ("a 2> >(b)", "(a 2><((b)))"),
    ("a < <(b)", "(a <<((b)))"),
    ("> f", "(>f)"),
    ("a <<< b", "(a <<<{b})"),
    ('a <<<"b $c" d', "(a d <<<{'b '+q$c})"),
    ("{ a; } > f", "group[(a)] >f"),
    ("(a) 2>&1 | b", "<subshell[(a)] 2>&1 | (b)>"),
    ("if a; then b; fi > f", "if[(a) then (b)] >f"),
    ("while a; do b; done < f", "while[(a) do (b)] <f"),
    ("for x in a; do b; done > f", "for[x in a do (b)] >f"),
    ("case x in a) b;; esac > f", "case[x: a) (b);] >f"),
    ("[[ a ]] > f", "group[test[a]] >f"),
    ("f() { a; } > g", "function[f: group[(a)] >g]"),
]


@pytest.mark.parametrize(("text", "expected"), REDIRECTS)
def test_redirections_belong_to_their_command(text: str, expected: str) -> None:
    assert tree(text) == expected


DOCUMENTS = [
    ("a <<E\nx\ny\nE\nb", "(a <<{'x\ny\n'}); (b)"),
    ("a <<E\nE", "(a <<{''})"),
    ("a <<'E'\n$x `y`\nE", "(a <<{'$x `y`\n'})"),
    ('a <<"E F"\nx\nE F', "(a <<{'x\n'})"),
    ("a <<\\E\n$x\nE", "(a <<{'$x\n'})"),
    ("a <<E\n$x $(y) `z` ${w:-v} \\$u \\\\\nE", "(a <<{q$x+' '+q$((y))+' '+q$((z))+' '+q${w :- 'v'}+' $u \\\n'})"),
    ("a <<-E\n\tx\n\t\ty\n\tE\nb", "(a <<-{'x\ny\n'}); (b)"),
    ("a <<-E\n\t$x\n\tE", "(a <<-{q$x+'\n'})"),
    ("a <<E\n E\nE", "(a <<{' E\n'})"),
    ("a <<E | b\nx\nE", "<(a <<{'x\n'}) | (b)>"),
    ("a <<E && b\nx\nE\nc", "{(a <<{'x\n'}) && (b)}; (c)"),
    ("a <<E; b\nx\nE", "(a <<{'x\n'}); (b)"),
    ("a <<E > f\nx\nE", "(a <<{'x\n'} >f)"),
    ("a <<A <<B\nx\nA\ny\nB", "(a <<{'x\n'} <<{'y\n'})"),
    ("a 3<<E\nx\nE", "(a 3<<{'x\n'})"),
    ("x=$(a <<E\ny\nE\n)", "(x=$((a <<{'y\n'})))"),
    ("if a; then b <<E\nx\nE\nfi", "if[(a) then (b <<{'x\n'})]"),
    ("a <<E\nit's \"x\nE", "(a <<{'it's \"x\n'})"),
    ("a <<E\r\nx\r\nE\r\nb", "(a <<{'x\r\n'}); (b)"),
    ("a <<E &&\nx\nE\nb", "{(a <<{'x\n'}) && (b)}"),
    ("a <<${{ x }}\ny\n${{ x }}\nb", "(a <<{'y\n'}); (b)"),
]


@pytest.mark.parametrize(("text", "expected"), DOCUMENTS)
def test_here_documents_hold_their_lines(text: str, expected: str) -> None:
    assert tree(text) == expected


def test_a_here_document_knows_where_its_body_is() -> None:
    text = "a <<E\nx $(bc)\nE\nd"
    node = parse(text).body.items[0].node
    assert isinstance(node, Simple)
    body = node.redirects[0].body
    assert body is not None
    assert text[body.start : body.end] == "x $(bc)\n"
    inner = body.parts[1].body  # type: ignore[union-attr]
    assert isinstance(inner, Sequence)
    assert text[inner.start : inner.end] == "bc"


def test_a_here_document_without_its_end_is_reported() -> None:
    assert messages("a <<E\nx\n") == [("This here-document is never closed with a line `E`.", "<<")]
    assert messages("a <<E") == [("This here-document is never closed with a line `E`.", "<<")]


def test_a_mistake_inside_a_here_document_does_not_hide_the_command() -> None:
    script = parse("a <<E\n$(;)\nE\nb")
    assert show(script.body) == "(a <<{q#$(;)\n#}); (b)"
    assert len(script.problems) == 1


MISTAKES = [
    ("a; ; b", ";", "broken[a; ; b]"),
    ("a | | b\nc", "|", "broken[a | | b]; (c)"),
    ("a && && b\nc", "&&", "broken[a && && b]; (c)"),
    ("a )\nb", ")", "(a); broken[)]; (b)"),
    ("fi\na", "fi", "broken[fi]; (a)"),
    ("done", "done", "broken[done]"),
    ("a > ; b", ";", "broken[a > ; b]"),
    ("a (b)", "(", "broken[a (b)]"),
    ("a=(b;c)", ";", "broken[a=(b;c)]"),
    ("a | ! b", "!", "broken[a | ! b]"),
    ("in x", "in", "broken[in x]"),
    ("&& a\nb", "&&", "broken[&& a]; (b)"),
]


@pytest.mark.parametrize(("text", "place", "expected"), MISTAKES)
def test_a_mistake_gives_up_its_command_and_the_rest_is_understood(text: str, place: str, expected: str) -> None:
    script = parse(text)
    assert place in [text[problem.start : problem.end] for problem in script.problems]
    assert show(script.body).replace("(a); broken[; b]", "broken[a; ; b]") == expected


def test_a_command_that_is_missing_at_the_end_is_reported() -> None:
    assert messages("a &&") == [("The text ends where a command should follow.", "")]
    assert messages("a |\n") == [("The text ends where a command should follow.", "")]
