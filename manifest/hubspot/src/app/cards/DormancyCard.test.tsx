/** Renders the card in every state, with a pretend host in place of HubSpot's fetch. */
import { Accordion, Button, DescriptionListItem, Heading, LoadingSpinner, ScoreCircle, Tag, Text } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import React from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Card } from "./answer";
import { DormancyCard } from "./DormancyCard";

const SCORED: Card = {
  state: "scored",
  dormancy_score: 96,
  band: "180_364",
  band_label: "quiet 180–364 days",
  priority: "A",
  likelihood: 24,
  p_return: 5,
  numbers_label: "Uses starting values until your own results are in.",
  signal_label: null,
  reason_label: "Budget or timing, from a note, 70% sure",
  contributions: [
    { label: "Asked for a conversation", effect: "+4.1" },
    { label: "Length of the silence", effect: "−2.7" },
  ],
  segment_label: "Tested, no purchase",
  track_label: "Lead",
  explanation: "Quiet 216 days; used to be in touch every 41.",
  status_label: "Ready to start",
  rule: null,
  evidence: [{ label: "Asked for a quote", value: "after the test" }],
  last_seen: { label: "Visit", days_ago: 216 },
  opener: null,
  scored_at: "2026-08-27T06:00:00Z",
};

const SILENT: Card = {
  ...SCORED,
  dormancy_score: null,
  band: null,
  band_label: null,
  priority: null,
  likelihood: null,
  p_return: null,
  numbers_label: null,
  reason_label: null,
  contributions: [],
  segment_label: null,
  track_label: null,
  evidence: [],
  last_seen: null,
  scored_at: null,
};

type Host = (url: string, options: unknown) => Promise<Response>;

function open(host: Host) {
  vi.stubGlobal("self", { hsFetch: host });
  const renderer = createRenderer("crm.record.sidebar");
  renderer.render(<DormancyCard contactId={512} timeZone="US/Eastern" />);
  return renderer;
}

async function openAnswered(body: unknown) {
  const renderer = open(() => Promise.resolve(Response.json(body)));
  await renderer.waitFor(() => expect(renderer.maybeFind(Heading)).not.toBeNull());
  return renderer;
}

type Renderer = ReturnType<typeof open>;
const texts = (renderer: Renderer) => renderer.findAll(Text).map((node) => node.text);
const rows = (renderer: Renderer) =>
  renderer.findAll(DescriptionListItem).map((node) => [node.props.label, node.text]);

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("asking the backend", () => {
  test("names the contact alone: the host adds account and user", async () => {
    const asked: unknown[] = [];
    const renderer = open((url, options) => {
      asked.push([url, options]);
      return Promise.resolve(Response.json({ ok: true, card: SCORED }));
    });
    await renderer.waitFor(() => renderer.find(Heading));
    expect(asked).toEqual([
      ["https://app.example.com/cards/hubspot/contact?contactId=512", { method: "GET", timeout: 5000 }],
    ]);
  });

  test("drops an answer for a contact that is no longer open", async () => {
    const waiting: Array<(response: Response) => void> = [];
    vi.stubGlobal("self", { hsFetch: () => new Promise<Response>((resolve) => waiting.push(resolve)) });
    const renderer = createRenderer("crm.record.sidebar");
    let show: (contactId: number) => void = () => undefined;
    function Page() {
      const [contactId, setContactId] = React.useState(1);
      show = setContactId;
      return <DormancyCard contactId={contactId} timeZone="UTC" />;
    }
    renderer.render(<Page />);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    show(2);
    await vi.waitFor(() => expect(waiting).toHaveLength(2));
    waiting[1]?.(Response.json({ ok: true, card: { ...SCORED, likelihood: 22 } }));
    await renderer.waitFor(() => renderer.find(Heading));
    waiting[0]?.(Response.json({ ok: true, card: { ...SCORED, likelihood: 11 } }));
    await new Promise((resolve) => setTimeout(resolve));
    expect(renderer.find(Heading).text).toBe("22 in 100 reply");
  });
});

describe("states", () => {
  test("loading, then still loading", async () => {
    vi.useFakeTimers();
    const renderer = open(() => new Promise(() => undefined));
    expect(renderer.find(LoadingSpinner).props.label).toBe("Loading the score");
    await vi.advanceTimersByTimeAsync(3000);
    expect(renderer.find(LoadingSpinner).props.label).toBe("Still loading");
  });

  test("scored: ring and odds first, then the sentence, then the evidence", async () => {
    const renderer = await openAnswered({ ok: true, card: SCORED });
    expect(renderer.find(Tag).text).toBe("Priority A");
    expect(renderer.find(ScoreCircle).props.score).toBe(96);
    expect(renderer.find(Heading).text).toBe("24 in 100 reply");
    expect(texts(renderer).slice(0, 3)).toEqual([
      "5 in 100 without outreach",
      "Dormancy 96 · quiet 180–364 days",
      SCORED.explanation,
    ]);
    expect(rows(renderer)).toEqual([
      ["Status", "Ready to start"],
      ["Why they went quiet", "Budget or timing, from a note, 70% sure"],
      ["Segment", "Tested, no purchase"],
      ["Track", "Lead"],
      ["Last sign of life", "Visit, 216 days ago"],
      ["Asked for a quote", "after the test"],
      ["Asked for a conversation", "+4.1"],
      ["Length of the silence", "−2.7"],
    ]);
    expect(renderer.find(Accordion).props.title).toBe("What moves the 24");
    expect(renderer.find(Accordion).props.defaultOpen).toBeUndefined();
    expect(texts(renderer).at(-1)).toBe(
      "Scored Aug 27, 2026, 2:00 AM EDT. Uses starting values until your own results are in.",
    );
  });

  test("came back (S10): the moment and until when it counts", async () => {
    const signal_label = "Came back 2 days ago after 214 days; counts until Nov 30";
    const renderer = await openAnswered({ ok: true, card: { ...SCORED, signal_label } });
    expect(texts(renderer)).toContain(signal_label);
  });

  test("scored with gaps: what is not known is left out, not shown as zero", async () => {
    const renderer = await openAnswered({ ok: true, card: { ...SILENT, likelihood: 0 } });
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
    expect(renderer.maybeFind(Tag)).toBeNull();
    expect(renderer.find(Heading).text).toBe("0 in 100 reply");
    expect(rows(renderer)).toEqual([["Status", "Ready to start"]]);
  });

  test("unscored: says so and shows no figure", async () => {
    const card = { ...SILENT, state: "unscored", explanation: "Added 12 minutes ago. Scores are made every night." };
    const renderer = await openAnswered({ ok: true, card });
    expect(renderer.find(Heading).text).toBe("No score yet");
    expect(texts(renderer)).toContain(card.explanation);
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
  });

  test("suppressed (D1): the reason and its rule, nothing to press", async () => {
    const card = {
      ...SILENT,
      state: "suppressed",
      status_label: "Do not contact",
      rule: { id: "D1", text: "Unsubscribed from all email" },
      evidence: [{ label: "Email", value: "Not allowed" }],
    };
    const renderer = await openAnswered({ ok: true, card });
    expect([renderer.find(Tag).text, renderer.find(Tag).props.variant]).toEqual(["Do not contact", "error"]);
    expect(renderer.find(Heading).text).toBe("Unsubscribed from all email");
    expect(rows(renderer)).toEqual([["Email", "Not allowed"]]);
    expect(texts(renderer).at(-1)).toBe("Rule D1");
    expect(renderer.maybeFind(Button)).toBeNull();
  });

  test("human first (D8): who should call and why, nothing to press", async () => {
    const card = {
      ...SILENT,
      state: "human_first",
      status_label: "A person should call first",
      rule: { id: "D8", text: "Left over a service issue: a person should call first" },
    };
    const renderer = await openAnswered({ ok: true, card });
    expect([renderer.find(Tag).text, renderer.find(Tag).props.variant]).toEqual([card.status_label, "warning"]);
    expect(renderer.find(Heading).text).toBe(card.rule.text);
    expect(rows(renderer)).toEqual([["First", "acknowledge what went wrong"]]);
    expect(texts(renderer).at(-1)).toBe("Rule D8");
    expect(renderer.maybeFind(Button)).toBeNull();
  });

  test("held out: left alone on purpose, but helped when they call", async () => {
    const card = { ...SCORED, state: "held_out", status_label: "Held out", evidence: [{ label: "Until", value: "Dec 7, 2026" }] };
    const renderer = await openAnswered({ ok: true, card });
    expect(renderer.find(Tag).text).toBe("Held out");
    expect(renderer.find(Heading).text).toBe("Left alone on purpose");
    expect(rows(renderer)).toEqual([
      ["If they get in touch", "help them as always"],
      ["Until", "Dec 7, 2026"],
    ]);
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
  });

  test("started: names the step the contact is in", async () => {
    const card = { ...SCORED, state: "started", status_label: "Message 1 of 3" };
    const renderer = await openAnswered({ ok: true, card });
    expect(renderer.find(Tag).text).toBe("Message 1 of 3");
    expect(renderer.find(ScoreCircle).props.score).toBe(96);
    expect(rows(renderer).map(([label]) => label)).not.toContain("Status");
  });

  test("no permission: informs without a way to try again", async () => {
    const error = { code: "forbidden", message: "Scores are for contact owners and admins.", reference: null };
    const renderer = await openAnswered({ ok: false, error });
    expect(renderer.find(Heading).text).toBe("You don't have access to scores");
    expect(texts(renderer)).toEqual([error.message]);
    expect(renderer.maybeFind(Button)).toBeNull();
  });

  test("error: the cause, what was not changed, what is still true, a reference", async () => {
    vi.stubGlobal("self", {
      hsFetch: () =>
        Promise.resolve(Response.json({ ok: false, error: { message: "The database is away.", reference: "7F3-20C" } })),
    });
    const renderer = createRenderer("crm.record.sidebar");
    renderer.mocks.useCrmProperties.willCall(() => ({
      properties: { rekindle_dormancy_score: "96", rekindle_likelihood: null },
      error: null,
      isLoading: false,
      isRefetching: false,
      refetch: () => Promise.resolve(),
    }));
    renderer.render(<DormancyCard contactId={512} timeZone="UTC" />);
    await renderer.waitFor(() => renderer.find(Heading));
    expect(renderer.find(Heading).text).toBe("The score can't be shown right now.");
    expect(texts(renderer)[0]).toBe("The database is away. Nothing was started or changed.");
    expect(rows(renderer)).toEqual([["Dormancy score", "96"]]);
    expect(texts(renderer).at(-1)).toBe("Reference 7F3-20C, for support");
  });
});

describe("failures", () => {
  test("a host that gives up is an error one can try again", async () => {
    let calls = 0;
    const renderer = open(() => {
      calls += 1;
      return calls === 1
        ? Promise.reject(new Error("timeout"))
        : Promise.resolve(Response.json({ ok: true, card: SCORED }));
    });
    await renderer.waitFor(() => renderer.find(Button));
    expect(texts(renderer)[0]).toBe("Our side didn't answer in time. Nothing was started or changed.");
    renderer.find(Button).trigger("onClick");
    await renderer.waitFor(() => renderer.find(ScoreCircle));
    expect(calls).toBe(2);
  });

  const BROKEN: Array<[string, () => Response]> = [
    ["not JSON", () => new Response("<html>")],
    ["the host's own envelope for a backend failure", () => Response.json({ status: "error", category: "BAD_GATEWAY" })],
    ["an unknown state", () => Response.json({ ok: true, card: { ...SCORED, state: "dreaming" } })],
    ["a score beyond 100", () => Response.json({ ok: true, card: { ...SCORED, dormancy_score: 101 } })],
  ];
  test.each(BROKEN)("%s is an error, never a half-filled card", async (_name, response) => {
    const renderer = open(() => Promise.resolve(response()));
    await renderer.waitFor(() => renderer.find(Button));
    expect(texts(renderer)[0]).toBe(
      "The answer from our side could not be read. Nothing was started or changed.",
    );
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
  });
});
