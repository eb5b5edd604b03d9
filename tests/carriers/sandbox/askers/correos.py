from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("correos_invoice_seville", 1)


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    path = f"/correos/canonico/eventos_envio_servicio_auth/{number}?codIdioma=ES&indUltEvento=N"
    return asker.call("GET", path, {"Authorization": basic(key, key)})


def rows(said: Said) -> Sized:
    found: Sized = said.json()[0]["eventos"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()[0]["error"]["codError"] == "3")
