"""Nothing is sent into a private network: not by a literal in any spelling, not by a name, not by one that changes."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from uuid import uuid4

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tracking.notify import signing
from tracking.notify.address_guard import Guard, Refused
from tracking.notify.outbox import Message
from tracking.notify.sending import Sender, Sent

PUBLIC = ("93.184.216.34", "8.8.8.8", "1.1.1.1", "172.32.0.1", "192.0.1.1", "100.128.0.1", "198.20.0.1",
          "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8")  # fmt: skip
# Every network that is denied, by some of its addresses: its first, some inner, its last.
PRIVATE_NETWORKS = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "::/96", "::ffff:127.0.0.0/104", "::ffff:10.0.0.0/104", "::ffff:169.254.0.0/112",
    "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:2::/48", "2001:10::/28",
    "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8",
)  # fmt: skip
KNOWN_TARGETS = (
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "168.63.129.16",
    "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "fe80::1", "ff02::1", "224.0.0.1", "255.255.255.255", "0.0.0.0",  # noqa: S104
)  # fmt: skip
# The loopback and the metadata service, as resolvers and C libraries read them too.
SPELLINGS = (
    "2130706433", "0x7f000001", "0x7F.1", "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "0177.1", "127.1",
    "127.0.1", "127.0.0.1.", "0x7f.1.", "127.65535", "0", "0x0", "00", "2852039166", "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376", "169.254.43518", "169.16689662", "10.1", "0xa.1", "012.0.0.1", "192.168.257", "3232235777",
    "0xc0a80101", "0300.0250.1.1", "172.1048577", "167772161",
)  # fmt: skip
HOSTILE_URLS = (
    "gopher://93.184.216.34/", "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "data:text/plain,x",
    "//example.com/", "example.com/hook", "", " ", "https://", "https:///hook", "https:/example.com/",
    "https:example.com",
    "https://user@example.com/", "https://user:password@example.com/", "https://@example.com/", "https://a@127.0.0.1/",
    "https://example.com@127.0.0.1/", "https://example.com\\@127.0.0.1/", "https://127.0.0.1\\.example.com/",
    "https://example.com:22/", "https://example.com:25/", "https://example.com:80/", "https://example.com:8080/",
    "https://example.com:6379/", "https://example.com:5432/", "https://example.com:65536/", "https://example.com:x/",
    "https://example.com:-1/", "https://example.com:0/", "https://93.184.216.34:22/", "http://example.com/",
    "http://93.184.216.34/", "http://93.184.216.34:443/", "https://localhost/", "https://LOCALHOST/", "https://localhost./",
    "https://a.localhost/", "https://localhost.localdomain/", "https://db/", "https://redis/", "https://printer.local/",
    "https://metadata.google.internal/", "https://host.docker.internal/", "https://kubernetes.default.svc.internal/",
    "https://router.lan/", "https://wiki.intranet/", "https://nas.home.arpa/", "https://x.onion/", "https://x.invalid/",
    "https://example.com/ho ok", "https://example.com/\r\nHost: x", "https://example.com/\tx", "https://example.com/\x00",
    "https://exa\nmple.com/", "https://example.com/#here", "https://[::1", "https://[::1]x/", "https://[zz]/",
    "https://[fe80::1%25eth0]/", "https://[::1%25lo]/", "https://[::ffff:127.0.0.1]:8443/", "HTTP://example.com/",
    "https://" + "a" * 500 + ".com/",
)  # fmt: skip


def _in(network: str) -> list[str]:
    net = ip_network(network)
    size = net.num_addresses
    return [str(net[place]) for place in sorted({0, 1, size // 3, size - 1})]


ADDRESSES = [address for network in PRIVATE_NETWORKS for address in _in(network)]
LITERALS = [*ADDRESSES, *KNOWN_TARGETS]
LITERAL_URLS = [f"https://[{text}]/hook" if ":" in text else f"https://{text}/hook" for text in [*LITERALS, *SPELLINGS]]
CORPUS = [*LITERAL_URLS, *HOSTILE_URLS]


class Fixed(AbstractResolver):
    """Answers with these addresses, a list for each time it is asked; the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  its signature
    ) -> list[ResolveResult]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=text, port=port, proto=0, flags=0,
                          family=socket.AF_INET6 if ":" in text else socket.AF_INET)
            for text in found
        ]  # fmt: skip

    async def close(self) -> None:
        pass


class Canary:
    """Sockets that listen on the loopback; whoever connects to one is noticed."""

    def __init__(self) -> None:
        self.sockets = [
            socket.create_server(("127.0.0.1", 0)),
            socket.create_server(("::1", 0), family=socket.AF_INET6),
        ]
        for each in self.sockets:
            each.setblocking(False)

    @property
    def port(self) -> int:
        return int(self.sockets[0].getsockname()[1])

    def is_touched(self) -> bool:
        for each in self.sockets:
            try:
                each.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        return False


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    for each in made.sockets:
        each.close()


def send(url: str, guard: Guard, resolver: AbstractResolver | None = None) -> Sent:
    return send_all([url], guard, resolver)[0]


def send_all(urls: Sequence[str], guard: Guard, resolver: AbstractResolver | None = None) -> list[Sent]:
    async def run() -> list[Sent]:
        async with Sender.connect(guard, resolver=resolver) as sender:
            return list(await asyncio.gather(*(sender.send(message(url)) for url in urls)))

    return asyncio.run(run())


def message(url: str) -> Message:
    return Message(
        delivery_id=uuid4(), endpoint_id=uuid4(), token=uuid4(), number=1, attempts=1, event_type="endpoint.test",
        payload="{}", url=url, secrets=[signing.new_secret()],
    )  # fmt: skip


def test_the_corpus_is_large() -> None:
    assert len(set(CORPUS)) >= 200


def test_a_private_address_is_refused_on_every_port() -> None:
    guard = Guard(is_http_allowed=True)
    reached = [
        (text, port) for text in ADDRESSES for port in (443, 8443, 80, 22) if not guard.refusal(ip_address(text), port)
    ]
    assert reached == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_reached_on_the_ports_of_https_alone(address: str) -> None:
    guard = Guard()
    assert guard.refusal(ip_address(address), 443) == guard.refusal(ip_address(address), 8443) == ""
    assert "port 80 is not allowed" in guard.refusal(ip_address(address), 80)
    assert Guard(is_http_allowed=True).refusal(ip_address(address), 80) == ""


def test_a_hostile_url_is_refused_by_its_text_alone() -> None:
    assert [url for url in CORPUS if _passes(url)] == []


def _passes(url: str) -> bool:
    try:
        Guard().check_url(url)
    except Refused:
        return False
    return True


def test_good_urls_pass() -> None:
    for url in ("https://example.com/hook?shop=1", "https://shop.example.com:8443/", "https://8.8.8.8/", "https://xn--bcher-kva.example/"):  # fmt: skip  # noqa: E501
        Guard().check_url(url)
    Guard(is_http_allowed=True).check_url("http://example.com/")


def test_no_hostile_url_makes_a_connection_even_where_nobody_looked_at_its_text(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wall at the socket holds by itself."""
    monkeypatch.setattr(Guard, "check_url", lambda *_: None)
    urls = [f"http://[{text}]:{canary.port}/" if ":" in text else f"http://{text}:{canary.port}/" for text in (*LITERALS, *SPELLINGS)]  # fmt: skip  # noqa: E501
    sent = send_all([*urls, f"http://localhost:{canary.port}/"], Guard(is_http_allowed=True))
    assert all(each.http_status is None for each in sent)
    assert not canary.is_touched()


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.5"], ["169.254.169.254"]])  # fmt: skip  # noqa: E501
def test_a_name_that_leads_to_a_private_address_is_refused_as_a_whole(addresses: list[str], canary: Canary) -> None:
    sent = send("https://shop.example.com:8443/", Guard(), Fixed(addresses))
    assert sent.error.startswith("not sent: shop.example.com: ")
    assert "is not a public address" in sent.error


def test_a_name_that_changes_its_answer_gains_nothing(canary: Canary) -> None:
    """127.0.0.2 stands for a public host; the name is looked up once for a connection, and that address is dialled."""
    guard = Guard(allowed=(ip_network("127.0.0.2/32"),), is_http_allowed=True)
    with socket.create_server(("127.0.0.2", 0)) as public:
        public.settimeout(5)
        threading.Thread(target=_answer_once, args=(public,), daemon=True).start()
        port = public.getsockname()[1]
        resolver = Fixed(["127.0.0.2"], ["127.0.0.1"])
        assert send(f"http://shop.example.com:{port}/", guard, resolver).http_status == 200
        assert resolver.asked == 1
    again = send(f"http://shop.example.com:{canary.port}/", guard, resolver)
    assert "127.0.0.1 is not a public address" in again.error
    assert resolver.asked == 2
    assert not canary.is_touched()


def _answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    connection.close()


def test_a_network_that_the_site_allows_is_reached_by_http_and_on_any_port() -> None:
    guard = Guard(allowed=(ip_network("10.20.0.0/16"),))
    guard.check_url("http://10.20.3.4:9000/hook")
    guard.check_url("https://erp.internal:9000/hook")
    assert guard.refusal(ip_address("10.20.3.4"), 9000) == ""
    assert guard.refusal(ip_address("::ffff:10.20.3.4"), 9000) == ""
    assert "private" in guard.refusal(ip_address("10.21.0.1"), 443)
    with pytest.raises(Refused):
        guard.check_url("http://10.21.0.1/hook")
    with pytest.raises(Refused, match="not https"):
        guard.check_url("http://erp.internal/hook")


def test_a_refusal_says_what_is_wrong() -> None:
    for url, words in (
        ("https://10.0.0.1/", "10.0.0.1 is not a public address (private or reserved)"),
        ("https://[64:ff9b::7f00:1]/", "NAT64"),
        ("https://2130706433/", "127.0.0.1 is not a public address"),
        ("https://example.com:8080/", "port 8080 is not allowed; these are: 443, 8443"),
        ("http://example.com/", "is not https"),
        ("https://localhost/", "this machine"),
    ):
        with pytest.raises(Refused) as caught:
            Guard().check_url(url)
        assert words in str(caught.value)
