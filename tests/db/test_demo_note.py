"""Pages say that needs are invented exactly where some are."""

import pytest

from tests.factories import AN_LAC, make_need, make_place

WORDS = "Dữ liệu minh hoạ – không phải nhu cầu thật"
PAGES = ["/", f"/units/{AN_LAC}@2022"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("demo", [True, False])
def test_the_map_and_units_say_so_while_the_database_holds_a_demo(client, session, path, demo):
    make_need(session, address=make_place(session, demo=demo))
    assert (WORDS in client.get(path).text) is demo


@pytest.mark.parametrize("path", PAGES)
def test_a_demo_that_is_not_public_counts_for_nothing(client, session, path):
    make_place(session, demo=True, status="draft")
    assert WORDS not in client.get(path).text


@pytest.mark.parametrize("demo", [True, False])
def test_a_place_speaks_for_itself_alone(client, session, demo):
    make_place(session, demo=not demo)
    place = make_place(session, demo=demo)
    assert (WORDS in client.get(f"/places/{place.public_code}").text) is demo
