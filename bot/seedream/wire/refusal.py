"""Telling a refusal of the provider's safety system from any other error."""

from __future__ import annotations

import re

from bot.domain.rendering import RefusedSubject
from bot.seedream.wire.complaint import Complaint

# BytePlus ModelArk's error codes: SensitiveContentDetected[.Violence], InputTextSensitiveContentDetected,
# InputImageSensitiveContentDetected[.PrivacyInformation], OutputImageRiskDetection, … The AIML API may
# repeat them as a code or inside a message. They are too odd to turn up by chance.
_CODE = re.compile(
    r"(?<![a-z])(input|output)?(text|image|video|audio)?(?:sensitivecontentdetected|riskdetection)((?:\.\w+)*)"
)
# Words for the same, from BytePlus' messages and the OpenAI-like codes that gateways use. Whole phrases
# only: "sensitive" alone also describes upper and lower case.
_PHRASE = re.compile(
    r"(?:contains?|related to) (?:sensitive|inappropriate|prohibited) (?:content|information)"
    r"|content[ _]policy(?:[ _]violation)?|safety (?:system|filter|policy)|content[ _](?:filter|moderation)"
    r"|content management policy"
    r"|moderation_blocked|(?:flagged|rejected|blocked) (?:by|for) (?:our )?(?:moderation|safety)"
    r"|contains? real persons?|copyright restrictions|nsfw content"
)
_SUBJECT_WORDS = (
    (re.compile(r"real person|privacy information"), RefusedSubject.REAL_PERSON),
    (re.compile(r"output|generated (?:image|picture)|result"), RefusedSubject.RESULT),
    (re.compile(r"(?:input|reference|uploaded) image"), RefusedSubject.REFERENCE),
    (re.compile(r"input text|prompt"), RefusedSubject.PROMPT),
)


def coded_refusal(complaint: Complaint) -> RefusedSubject | None:
    """What a moderation code in the complaint objects to; None where there is no such code."""
    text = " ".join((*complaint.codes, complaint.spoken)).lower()
    match = _CODE.search(text)
    if match is None:
        return None
    side, medium, suffix = match.groups()
    if "privacyinformation" in suffix:
        return RefusedSubject.REAL_PERSON
    if side == "output":
        return RefusedSubject.RESULT
    if medium in {"image", "video"}:
        return RefusedSubject.REFERENCE
    # BytePlus explains the bare SensitiveContentDetected as "the input text may contain …".
    return RefusedSubject.PROMPT


def worded_refusal(complaint: Complaint) -> RefusedSubject | None:
    """What a message without a code objects to; None where it speaks of something else.

    A validation error quotes the person's own words and is never taken for a refusal.
    """
    text = " ".join((*complaint.codes, complaint.message)).lower()
    if "validation error" in text or not _PHRASE.search(text):
        return None
    for words, subject in _SUBJECT_WORDS:
        if words.search(text):
            return subject
    return RefusedSubject.UNKNOWN
