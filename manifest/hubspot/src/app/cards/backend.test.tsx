/** The card asks the backend: once for each contact, again when the record changes, and every failure is told. */
import { Button, Heading, ScoreCircle } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import React from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { READY, card, close, open, texts } from "./testing/host";

afterEach(close);

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
