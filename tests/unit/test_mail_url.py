"""MAIL_URL: what could never send, or would send in the clear, is refused at the start."""

import pytest

from mapservice import mail_url
from mapservice.errors import Invalid

GOOD = {
    "smtp://u:p@mail.example.vn?from=a@b.vn": ("mail.example.vn", 587, "turn", "u", "p"),
    "smtps://u:p@mail.example.vn?from=a@b.vn": ("mail.example.vn", 465, "start", "u", "p"),
    "smtps://u%40b.vn:p%2F%3A@h.vn:2465?from=a@b.vn": ("h.vn", 2465, "start", "u@b.vn", "p/:"),
    "smtp://localhost:25?from=a@b.vn&tls=off": ("localhost", 25, "off", "", ""),
    "smtp://127.0.0.1:25/?tls=off&from=a@b.vn": ("127.0.0.1", 25, "off", "", ""),
}


@pytest.mark.parametrize("text", GOOD)
def test_a_mail_server_is_read(text):
    server = mail_url.parse(text)
    assert (server.host, server.port, server.encrypted, server.user, server.password) == GOOD[text]
    assert server.sender == "a@b.vn"


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.vn",
        "http://u:ssecret@h.vn?from=a@b.vn",
        "smtp://u:ssecret@?from=a@b.vn",
        "smtp://u:ssecret@h.vn",
        "smtp://u:ssecret@h.vn?from=nobody",
        "smtp://u:ssecret@h.vn?from=a@b.vn%0ABcc:c@d.vn",
        "smtp://u:ssecret@h.vn?from=a@b.vn&from=c@b.vn",
        "smtp://u:ssecret@h.vn?from=a@b.vn&ssecret=1",
        "smtp://u:ssecret@h.vn?from=a@b.vn&tls=off",
        "smtp://u:ssecret@10.0.0.1?from=a@b.vn&tls=off",
        "smtps://u:ssecret@localhost?from=a@b.vn&tls=off",
        "smtp://u:ssecret@localhost?from=a@b.vn&tls=maybe",
        "smtp://u:ssecret@h.vn:70000?from=a@b.vn",
        "smtp://u:ssecret%C6%B0@h.vn?from=a@b.vn",
        "smtp://ssecret@h.vn?from=a@b.vn",
        "smtp://u:ssecret@h.vn/inbox?from=a@b.vn",
    ],
)
def test_others_are_refused_by_name_and_never_quoted(text):
    with pytest.raises(Invalid) as caught:
        mail_url.parse(text)
    assert list(caught.value.fields) == ["MAIL_URL"]
    assert "ssecret" not in caught.value.detail


def test_a_password_is_not_shown():
    assert "geheim" not in repr(mail_url.parse("smtp://u:geheim@h.vn?from=a@b.vn"))
