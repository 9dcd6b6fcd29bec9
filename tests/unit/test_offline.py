"""What seals the letters of an account on a device."""

from base64 import b64decode
from uuid import uuid4

from mapservice.assets import vendor_folder
from mapservice.config import ROOT
from mapservice.offline import service


def test_each_account_has_an_outbox_of_its_own_which_another_secret_changes():
    one, other = uuid4(), uuid4()
    mine = service.outbox("a secret", one)
    assert mine == service.outbox("a secret", one)
    parts = [mine, service.outbox("a secret", other), service.outbox("another", one)]
    told = {text for box in parts for text in (box.owner, box.key)}
    assert len(told) == 6 and all(len(b64decode(text)) == 32 for text in told)
    assert str(one) not in "".join(told)


def test_scripts_import_the_pinned_library():
    script = (ROOT / "static" / "js" / "offline" / "letters.js").read_text(encoding="utf-8")
    assert f'"/static/vendor/{vendor_folder("idb").name}/build/umd.js"' in script
