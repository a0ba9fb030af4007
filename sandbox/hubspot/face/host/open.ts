/** Where the built file begins: opens the app's card or its settings, as the page says. */
import { told } from "./host";

if (told.location === "card") void import("../../../../manifest/hubspot/src/app/cards/DormancyCard");
if (told.location === "settings") void import("../../../../manifest/hubspot/src/app/settings/SettingsPage");
