/** The dashboard's entry point: imports the styles and renders the app into the server's HTML shell. */

import { render } from "preact";

import "../ui/tokens.css";
import "../ui/hues.css";
import "./styles/foundation.css";
import "./styles/parts.css";
import "./styles/menus.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/selection.css";
import "./styles/conversation/thread.css";
import "./styles/conversation/messages.css";
import "./styles/conversation/canned_responses.css";
import "./styles/conversation/forms.css";
import "./styles/conversation/files.css";
import "./styles/conversation/assistant.css";
import "./styles/conversation/composer.css";
import "./styles/conversation/emoji.css";
import "./styles/panel.css";
import "./styles/notes.css";
import "./styles/search.css";
import "./styles/dialogs.css";
import "./styles/settings/pages.css";
import "./styles/settings/fields.css";
import "./styles/settings/canned_responses.css";
import "../forms/inputs.css";
import "./styles/settings/forms.css";
import "./styles/settings/items.css";
import "./styles/settings/screens.css";
import "./styles/auth.css";
import "./styles/first_steps.css";
import "./styles/touch.css";
import "./styles/contrast.css";
import { startRouter } from "./router";
import { onPreference } from "./store/preferences";
import { speak } from "./texts/areas";
import { App } from "./views/app";
import { chosenLanguage } from "./views/hooks";

const TEXTS_TIMEOUT = 5_000; // ms; then the page begins in English, and changes when they come

startRouter();
const shell = document.getElementById("app");
const texts = speak(chosenLanguage());
onPreference(() => void speak(chosenLanguage()));
void Promise.race([texts, new Promise((resolve) => setTimeout(resolve, TEXTS_TIMEOUT))]).then(() => {
  if (shell !== null) render(<App />, shell);
});
