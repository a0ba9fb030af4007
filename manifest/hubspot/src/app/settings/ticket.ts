/** Asks our backend for a way in: an address that is good once, for two minutes. */
import { hubspot } from "@hubspot/ui-extensions";

/** Must be one of permittedUrls.fetch in app-hsmeta.json. */
export const BACKEND = "https://app.example.com";

const TIMEOUT_MS = 8000;

export type Ticket = { ok: true; url: string } | { ok: false; message: string };

const FAILED: Ticket = {
  ok: false,
  message: "Rekindle did not answer. Nothing was changed. Try again in a minute.",
};

/**
 * Never rejects: a failure is an answer too.
 *
 * The host adds the account and the user and signs the request. We must not send them ourselves,
 * because the backend refuses a request that names them twice.
 */
export async function fetchTicket(): Promise<Ticket> {
  try {
    const response = await hubspot.fetch(`${BACKEND}/actions/hubspot/ticket`, {
      method: "GET",
      timeout: TIMEOUT_MS,
    });
    return readTicket(await response.json());
  } catch {
    return FAILED;
  }
}

/** The answer of our backend, whatever it may be: only an address of ours is followed. */
export function readTicket(said: unknown): Ticket {
  const answer = (said ?? {}) as { url?: unknown; error?: { message?: unknown } };
  if (typeof answer.url === "string" && answer.url.startsWith(`${BACKEND}/`)) {
    return { ok: true, url: answer.url };
  }
  const message = answer.error?.message;
  return typeof message === "string" ? { ok: false, message } : FAILED;
}
