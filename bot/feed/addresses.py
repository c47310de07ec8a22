"""Which addresses the feed may be fetched from: public ones; of a lab's own network only where the lab file says so."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

# Where machines tell secrets to whoever asks from inside. Two of them look like any public address.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def refusal(written: str, *, allow_private: bool) -> str | None:
    """Why nothing is fetched from this address, as it stands after the address in a sentence; None: it may be."""
    try:
        address = _inner(ipaddress.ip_address(written))
    except ValueError:
        return "which is no address"
    if address in _METADATA:
        return "where machines keep secrets"
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return "which is not fetched from"
    if address.is_global or allow_private:
        return None
    return "which is private; allow_private in [feed] allows it"


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address that is really reached where one is written inside another."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
