"""The AIML API: Seedream 4.5 as `bot.domain.provider.Provider`, chat models as `bot.domain.rewriting.Rewriter`.

`catalogue` lists the models. `wire` turns orders into bytes and bytes into results or errors, without any I/O.
`http` sends paid calls, `account` asks what costs nothing, `client` and `chat` implement the two protocols. `video` is
MiniMax's Hailuo as `bot.domain.video.VideoProvider`.
"""
