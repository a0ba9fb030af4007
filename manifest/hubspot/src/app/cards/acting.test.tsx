/** What a rep does on the card: each press once, taken back within its seconds. */
import { Alert, Heading, Select } from "@hubspot/ui-extensions";
import { afterEach, describe, expect, test } from "vitest";
import type { Card } from "./answer";
import { READY, copied, close, open, openAnswered, openAndPress, labels, button } from "./testing/host";

afterEach(close);

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
