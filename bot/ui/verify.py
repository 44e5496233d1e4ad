"""/verify: what a picture's or video's marks say of how it was made."""

from __future__ import annotations

from discord import ui

from bot.domain.pictures import Mark, PictureError, PictureProblem
from bot.domain.provenance import EDITED_SOURCES, Label, Marks, Signature, SignatureState
from bot.domain.references import Reference
from bot.services.marks import BusyError
from bot.ui.base.components import box_of, complete_deferred, inline, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.replies import acknowledge
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots

_NAME_ROOM = 80
OWN_TOOL = "Easel"  # as `bot/imaging/pack.py` writes it


async def show_marks(interaction: Interaction, reference: Reference) -> None:
    """Read the marks of an attached file, for the person alone."""
    await acknowledge(interaction, thinking=True)
    try:
        marks = await services_of(interaction).marks.read(reference, interaction.user.id)
    except PictureError as error:
        view = unread_card(why_unread(error.problem), reference.filename)
    except BusyError as error:
        view = unread_card(_why_busy(error), reference.filename)
    else:
        view = marks_card(marks, reference.filename)
    await complete_deferred(interaction, view)


def marks_card(marks: Marks, filename: str) -> ui.LayoutView:
    """Draw what the marks say, the verdict first and the names of standards last."""
    signature, label = marks.signature, marks.label
    title, colour = _verdict(marks)
    kind = label.source_type if label else signature.source_type if signature else ""
    small = dots(
        inline(filename, _NAME_ROOM),
        "C2PA" if signature else None,
        f"IPTC {inline(kind, _NAME_ROOM)}" if kind else None,
    )
    says = (_signature_text(signature) if signature else "", _label_text(label) if label else "")
    return view_of(box_of(colour, f"### {title}", *says, _caution(marks), small))


def unread_card(why: str, filename: str) -> ui.LayoutView:
    """Draw why a file could not be checked."""
    title = "### " + _("Easel can't check this file")
    return view_of(box_of(AMBER, title, why, dots(inline(filename, _NAME_ROOM))))


def _verdict(marks: Marks) -> tuple[str, int]:
    """Return the title and its colour: that of success for what is proven alone."""
    signature, label = marks.signature, marks.label
    kinds = [label.source_type] if label else []
    match signature:
        case Signature(is_ours=True, state=SignatureState.INTACT):
            is_edit = signature.source_type in EDITED_SOURCES
            return _("Edited with AI by this Easel") if is_edit else _("Made with AI by this Easel"), TEAL
        case Signature(is_ours=True, state=SignatureState.CHANGED):
            return _("Not the file that this Easel signed"), AMBER
        case Signature(state=SignatureState.CHANGED):
            return _("Not the file that was signed"), AMBER
        case Signature(state=SignatureState.INTACT | SignatureState.EXPIRED, is_of_ingredient=False):
            kinds.append(signature.source_type)
        case _:
            pass
    if Mark.GENERATED in kinds:
        return _("Marked as made with AI"), SLATE
    if EDITED_SOURCES & set(kinds):
        return _("Marked as edited with AI"), SLATE
    if signature is not None and signature.is_of_ingredient:
        return _("Marked as containing something made with AI"), SLATE
    if signature is not None and signature.state is SignatureState.BROKEN:
        return _("The signature is damaged or made up"), AMBER
    if signature is not None and signature.state in {SignatureState.SLOW, SignatureState.UNCHECKED}:
        return _("Signed, but Easel can't check the signature"), AMBER
    if kind := next(filter(None, kinds), ""):
        return _("Marked as *{kind}*").format(kind=inline(kind, _NAME_ROOM)), SLATE
    if signature is not None or label is not None:
        return _("Not marked as made with AI"), SLATE
    return _("No marks found"), SLATE


def _signature_text(signature: Signature) -> str:
    signed = _("**Signed** by this Easel.") if signature.is_ours else _signed_by(signature)
    match signature.state:
        case SignatureState.INTACT if signature.is_ours:
            more = _("Nothing has changed since.")
        case SignatureState.INTACT:
            more = _(
                "Nothing has changed since. This Easel doesn't know the signer, and anyone can sign under any name."
            )
        case SignatureState.CHANGED:
            more = _(
                "But that signature doesn't fit this file: either the file was changed since, such as cropped or "
                "made smaller, or the signature was copied from another file."
            )
        case SignatureState.EXPIRED:
            more = _(
                "Nothing has changed since, but the signer's certificate has expired, so the signature no longer "
                "proves anything."
            )
        case SignatureState.BROKEN:
            return _("**Signature** damaged or made up. Easel can't tell who signed.")
        case SignatureState.SLOW:
            return _("**Signature** found, but it took too long to check. Other C2PA readers may manage.")
        case SignatureState.UNCHECKED:
            return _("**Signature** found, but this Easel can't read signatures. Other C2PA readers can.")
    return f"{signed} {more}"


def _signed_by(signature: Signature) -> str:
    """Return who signed, with what and as what, by the signer's own word."""
    signer, tool = inline(signature.signer, _NAME_ROOM), inline(signature.tool, _NAME_ROOM)
    text = _("**Signed** by *{signer}*") if signer else _("**Signed** by someone without a name")
    text += " " + _("with *{tool}*") if tool else ""
    how = (
        _("as containing something made with AI")
        if signature.is_of_ingredient
        else _how(signature.source_type)
    )
    text += f", {how}" if how else ""
    return text.format(signer=signer, tool=tool) + "."


def _how(source_type: str) -> str:
    if source_type == Mark.GENERATED:
        return _("as made with AI")
    return _("as edited with AI") if source_type in EDITED_SOURCES else ""


def _label_text(label: Label) -> str:
    tool = inline(label.tool, _NAME_ROOM)
    by = tool if label.tool == OWN_TOOL else f"*{tool}*"
    how = _how(label.source_type)
    if how and tool:
        return _("**Labelled** {how} by {tool}.").format(how=how, tool=by)
    if how:
        return _("**Labelled** {how}.").format(how=how)
    if tool:
        return _("**Labelled** as made with {tool}, not as made with AI.").format(tool=by)
    return _("**Labelled**, but not as made with AI.")


def _caution(marks: Marks) -> str:
    """Return what a label, or none, does not prove; of a signature, its own line says that."""
    if marks == Marks():
        return _(
            "That proves nothing. Discord, editing and screenshots remove marks, and many tools never add any."
        )
    signature = marks.signature
    is_proven = signature is not None and signature.is_ours and signature.state is SignatureState.INTACT
    if marks.label is not None and not is_proven:
        return _("A label isn't proof: anyone can add, copy or remove one.")
    return ""


def why_unread(problem: PictureProblem) -> str:
    """Return why a file could not be read, and what to do."""
    match problem:
        case PictureProblem.UNKNOWN_FORMAT:
            return _("It isn't a JPEG, PNG, WebP or MP4, the formats whose marks Easel can read.")
        case PictureProblem.TOO_MANY_BYTES:
            return _("It's larger than 25 MB. Attach a smaller file.")
        case PictureProblem.UNREACHABLE | PictureProblem.GONE:
            return _("Easel couldn't get it from Discord. Attach it again in a moment.")
        case _:
            return _("It's damaged or cut off. If you have the original, attach that.")


def _why_busy(error: BusyError) -> str:
    if error.is_own:
        return _("Easel is still checking your last file. Try again when that's done.")
    return _("Easel is busy with other files. Try again in a minute.")
