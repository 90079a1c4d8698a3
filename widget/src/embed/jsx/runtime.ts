/** A minimal replacement for Preact, with the features that the embed needs, in a quarter of the bytes: elements,
 *  components, keys, refs. The views are written and typed against Preact, and the build substitutes this file
 *  (build/embed.mjs): going back is one line. Left out: hooks, context, hydration, portals, fragments with keys, refs
 *  and `setState` that take a function. docs/adr/0024 says why. */

type Props = Record<string, unknown>;
type Child = VNode | string | number | boolean | null | undefined | readonly Child[];
type View = (props: Props) => Child;
type Kids = Map<string | number, Drawn>; // by key, or by index among the children
interface Ref {
  current: unknown;
}

interface VNode {
  readonly type: string | View | typeof Component;
  readonly props: Props;
  readonly key: string | undefined;
}

/** A rendered vnode. */
interface Drawn {
  vnode: VNode | string; // a string is text
  nodes: ChildNode[]; // the DOM nodes that it has added to its parent, in order
  kids: Kids;
  component: Component | null;
}

const SVG = "http://www.w3.org/2000/svg";

/** A view, so that the fragments of a part, which has its own copy of this file, are drawn too. */
export const Fragment: View = (props) => props["children"] as Child;

export class Component<P = Props, S = object> {
  state = {} as S;
  redraw: (() => void) | null = null; // set while it is mounted
  queued = false; // for a re-render

  constructor(public props: P) {}

  setState(change: Partial<S>): void {
    const names = Object.keys(change) as (keyof S)[];
    if (names.every((name) => this.state[name] === change[name])) return;
    this.state = { ...this.state, ...change };
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.redraw?.();
    });
  }

  componentDidMount(): void {}
  componentDidUpdate(): void {}
  componentWillUnmount(): void {}
  render(): Child {
    return null;
  }
}

export const createRef = (): Ref => ({ current: null });

export const jsx = (type: VNode["type"], props: Props, key?: unknown): VNode => ({
  type,
  props,
  key: key === undefined ? undefined : String(key),
});
export { jsx as jsxs };

const roots = new WeakMap<Element, Kids>();
const inPlace: (() => void)[] = []; // called when all rendered nodes are in the DOM

/** Renders `child` as the only content of `parent`; null unmounts the content. */
export function render(child: Child, parent: Element): void {
  const kids = reconcile(child, roots.get(parent) ?? new Map(), parent, () => render(child, parent));
  roots.set(parent, kids);
  place(parent, kids);
  settle();
}

function settle(): void {
  for (const act of inPlace.splice(0)) act();
}

const nodesOf = (kids: Kids) => [...kids.values()].flatMap((kid) => kid.nodes);
const typeOf = (vnode: VNode | string) => (typeof vnode === "string" ? "" : vnode.type);

/** Reconciles the children with the previous ones; surplus ones are unmounted. */
function reconcile(children: Child, before: Kids, parent: Element, drawAll: () => void): Kids {
  const kids: Kids = new Map();
  const list: readonly Child[] = Array.isArray(children) ? children : [children];
  list.forEach((child, at) => {
    if (child === null || child === undefined || typeof child === "boolean") return;
    const vnode = Array.isArray(child) ? jsx(Fragment, { children: child }) : toVNode(child as VNode | string | number);
    const key = typeof vnode === "string" ? undefined : vnode.key;
    const id = key === undefined || kids.has(key) ? at : key; // of two with the same key, both are kept
    const held = before.get(id);
    const old = held && typeOf(held.vnode) === typeOf(vnode) ? held : null;
    if (old) before.delete(id);
    kids.set(id, draw(vnode, old, parent, drawAll));
  });
  for (const old of before.values()) {
    leave(old);
    for (const node of old.nodes) node.remove();
  }
  return kids;
}

const toVNode = (child: VNode | string | number) => (typeof child === "object" ? child : String(child));

function draw(vnode: VNode | string, old: Drawn | null, parent: Element, drawAll: () => void): Drawn {
  const drawn: Drawn = old ?? { vnode, nodes: [], kids: new Map(), component: null };
  const before = drawn.vnode;
  drawn.vnode = vnode;
  if (typeof vnode === "string") {
    if (!old) drawn.nodes = [document.createTextNode(vnode)];
    else if (before !== vnode) (drawn.nodes[0] as Text).data = vnode;
  } else if (typeof vnode.type === "string") {
    drawElement(drawn, vnode, old ? (before as VNode).props : {}, parent, drawAll);
  } else {
    drawView(drawn, vnode, parent, drawAll);
  }
  return drawn;
}

function drawElement(drawn: Drawn, vnode: VNode, before: Props, parent: Element, drawAll: () => void): void {
  const { props } = vnode;
  const type = vnode.type as string;
  const space = type === "svg" ? SVG : parent.namespaceURI;
  if (!drawn.nodes[0]) drawn.nodes = [document.createElementNS(space, type)];
  const element = drawn.nodes[0] as Element;
  for (const name of Object.keys({ ...before, ...props })) {
    if (before[name] !== props[name] || name === "value") dress(element, name, props[name]);
  }
  drawn.kids = reconcile(props["children"] as Child, drawn.kids, element, drawAll);
  place(element, drawn.kids);
}

function drawView(drawn: Drawn, vnode: VNode, parent: Element, drawAll: () => void): void {
  const { type, props } = vnode;
  const fill = (child: Child) => {
    drawn.kids = reconcile(child, drawn.kids, parent, drawAll);
    drawn.nodes = nodesOf(drawn.kids);
  };
  if (!((type as View).prototype instanceof Component)) return fill((type as View)(props));
  const mounted = drawn.component;
  const component = mounted ?? new (type as typeof Component)(props);
  drawn.component = component;
  component.props = props;
  fill(component.render());
  inPlace.push(() => (mounted ? component.componentDidUpdate() : component.componentDidMount()));
  component.redraw = () => {
    const { nodes } = drawn;
    fill(component.render());
    // New nodes are not in the DOM yet; only the owner of all children of the parent can place them.
    if (nodes.length !== drawn.nodes.length || nodes.some((node, at) => node !== drawn.nodes[at])) return drawAll();
    inPlace.push(() => component.componentDidUpdate());
    settle();
  };
}

/** Places the nodes in order among the parent's children; nodes already in place are not moved. */
function place(parent: Element, kids: Kids): void {
  let at = parent.firstChild;
  for (const node of nodesOf(kids)) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

function dress(element: Element, name: string, value: unknown): void {
  if (name === "children") return;
  if (name === "ref") (value as Ref).current = element;
  else if (/^on[A-Z]/.test(name)) (element as unknown as Props)[name.toLowerCase()] = value ?? null;
  else if (name === "value") {
    const field = element as HTMLTextAreaElement;
    if (field.value !== value) field.value = value as string;
  } else {
    const written = name[4] === "-" ? value : value === false ? null : value === true ? "" : value; // aria-…, data-…
    if (written === null || written === undefined) element.removeAttribute(name);
    else element.setAttribute(name, String(written));
  }
}

function leave(drawn: Drawn): void {
  const { component, vnode, kids } = drawn;
  if (component) {
    component.componentWillUnmount();
    component.redraw = null;
  }
  for (const kid of kids.values()) leave(kid);
  const ref = typeof vnode === "object" ? (vnode.props["ref"] as Ref | undefined) : undefined;
  if (ref) ref.current = null;
}
