"""Conversations over HTTP: what people wrote in, whose it is, and who hears of it (capability S1)."""

from sandbox.hubspot.client import HubSpotClient

THREADS = "/conversations/conversations/2026-09/threads"


def threads_of(lab: HubSpotClient, contact: str) -> list[dict[str, str]]:
    found = lab.api("GET", f"{THREADS}?associatedContactId={contact}").json()["results"]
    return list(found)


def write(lab: HubSpotClient, contact: str, text: str, *, incoming: bool = True) -> str:
    told = {"text": text, "incoming": incoming}
    return str(lab.control(f"conversations/{lab.portal}/{contact}", told)["id"])


def test_what_people_write_is_in_a_conversation_and_nowhere_else(lab: HubSpotClient) -> None:
    kept = lab.control(f"conversations/{lab.portal}")["threads"]
    incoming = [m for thread in kept for m in thread["messages"] if m["incoming"]]
    outgoing = [m for t in kept for m in t["messages"] if m["text"] == "A short hello."]
    assert incoming
    assert lab.describe()["counts"]["communications"] == len(outgoing)
    names = lab.api("GET", "/crm/properties/2026-09/communications").json()["results"]
    assert "hs_communication_direction" not in {p["name"] for p in names}


def test_a_thread_tells_when_something_came_last(lab: HubSpotClient) -> None:
    contact = lab.contact(firstname="Writes", phone="+12125550111")
    assert threads_of(lab, contact) == []
    write(lab, contact, "Good morning.", incoming=False)
    (thread,) = threads_of(lab, contact)
    assert "latestMessageReceivedTimestamp" not in thread
    assert write(lab, contact, "Hello back.") == thread["id"]
    (thread,) = threads_of(lab, contact)
    assert thread["latestMessageReceivedTimestamp"] == thread["latestMessageTimestamp"]
    messages = lab.api("GET", f"{THREADS}/{thread['id']}/messages").json()["results"]
    assert [m["text"] for m in messages] == ["Hello back.", "Good morning."]
    assert messages[0]["senders"][0]["deliveryIdentifier"]["value"] == "+12125550111"


def test_threads_follow_a_merge_and_go_with_an_erasure(lab: HubSpotClient) -> None:
    kept, merged = lab.contact(firstname="Kept"), lab.contact(firstname="Merged")
    thread = write(lab, merged, "It is me again.")
    path = f"records/{lab.portal}/contacts/{kept}/merge/{merged}"
    new = str(lab.control(path, {})["id"])
    assert [t["id"] for t in threads_of(lab, merged)] == [thread]
    assert threads_of(lab, new)[0]["associatedContactId"] == new
    lab.control(f"records/{lab.portal}/contacts/{new}/erase", {})
    assert lab.api("GET", f"{THREADS}/{thread}").status_code == 404


def test_conversations_need_their_scope(lab: HubSpotClient) -> None:
    refused = lab.api("GET", THREADS, token=lab.token(["crm.objects.contacts.read"]))
    assert refused.status_code == 403
    assert "conversations.read" in refused.text
