# ruff: noqa: RUF001
"""Markup where it is plainly meant, and what is made of it."""

LINK = 'target="_blank" rel="noopener noreferrer nofollow"'


def link(href: str, label: str = "") -> str:
    return f'<a href="{href}" {LINK}>{label or href}</a>'


def table(head: str, *rows: str) -> str:
    body = "\n".join(f"<tr>{each}</tr>" for each in rows)
    return f"<table>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


# Taken: (typed, HTML of it).
TAKEN = [
    # Marks
    ("**bold**", "<p><strong>bold</strong></p>"),
    ("*really*", "<p><em>really</em></p>"),
    ("_really_", "<p><em>really</em></p>"),
    ("this is _quite_ good", "<p>this is <em>quite</em> good</p>"),
    ("*ann*'s", "<p><em>ann</em>'s</p>"),
    ("(*so* far)", "<p>(<em>so</em> far)</p>"),
    ("find *the* bug", "<p>find <em>the</em> bug</p>"),
    ("du *musst* das sehen", "<p>du <em>musst</em> das sehen</p>"),
    ("del *sur*, dir *nicht*", "<p>del <em>sur</em>, dir <em>nicht</em></p>"),
    ("copy *that*", "<p>copy <em>that</em></p>"),
    ("rm *a*\nthat is *bad*", "<p>rm *a*<br>\nthat is <em>bad</em></p>"),
    ("it took 3 *very* long days", "<p>it took 3 <em>very</em> long days</p>"),
    ("__very much__", "<p><strong>very much</strong></p>"),
    ("***both***", "<p><strong><em>both</em></strong></p>"),
    ("**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"),
    ("~~old~~ new", "<p><s>old</s> new</p>"),
    ("**this**/**that**", "<p><strong>this</strong>/<strong>that</strong></p>"),
    ("2*3 is **6**", "<p>2*3 is <strong>6</strong></p>"),
    (r"\*not bold\*", "<p>*not bold*</p>"),
    (r"\_\_x\_\_", "<p>__x__</p>"),
    ("**a**\nb", "<p><strong>a</strong><br>\nb</p>"),
    ("**a**\n\n  b   c", "<p><strong>a</strong><br>\n<br>\n  b   c</p>"),
    ("这是**重点**内容", "<p>这是<strong>重点</strong>内容</p>"),
    ("**重要**です", "<p><strong>重要</strong>です</p>"),
    ("**강조**는", "<p><strong>강조</strong>는</p>"),
    ("**שלום** עולם", "<p><strong>שלום</strong> עולם</p>"),
    ("（*好*）", "<p>（<em>好</em>）</p>"),
    # Code
    ("`c`", "<p><code>c</code></p>"),
    ("run `rm *.o *.a`.", "<p>run <code>rm *.o *.a</code>.</p>"),
    ("`*a*` and *b*", "<p><code>*a*</code> and <em>b</em></p>"),
    ("*a `*` b*", "<p><em>a <code>*</code> b</em></p>"),
    ("``a`b``", "<p><code>a`b</code></p>"),
    ("`` `a` ``", "<p><code>`a`</code></p>"),
    ("使用`代码`吧", "<p>使用<code>代码</code>吧</p>"),
    ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
    ("`__init__` is run", "<p><code>__init__</code> is run</p>"),
    ("look: ```a\n  b```", "<p>look: <code>a\n  b</code></p>"),
    ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
    (
        "```python\na  *b*\n\n    c\n```",
        '<pre><code class="language-python">a  *b*\n\n    c\n</code></pre>',
    ),
    ("``` c++\na\n```", '<pre><code class="language-c++">a\n</code></pre>'),
    ("```" + 31 * "x" + "\na\n```", "<pre><code>a\n</code></pre>"),
    ("```\nleft open", "<pre><code>left open\n</code></pre>"),
    ("```\nclosed```", "<pre><code>closed\n</code></pre>"),
    ("a\n```\nb\n```\nc", "<p>a</p>\n<pre><code>b\n</code></pre>\n<p>c</p>"),
    ("```\n- a\n- b\n```", "<pre><code>- a\n- b\n</code></pre>"),
    ("````\n```\n````", "<pre><code>```\n</code></pre>"),
    # Quotes
    ("> q\nanswer", "<blockquote>\n<p>q</p>\n</blockquote>\n<p>answer</p>"),
    ("> 5 q\nanswer", "<blockquote>\n<p>5 q</p>\n</blockquote>\n<p>answer</p>"),
    ("> a\n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>"),
    ("> a\n>\n> b", "<blockquote>\n<p>a<br>\n<br>\nb</p>\n</blockquote>"),
    ("> a\n\nanswer", "<blockquote>\n<p>a</p>\n</blockquote>\n<p>answer</p>"),
    (
        "> > a\n> b",
        "<blockquote>\n<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>\n</blockquote>",
    ),
    ("> שלום", "<blockquote>\n<p>שלום</p>\n</blockquote>"),
    ("> a   b", "<blockquote>\n<p>a   b</p>\n</blockquote>"),
    ("> ```\n> a\n> ```\nb",
     "<blockquote>\n<pre><code>a\n</code></pre>\n</blockquote>\n<p>b</p>"),
    # Lists
    ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    ("- 3 a\n- b", "<ul>\n<li>3 a</li>\n<li>b</li>\n</ul>"),
    ("- a;\n- b", "<ul>\n<li>a;</li>\n<li>b</li>\n</ul>"),
    ("* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    ("To do:\n- a\n- b\nok?", "<p>To do:</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>ok?</p>"),
    (
        "- a\n  - b\n- c",
        "<ul>\n<li>a<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ul>",
    ),
    ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
    ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
    ("0. a\n1. b", '<ol start="0">\n<li>a</li>\n<li>b</li>\n</ol>'),
    # Tasks
    ("- [ ] a\n- [x] b", '<ul>\n<li class="task">☐ a</li>\n<li class="task">☑ b</li>\n</ul>'),
    ("- [X] **a**", '<ul>\n<li class="task">☑ <strong>a</strong></li>\n</ul>'),
    ("1. [ ] a\n2. b", '<ol>\n<li class="task">☐ a</li>\n<li>b</li>\n</ol>'),
    (
        "- a\n- b\n  - [x] c",
        '<ul>\n<li>a</li>\n<li>b<ul>\n<li class="task">☑ c</li>\n</ul></li>\n</ul>',
    ),
    # Tables
    ("| a | b |\n|---|---|\n| 1 | 2 |", table("<th>a</th> <th>b</th>", "<td>1</td> <td>2</td>")),
    (
        "See:\n| a | b |\n|:-:|--:|\n| *1* | `x\\|y` |\n| | https://e.org |\nok",
        "<p>See:</p>\n"
        + table(
            '<th align="center">a</th> <th align="right">b</th>',
            '<td align="center"><em>1</em></td> <td align="right"><code>x|y</code></td>',
            f'<td align="center"></td> <td align="right">{link("https://e.org")}</td>',
        )
        + "\n<p>ok</p>",
    ),
    ("> | a | b |\n> |---|---|\n> | 1 | 2 |", "<blockquote>\n" + table(
        "<th>a</th> <th>b</th>", "<td>1</td> <td>2</td>") + "\n</blockquote>"),
    ("| 名 | אב |\n| :-- | --- |\n| 李 | <b> |", table(
        '<th align="left">名</th> <th>אב</th>', '<td align="left">李</td> <td>&lt;b&gt;</td>')),
    ("- **a**\n- `b`", "<ul>\n<li><strong>a</strong></li>\n<li><code>b</code></li>\n</ul>"),
    # Links
    ("[a](https://e.org)", f"<p>{link('https://e.org', 'a')}</p>"),
    ("[**a**](https://e.org)", f"<p>{link('https://e.org', '<strong>a</strong>')}</p>"),
    (
        "[a](https://e.org),[b](https://f.org)",
        f"<p>{link('https://e.org', 'a')},{link('https://f.org', 'b')}</p>",
    ),
    ("[a](https://e.org/f_(b))", f"<p>{link('https://e.org/f_(b)', 'a')}</p>"),
    ("![a](https://e.org)", f"<p>![a]({link('https://e.org')})</p>"),
    ("[](https://e.org)", f"<p>[]({link('https://e.org')})</p>"),
    ("a[0](https://e.org)", f"<p>a[0]({link('https://e.org')})</p>"),
    ("请看[文档](https://e.org)", f"<p>请看{link('https://e.org', '文档')}</p>"),
    (r"\[a](https://e.org)", rf"<p>\[a]({link('https://e.org')})</p>"),
    # A name of a host leads nowhere else.
    ("[bank.com](https://e.org)", f"<p>[bank.com]({link('https://e.org')})</p>"),
    ("[www.bank.com/x](https://e.org)", f"<p>[www.bank.com/x]({link('https://e.org')})</p>"),
    ("[Bank.com](https://bank.com/)", f"<p>{link('https://bank.com/', 'Bank.com')}</p>"),
    ("[v1.2](https://e.org)", f"<p>{link('https://e.org', 'v1.2')}</p>"),
    (
        "[https://a.org](https://b.org)",
        f"<p>[{link('https://a.org')}]({link('https://b.org')})</p>",
    ),
    ("<https://e.org>", f"<p>{link('https://e.org')}</p>"),
    ("https://e.org/a_b_c", f"<p>{link('https://e.org/a_b_c')}</p>"),
    ("**https://e.org/a**", f"<p><strong>{link('https://e.org/a')}</strong></p>"),
    ("see https://e.org/a, ok?", f"<p>see {link('https://e.org/a')}, ok?</p>"),
    ("(https://e.org/a).", f"<p>({link('https://e.org/a')}).</p>"),
    ("(https://e.org/f_(b)).", f"<p>({link('https://e.org/f_(b)')}).</p>"),
    ("http://localhost:8000/a", f"<p>{link('http://localhost:8000/a')}</p>"),
    ("http://[::1]:8000/a", f"<p>{link('http://[::1]:8000/a')}</p>"),
    ("mailto:ann@e.org", f"<p>{link('mailto:ann@e.org')}</p>"),
    ("name   https://e.org/a\nlonger https://e.org/b",
     f"<p>name   {link('https://e.org/a')}<br>\nlonger {link('https://e.org/b')}</p>"),
    ("请看https://x.example/a。谢谢", f"<p>请看{link('https://x.example/a')}。谢谢</p>"),
    ("（https://x.example/a）", f"<p>（{link('https://x.example/a')}）</p>"),
    ("「https://x.example/a」です", f"<p>「{link('https://x.example/a')}」です</p>"),
    (
        "https://x.example/路径 ok",
        f"<p>{link('https://x.example/%E8%B7%AF%E5%BE%84', 'https://x.example/路径')} ok</p>",
    ),
]  # fmt: skip
