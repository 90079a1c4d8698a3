/** A style sheet: the text of it in the embed, a side effect in the dashboard. */
declare module "*.css" {
  const text: string;
  export { text as default };
}
