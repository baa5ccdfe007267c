"""The documents lead where they say, and every page is found from the first."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRST = ROOT / "README.md"
INDEX = ROOT / "docs" / "README.md"
OUTSIDE = re.compile(r"[a-z]+:")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PAGES = [FIRST, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def targets(page: Path) -> set[Path]:
    """Return the files that a page links to, wherever they should lie."""
    links = (link.partition("#")[0] for link in LINK.findall(page.read_text()))
    return {(page.parent / link).resolve() for link in links if not OUTSIDE.match(link)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert [target for target in sorted(targets(page)) if not target.exists()] == []


def test_every_page_is_reached_from_the_first() -> None:
    reached: set[Path] = set()
    ahead = {FIRST}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead |= {one for one in targets(page) if one.suffix == ".md"} - reached

    assert INDEX in reached
    assert [page for page in PAGES if page not in reached] == []
