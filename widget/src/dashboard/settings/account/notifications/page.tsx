/** Account › Notifications: in this browser, while it is closed, when not, and by mail. */

import type { JSX } from "preact";

import { BrowserCard } from "./browser";
import { InstallCard } from "./install";
import { MailsCard } from "./mails";
import { PushCard } from "./push";
import { WhenCard } from "./when";

export function NotificationsPage(): JSX.Element {
  return (
    <>
      <BrowserCard />
      <PushCard />
      <WhenCard />
      <InstallCard />
      <MailsCard />
    </>
  );
}
