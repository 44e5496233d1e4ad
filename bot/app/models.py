"""The models that a process knows, by the settings and the catalogue."""

from __future__ import annotations

from bot.seedream.catalogue import SEEDREAM_MODELS, find
from bot.seedream.video import VIDEO_MODELS, models_of
from bot.seedream.wire.video import VideoApi
from bot.services.prices import PricedModels
from bot.settings import Settings


def models_of_process(settings: Settings) -> PricedModels:
    """Return the models that people may ask for, and those of jobs that were queued while they were on offer.

    They have the catalogue's prices until `PriceKeeper` knows better. Raises `SetupError`.
    """
    pictures = (settings.easel_model, *(model for model in settings.models if model not in VIDEO_MODELS))
    videos = models_of(VideoApi(settings.easel_video_api))
    return PricedModels(
        pictures={model: find(model) for model in pictures},
        videos={model: videos[model] for model in settings.models if model in videos},
        all_pictures=dict(SEEDREAM_MODELS),
        all_videos=dict(VIDEO_MODELS),
    )
