"""Django's Redis cache, but with one client: Django makes one for every call, which costs more than
the call itself. A client may be used by several at the same time; its pool has the connections."""

from typing import Any

from django.core.cache.backends import redis


class _Client(redis.RedisCacheClient):
    # The stubs do not know them.
    _get_connection_pool: Any
    _client: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[int, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        client = self._clients.get(id(pool))
        if client is None:
            client = self._clients[id(pool)] = self._client(connection_pool=pool)
        return client


class RedisCache(redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
