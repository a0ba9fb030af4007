/** The one place that knows where our backend is and how to ask it. */
import { hubspot } from "@hubspot/ui-extensions";
import { failure, parseAnswer, type Act, type Answer } from "./answer";

/** Must be one of permittedUrls.fetch in app-hsmeta.json. */
export const BACKEND = "https://app.example.com";

const TIMEOUT_MS = 5000;

/** What is pressed; `key` is made once for each press, so that asking twice does nothing twice. */
export interface Press {
  act: Act;
  key: string;
  days?: number;
  reason?: string;
}

/**
 * Reads one contact's card and never rejects: a failure is an answer too.
 *
 * The host adds the account and the user and signs the request. We must not send them ourselves,
 * because the backend refuses a request that names them twice.
 */
export function fetchCard(contactId: number): Promise<Answer> {
  return ask(contactId, "", undefined);
}

/** Does one thing about the contact; answers the card as it is then. */
export function press(contactId: number, body: Press): Promise<Answer> {
  return ask(contactId, "/acts", { ...body });
}

/** Takes back what was done less than a minute ago. */
export function undo(contactId: number, actId: string): Promise<Answer> {
  return ask(contactId, "/undo", { act_id: actId });
}

async function ask(contactId: number, to: string, body: Record<string, unknown> | undefined): Promise<Answer> {
  const url = `${BACKEND}/cards/hubspot/contact${to}?contactId=${contactId}`;
  const method = body === undefined ? "GET" : "POST";
  let response: Response;
  try {
    response = await hubspot.fetch(url, { method, timeout: TIMEOUT_MS, ...(body === undefined ? {} : { body }) });
  } catch {
    return failure("Our side didn't answer in time.");
  }
  try {
    return parseAnswer(await response.json());
  } catch {
    return parseAnswer(undefined);
  }
}
