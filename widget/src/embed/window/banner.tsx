/** The banner for connection problems, shown once they have lasted long enough to matter. */

import { Component } from "preact";
import type { WidgetView } from "../view";

const SHOW_DELAY = 1_500; // ms

export class Banner extends Component<{ widget: WidgetView }, { late: boolean }> {
  #timer = 0;

  override componentDidMount(): void {
    this.#watch();
  }

  override componentDidUpdate(): void {
    this.#watch();
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
  }

  override render() {
    const { chat, texts, wasConnected } = this.props.widget;
    if (chat.connection === "over") {
      return (
        <div class="banner bad" role="alert">
          {texts.unavailable}
          <button type="button" onClick={() => chat.start()}>
            {texts.retry}
          </button>
        </div>
      );
    }
    if (!this.state.late) return null; // nor while it is open, see #watch: it sets this before anything is painted
    return (
      <div class="banner" role="status">
        {navigator.onLine ? (wasConnected ? texts.lost : texts.connecting) : texts.offline}
      </div>
    );
  }

  #watch(): void {
    if (this.props.widget.chat.connection === "open") {
      clearTimeout(this.#timer);
      this.#timer = 0;
      if (this.state.late) this.setState({ late: false });
    } else if (!this.#timer) this.#timer = window.setTimeout(() => this.setState({ late: true }), SHOW_DELAY);
  }
}
