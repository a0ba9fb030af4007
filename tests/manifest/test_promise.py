"""What we promise each marketplace, and how a deployment puts its own address into it."""

from dataclasses import replace

import pytest

from manifest.promise import (
    ContactEvent,
    Promise,
    WebhookSubscription,
    known_providers,
    load_promise,
    with_public_url,
)


@pytest.fixture
def promise() -> Promise:
    return load_promise("hubspot")


def test_every_folder_with_a_reader_is_a_provider_and_its_promise_can_be_kept() -> None:
    assert "hubspot" in known_providers()
    for provider in known_providers():
        assert load_promise(provider).provider == provider


@pytest.mark.parametrize("provider", ["nobody", "../core", "", "hubspot.read"])
def test_an_unknown_provider_is_refused_by_name(provider: str) -> None:
    with pytest.raises(LookupError, match=r"known: .*hubspot"):
        load_promise(provider)


def test_the_promise_says_what_the_files_say(promise: Promise) -> None:
    assert promise.app_name == "Rekindle"
    assert promise.required_scopes == (
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
    )
    assert set(promise.optional_scopes) == {
        "automation",
        "automation.sequences.enrollments.write",
        "automation.sequences.read",
        "communication_preferences.read",
        "communication_preferences.statuses.batch.read",
        "conversations.read",
        "crm.lists.read",
        "crm.lists.write",
        "crm.objects.appointments.read",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
        "crm.schemas.deals.read",
        "sales-email-read",
        "scheduler.meetings.meeting-link.read",
        "tickets",
    }
    assert promise.redirect_urls == (
        "https://app.example.com/oauth/hubspot/callback",
        "http://localhost:8321/oauth/hubspot/callback",
    )
    assert promise.webhook_target == "https://app.example.com/webhooks/hubspot"
    assert promise.fetch_origins == ("https://app.example.com",)


def test_subscriptions_are_in_our_words(promise: Promise) -> None:
    subscribed = set(promise.webhook_subscriptions)
    assert len(subscribed) == len(promise.webhook_subscriptions)
    assert {
        WebhookSubscription(ContactEvent.CREATED),
        WebhookSubscription(ContactEvent.DELETED),
        WebhookSubscription(ContactEvent.ERASED),
        WebhookSubscription(ContactEvent.MERGED),
        WebhookSubscription(ContactEvent.RESTORED),
        WebhookSubscription(ContactEvent.WROTE),
        WebhookSubscription(ContactEvent.PROPERTY_CHANGED, "hs_email_optout"),
        WebhookSubscription(ContactEvent.PROPERTY_CHANGED, "lifecyclestage"),
        WebhookSubscription(ContactEvent.PROPERTY_CHANGED, "hubspot_owner_id"),
    } <= subscribed
    for event, property_name in subscribed:
        assert (event is ContactEvent.PROPERTY_CHANGED) == (property_name is not None)


@pytest.mark.parametrize(
    "name",
    [
        "hs_analytics_last_timestamp",
        "hs_analytics_num_page_views",
        "recent_conversion_date",
        "hs_email_last_click_date",
        "hs_sales_email_last_clicked",
        "hs_sales_email_last_replied",
        "hs_last_sales_activity_timestamp",
        "notes_last_updated",
        "hs_email_optout",
        "hs_email_hard_bounce_reason_enum",
        "hs_email_quarantined",
        "hs_marketable_status",
        "lifecyclestage",
        "hs_lead_status",
        "hubspot_owner_id",
    ],
)
def test_s10_what_people_do_and_allow_is_subscribed_to(promise: Promise, name: str) -> None:
    wanted = WebhookSubscription(ContactEvent.PROPERTY_CHANGED, name)
    assert wanted in promise.webhook_subscriptions


def test_no_subscription_listens_to_what_we_write_ourselves(promise: Promise) -> None:
    names = [name or "" for _event, name in promise.webhook_subscriptions]
    assert not [name for name in names if name.startswith("rekindle_")]


def test_a_deployment_moves_our_addresses_and_leaves_the_developers(promise: Promise) -> None:
    moved = with_public_url(promise, "https://crm.acme.test:8443/")
    assert moved.redirect_urls == (
        "https://crm.acme.test:8443/oauth/hubspot/callback",
        "http://localhost:8321/oauth/hubspot/callback",
    )
    assert moved.webhook_target == "https://crm.acme.test:8443/webhooks/hubspot"
    assert moved.fetch_origins == ("https://crm.acme.test:8443",)
    assert "https://app.example.com" not in str(moved.documents)
    assert str(moved.documents).count("https://crm.acme.test:8443") == 3
    assert str(moved.documents).count("https://www.example.com") == 2
    assert moved.required_scopes == promise.required_scopes
    assert moved.webhook_subscriptions == promise.webhook_subscriptions


def test_moving_leaves_the_original_as_it_was(promise: Promise) -> None:
    with_public_url(promise, "https://crm.acme.test")
    assert promise == load_promise("hubspot")


def test_moving_to_its_own_address_changes_nothing(promise: Promise) -> None:
    assert with_public_url(promise, "https://app.example.com") == promise


def test_on_the_developers_own_machine_two_redirects_become_one(promise: Promise) -> None:
    moved = with_public_url(promise, "http://localhost:8321")
    assert moved.redirect_urls == ("http://localhost:8321/oauth/hubspot/callback",)
    assert str(moved.documents["app"]).count("http://localhost:8321/oauth/hubspot/callback") == 1


def test_an_address_that_only_begins_like_ours_stays(promise: Promise) -> None:
    other = "https://app.example.com.elsewhere.test/oauth/hubspot/callback"
    moved = with_public_url(replace(promise, redirect_urls=(other,)), "https://crm.acme.test")
    assert moved.redirect_urls == (other,)


@pytest.mark.parametrize(
    "public_url",
    [
        "",
        "crm.acme.test",
        "http://crm.acme.test",
        "https://",
        "https://crm.acme.test/rekindle",
        "https://crm.acme.test?x=1",
        "https://user:secret@crm.acme.test",
        "ftp://localhost",
    ],
)
def test_a_public_url_that_is_not_an_origin_is_refused_without_repeating_it(
    promise: Promise, public_url: str
) -> None:
    with pytest.raises(ValueError, match="public URL must be https://host") as refused:
        with_public_url(promise, public_url)
    assert "secret" not in str(refused.value)
