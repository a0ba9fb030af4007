/** The card beside a contact: how long they have been quiet, how likely a reply is, and why. */
import { hubspot } from "@hubspot/ui-extensions";
// The host's bundler may still use the classic JSX transform, which needs React in scope.
import React from "react";
import { useAnswer } from "./useAnswer";
import { CardView, ErrorView, ForbiddenView, LoadingView } from "./views";

hubspot.extend<"crm.record.sidebar">(({ context }) => (
  <DormancyCard contactId={context.crm.objectId} timeZone={context.portal.timezone} />
));

interface DormancyCardProps {
  contactId: number;
  timeZone: string;
}

export function DormancyCard({ contactId, timeZone }: DormancyCardProps) {
  const [answer, retry] = useAnswer(contactId);
  if (answer === "loading" || answer === "still_loading") {
    return <LoadingView slow={answer === "still_loading"} />;
  }
  if (answer.ok) return <CardView card={answer.card} timeZone={timeZone} />;
  const { code, message, reference } = answer.error;
  if (code === "forbidden") return <ForbiddenView message={message} />;
  return <ErrorView cause={message} reference={reference} onRetry={retry} />;
}
