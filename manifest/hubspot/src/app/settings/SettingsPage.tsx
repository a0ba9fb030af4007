/** Rekindle's page in HubSpot's settings: says what is where, and opens Rekindle in a tab of its own. */
import React, { useState } from "react";
import {
  Alert,
  Button,
  Flex,
  Heading,
  Link,
  LoadingButton,
  Text,
  hubspot,
} from "@hubspot/ui-extensions";
import { fetchTicket, type Ticket } from "./ticket";

hubspot.extend<"settings">(() => <SettingsPage />);

export function SettingsPage(): React.ReactElement {
  const [ticket, setTicket] = useState<Ticket | null>(null);
  const [isAsking, setIsAsking] = useState(false);

  const ask = async () => {
    setIsAsking(true);
    setTicket(await fetchTicket());
    setIsAsking(false);
  };

  return (
    <Flex direction="column" gap="medium">
      <Heading>Rekindle</Heading>
      <Text>
        The audit, the dry run, playbooks, results and settings are on Rekindle's own pages. HubSpot tells Rekindle who
        you are; there is no password.
      </Text>
      {ticket !== null && !ticket.ok && (
        <Alert title="Rekindle can't be opened" variant="error">
          {ticket.message}
        </Alert>
      )}
      {ticket !== null && ticket.ok ? (
        <Flex direction="column" gap="small">
          <Link href={{ url: ticket.url, external: true }}>Go to Rekindle</Link>
          <Text variant="microcopy">This link is good once, for two minutes.</Text>
          <Button onClick={() => setTicket(null)}>Done</Button>
        </Flex>
      ) : (
        <LoadingButton loading={isAsking} variant="primary" onClick={ask}>
          Open Rekindle
        </LoadingButton>
      )}
    </Flex>
  );
}
