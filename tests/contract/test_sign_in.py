"""An admin who comes back signs in by the CRM, which installs nothing anew; from HighLevel's menu by its word."""

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from core.db import reading
from core.jobs.tables import jobs
from oauth.signed_in import Role
from oauth.tables import account_admins
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.rekindle import CrmRekindle
from tests.contract.test_signed_in import session
from tests.web_client import open_client


def another_browser(rekindle: CrmRekindle) -> TestClient:
    web = rekindle.web
    return open_client(web.app, str(web.base_url))


def count_jobs(rekindle: CrmRekindle) -> int:
    with reading(rekindle.context.engine) as connection:
        query = sa.select(sa.func.count()).select_from(jobs)
        return int(connection.execute(query).scalar_one())


def begin_sign_in(rekindle: CrmRekindle) -> str:
    answer = rekindle.web.get(
        f"/oauth/{rekindle.crm_side.provider}/sign-in", follow_redirects=False
    )
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_an_admin_comes_back_by_the_crm_and_nothing_is_installed_anew(
    rekindle: CrmRekindle,
) -> None:
    rekindle.install()
    if not rekindle.provider.authorizer().signs_in:
        assert begin_sign_in(rekindle) == f"/start/{rekindle.crm_side.provider}#sign-in"
        return
    before, first = rekindle.active(), rekindle.web
    rekindle.forget_jobs()
    rekindle.web = another_browser(rekindle)
    answer = rekindle.come_back(rekindle.crm_side.consent(begin_sign_in(rekindle)))
    assert answer.headers["location"] == "/admin/"
    assert session(rekindle.web)["role"] == Role.ADMIN
    for web in (first, rekindle.web):
        assert web.get("/admin/progress").status_code == 200
    assert rekindle.active() == before
    assert count_jobs(rekindle) == 0


def test_signing_in_to_an_account_without_us_says_so_and_stores_nothing(
    rekindle: CrmRekindle,
) -> None:
    if not rekindle.provider.authorizer().signs_in:
        pytest.skip("such accounts come in by the CRM's own menu")
    back = rekindle.crm_side.consent(begin_sign_in(rekindle))
    answer = rekindle.come_back(back)
    assert answer.status_code == 400
    assert "not installed" in answer.text
    assert rekindle.active() == {}
    # The answer is good for one try in one browser.
    assert rekindle.come_back(back).status_code == 400
    rekindle.web = another_browser(rekindle)
    assert rekindle.come_back(back).status_code == 400


@pytest.mark.parametrize(("number", "expected"), [(0, Role.ADMIN), (1, Role.TEAM)])
def test_the_crms_menu_opens_our_pages_with_the_role_that_it_confirms(
    rekindle: CrmRekindle, number: int, expected: Role
) -> None:
    """The message calls everybody an admin; only the CRM's list of users counts."""
    side: object = rekindle.crm_side
    if not isinstance(side, HighLevelSide):
        pytest.skip("comes in by signed requests")
    rekindle.install()
    with rekindle.context.engine.begin() as tx:
        tx.execute(sa.delete(account_admins))  # whoever installed it is known without a question
    rekindle.web = another_browser(rekindle)
    message = side.context_of(side.account, side.users[number])
    answer = rekindle.web.post(
        "/enter/highlevel", data={"message": message, "framed": "false"}, follow_redirects=False
    )
    assert answer.headers["location"].startswith("/kept")
    assert session(rekindle.web)["role"] == expected
