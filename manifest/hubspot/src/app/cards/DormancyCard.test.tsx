/** Renders the card in every state, with a pretend host in place of HubSpot's fetch. */
import { Accordion, Button, Heading, LoadingSpinner, ScoreCircle, Select, Tag } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Card } from "./answer";
import { READY, BARE, card, close, open, openAnswered, texts, labels, button, rows, line } from "./testing/host";

afterEach(close);

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
