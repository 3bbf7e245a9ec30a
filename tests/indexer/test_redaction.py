"""Secrets inside code: what is starred out, what is left alone, and that nothing moves."""

from __future__ import annotations

import base64
import hashlib
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap_indexer.languages import by_name
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.redaction import looks_random, redact, redact_text

# Made up here, so that no scanner of this repository takes them for real ones.
_DRAWN = random.Random(7)


def drawn(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_DRAWN.choices(alphabet, k=length))


HEX32 = hashlib.md5(b"some key", usedforsecurity=False).hexdigest()
PEM = "\n".join(base64.b64encode(hashlib.sha512(bytes([i])).digest()).decode()[:64] for i in range(6))
SECRETS = {
    "AKIA" + "IOSFODNN7EXAMPLE": 'key = "{}"',
    drawn(40, string.ascii_letters + string.digits + "+/"): "aws_secret_access_key: {}",
    "ghp_" + drawn(36): "git clone https://{}@example.com/a.git",
    "github_pat_" + drawn(60): "# TODO remove {}",
    "glpat-" + drawn(20): "curl -H 'PRIVATE-TOKEN: {}'",
    "xoxb-" + "123456789012-" + drawn(24): 'slack.send("{}")',
    "sk_live_" + drawn(24): "stripe({})",
    "sk-ant-api03-" + drawn(40): "client = Client('{}')",
    "AIza" + drawn(35): "maps?key={}",
    "npm_" + drawn(36): "//registry/:_authToken={}",
    "eyJ" + drawn(20) + "." + "eyJ" + drawn(40) + "." + drawn(43): "Authorization: Bearer {}",
    HEX32: "x = '{}'",
    hashlib.sha256(b"a").hexdigest(): "DIGEST {}",
    "hunter2": 'password = "{}"',
    "correct-horse": "connect(host, passwd='{}')",
    "s3cr3t!": '{{"db": {{"password": "{}"}}}}',
    "changeme": 'String adminPassword = "{}";',
    "letmein": "password: str = '{}'",
    "opensesame": 'config["password"] = "{}"',
    "tr0ub4dor": "define('DB_PASSWORD', '{}');",
    "pa55word": 'user.setPassword("{}")',
    "abc123def456": 'API_TOKEN = "{}"',
    "Zx9-long-bare": "export DB_PASSWORD={}\n",
    "abc123def": "ENV DB_PASSWORD=abc123def\nRUN x",
    "p4ssw0rd": "postgres://admin:{}@db.example.com/app",
    "dXNlcjpwYXNz1": "Authorization: Basic {}",
    drawn(24): "const blob = `{}`;",
}
INNOCENT = [
    "def split_identifier_into_words_and_numbers(text): return text",
    "const userAuthenticationTokenProviderFactory = new Factory();",
    "from mindgap_indexer.encoding.static_model import write_static_model",
    "import { something } from '../../../components/navigation/sidebar/item2'",
    "password = getpass.getpass('Your password: ')",
    'raise ValueError("The password must have at least 8 characters")',
    "token = next_token(stream)",
    'token_type = "identifier"',
    "if password == other.password: return hash_password(password)",
    "self.secret = secrets.token_bytes(32)",
    'cache_key = f"user:{user_id}"',
    "http2_server_push_promise_v3_enabled = test_case_12",
    "x = 0xdeadbeef; color = '#ff00ff'; mask = 0x7fffffffffffffff",
    "https://example.com/a/very/long/path/with-many-words/and-2-numbers/page3",
    "keys = {key: value for key, value in items}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 00000000000000000000000000000000",
    "https://github.com/owner/repository/blob/main/README.md",
    "PASSWORD_MIN_LENGTH = 8",
    "login(user=user1, password=password2)",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secret_is_starred_out(secret: str) -> None:
    text = SECRETS[secret].format(secret)
    redacted = redact_text(text)
    assert secret not in redacted
    assert "*" in redacted
    # Of what stood there no run is left that would help to guess the rest.
    longest = max((part for part in redacted.replace("*", " ").split()), key=len, default="")
    assert not looks_random(longest.encode())
    assert len(redacted) == len(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_code_is_left_alone(text: str) -> None:
    assert redact_text(text) == text


def test_without_secrets_it_is_the_same_object() -> None:
    data = b"def add(a, b):\n    return a + b\n"
    assert redact(data) is data


def test_private_key_keeps_its_rows() -> None:
    text = f'KEY = """-----BEGIN RSA PRIVATE KEY-----\n{PEM}\n-----END RSA PRIVATE KEY-----"""\nleft = 1\n'
    redacted = redact_text(text)
    assert redacted.count("\n") == text.count("\n")
    assert "left = 1" in redacted
    assert all(line not in redacted for line in PEM.split("\n"))


def test_private_key_cut_off_before_its_end() -> None:
    redacted = redact_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{PEM}\n")
    assert all(line not in redacted for line in PEM.split("\n"))


def test_every_place_of_a_token() -> None:
    token = drawn(32)
    assert redact_text(f"{token} and {token}").split() == ["*" * 32, "and", "*" * 32]


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=400))
def test_length_and_line_ends_stay(data: bytes) -> None:
    redacted = redact(data)
    assert len(redacted) == len(data)
    assert [i for i, b in enumerate(redacted) if b in b"\r\n"] == [
        i for i, b in enumerate(data) if b in b"\r\n"
    ]


@pytest.mark.parametrize(
    ("alphabet", "share"),
    [
        (string.ascii_letters + string.digits, 0.98),
        (string.ascii_lowercase + string.digits, 0.98),
        ("0123456789abcdef", 0.97),
    ],
)
def test_nearly_all_drawn_tokens_are_seen(alphabet: str, share: float) -> None:
    tokens = [drawn(length, alphabet) for length in range(24, 65) for _ in range(25)]
    assert sum(looks_random(token.encode()) for token in tokens) >= share * len(tokens)


def test_no_unit_holds_a_secret() -> None:
    secret = "ghp_" + drawn(36)
    source = f'''def fetch(url, token="{secret}"):
    """Fetches with {secret}."""
    return get(url, password="hunter2", auth="{secret}")
'''
    (unit,) = parse_source(source.encode(), by_name("python"), "fetch").units
    assert unit.name == "fetch"
    for text in (unit.signature, unit.doc, unit.body):
        assert secret not in text
        assert "hunter2" not in text
    assert source.encode()[unit.name_start_byte : unit.name_end_byte] == b"fetch"


@pytest.mark.parametrize(
    "code",
    [
        "function convertInt16ToFloat32(s) {}\nmap(convertInt16ToFloat32);\n",
        "func packUInt32UInt16UInt8<T>(x: T) {}\n",
        "class doItIfWeCanOrElse2Or3GoOnIt:\n    pass\n",
    ],
)
def test_names_of_what_is_called_or_defined_are_no_secrets(code: str) -> None:
    assert redact(code.encode()) == code.encode()


def test_a_token_stays_a_secret_where_it_is_called() -> None:
    token = "ghp_" + drawn(36)
    assert token.encode() not in redact(f"{token}(1)".encode())


def test_data_that_is_embedded_takes_no_longer_than_its_length() -> None:
    hashes = [drawn(32, "0123456789abcdef") for _ in range(20_000)]
    redacted = redact("\n".join(f'"{value}",' for value in hashes).encode())
    assert redacted.count(b"*" * 32) > 19_000


def test_code_that_looks_for_private_keys_is_left_alone() -> None:
    code = (
        b"if x =~ /-----BEGIN OPENSSH PRIVATE KEY-----/\n  return :openssh\nend\n\ndef other(x)\n  x\nend\n"
    )
    assert redact(code) is code
