"""The AIML API: pictures by Seedream, videos by MiniMax's Hailuo, and chat models that rewrite prompts and describe.

`catalogue` lists the models of pictures. `wire` turns orders into bytes and bytes into results or errors, without any
I/O. `http` sends paid calls, `fetching` reads results, `account` asks what costs nothing: the balance, prices, and the
request log. `client` is `bot.domain.provider.Provider`, `video` `bot.domain.video_provider.VideoProvider`, `chat`
the protocols of `bot.domain.rewriting`.
"""
