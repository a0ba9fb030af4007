/** The card beside a contact: the chance of an answer, what to do, and the buttons that do it. */
import { hubspot } from "@hubspot/ui-extensions";
import { useCrmProperties } from "@hubspot/ui-extensions/crm";
// The host's bundler may still use the classic JSX transform, which needs React in scope.
import React from "react";
import { useAnswer } from "./useAnswer";
import { CardView, ErrorView, ForbiddenView, LoadingView } from "./views";

hubspot.extend<"crm.record.sidebar">(({ context, actions }) => (
  <DormancyCard
    contactId={context.crm.objectId}
    copy={(text) => actions.copyTextToClipboard(text)}
  />
));

interface DormancyCardProps {
  contactId: number;
  /** The host's clipboard: a card has none of its own. */
  copy: (text: string) => Promise<void>;
}

/** What is written to the record when the contact's standing changes, whoever changed it. */
const STANDING = ["rekindle_status", "rekindle_touch", "rekindle_trigger_at"];

export function DormancyCard({ contactId, copy }: DormancyCardProps) {
  const { properties, isLoading } = useCrmProperties(STANDING);
  const asked = useAnswer(contactId, isLoading ? null : STANDING.map((name) => properties[name] ?? "").join("|"));
  const { progress } = asked;
  if (progress === "loading" || progress === "still_loading") {
    return <LoadingView slow={progress === "still_loading"} />;
  }
  if (progress.ok) return <CardView card={progress.card} asked={asked} copy={copy} />;
  const { code, message, reference, labels } = progress.error;
  if (code === "forbidden") return <ForbiddenView message={message} labels={labels} />;
  return <ErrorView cause={message} reference={reference} labels={labels} onRetry={asked.retry} />;
}
