/** One view for each state; each says what matters first and the evidence below it. */
import {
  Accordion,
  Button,
  DescriptionList,
  DescriptionListItem,
  Divider,
  Flex,
  Heading,
  LoadingSpinner,
  ScoreCircle,
  Tag,
  Text,
} from "@hubspot/ui-extensions";
import { useCrmProperties } from "@hubspot/ui-extensions/crm";
// The host's bundler may still use the classic JSX transform, which needs React in scope.
import React from "react";
import type { Card } from "./answer";
import { formatDaysAgo, formatMoment, formatOdds, formatWithout } from "./format";

interface Row {
  label: string;
  value: string | null;
}

interface CardProps {
  card: Card;
  timeZone: string;
}

export function LoadingView({ slow }: { slow: boolean }) {
  const label = slow ? "Still loading" : "Loading the score";
  return <LoadingSpinner label={label} showLabel layout="centered" />;
}

export function CardView({ card, timeZone }: CardProps) {
  switch (card.state) {
    case "scored":
      return <ScoredView card={card} timeZone={timeZone} />;
    case "started":
      return <StartedView card={card} timeZone={timeZone} />;
    case "unscored":
      return <NoticeView title="No score yet" text={card.explanation} rows={card.evidence} />;
    case "held_out":
      return <HeldOutView card={card} />;
    case "suppressed":
      return <SuppressedView card={card} />;
    case "human_first":
      return <HumanFirstView card={card} />;
  }
}

function ScoredView({ card, timeZone }: CardProps) {
  return (
    <Flex direction="column" gap="sm">
      {card.priority !== null && <Tag variant="info">Priority {card.priority}</Tag>}
      <Figures card={card} />
      <Text>{card.explanation}</Text>
      {card.signal_label !== null && <Text format={{ fontWeight: "bold" }}>{card.signal_label}</Text>}
      <Divider />
      <Rows rows={[{ label: "Status", value: card.status_label }, ...contactRows(card)]} />
      <WhatToSay card={card} />
      <Contributions card={card} />
      <ScoredAt card={card} timeZone={timeZone} />
    </Flex>
  );
}

function StartedView({ card, timeZone }: CardProps) {
  return (
    <Flex direction="column" gap="sm">
      <Tag variant="info">{card.status_label}</Tag>
      <Figures card={card} />
      <Text>{card.explanation}</Text>
      <Divider />
      <Rows rows={contactRows(card)} />
      <Contributions card={card} />
      <ScoredAt card={card} timeZone={timeZone} />
    </Flex>
  );
}

/** Offers no way round: the reason, its rule, and nothing to press. */
function SuppressedView({ card }: { card: Card }) {
  return (
    <Flex direction="column" gap="sm">
      <Tag variant="error">{card.status_label}</Tag>
      <NoticeView
        title={card.rule?.text ?? "No one should write to this contact"}
        text={card.explanation}
        rows={card.evidence}
      />
      {card.rule !== null && <Text variant="microcopy">{`Rule ${card.rule.id}`}</Text>}
    </Flex>
  );
}

/** Nothing automatic may start: what went wrong is for a person to put right. */
function HumanFirstView({ card }: { card: Card }) {
  const first = { label: "First", value: "acknowledge what went wrong" };
  return (
    <Flex direction="column" gap="sm">
      <Tag variant="warning">{card.status_label}</Tag>
      <NoticeView
        title={card.rule?.text ?? "A person should call first"}
        text={card.explanation}
        rows={[first, ...card.evidence]}
      />
      <WhatToSay card={card} />
      {card.rule !== null && <Text variant="microcopy">{`Rule ${card.rule.id}`}</Text>}
    </Flex>
  );
}

/** Keeps the comparison clean, and still helps people who call. */
function HeldOutView({ card }: { card: Card }) {
  const help = { label: "If they get in touch", value: "help them as always" };
  return (
    <Flex direction="column" gap="sm">
      <Tag>{card.status_label}</Tag>
      <NoticeView
        title="Left alone on purpose"
        text={card.explanation}
        rows={[help, ...card.evidence]}
      />
    </Flex>
  );
}

export function ForbiddenView({ message }: { message: string }) {
  return <NoticeView title="You don't have access to scores" text={message} rows={[]} />;
}

interface ErrorProps {
  cause: string;
  reference: string | null;
  onRetry: () => void;
}

/** Leans on what was written to the record, which is still true. */
export function ErrorView({ cause, reference, onRetry }: ErrorProps) {
  const rows = useWrittenRows();
  return (
    <Flex direction="column" gap="sm">
      <Heading>The score can't be shown right now.</Heading>
      <Text>{`${cause} Nothing was started or changed.`}</Text>
      {rows.length > 0 && <Text>What was written to the record is still true:</Text>}
      <Rows rows={rows} />
      <Button variant="secondary" onClick={onRetry}>
        Try again
      </Button>
      {reference !== null && <Text variant="microcopy">{`Reference ${reference}, for support`}</Text>}
    </Flex>
  );
}

const WRITTEN = {
  rekindle_dormancy_score: "Dormancy score",
  rekindle_likelihood: "Likelihood to respond",
};

function useWrittenRows(): Row[] {
  const { properties } = useCrmProperties(Object.keys(WRITTEN));
  return Object.entries(WRITTEN)
    .map(([name, label]) => ({ label, value: properties[name] ?? null }))
    .filter((row) => row.value !== null && row.value !== "");
}

/** The ring and the odds: what one sees in the first second. */
function Figures({ card }: { card: Card }) {
  const { dormancy_score: score, likelihood, p_return: without, band_label: band } = card;
  return (
    <Flex direction="row" gap="md" align="center">
      {score !== null && <ScoreCircle score={score} />}
      <Flex direction="column" gap="flush">
        {likelihood !== null && <Heading>{formatOdds(likelihood)}</Heading>}
        {likelihood !== null && without !== null && <Text>{formatWithout(without)}</Text>}
        {score !== null && (
          <Text variant="microcopy">
            {[`Dormancy ${score}`, band].filter((part) => part !== null).join(" · ")}
          </Text>
        )}
      </Flex>
    </Flex>
  );
}

function contactRows(card: Card): Row[] {
  const seen = card.last_seen;
  return [
    { label: "Why they went quiet", value: card.reason_label },
    { label: "Segment", value: card.segment_label },
    { label: "Track", value: card.track_label },
    {
      label: "Last sign of life",
      value: seen === null ? null : `${seen.label}, ${formatDaysAgo(seen.days_ago)}`,
    },
    ...card.evidence,
  ];
}

/** The words for a call, an e-mail and a text message, for who wants to use them: closed at first. */
function WhatToSay({ card }: { card: Card }) {
  if (card.opener === null) return null;
  const { call_note: note, subject, email, sms } = card.opener;
  const said = [note, subject, email, sms].flatMap((text) => text.split("\n")).filter((line) => line !== "");
  return (
    <Accordion title="What to say" size="sm">
      <Flex direction="column" gap="xs">
        {said.map((line, place) => (
          <Text key={place}>{line}</Text>
        ))}
      </Flex>
    </Accordion>
  );
}

/** Why the number is what it is, for who wants to know: closed at first. */
function Contributions({ card }: { card: Card }) {
  if (card.likelihood === null || card.contributions.length === 0) return null;
  return (
    <Accordion title={`What moves the ${Math.round(card.likelihood)}`} size="sm">
      <DescriptionList direction="row">
        {card.contributions.map((one) => (
          <DescriptionListItem key={one.label} label={one.label}>
            {one.effect}
          </DescriptionListItem>
        ))}
      </DescriptionList>
    </Accordion>
  );
}

function ScoredAt({ card, timeZone }: CardProps) {
  if (card.scored_at === null) return null;
  const parts = [`Scored ${formatMoment(card.scored_at, timeZone)}`, card.numbers_label];
  return <Text variant="microcopy">{parts.filter((part) => part !== null).join(". ")}</Text>;
}

function NoticeView({ title, text, rows }: { title: string; text: string; rows: Row[] }) {
  return (
    <Flex direction="column" gap="sm">
      <Heading>{title}</Heading>
      <Text>{text}</Text>
      <Rows rows={rows} />
    </Flex>
  );
}

/** Leaves out what we do not know: an empty line would read as a fact. */
function Rows({ rows }: { rows: Row[] }) {
  const known = rows.filter((row) => row.value !== null);
  if (known.length === 0) return null;
  return (
    <DescriptionList direction="row">
      {known.map((row) => (
        <DescriptionListItem key={row.label} label={row.label}>
          {row.value}
        </DescriptionListItem>
      ))}
    </DescriptionList>
  );
}
