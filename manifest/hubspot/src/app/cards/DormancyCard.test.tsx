/** Renders the card in every state, with a pretend host in place of HubSpot's fetch. */
import {
  Accordion,
  Alert,
  Button,
  DescriptionListItem,
  Heading,
  LoadingSpinner,
  ScoreCircle,
  Select,
  Tag,
  Text,
} from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import React from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Card } from "./answer";
import { DormancyCard } from "./DormancyCard";

const line = (label: string, value: string, strong = false) => ({ label, value, strong });

const READY: Card = {
  contact_id: "512",
  name: "Margaret Doyle",
  state: "ready",
  pill: { text: "Priority A", tone: "accent" },
  ring: { value: 24, look: "now" },
  title: "24 in 100 answer",
  lines: ["5 in 100 without outreach"],
  dormancy: "Dormancy 96 · quiet since Jan 23, 2026",
  sentence: "Quiet since Jan 23, 2026. Why: budget or timing. Start the playbook: a text goes first. Or call yourself.",
  signal: null,
  actions: [
    { name: "start", label: "Start playbook", look: "primary" },
    { name: "take_over", label: "Hand to me", look: "secondary" },
    { name: "snooze", label: "Snooze", look: "secondary" },
    { name: "not_a_fit", label: "Not a fit", look: "secondary" },
    { name: "correct", label: "Correct the reason", look: "secondary" },
  ],
  look_only: null,
  undo: null,
  rows: [line("Segment", "Tested, no purchase")],
  why: {
    key: "budget_or_timing",
    label: "Budget or timing, from a note, 70% sure",
    choices: [
      { value: "budget_or_timing", label: "Budget or timing" },
      { value: "moved", label: "Moved away or needs changed" },
    ],
  },
  touches: [],
  evidence: [line("Last sign of life", "Meeting, Jan 23, 2026")],
  moved: [
    { label: "Asked for a conversation", effect: "+4.1" },
    { label: "Length of the silence", effect: "−2.7" },
  ],
  opener: { call_note: "Say: hello.", subject: "About", email: "Hi", sms: "Hi." },
  note: "Scored today, 2:00 AM. A starting figure, not yet your own.",
  labels: {},
};

const BARE: Card = {
  ...READY,
  pill: null,
  ring: null,
  lines: [],
  dormancy: null,
  actions: [],
  rows: [],
  why: null,
  evidence: [],
  moved: [],
  opener: null,
  note: null,
};

type Host = (url: string, options: unknown) => Promise<Response>;

const copied: string[] = [];
const card = (contactId = 512) => (
  <DormancyCard
    contactId={contactId}
    copy={(text) => {
      copied.push(text);
      return Promise.resolve();
    }}
  />
);

function open(host: Host) {
  vi.stubGlobal("self", { hsFetch: host });
  const renderer = createRenderer("crm.record.sidebar");
  renderer.render(card());
  return renderer;
}

async function openAnswered(body: unknown) {
  const renderer = open(() => Promise.resolve(Response.json(body)));
  await renderer.waitFor(() => expect(renderer.maybeFind(Heading)).not.toBeNull());
  return renderer;
}

/** A host that answers with the first card, then for each press with the next. */
async function openAndPress(...answers: unknown[]) {
  const asked: Array<[string, { method: string; body?: Record<string, unknown> }]> = [];
  const renderer = open((url, options) => {
    asked.push([url, options as { method: string }]);
    return Promise.resolve(Response.json(answers[asked.length - 1]));
  });
  await renderer.waitFor(() => renderer.find(Heading));
  return { renderer, asked };
}

type Renderer = ReturnType<typeof open>;
const texts = (renderer: Renderer) => renderer.findAll(Text).map((node) => node.text);
const labels = (renderer: Renderer) => renderer.findAll(Button).map((node) => node.text);
const button = (renderer: Renderer, label: string) => {
  const found = renderer.findAll(Button).find((node) => node.text === label);
  if (found === undefined) throw new Error(`no button ${label}`);
  return found;
};
const rows = (renderer: Renderer) =>
  renderer.findAll(DescriptionListItem).map((node) => [node.props.label, node.text]);

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  copied.length = 0;
});

describe("asking the backend", () => {
  test("names the contact alone: the host adds account and user", async () => {
    const asked: unknown[] = [];
    const renderer = open((url, options) => {
      asked.push([url, options]);
      return Promise.resolve(Response.json({ ok: true, card: READY }));
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
      return card(contactId);
    }
    renderer.render(<Page />);
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    show(2);
    await vi.waitFor(() => expect(waiting).toHaveLength(2));
    waiting[1]?.(Response.json({ ok: true, card: { ...READY, title: "Second" } }));
    await renderer.waitFor(() => renderer.find(Heading));
    waiting[0]?.(Response.json({ ok: true, card: { ...READY, title: "First" } }));
    await new Promise((resolve) => setTimeout(resolve));
    expect(renderer.find(Heading).text).toBe("Second");
  });
});

describe("what is written to the record", () => {
  test("is asked for again when it changes, and only then", async () => {
    let status = "ready";
    const renderer = createRenderer("crm.record.sidebar");
    renderer.mocks.useCrmProperties.willCall(() => ({
      properties: { rekindle_status: status },
      error: null,
      isLoading: false,
      isRefetching: false,
      refetch: () => Promise.resolve(),
    }));
    const titles = ["First", "Second"];
    let calls = 0;
    const answer = () => Response.json({ ok: true, card: { ...READY, title: titles[calls++] } });
    vi.stubGlobal("self", { hsFetch: () => Promise.resolve(answer()) });
    let look: () => void = () => undefined;
    function Page() {
      const [count, setCount] = React.useState(0);
      look = () => setCount(count + 1);
      return card();
    }
    renderer.render(<Page />);
    await renderer.waitFor(() => expect(renderer.find(Heading).text).toBe("First"));
    look();
    await new Promise((resolve) => setTimeout(resolve));
    expect(calls).toBe(1);
    status = "started";
    look();
    await renderer.waitFor(() => expect(renderer.find(Heading).text).toBe("Second"));
    expect(calls).toBe(2);
  });
});

describe("states (S30)", () => {
  test("loading, then still loading", async () => {
    vi.useFakeTimers();
    const renderer = open(() => new Promise(() => undefined));
    expect(renderer.find(LoadingSpinner).props.label).toBe("Loading the score");
    await vi.advanceTimersByTimeAsync(3000);
    expect(renderer.find(LoadingSpinner).props.label).toBe("Still loading");
  });

  test("ready: chance beside chance without us, the sentence, the actions, then the evidence", async () => {
    const renderer = await openAnswered({ ok: true, card: READY });
    expect(renderer.find(Tag).text).toBe("Priority A");
    expect(renderer.find(ScoreCircle).props.score).toBe(24);
    expect(renderer.find(Heading).text).toBe("24 in 100 answer");
    expect(texts(renderer).slice(0, 3)).toEqual([
      "5 in 100 without outreach",
      "Dormancy 96 · quiet since Jan 23, 2026",
      READY.sentence,
    ]);
    expect(labels(renderer).slice(0, 3)).toEqual(["Start playbook", "Hand to me", "Not a fit"]);
    expect(button(renderer, "Start playbook").props.variant).toBe("primary");
    expect(rows(renderer)[0]).toEqual(["Segment", "Tested, no purchase"]);
    expect(renderer.findAll(Accordion).map((node) => node.props.title)).toEqual([
      "What to say",
      "What this rests on",
      "What moves the 24",
    ]);
    expect(texts(renderer).at(-1)).toBe(READY.note);
  });

  const QUIET: Array<[Card["state"], string]> = [
    ["unscored", "No score yet"],
    ["active", "Active"],
    ["held_out", "Left alone on purpose"],
    ["suppressed", "Opted out of e-mail"],
    ["booked", "Robert has booked"],
  ];
  test.each(QUIET)("%s: says so, shows no figure and has nothing to press", async (state, title) => {
    const quiet = { ...BARE, state, title };
    const renderer = await openAnswered({ ok: true, card: quiet });
    expect(renderer.find(Heading).text).toBe(title);
    expect(texts(renderer)).toContain(quiet.sentence);
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
    expect(renderer.maybeFind(Button)).toBeNull();
    expect(renderer.maybeFind(Tag)).toBeNull();
  });

  const PAST: Array<[Card["state"], "past" | "unsure"]> = [
    ["replied", "past"],
    ["human_first", "past"],
    ["asleep", "past"],
    ["unknown", "unsure"],
  ];
  test.each(PAST)("%s: no colour of the host's where the CRM may not write", async (state, look) => {
    const renderer = await openAnswered({ ok: true, card: { ...READY, state, ring: { value: 24, look } } });
    expect(renderer.maybeFind(ScoreCircle)).toBeNull();
  });

  test("running: the touches, the next one marked, and a way to stop", async () => {
    const running: Card = {
      ...READY,
      state: "running",
      title: "Touch 1 of 2",
      touches: [line("Text, sent", "Aug 27, 10:00 AM"), line("E-mail, planned", "tomorrow, 10:00 AM", true)],
      actions: [{ name: "stop", label: "Stop", look: "danger" }],
    };
    const renderer = await openAnswered({ ok: true, card: running });
    expect(rows(renderer)).toContainEqual(["Text, sent", "Aug 27, 10:00 AM"]);
    expect(button(renderer, "Stop").props.variant).toBe("destructive");
  });

  const TONES: Array<[NonNullable<Card["pill"]>["tone"], string]> = [
    ["good", "success"],
    ["warn", "warning"],
    ["bad", "error"],
    ["quiet", "default"],
  ];
  test.each(TONES)("a pill of tone %s is a tag of variant %s", async (tone, variant) => {
    const renderer = await openAnswered({ ok: true, card: { ...READY, pill: { text: "State", tone } } });
    expect(renderer.find(Tag).props.variant).toBe(variant);
  });

  test("look only: informs, with a reason and nothing to press but copying", async () => {
    const looking = { ...READY, actions: [], look_only: "You can look, but not start.", opener: null };
    const renderer = await openAnswered({ ok: true, card: looking });
    expect(texts(renderer)).toContain("You can look, but not start.");
    expect(renderer.maybeFind(Button)).toBeNull();
    expect(renderer.maybeFind(Select)).toBeNull();
    expect(renderer.find(ScoreCircle).props.score).toBe(24);
  });

  test("no permission: informs without a way to try again", async () => {
    const error = { code: "forbidden", message: "Scores are for contact owners and admins.", reference: null };
    const renderer = await openAnswered({ ok: false, error });
    expect(renderer.find(Heading).text).toBe("You don't have access to scores");
    expect(texts(renderer)).toEqual([error.message]);
    expect(renderer.maybeFind(Button)).toBeNull();
  });

  test("its own texts stand in the account's language where the answer has them", async () => {
    const told = { "What this rests on": "Worauf das beruht", "What moves the %(chance)s": "Was die %(chance)s bewegt" };
    const renderer = await openAnswered({ ok: true, card: { ...READY, labels: told } });
    expect(renderer.findAll(Accordion).map((node) => node.props.title)).toEqual([
      "What to say",
      "Worauf das beruht",
      "Was die 24 bewegt",
    ]);
  });

  test("error: the cause, what was not changed, what is still true, a reference", async () => {
    vi.stubGlobal("self", {
      hsFetch: () =>
        Promise.resolve(Response.json({ ok: false, error: { message: "The database is away.", reference: "7F3-20C" } })),
    });
    const renderer = createRenderer("crm.record.sidebar");
    renderer.mocks.useCrmProperties.willCall(() => ({
      properties: { rekindle_dormancy_score: null, rekindle_likelihood: "24" },
      error: null,
      isLoading: false,
      isRefetching: false,
      refetch: () => Promise.resolve(),
    }));
    renderer.render(card());
    await renderer.waitFor(() => renderer.find(Heading));
    expect(renderer.find(Heading).text).toBe("The score can't be shown right now.");
    expect(texts(renderer)[0]).toBe("The database is away. Nothing was started or changed.");
    expect(rows(renderer)).toEqual([["Likelihood to respond", "24"]]);
    expect(texts(renderer).at(-1)).toBe("Reference 7F3-20C, for support");
  });
});

describe("acting (S30)", () => {
  const STARTED: Card = {
    ...READY,
    state: "running",
    title: "About to start",
    actions: [{ name: "stop", label: "Stop", look: "danger" }],
    undo: { act_id: "press-1", label: "Starts in a moment", seconds: 60 },
  };

  test("a press goes out once with a key of its own, and the card is what it is then", async () => {
    const { renderer, asked } = await openAndPress({ ok: true, card: READY }, { ok: true, card: STARTED });
    button(renderer, "Start playbook").trigger("onClick");
    await renderer.waitFor(() => expect(renderer.find(Heading).text).toBe("About to start"));
    expect(asked).toHaveLength(2);
    const [url, options] = asked[1] ?? ["", { method: "" }];
    expect(url).toBe("https://app.example.com/cards/hubspot/contact/acts?contactId=512");
    expect(options.method).toBe("POST");
    expect(options.body).toEqual({ act: "start", key: expect.stringMatching(/^[a-z0-9-]{8,64}$/) });
  });

  test("while a press is on its way nothing else may be pressed", async () => {
    let calls = 0;
    const renderer = open(() => {
      calls += 1;
      return calls === 1
        ? Promise.resolve(Response.json({ ok: true, card: READY }))
        : new Promise(() => undefined);
    });
    await renderer.waitFor(() => renderer.find(Heading));
    button(renderer, "Start playbook").trigger("onClick");
    await renderer.waitFor(() => expect(button(renderer, "Start playbook").props.disabled).toBe(true));
    expect(button(renderer, "Hand to me").props.disabled).toBe(true);
  });

  test("what may not be done leaves the card as it is and says why", async () => {
    const refusal = { code: "conflict", message: "Has an open ticket: help first (rule D8).", reference: "x" };
    const { renderer } = await openAndPress({ ok: true, card: READY }, { ok: false, error: refusal });
    button(renderer, "Start playbook").trigger("onClick");
    await renderer.waitFor(() => renderer.find(Alert));
    expect(renderer.find(Alert).text).toBe(refusal.message);
    expect(renderer.find(Heading).text).toBe("24 in 100 answer");
  });

  test("what was just done is taken back, and no more once its seconds are over", async () => {
    const { renderer, asked } = await openAndPress({ ok: true, card: STARTED }, { ok: true, card: READY });
    button(renderer, "Undo").trigger("onClick");
    await renderer.waitFor(() => expect(renderer.find(Heading).text).toBe("24 in 100 answer"));
    expect(asked[1]?.[0]).toBe("https://app.example.com/cards/hubspot/contact/undo?contactId=512");
    expect(asked[1]?.[1].body).toEqual({ act_id: "press-1" });
    const soon = { ...STARTED, undo: { act_id: "press-2", label: "Stopped", seconds: 0 } };
    const over = await openAnswered({ ok: true, card: soon });
    await over.waitFor(() => expect(labels(over)).not.toContain("Undo"));
  });

  test("a corrected reason is sent as the key that was chosen", async () => {
    const { renderer, asked } = await openAndPress({ ok: true, card: READY }, { ok: true, card: READY });
    renderer.find(Select).props.onChange?.("moved");
    await renderer.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.[1].body).toMatchObject({ act: "correct", reason: "moved" });
  });

  test("words are copied by the host, and that is told", async () => {
    const { renderer, asked } = await openAndPress({ ok: true, card: READY }, { ok: true, card: READY });
    button(renderer, "Copy").trigger("onClick");
    await renderer.waitFor(() => expect(asked).toHaveLength(2));
    expect(copied).toEqual(["Say: hello."]);
    expect(asked[1]?.[1].body).toMatchObject({ act: "copy" });
  });
});

describe("failures", () => {
  test("a host that gives up is an error one can try again", async () => {
    let calls = 0;
    const renderer = open(() => {
      calls += 1;
      return calls === 1
        ? Promise.reject(new Error("timeout"))
        : Promise.resolve(Response.json({ ok: true, card: READY }));
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
    ["an unknown state", () => Response.json({ ok: true, card: { ...READY, state: "dreaming" } })],
    ["a chance beyond 100", () => Response.json({ ok: true, card: { ...READY, ring: { value: 101, look: "now" } } })],
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
