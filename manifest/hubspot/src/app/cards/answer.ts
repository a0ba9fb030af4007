/** What our backend answers about one contact; anything that does not fit is treated as a failure. */
import { z } from "zod";

// The host runs cards where code must not be made from strings.
z.config({ jitless: true });

const lineSchema = z.object({ label: z.string(), value: z.string(), strong: z.boolean() });

/** Texts of the card's own in the account's language, by what they are in English. */
const labelsSchema = z.record(z.string(), z.string()).default({});

const ACTS = ["start", "stop", "snooze", "take_over", "not_a_fit", "wake", "correct", "copy"] as const;

const cardSchema = z.object({
  contact_id: z.string(),
  name: z.string(),
  state: z.enum([
    "unscored",
    "unknown",
    "active",
    "came_back",
    "ready",
    "running",
    "stopped",
    "replied",
    "booked",
    "held_out",
    "suppressed",
    "human_first",
    "asleep",
    "set_aside",
  ]),
  /** The state in a word or two. */
  pill: z.object({ text: z.string(), tone: z.enum(["accent", "good", "warn", "bad", "quiet"]) }).nullable(),
  /** The chance of an answer; "now" only where the CRM may write today. */
  ring: z.object({ value: z.number().min(0).max(100), look: z.enum(["now", "past", "unsure"]) }).nullable(),
  title: z.string(),
  lines: z.array(z.string()),
  /** How long they have been quiet, as text. */
  dormancy: z.string().nullable(),
  /** One sentence that ends in what to do. */
  sentence: z.string().min(1),
  signal: z.string().nullable(),
  actions: z.array(
    z.object({ name: z.enum(ACTS), label: z.string(), look: z.enum(["primary", "secondary", "danger"]) }),
  ),
  /** Why this user may look and do nothing. */
  look_only: z.string().nullable(),
  undo: z.object({ act_id: z.string(), label: z.string(), seconds: z.number() }).nullable(),
  rows: z.array(lineSchema),
  why: z
    .object({
      key: z.string(),
      label: z.string(),
      choices: z.array(z.object({ value: z.string(), label: z.string() })),
    })
    .nullable(),
  /** What was sent, what comes next, and what came of it. */
  touches: z.array(lineSchema),
  evidence: z.array(lineSchema),
  moved: z.array(z.object({ label: z.string(), effect: z.string() })),
  /** What to say, as it stands on the record; nothing for whoever is left alone. */
  opener: z
    .object({ call_note: z.string(), subject: z.string(), email: z.string(), sms: z.string() })
    .nullable(),
  note: z.string().nullable(),
  labels: labelsSchema,
});

const errorSchema = z.object({
  labels: labelsSchema,
  /** "forbidden" means this user may not see scores; every other code is a failure. */
  code: z.string().optional(),
  message: z.string(),
  reference: z.string().nullable(),
});

const answerSchema = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), card: cardSchema }),
  z.object({ ok: z.literal(false), error: errorSchema }),
]);

export type Card = z.infer<typeof cardSchema>;
export type Labels = z.infer<typeof labelsSchema>;
export type Line = z.infer<typeof lineSchema>;
export type Act = (typeof ACTS)[number];
export type Answer = z.infer<typeof answerSchema>;

/** An answer of ours for the times when the backend gave none we can read. */
export function failure(message: string): Answer {
  return { ok: false, error: { message, reference: null, labels: {} } };
}

export function parseAnswer(body: unknown): Answer {
  const parsed = answerSchema.safeParse(body);
  return parsed.success ? parsed.data : failure("The answer from our side could not be read.");
}
