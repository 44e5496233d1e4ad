from __future__ import annotations

from bot.domain.sizes import Aspect
from bot.domain.video import VideoQuality, VideoSettings
from bot.ui.base.theme import ASPECT_NAMES, usual_wait_text
from tests.tables import each_case


def test_every_aspect_is_offered_and_the_models_choice_last() -> None:
    assert set(ASPECT_NAMES) == set(Aspect)
    assert list(ASPECT_NAMES)[-1] is Aspect.AUTO


@each_case(("seconds", "minutes"), [(6, "4–5"), (10, "8–9"), (15, "12–13")])
def test_a_video_takes_as_long_as_the_estimate_of_its_seconds_says(seconds: int, minutes: str) -> None:
    video = VideoSettings(seconds=seconds, quality=VideoQuality.P768)

    assert usual_wait_text(video) == f"usually ready in {minutes} minutes"
