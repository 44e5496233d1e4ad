"""`tools.doc_paths`: a document that names what does not exist fails `make check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.doc_paths import ROOT, problems


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "bot" / "ui").mkdir(parents=True)
    (tmp_path / "bot" / "ui" / "queue.py").write_text("def draw() -> None: ...\n")
    return tmp_path


def test_the_documents_of_this_project_name_only_what_exists() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "`bot/ui/queue.py`, [a page](../bot/ui/queue.py#top), `bot/ui/queue.py::draw`, `bot/{ui,}`, `bot/*/queue.py`",
        "<https://example.com/bot> and [a site](https://example.com), `other/folder`, `bot/<name>.py`",
        "```tree\nbot/      the product\n  ui/     what people see\n    queue.py  the queue\n```",
        "```sh\ncat bot/missing.py\n```",
    ],
)
def test_what_exists_or_is_no_path_is_fine(project: Path, text: str) -> None:
    (project / "docs" / "page.md").write_text(text)
    assert problems(project) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("`bot/ui/gone.py`", "bot/ui/gone.py"),
        ("[a page](gone.md)", "docs/gone.md"),
        ("`bot/ui/{queue,gone}.py`", "bot/ui/gone.py"),
        ("`bot/ui/queue.py::gone`", "bot/ui/queue.py::gone"),
        ("```tree\nbot/\n  ui/\n    gone.py  was here\n```", "bot/ui/gone.py"),
        ("```tree\nbot/\n  ui/\n  gone/\n```", "bot/gone/"),
    ],
)
def test_what_does_not_exist_is_named_with_its_document(project: Path, text: str, name: str) -> None:
    (project / "docs" / "page.md").write_text(text)
    assert problems(project) == [f"docs/page.md: {name} does not exist"]
