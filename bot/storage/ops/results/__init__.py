"""Operations of `bot.domain.ports.ResultStore`."""
