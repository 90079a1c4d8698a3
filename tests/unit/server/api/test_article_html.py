"""Articles as HTML: the marks that the widget draws, and nothing that an author smuggles in."""

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.api.help import kept_html, markdown, places

HOSTILE: list[str] = json.loads((Path(__file__).parent / "hostile_markdown.json").read_text(encoding="utf-8"))
TABLE = (
    '<table tabindex="0"><thead><tr><th>a</th><th>b</th></tr></thead>'
    "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
)
REL = f' rel="{markdown.LINK_REL}"'


def plain(content: str) -> str:
    """The HTML on one line, without the rel that every link has."""
    return re.sub(r"\n\s*", "", markdown.html(content).replace(REL, ""))


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ("one\n\ntwo", "<p>one</p><p>two</p>"),
        ("## A\n### B\n## C", "<h2>A</h2><h3>B</h3><h2>C</h2>"),
        ("#### A\n# B\n###### C", "<h2>A</h2><h2>B</h2><h3>C</h3>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("> q", "<blockquote><p>q</p></blockquote>"),
        ("```sh\nls\n```", '<pre tabindex="0"><code>ls</code></pre>'),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>"),
        ("[a](https://a.b/c)", '<p><a href="https://a.b/c">a</a></p>'),
        ("see https://a.b/c_d_e.", '<p>see <a href="https://a.b/c_d_e">https://a.b/c_d_e</a>.</p>'),
        ("(https://a.b/(x))", '<p>(<a href="https://a.b/(x)">https://a.b/(x)</a>)</p>'),
        ("![a cat](https://a.b/cat.png)", '<p><a href="https://a.b/cat.png">a cat</a></p>'),
        ("[![logo](https://i.b/l.png)](https://a.b/)", '<p><a href="https://a.b/">logo</a></p>'),
        ("[a](/relative) ![b](x.png)", "<p>a b</p>"),
        ("    indented", "<p>indented</p>"),
        ("a|b\n-|-\n1|2", TABLE),
    ],
)
def test_marks_become_elements(content: str, html: str) -> None:
    assert plain(content) == html


class Elements(HTMLParser):
    """The start tags of a document, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("content", HOSTILE)
def test_hostile_text_becomes_no_element_and_no_attribute_of_its_own(content: str) -> None:
    page = Elements()
    page.feed(markdown.html(content))
    for tag, attributes in page.found:
        assert tag in markdown.TAGS
        assert set(attributes) <= {"href", "rel", "start", "tabindex"}
        if href := attributes.get("href"):
            parts = urlsplit(href)
            assert parts.scheme in {"http", "https"} and parts.hostname and not parts.username
            assert attributes["rel"] == markdown.LINK_REL


@pytest.mark.parametrize("part", ["[", "![", "*", "`", "> ", "- a\n", "|", "](", "https://", "[a](b) "])
def test_the_longest_article_takes_bounded_time(part: str) -> None:
    began = time.process_time()  # not what other processes took meanwhile
    markdown.html((part * 200_000)[:200_000])
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("How long does a delivery take?", "how-long-does-a-delivery-take"),
        ("Đổi trả & hoàn tiền", "doi-tra-hoan-tien"),
        ("<script>alert(1)</script>", "script-alert-1-script"),
        ("../../etc/passwd", "etc-passwd"),
        ("???", "article"),
        ("返品", "返品"),
        ("x" * 200, "x" * 80),
    ],
)
def test_an_address_has_the_words_of_the_title(title: str, slug: str) -> None:
    assert places.slug(title) == slug


def test_an_article_is_rendered_once_and_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[str] = []

    def render(content: str) -> str:
        rendered.append(content)
        return content

    monkeypatch.setattr(markdown, "html", render)
    kept = kept_html.KeptHtml(most=10)
    for content in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "x" * 11, "x" * 11):
        assert kept.html(content) == content
    assert rendered == ["aaaa", "bbbb", "cccc", "bbbb", "x" * 11, "x" * 11]
