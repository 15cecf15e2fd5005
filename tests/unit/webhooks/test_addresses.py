"""Where no message may go: a table of hostile URLs, and one of addresses that are not public."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.core.errors import InputError, Refused
from remit.webhooks.addresses import Target, chosen, is_public, target_of

SHOP = Target("https", "shop.example", 443, "/hook")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example/hook", SHOP),
        ("HTTPS://Shop.Example:443/hook", SHOP),
        ("https://shop.example", Target("https", "shop.example", 443, "/")),
        ("https://shop.example?a=b", Target("https", "shop.example", 443, "/?a=b")),
        ("https://shop.example:8443/a/b?c=%20d", Target("https", "shop.example", 8443, "/a/b?c=%20d")),
        ("https://xn--bcher-kva.example/", Target("https", "xn--bcher-kva.example", 443, "/")),
        ("https://93.184.216.34/", Target("https", "93.184.216.34", 443, "/")),
        ("https://[2606:2800:220:1::1]:8443/", Target("https", "2606:2800:220:1::1", 8443, "/")),
    ],
)
def test_a_plain_https_url_is_taken_apart(url: str, target: Target) -> None:
    assert target_of(url) == target


HOSTILE = [
    *("", "shop.example", "//shop.example/", "https:/shop.example", "https:///hook", "https://", "https://:443/"),
    # Other schemes and no TLS.
    *("http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "javascript:1"),
    # Somebody else's host behind a user, a fragment or a backslash.
    *("https://user@shop.example/", "https://shop.example:443@127.0.0.1/", "https://u:p@shop.example/"),
    *("https://shop.example#@127.0.0.1/", "https://shop.example/#x", "https://shop.example\\@127.0.0.1/"),
    *(
        "https://shop.example/\\..",
        "https://shop.example\t/",
        "https://shop.example/\r\nHost: x",
        "https://shop.example/ x",
    ),
    *(" https://shop.example/", "https://shop.example/\x00", "https://shop.example%2f@x/", "https://shop%2eexample/"),
    # This machine, however it is written.
    *("https://localhost/", "https://localhost.localdomain/", "https://a.localhost/", "https://127.0.0.1/"),
    *("https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/"),
    *("https://017700000001/", "https://127.0.0.1./", "https://0/", "https://0.0.0.0/", "https://127.0.0.0x1/"),
    *(
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[::1%25lo]/",
    ),
    *("https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://ｌocalhost/"),
    # Private networks, clouds' inner services, and what reaches them by another name.
    *("https://10.0.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.100.100.200/"),
    *("https://169.254.169.254/latest/meta-data/", "https://168.63.129.16/", "https://192.0.0.192/"),
    *("https://[fe80::1]/", "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/"),
    *("https://[64:ff9b::169.254.169.254]/", "https://[64:ff9b:1::a9fe:a9fe]/", "https://[2002:a9fe:a9fe::1]/"),
    *("https://[2001:0:a9fe:a9fe::1]/", "https://[2001:db8::1]/", "https://metadata.google.internal/"),
    *("https://printer.local/", "https://db/", "https://intranet./", "https://1.0.0.127.in-addr.arpa/"),
    # Names that are none.
    *("https://-shop.example/", "https://shop..example/", "https://.example/", "https://shop_a.example/"),
    *("https://bücher.example/", f"https://{'a' * 64}.example/", f"https://shop.example/{'a' * 2000}"),
    *(
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://[1.2.3.4]/",
        "https://[2606:2800]/",
        "https://2606:2800::1/",
    ),
    # Ports of other services.
    *("https://shop.example:22/", "https://shop.example:80/", "https://shop.example:0/", "https://shop.example:65536/"),
    *("https://shop.example:/", "https://shop.example:4４3/", "https://shop.example:-1/"),
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused(url: str) -> None:
    with pytest.raises(InputError) as raised:
        target_of(url)
    assert raised.value.code == "webhook_url"


@given(st.text(max_size=80) | st.text("htps:/@[]#?.\\0123456789abcdefx%", max_size=60).map("https://".__add__))
def test_no_text_makes_the_parser_stumble(text: str) -> None:
    try:
        target = target_of(text)
    except InputError:
        return
    assert target.scheme == "https"
    assert target_of(target.origin + target.path) == target


NOT_PUBLIC = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::ffff:8.8.8.8", "::ffff:10.0.0.1", "::8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1"),
    *("fd12::1", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_not_connected_to(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    for answers in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
        with pytest.raises(Refused) as raised:
            chosen(answers, SHOP)
        assert raised.value.code == "webhook_address"


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:2800:220:1::1", "2a00:1450::1"])
def test_what_is_public_is_connected_to(address: str) -> None:
    assert chosen([address, "1.1.1.1"], SHOP) == address


@pytest.mark.parametrize("answers", [[], ["fe80::1%eth0"], ["2606:2800::1%eth0"], ["nonsense"], [""]])
def test_what_is_no_address_is_refused(answers: list[str]) -> None:
    with pytest.raises(Refused):
        chosen(answers, SHOP)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost:80/", "http://[::1]:9/", "https://127.0.0.1/"]
)
def test_a_setting_admits_this_machine(url: str) -> None:
    target = target_of(url, local=True)
    assert chosen(["127.0.0.1"], target, local=True) == "127.0.0.1"


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "93.184.216.34", "::ffff:127.0.0.1"])
def test_the_setting_admits_nothing_else_over_http(address: str) -> None:
    with pytest.raises(Refused):
        chosen([address], target_of("http://shop.example/", local=True), local=True)


def test_an_origin_leaves_out_the_path_that_may_be_secret() -> None:
    assert target_of("https://shop.example:8443/T0KEN?k=v").origin == "https://shop.example:8443"
