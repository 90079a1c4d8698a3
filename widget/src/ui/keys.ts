export const isComposing = (event: KeyboardEvent) => event.isComposing || event.keyCode === 229;
