"""Every way to write an address that must not be fetched, and some that may be."""

import pytest

from council.wire.addresses import Forbidden, check, target_of

PRIVATE = [
    "127.0.0.1", "127.1", "0x7f000001", "0x7f.1", "2130706433", "0177.0.0.1", "017700000001",
    "0", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::7f00:1]", "[::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[64:ff9b:1::808:808]", "[2002:7f00:1::]",
    "[2002:808:808::]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]", "[3fff::1]",
    "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[100::1]", "[5f00::1]",
    "localhost", "localhost.", "LOCALHOST", "ａ.localhost", "ｌｏｃａｌｈｏｓｔ",
    "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "127.0.0.1.",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_private_address_is_forbidden_however_it_is_written(scheme: str, host: str) -> None:
    with pytest.raises(Forbidden, match=r"public Internet|this machine"):
        target_of(f"{scheme}://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "//example.org/",
        "example.org", "", "http://", "http:///x", "http:example.org", "javascript:alert(1)",
        "http://user@example.org/", "http://user:key@example.org/", "http://@example.org/",
        "http://example.org:22/", "http://example.org:8080/", "http://example.org:0/",
        "http://example.org:99999/", "http://example.org:x/", "http://exa mple.org/",
        "http://example.org\\@127.0.0.1/", "http://example.org\n/", "http://\t127.0.0.1/",
        "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1/", "http://[v1.x]/",
        "http://1.2.3.4.5/", "http://256.1.1.1/", "http://08.1.1.1/", "http://0x1g.1/",
        "http://a..b/", "http://-a.org/", "http://a_*.org/", "http://1۰.0.0.1/",
        f"http://example.org/{'a' * 2_000}",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_forbidden(url: str) -> None:
    with pytest.raises(Forbidden):
        target_of(url)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://Example.ORG/a?b=1#c", "https://example.org/a?b=1"),
        ("http://example.org.:80", "http://example.org/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
        ("http://1572395042/", "http://93.184.216.34/"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]/x"),
        ("http://[64:ff9b::5db8:d822]/", "http://[64:ff9b::5db8:d822]/"),
        ("http://example.org:443/", "http://example.org:443/"),
    ],
)
def test_a_public_address_is_asked_for_in_one_spelling(url: str, asked: str) -> None:
    assert target_of(url).url == asked


def test_an_endpoint_on_the_list_may_be_private_and_have_any_port() -> None:
    local = {"127.0.0.1:8001", "wiki:80", "[::1]:9000"}
    assert target_of("http://127.0.0.1:8001/x", local).url == "http://127.0.0.1:8001/x"
    assert target_of("http://127.1:8001/", local).url == "http://127.0.0.1:8001/"
    assert target_of("http://wiki/", local).netloc == "wiki:80"
    assert target_of("http://[::1]:9000/", local).netloc == "[::1]:9000"
    for other in ("http://127.0.0.1:8002/", "http://127.0.0.2:8001/", "http://localhost:8001/"):
        with pytest.raises(Forbidden):
            target_of(other, local)


def test_only_literal_addresses_of_the_public_internet_pass_the_last_check() -> None:
    check("93.184.216.34")
    check("2606:4700::1111")
    for address in ("127.0.0.1", "fe80::1%2", "::ffff:10.0.0.1", "not an address", ""):
        with pytest.raises(Forbidden):
            check(address)
