/** What our backend answers about one contact; anything that does not fit is treated as a failure. */
import { z } from "zod";

// The host runs cards where code must not be made from strings.
z.config({ jitless: true });

const cardSchema = z.object({
  state: z.enum(["scored", "unscored", "suppressed", "human_first", "held_out", "started"]),
  /** 0 to 100; 100 is certainly dormant. */
  dormancy_score: z.number().min(0).max(100).nullable(),
  band: z.string().nullable(),
  band_label: z.string().nullable(),
  priority: z.string().nullable(),
  /** Replies expected from 100 people like this one. */
  likelihood: z.number().min(0).max(100).nullable(),
  /** Of the same 100, those who come back without outreach. */
  p_return: z.number().min(0).max(100).nullable(),
  /** Whether the numbers are starting values or learnt from this account. */
  numbers_label: z.string().nullable(),
  /** What makes this a good moment, and until when. */
  signal_label: z.string().nullable(),
  /** Why the contact went quiet, who says so, and how sure that is. */
  reason_label: z.string().nullable(),
  /** What moves the likelihood, the most first; the effect is in points of 100. */
  contributions: z.array(z.object({ label: z.string(), effect: z.string() })),
  segment_label: z.string().nullable(),
  track_label: z.string().nullable(),
  explanation: z.string(),
  status_label: z.string(),
  rule: z.object({ id: z.string(), text: z.string() }).nullable(),
  evidence: z.array(z.object({ label: z.string(), value: z.string() })),
  last_seen: z.object({ label: z.string(), days_ago: z.number().int().min(0) }).nullable(),
  /** What to say, as it stands on the record; nothing for whoever is left alone. */
  opener: z
    .object({ call_note: z.string(), subject: z.string(), email: z.string(), sms: z.string() })
    .nullable(),
  scored_at: z.iso.datetime({ offset: true }).nullable(),
});

const errorSchema = z.object({
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
export type Answer = z.infer<typeof answerSchema>;

/** An answer of ours for the times when the backend gave none we can read. */
export function failure(message: string): Answer {
  return { ok: false, error: { message, reference: null } };
}

export function parseAnswer(body: unknown): Answer {
  const parsed = answerSchema.safeParse(body);
  return parsed.success ? parsed.data : failure("The answer from our side could not be read.");
}
