"""What moderators do beside limits: stop people, filter words, choose channels."""

from bot.client import EaselClient
from cogs.moderation.filters import Filters
from cogs.moderation.places import Places
from cogs.moderation.stopping import Stopping


async def setup(client: EaselClient) -> None:
    for cog in (Stopping, Filters, Places):
        await client.add_cog(cog(client))
