/** A pretend host in place of HubSpot's, a card it answers with, and what can be read of a rendered one. */
import { Button, DescriptionListItem, Heading, Text } from "@hubspot/ui-extensions";
import { createRenderer } from "@hubspot/ui-extensions/testing";
import React from "react";
import { expect, vi } from "vitest";
import type { Card } from "../answer";
import { DormancyCard } from "../DormancyCard";

export const line = (label: string, value: string, strong = false) => ({ label, value, strong });

export const READY: Card = {
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

export const BARE: Card = {
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

export const copied: string[] = [];
export const card = (contactId = 512) => (
  <DormancyCard
    contactId={contactId}
    copy={(text) => {
      copied.push(text);
      return Promise.resolve();
    }}
  />
);

export function open(host: Host) {
  vi.stubGlobal("self", { hsFetch: host });
  const renderer = createRenderer("crm.record.sidebar");
  renderer.render(card());
  return renderer;
}

export async function openAnswered(body: unknown) {
  const renderer = open(() => Promise.resolve(Response.json(body)));
  await renderer.waitFor(() => expect(renderer.maybeFind(Heading)).not.toBeNull());
  return renderer;
}

/** A host that answers with the first card, then for each press with the next. */
export async function openAndPress(...answers: unknown[]) {
  const asked: Array<[string, { method: string; body?: Record<string, unknown> }]> = [];
  const renderer = open((url, options) => {
    asked.push([url, options as { method: string }]);
    return Promise.resolve(Response.json(answers[asked.length - 1]));
  });
  await renderer.waitFor(() => renderer.find(Heading));
  return { renderer, asked };
}

type Renderer = ReturnType<typeof open>;
export const texts = (renderer: Renderer) => renderer.findAll(Text).map((node) => node.text);
export const labels = (renderer: Renderer) => renderer.findAll(Button).map((node) => node.text);
export const button = (renderer: Renderer, label: string) => {
  const found = renderer.findAll(Button).find((node) => node.text === label);
  if (found === undefined) throw new Error(`no button ${label}`);
  return found;
};
export const rows = (renderer: Renderer) =>
  renderer.findAll(DescriptionListItem).map((node) => [node.props.label, node.text]);

/** Takes back what a test has put in place of the host, the clock and the clipboard. */
export function close() {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  copied.length = 0;
}
