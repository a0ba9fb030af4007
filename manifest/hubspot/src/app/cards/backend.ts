/** The one place that knows where our backend is and how to ask it. */
import { hubspot } from "@hubspot/ui-extensions";
import { failure, parseAnswer, type Answer } from "./answer";

/** Must be one of permittedUrls.fetch in app-hsmeta.json. */
export const BACKEND = "https://app.example.com";

const TIMEOUT_MS = 5000;

/**
 * Reads one contact's card and never rejects: a failure is an answer too.
 *
 * The host adds the account and the user and signs the request. We must not send them ourselves,
 * because the backend refuses a request that names them twice.
 */
export async function fetchCard(contactId: number): Promise<Answer> {
  const url = `${BACKEND}/cards/hubspot/contact?contactId=${contactId}`;
  let response: Response;
  try {
    response = await hubspot.fetch(url, { method: "GET", timeout: TIMEOUT_MS });
  } catch {
    return failure("Our side didn't answer in time.");
  }
  try {
    return parseAnswer(await response.json());
  } catch {
    return parseAnswer(undefined);
  }
}
