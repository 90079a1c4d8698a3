/** The features of Preact that the views use, as a browser script: tests/browser/test_small_runtime.py runs it with
 *  Preact and with the embed's own runtime, and compares the results. */

import { Component, createRef, render } from "preact";
import type { ComponentChildren } from "preact";

const log: string[] = [];
const updated = new Set<string>();
let root = document.createElement("main");

const turn = () => new Promise((resume) => setTimeout(resume));
const show = (title: string) => log.push(`${title}: ${root.innerHTML}`);
const draw = (title: string, child: ComponentChildren) => {
  render(child, root);
  show(title);
};

class Counter extends Component<{ name: string; children?: ComponentChildren }, { count: number; shown: boolean }> {
  override state = { count: 0, shown: false };
  override componentDidMount(): void {
    log.push(`${this.props.name} mounted in ${root.isConnected}`);
  }
  override componentDidUpdate(): void {
    updated.add(this.props.name); // how often depends on the runtime
  }
  override componentWillUnmount(): void {
    log.push(`${this.props.name} leaves`);
  }
  override render() {
    const { count, shown } = this.state;
    return (
      <button
        type="button"
        onClick={() => {
          this.setState({ count: count + 1 });
          this.setState({ shown: !shown });
        }}
      >
        {this.props.name} {count}
        {shown && <b>!</b>}
        {this.props.children}
      </button>
    );
  }
}

class Banner extends Component<object, { late: boolean }> {
  override state = { late: false };
  override componentDidMount(): void {
    setTimeout(() => this.setState({ late: true }));
  }
  override render() {
    return this.state.late ? <em>late</em> : null;
  }
}

const Row = ({ text }: { text: string }) => (
  <>{text.split(" ").map((word) => (word[0] === "@" ? <a href={`#${word.slice(1)}`}>{word}</a> : word))}</>
);

function attributes(): void {
  draw("all kinds", <p class="a" hidden aria-hidden={false} tabIndex={0} />);
  draw("changed", <p class="b" hidden={false} aria-hidden={true} tabIndex={-1} />);
  draw("none", <p />);
  draw("button", <button type="submit" disabled={true} />);
  draw("button again", <button type="submit" disabled={false} />);
  draw("time", <time dateTime="2026-01-01">now</time>);
}

function children(): void {
  draw("texts", ["a", 1, null, false, undefined, "b"]);
  draw("other texts", ["a", 2, "c", false, <i />, "b"]);
  draw("row", <Row text="to @mai and @bao" />);
  draw("longer row", <Row text="to @mai and @bao and @tom too" />);
  draw("shorter row", <Row text="to" />);
  draw("nothing", null);
}

function identity(): void {
  const list = (keys: string) => (
    <ul>
      {keys[0] === "!" && <h3>head</h3>}
      {[...keys.replace("!", "")].map((key) => (
        <li key={key}>{key}</li>
      ))}
      <li class="last">last</li>
    </ul>
  );
  render(list("abcd"), root);
  for (const item of root.querySelectorAll("li")) item.title = `was ${item.textContent}`;
  for (const keys of ["abcde", "xabcde", "!xabcde", "dcba", "b", "", "abz", "abbz", "bb", "b"]) draw(keys, list(keys));
}

async function components(): Promise<void> {
  const tree = (names: string[]) => (
    <section>
      <Banner />
      {names.map((name) => (
        <Counter key={name} name={name}>
          <Counter name={`${name}'s child`} />
        </Counter>
      ))}
    </section>
  );
  draw("two", tree(["one", "two"]));
  await turn();
  await turn();
  show("late");
  const press = (at: number) => root.querySelectorAll("button")[at]!.click();
  press(0);
  await turn();
  show("pressed");
  log.push(`updated: ${updated.has("one")}`);
  press(0);
  await turn();
  show("pressed again");
  draw("three", tree(["zero", "one", "two"]));
  draw("one", tree(["two"]));
  draw("of another kind", <Banner />);
  draw("gone", null);
}

function fields(): void {
  const field = createRef<HTMLTextAreaElement>();
  let heard = "";
  const form = (value: string, hears: boolean) => (
    <form>
      <textarea
        ref={field}
        value={value}
        rows={1}
        {...(hears ? { onInput: ({ currentTarget }) => (heard += currentTarget.value) } : {})}
      />
    </form>
  );
  const type = (value: string) => {
    field.current!.value = value;
    field.current!.dispatchEvent(new Event("input", { bubbles: true }));
  };
  draw("a field", form("one", true));
  log.push(`value ${field.current?.value}`);
  type("two");
  render(form("one", true), root);
  log.push(`value ${field.current?.value}, heard ${heard}`);
  render(form("", false), root);
  type("three");
  log.push(`value ${field.current?.value}, heard ${heard}`);
  draw("no field", null);
  log.push(`ref ${field.current}`);
}

function drawings(): void {
  draw(
    "a drawing",
    <svg width={20} viewBox="0 0 24 24" aria-hidden="true">
      <path d="M0 0" class="cut" />
    </svg>,
  );
  const names = [...root.querySelectorAll("*")].map((element) => element.namespaceURI);
  log.push(names.join(" "));
}

/** Runs all scenarios; returns what they rendered. */
export async function run(): Promise<string[]> {
  for (const scenario of [attributes, children, identity, components, fields, drawings]) {
    root = document.createElement("main");
    document.body.append(root);
    log.push(scenario.name.slice(0, 4) && "—");
    await scenario();
  }
  return log;
}
