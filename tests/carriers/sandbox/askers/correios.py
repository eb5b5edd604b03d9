from __future__ import annotations

from collections.abc import Sized

from ..conftest import Asker, Said, basic

STORY = ("correios_duty", 1)
TELLS_AN_ESTIMATE = True


def ask(asker: Asker, number: str, key: str, _phone: str) -> Said:
    token = key if key != "sandbox" else asker.tokens.get("correios") or token_of(asker)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "pt-BR"}
    return asker.call("GET", f"/correios/srorastro/v1/objetos?codigosObjetos={number}&resultado=T", headers)


def token_of(asker: Asker) -> str:
    path, card = "/correios/token/v1/autentica/cartaopostagem", b'{"numero": "sandbox"}'
    granted = asker.call("POST", path, {"Authorization": basic("sandbox", "sandbox")}, card).json()
    return asker.tokens.setdefault("correios", granted["token"])


def rows(said: Said) -> Sized:
    found: Sized = said.json()["objetos"][0]["eventos"]
    return found


def is_unknown(said: Said) -> bool:
    return bool(said.json()["objetos"][0]["mensagem"].startswith("SRO-020"))
