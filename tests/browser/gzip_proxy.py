"""One origin for pages and live stream, with a proxy that compresses: it holds an answer back until it is whole, as
compressing middleware does, unless the answer says that it is encoded already."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aiohttp import ClientPayloadError, ClientSession, ClientTimeout, web

_HOP = {"transfer-encoding", "connection", "content-length", "date", "server"}


@contextmanager
def compressing_proxy(port: int, web_port: int, live_port: int) -> Iterator[None]:
    """Serves http://localhost:<port>: /live/ from the live process, all else from the web process."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_serve(port, web_port, live_port), loop).result(10)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_end(runner), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _end(runner: web.AppRunner) -> None:
    """Closes the port and whatever stream is still open."""
    await runner.cleanup()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve(port: int, web_port: int, live_port: int) -> web.AppRunner:
    async def handle(request: web.Request) -> web.StreamResponse:
        target = live_port if request.path.startswith("/live/") else web_port
        address = f"http://127.0.0.1:{target}{request.rel_url}"
        headers = {name: value for name, value in request.headers.items() if name.lower() != "accept-encoding"}
        async with (
            ClientSession(auto_decompress=False, timeout=ClientTimeout(total=None)) as session,
            session.request(request.method, address, headers=headers, allow_redirects=False) as answer,
        ):
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            if "Content-Encoding" in answer.headers:
                response = web.StreamResponse(status=answer.status, headers=kept)
                await response.prepare(request)
                with suppress(ClientPayloadError):  # the process behind has gone: so does this answer
                    async for chunk in answer.content.iter_any():
                        await response.write(chunk)
                return response
            body = gzip.compress(await answer.read())
            return web.Response(status=answer.status, body=body, headers={**kept, "Content-Encoding": "gzip"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner
