"""What the provider says about a member's input: from its words to the picture or the prompt."""

from __future__ import annotations

import json

import pytest

from bot.domain.provider import FixRequestError, InputProblem, InputSubject, ProviderError, RejectedInputError
from bot.seedream.wire.answer import decipher
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, a_reply

RATIO, LARGE, SMALL = InputProblem.RATIO, InputProblem.TOO_LARGE, InputProblem.TOO_SMALL
UNREADABLE, LONG, OTHER = InputProblem.UNREADABLE, InputProblem.TOO_LONG, InputProblem.OTHER


def failed(status: int, body: object, *, references: int = 4) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        decipher(a_reply(json.dumps(body), status=status), prompt=PROMPT, references=references)
    return caught.value


def byteplus(message: str, *, param: str = "", code: str = "InvalidParameter") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "param": param, "type": "BadRequest"}}


def aiml(message: object, **more: object) -> dict[str, object]:
    return {"message": message, "statusCode": "400", "requestId": "r-1", **more}


@each_case(
    ("body", "index", "problem"),
    [
        (byteplus("expected the aspect ratio to be between 0.06 and 16.00, but received image with aspect ratio: 17.1",
                  param="image[2]"), 2, RATIO),
        (byteplus("The parameter `image[2]` specified in the request is not valid: aspect ratio"), 2, RATIO),
        (byteplus("Error while downloading image 3: expected the aspect ratio to be between"), 2, RATIO),
        (byteplus("The 2nd input image has an aspect ratio of 20"), 1, RATIO),
        (byteplus("Error while decoding image 1"), 0, UNREADABLE),
        (byteplus("failed to download image"), None, UNREADABLE),
        (byteplus("The input image is corrupt or its format is unsupported", param="image"), None, UNREADABLE),
        (byteplus("Image exceeds 36000000 pixels"), None, LARGE),
        (byteplus("The size of the input image (12.4 MB) exceeds the limit (10 MB)"), None, LARGE),
        (byteplus("image 4 is larger than 10 MB"), 3, LARGE),
        (byteplus("Pixel count too small", code="InvalidParameter.PixelCountTooSmall", param="image[0]"), 0, SMALL),
        (byteplus("image side must be at least 15 px"), None, SMALL),
        (byteplus("The parameter `image` specified in the request is not valid.", param="image"), None, OTHER),
        (byteplus("image[9] has a bad aspect ratio"), None, RATIO),  # there is no such picture
        (aiml("Body validation error", meta=[{"path": ["image_urls", 1], "message": "Invalid url"}]), 1, UNREADABLE),
        (aiml([{"path": ["body", "image_urls", 3], "code": "custom", "message": "cannot decode"}]), 3, UNREADABLE),
        (aiml("body.image_urls.0: Invalid image"), 0, UNREADABLE),
        (aiml('[{"code":"too_big","path":["image_urls",2],"message":"too big"}]'), 2, LARGE),
        (aiml("x", error={"issues": [{"path": ["image_urls", 0], "message": "aspect ratio"}]}), 0, RATIO),
        (aiml(json.dumps(byteplus("bad aspect ratio", param="image[1]"))), 1, RATIO),
    ],
)  # fmt: skip
@each_case("status", [400, 422])
def test_a_complaint_about_a_picture_says_which_and_what(
    status: int, body: object, index: int | None, problem: InputProblem
) -> None:
    error = failed(status, body)

    assert isinstance(error, RejectedInputError)
    assert (error.subject, error.index, error.problem) == (InputSubject.REFERENCE, index, problem)


@each_case(
    ("body", "problem"),
    [
        (byteplus("The prompt is too long: at most 600 words", param="prompt"), LONG),
        (byteplus("input text exceeds the limit of 4000 characters"), LONG),
        (
            aiml(
                "Body validation error", meta=[{"path": ["prompt"], "message": "at most 4000 character(s)"}]
            ),
            LONG,
        ),
        (aiml("prompt: String must contain at most 4000 character(s)"), LONG),
        (aiml([{"path": ["body", "prompt"], "code": "custom", "message": "Unusable"}]), OTHER),
        (byteplus("The parameter `prompt` specified in the request is not valid."), OTHER),
    ],
)
@each_case("references", [0, 4])
def test_a_complaint_about_the_prompt_says_so(body: object, problem: InputProblem, references: int) -> None:
    error = failed(400, body, references=references)

    assert isinstance(error, RejectedInputError)
    assert (error.subject, error.index, error.problem) == (InputSubject.PROMPT, None, problem)


@each_case("body", [aiml("Payload Too Large"), "<html>413</html>", None])
@each_case(
    ("references", "subject", "problem"),
    [(3, InputSubject.REFERENCE, LARGE), (0, InputSubject.PROMPT, LONG)],
)
def test_a_request_that_is_too_large_names_what_makes_it_large_whoever_says_so(
    body: object, references: int, subject: InputSubject, problem: InputProblem
) -> None:
    error = failed(413, body, references=references)

    assert isinstance(error, RejectedInputError)
    assert (error.subject, error.index, error.problem) == (subject, None, problem)


@each_case(
    "body",
    [
        byteplus("image size must be at least 3686400 pixels", param="size"),
        aiml("Invalid enum value. Expected '2K' | '4K', received '8K'", meta=[{"path": ["image_size"]}]),
        aiml("Expected boolean for watermark"),
        aiml("seed must be at most 2147483647"),
        aiml("Something is wrong with the request"),
    ],
)
@each_case("references", [0, 4])
def test_only_what_is_about_our_own_request_stays_a_bug_of_ours(body: object, references: int) -> None:
    assert type(failed(400, body, references=references)) is FixRequestError


def test_nothing_is_said_about_pictures_that_were_not_sent() -> None:
    assert type(failed(400, byteplus("image[0]: aspect ratio"), references=0)) is FixRequestError


@each_case(
    ("status", "body"),
    [
        (500, byteplus("image[1]: bad aspect ratio")),
        (200, {"data": [byteplus("image[1]: bad aspect ratio")]}),
        (200, byteplus("image[1]: bad aspect ratio")),
    ],
)
def test_a_complaint_counts_in_an_answer_of_another_status_too(status: int, body: object) -> None:
    error = failed(status, body)

    assert isinstance(error, RejectedInputError)
    assert (error.index, error.problem) == (1, RATIO)


def test_a_fault_that_speaks_of_images_is_no_complaint() -> None:
    error = failed(500, byteplus("failed to load the image model", code="InternalServiceError"))

    assert not isinstance(error, FixRequestError)
