/** One shape for every state; what differs is in the answer. What matters comes first, the evidence below it. */
import {
  Accordion,
  Alert,
  Button,
  DescriptionList,
  DescriptionListItem,
  Divider,
  Dropdown,
  Flex,
  Heading,
  LoadingSpinner,
  ScoreCircle,
  Select,
  Tag,
  Text,
} from "@hubspot/ui-extensions";
import { useCrmProperties } from "@hubspot/ui-extensions/crm";
// The host's bundler may still use the classic JSX transform, which needs React in scope.
import React, { useEffect, useState } from "react";
import type { Card, Labels, Line } from "./answer";
import type { Asked } from "./useAnswer";

interface CardProps {
  card: Card;
  asked: Asked;
  copy: (text: string) => Promise<void>;
}

const TONES = { accent: "info", good: "success", warn: "warning", bad: "error", quiet: "default" } as const;
const LOOKS = { primary: "primary", secondary: "secondary", danger: "destructive" } as const;
const SNOOZES = [
  [7, "A week"],
  [30, "A month"],
  [90, "Three months"],
  [365, "A year"],
] as const;

/** A text of ours in the account's language; in English where the answer has no other. */
function say(labels: Labels, text: string): string {
  return labels[text] ?? text;
}

export function LoadingView({ slow }: { slow: boolean }) {
  const label = slow ? "Still loading" : "Loading the score";
  return <LoadingSpinner label={label} showLabel layout="centered" />;
}

export function CardView({ card, asked, copy }: CardProps) {
  return (
    <Flex direction="column" gap="sm">
      {card.pill !== null && <Tag variant={TONES[card.pill.tone]}>{card.pill.text}</Tag>}
      <Odds card={card} />
      {card.dormancy !== null && <Text variant="microcopy">{card.dormancy}</Text>}
      <Text>{card.sentence}</Text>
      {card.signal !== null && <Text format={{ fontWeight: "bold" }}>{card.signal}</Text>}
      <Actions card={card} asked={asked} />
      {card.rows.length + card.touches.length > 0 && <Divider />}
      <Rows rows={card.rows} />
      <Why card={card} asked={asked} />
      {card.touches.length > 0 && (
        <Text format={{ fontWeight: "demibold" }}>{say(card.labels, "What was sent, and what came of it")}</Text>
      )}
      <Rows rows={card.touches} />
      <WhatToSay card={card} asked={asked} copy={copy} />
      <Closed title={say(card.labels, "What this rests on")} rows={card.evidence} />
      <Moved card={card} />
      {card.note !== null && <Text variant="microcopy">{card.note}</Text>}
    </Flex>
  );
}

/**
 * The chance and the chance without us: what one sees in the first second.
 *
 * The host colours its circle by the number, so it stands only where the CRM may write today.
 */
function Odds({ card }: { card: Card }) {
  return (
    <Flex direction="row" gap="md" align="center">
      {card.ring?.look === "now" && <ScoreCircle score={card.ring.value} />}
      <Flex direction="column" gap="flush">
        <Heading>{card.title}</Heading>
        {card.lines.map((line) => (
          <Text key={line}>{line}</Text>
        ))}
      </Flex>
    </Flex>
  );
}

function Actions({ card, asked }: { card: Card; asked: Asked }) {
  const buttons = card.actions.filter((one) => one.name !== "correct" && one.name !== "snooze");
  const maySnooze = card.actions.find((one) => one.name === "snooze");
  const undo = useStillOpen(card.undo);
  return (
    <Flex direction="column" gap="xs">
      {asked.refusal !== null && (
        <Alert title={say(card.labels, "Nothing was changed")} variant="warning">
          {asked.refusal}
        </Alert>
      )}
      {undo !== null && (
        <Flex direction="row" gap="sm" align="center">
          <Text>{`${undo.label}.`}</Text>
          <Button variant="transparent" disabled={asked.busy} onClick={() => asked.takeBack(undo.act_id)}>
            {say(card.labels, "Undo")}
          </Button>
        </Flex>
      )}
      {card.actions.length > 0 && (
        <Flex direction="row" gap="xs" wrap="wrap">
          {buttons.map((one) => (
            <Button
              key={one.name}
              size="sm"
              variant={LOOKS[one.look]}
              disabled={asked.busy}
              onClick={() => asked.act({ act: one.name })}
            >
              {one.label}
            </Button>
          ))}
          {maySnooze !== undefined && (
            <Dropdown buttonText={maySnooze.label} buttonSize="sm" variant="secondary" disabled={asked.busy}>
              {SNOOZES.map(([days, label]) => (
                <Dropdown.ButtonItem key={days} onClick={() => asked.act({ act: "snooze", days })}>
                  {say(card.labels, label)}
                </Dropdown.ButtonItem>
              ))}
            </Dropdown>
          )}
        </Flex>
      )}
      {card.look_only !== null && <Text variant="microcopy">{card.look_only}</Text>}
    </Flex>
  );
}

/** What may be taken back, until its seconds are over. */
function useStillOpen(undo: Card["undo"]): Card["undo"] {
  const [over, setOver] = useState<string | null>(null);
  useEffect(() => {
    if (undo === null) return undefined;
    const ends = setTimeout(() => setOver(undo.act_id), undo.seconds * 1000);
    return () => clearTimeout(ends);
  }, [undo]);
  return undo !== null && undo.act_id === over ? null : undo;
}

/** Why they went quiet; whoever knows better says so here. */
function Why({ card, asked }: { card: Card; asked: Asked }) {
  if (card.why === null) return null;
  const quiet = say(card.labels, "Why they went quiet");
  const mayCorrect = card.actions.some((one) => one.name === "correct");
  if (!mayCorrect) return <Rows rows={[{ label: quiet, value: card.why.label, strong: false }]} />;
  return (
    <Select
      label={quiet}
      name="reason"
      description={card.why.label}
      options={card.why.choices.map(({ value, label }) => ({ value, label }))}
      {...(card.why.key === "" ? {} : { value: card.why.key })}
      readOnly={asked.busy}
      onChange={(value) => asked.act({ act: "correct", reason: String(value) })}
    />
  );
}

/** The words for a call, an e-mail and a text message, for who wants to use them: closed at first. */
function WhatToSay({ card, asked, copy }: CardProps) {
  if (card.opener === null) return null;
  const { call_note: note, subject, email, sms } = card.opener;
  const said = [
    { label: say(card.labels, "Call note"), text: note },
    { label: [say(card.labels, "E-mail"), subject].filter((one) => one !== "").join(": "), text: email },
    { label: say(card.labels, "Text message"), text: sms },
  ].filter((one) => one.text !== "");
  const take = (text: string) => {
    void copy(text).then(() => asked.act({ act: "copy" }));
  };
  return (
    <Accordion title={say(card.labels, "What to say")} size="sm">
      <Flex direction="column" gap="sm">
        {said.map(({ label, text }) => (
          <Flex key={label} direction="column" gap="xs">
            <Text format={{ fontWeight: "demibold" }}>{label}</Text>
            {text
              .split("\n")
              .filter((line) => line !== "")
              .map((line, place) => (
                <Text key={place}>{line}</Text>
              ))}
            <Button size="xs" variant="secondary" disabled={asked.busy} onClick={() => take(text)}>
              {say(card.labels, "Copy")}
            </Button>
          </Flex>
        ))}
      </Flex>
    </Accordion>
  );
}

export function ForbiddenView({ message, labels }: { message: string; labels: Labels }) {
  return (
    <Flex direction="column" gap="sm">
      <Heading>{say(labels, "You don't have access to scores")}</Heading>
      <Text>{message}</Text>
    </Flex>
  );
}

interface ErrorProps {
  cause: string;
  reference: string | null;
  labels: Labels;
  onRetry: () => void;
}

/** Leans on what was written to the record, which is still true. */
export function ErrorView({ cause, reference, labels, onRetry }: ErrorProps) {
  const rows = useWrittenRows(labels);
  const support = say(labels, "Reference %(reference)s, for support");
  return (
    <Flex direction="column" gap="sm">
      <Tag variant="warning">{say(labels, "Not current")}</Tag>
      <Heading>{say(labels, "The score can't be shown right now.")}</Heading>
      <Text>{`${cause} ${say(labels, "Nothing was started or changed.")}`}</Text>
      {rows.length > 0 && <Text>{say(labels, "What was written to the record is still true:")}</Text>}
      <Rows rows={rows} />
      <Button variant="secondary" onClick={onRetry}>
        {say(labels, "Try again")}
      </Button>
      {reference !== null && <Text variant="microcopy">{support.replace("%(reference)s", reference)}</Text>}
    </Flex>
  );
}

const WRITTEN = {
  rekindle_likelihood: "Likelihood to respond",
  rekindle_dormancy_score: "Dormancy score",
};

function useWrittenRows(labels: Labels): Line[] {
  const { properties } = useCrmProperties(Object.keys(WRITTEN));
  return Object.entries(WRITTEN)
    .map(([name, label]) => ({ label: say(labels, label), value: properties[name] ?? "", strong: false }))
    .filter((row) => row.value !== "");
}

/** Why the number is what it is, for who wants to know: closed at first. */
function Moved({ card }: { card: Card }) {
  if (card.ring === null) return null;
  const chance = String(Math.round(card.ring.value));
  const rows = card.moved.map((one) => ({ label: one.label, value: one.effect, strong: false }));
  return <Closed title={say(card.labels, "What moves the %(chance)s").replace("%(chance)s", chance)} rows={rows} />;
}

function Closed({ title, rows }: { title: string; rows: Line[] }) {
  if (rows.length === 0) return null;
  return (
    <Accordion title={title} size="sm">
      <Rows rows={rows} />
    </Accordion>
  );
}

function Rows({ rows }: { rows: Line[] }) {
  if (rows.length === 0) return null;
  return (
    <DescriptionList direction="row">
      {rows.map((row, place) => (
        <DescriptionListItem key={place} label={row.label}>
          {row.strong ? <Text format={{ fontWeight: "bold" }}>{row.value}</Text> : row.value}
        </DescriptionListItem>
      ))}
    </DescriptionList>
  );
}
