"""The answer to /verify: one verdict for whatever marks there are, in words that claim no more than is known."""

from __future__ import annotations

from itertools import product

from bot.domain.pictures import Mark, PictureProblem
from bot.domain.provenance import MAX_TOLD, Label, Marks, Signature, SignatureState
from bot.ui.base.theme import AMBER, SLATE, TEAL
from bot.ui.verify import marks_card, unread_card, why_unread
from tests.tables import each_case
from tests.unit.ui.limits.material import assert_discord_takes, text_of

AI, CAMERA = Mark.GENERATED.value, "digitalCapture"
EDITED = Mark.COMPOSITE.value
S = SignatureState
PARTLY = Signature(state=S.INTACT, signer="Ink", source_type=AI, is_of_ingredient=True)


def said(signature: Signature | None = None, label: Label | None = None) -> str:
    view = marks_card(Marks(signature=signature, label=label), "fox.png")
    assert_discord_takes(view)
    return text_of(view)


def signed(state: SignatureState, source_type: str = AI, *, ours: bool = False) -> Signature:
    return Signature(state=state, is_ours=ours, signer="Ink", tool="Inker 1", source_type=source_type)


@each_case(
    ("signature", "label", "title", "colour"),
    [
        (signed(S.INTACT, ours=True), Label(source_type=AI), "Made with AI by this Easel", TEAL),
        (signed(S.CHANGED, ours=True), None, "Not the file that this Easel signed", AMBER),
        (signed(S.CHANGED), Label(source_type=AI), "Not the file that was signed", AMBER),
        (signed(S.INTACT), None, "Marked as made with AI", SLATE),
        (signed(S.EXPIRED), None, "Marked as made with AI", SLATE),
        (signed(S.INTACT, CAMERA), Label(source_type=AI), "Marked as made with AI", SLATE),
        (Signature(state=S.BROKEN), Label(source_type=AI), "Marked as made with AI", SLATE),
        (Signature(state=S.BROKEN), None, "The signature is damaged or made up", AMBER),
        (Signature(state=S.SLOW), None, "Signed, but Easel can't check the signature", AMBER),
        (Signature(state=S.UNCHECKED), None, "Signed, but Easel can't check the signature", AMBER),
        (signed(S.INTACT, CAMERA), None, "Marked as *digitalCapture*", SLATE),
        (None, Label(source_type=CAMERA), "Marked as *digitalCapture*", SLATE),
        (signed(S.INTACT, EDITED, ours=True), None, "Edited with AI by this Easel", TEAL),
        (signed(S.INTACT, EDITED), None, "Marked as edited with AI", SLATE),
        (None, Label(source_type="compositeSynthetic"), "Marked as edited with AI", SLATE),
        (PARTLY, None, "Marked as containing something made with AI", SLATE),
        (PARTLY, Label(source_type=AI), "Marked as made with AI", SLATE),
        (signed(S.INTACT, ""), None, "Not marked as made with AI", SLATE),
        (None, Label(tool="Gimp"), "Not marked as made with AI", SLATE),
        (None, None, "No marks found", SLATE),
    ],
)
def test_the_verdict_comes_first(
    signature: Signature | None, label: Label | None, title: str, colour: int
) -> None:
    view = marks_card(Marks(signature=signature, label=label), "fox.png")

    assert text_of(view).startswith(f"### {title}\n")
    assert view.to_components()[0]["accent_color"] == colour


def test_our_own_signature_is_told_in_a_line() -> None:
    text = said(signed(S.INTACT, ours=True), Label(source_type=AI, tool="Easel"))

    assert text.splitlines()[1:] == [
        "**Signed** by this Easel. Nothing has changed since.",
        "**Labelled** as made with AI by Easel.",
        "-# fox.png · C2PA · IPTC trainedAlgorithmicMedia",
    ]


def test_an_unknown_signers_word_is_not_ours() -> None:
    text = said(signed(S.INTACT))

    assert "**Signed** by *Ink* with *Inker 1*, as made with AI. Nothing has changed since." in text
    assert "anyone can sign under any name" in text


@each_case(
    ("signer", "tool", "source_type", "words"),
    [
        ("", "", "", "**Signed** by someone without a name. "),
        ("A", "", "", "**Signed** by *A*. "),
        ("A", "B", CAMERA, "**Signed** by *A* with *B*. "),
        ("{tool}", "", Mark.COMPOSITE.value, "**Signed** by *{tool}*, as edited with AI. "),
    ],
)
def test_what_a_signature_lacks_is_left_out(signer: str, tool: str, source_type: str, words: str) -> None:
    assert words in said(Signature(state=S.INTACT, signer=signer, tool=tool, source_type=source_type))


@each_case(("state", "ours"), list(product(SignatureState, (True, False))))
def test_a_label_is_no_proof_unless_our_own_signature_stands_beside_it(
    state: SignatureState, ours: bool
) -> None:
    text = said(signed(state, ours=ours), Label(source_type=AI))

    assert ("A label isn't proof" in text) is not (ours and state is S.INTACT)
    assert "proof" not in said(signed(state, ours=ours))


def test_what_an_ingredient_is_said_to_be_is_not_said_of_the_file() -> None:
    assert "**Signed** by *Ink*, as containing something made with AI." in said(PARTLY)


@each_case(
    ("label", "line"),
    [
        (Label(source_type=AI), "**Labelled** as made with AI."),
        (Label(source_type=Mark.COMPOSITE, tool="Easel"), "**Labelled** as edited with AI by Easel."),
        (Label(source_type=AI, tool="{how}"), "**Labelled** as made with AI by *{how}*."),
        (Label(tool="Gimp"), "**Labelled** as made with *Gimp*, not as made with AI."),
        (Label(source_type=CAMERA), "**Labelled**, but not as made with AI."),
    ],
)
def test_what_a_label_lacks_is_left_out(label: Label, line: str) -> None:
    assert line in said(None, label).splitlines()


@each_case("state", [S.CHANGED, S.EXPIRED])
def test_why_a_signature_proves_less_is_told(state: SignatureState) -> None:
    words = {S.CHANGED: "copied from another file.", S.EXPIRED: "certificate has expired"}[state]

    assert words in said(signed(state))
    assert "Nothing has changed since. " not in said(signed(state))


@each_case(("state", "ours", "source_type"), list(product(SignatureState, (True, False), (AI, CAMERA, ""))))
def test_discord_takes_every_answer_with_the_longest_texts(
    state: SignatureState, ours: bool, source_type: str
) -> None:
    long = "*_" * (MAX_TOLD // 2)
    signature = Signature(state=state, is_ours=ours, signer=long, tool=long, source_type=source_type or long)

    view = marks_card(Marks(signature=signature, label=Label(source_type=long, tool=long)), long * 5)

    assert_discord_takes(view)


@each_case("problem", list(PictureProblem))
def test_every_problem_has_words(problem: PictureProblem) -> None:
    view = unread_card(why_unread(problem), "fox.png")

    assert_discord_takes(view)
    assert "### Easel can't check this file\n" in text_of(view)
